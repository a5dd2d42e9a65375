// The link emulator with real calls: what it is told is what browsers report, and firewalls hold.
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { call, demoRoom, pageServer, told } from "../support/calls.mjs";
import { delay, loss, measure, rate, SETTLE_RATE } from "../support/fidelity.mjs";
import { exits, scratch, sleep, until } from "../support/programs.mjs";

const between = (value, from, to, what) =>
  assert.ok(value >= from && value <= to, `${what} is ${value}, wanted ${from} to ${to}`);

test("loss, delay and rate are what browsers report", { timeout: 220_000 }, async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const { figures, run, probes } = await measure(t, at, url, [
    { name: "clean", network: {}, seconds: 10 },
    { name: "loss of 5%", network: loss(5), seconds: 20 },
    { name: "delay of 50 ms", network: delay(50), seconds: 12 },
    { name: "300 kbit/s", network: rate(300), seconds: 45, settle: SETTLE_RATE },
  ]);
  assert.equal(run.networkEmulation, "link emulator");
  const [clean, lossy, delayed, limited] = figures;
  between(clean.lossPercent, 0, 0.5, "loss of an open link in percent");
  between(lossy.lossPercent, 4, 6, "loss in percent");
  // A machine that is too busy for its browsers answers late, too, and says that it is.
  const busy = run.log.some(line => line.text.includes("this machine was the bottleneck"));
  between(delayed.rttMs - (busy ? clean.rttMs : 0), busy ? 80 : 100, busy ? 130 : 105, "round trip in ms");
  between(limited.wireKbps, busy ? 120 : 270, 303, "kbit/s through 300 kbit/s");
  for (const probe of probes) {
    assert.equal(probe.networkEmulation, "link emulator");
    assert.ok(probe.link.outgoing.packets > 1000, `${probe.link.outgoing.packets} packets out`);
  }
  assert.ok(probes[0].link.outgoing.lost > 0 && probes[0].link.incoming.lost > 0);
  assert.equal(probes[1].link.outgoing.lost, 0);
});

test("a probe behind a link and one without meet", { timeout: 120_000 }, async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 20000).click('#join').waitForElementVisible('.remote-video', 30000).pause(5000);`,
  { url, runOptions: "#session:2 #timeout:2", yaml: "profiles: [{network: DSL}, {network: ''}]\nexpectations: ['video.in.bitrate > 30']\n" }).result, 0);
  assert.deepEqual(result.probes.map(probe => probe.networkEmulation), ["link emulator", ""]);
  assert.match(result.stdout, /network emulation: link emulator/);
  for (const probe of result.probes) between(probe.rtt, 80, 250, "rtt of DSL in ms");
});

test("a firewall lets through what its profile says, and no calls", { timeout: 120_000 }, async t => {
  const at = scratch(t);
  const page = port => pageServer(t, { "/": `<h1>port ${port}</h1>`,
    "/cors": (_, response) => response.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end("x") }, port);
  const open = await page(80), closed = await page(0);
  const script = `client.url(process.env.RTC_SERVICE_URL).waitForElementVisible('h1', 10000)
  .execute(() => isSecureContext, [], r => client.rtcInfo('secure: ' + r.value));
for (const address of [process.env.RTC_SERVICE_URL, '${closed}'])
  client.executeAsync(function (address, done) {
    fetch(address + '/cors').then(() => done('reached'), () => done('refused'));
  }, [address], r => client.rtcInfo(r.value));`;
  const wall = { url: open, yaml: "profiles: [{firewall: HTTP and HTTPS only}]\n" };
  const result = await call(t, at, script, wall).result;
  assert.deepEqual(told(result.probes[0]), ["secure: true", "reached", "refused"], result.stdout + result.stderr);
  assert.ok(result.probes[0].link.outgoing.refused > 0);

  const hidden = await call(t, at, "client.url(process.env.RTC_SERVICE_URL);", { ...wall, url: closed }).result;
  assert.match(hidden.stdout, /the firewall profile 'HTTP and HTTPS only' does not let probes connect to port \d+ of the service/);
  assert.match(hidden.stdout, /ERR_CONNECTION_REFUSED/);

  const never = await call(t, at, "client.pause(1);", { ...wall, options: ["--network-emulation", "devtools"] }).result;
  assert.equal(never.code, 1);
  assert.match(never.stdout, /the firewall profile 'HTTP and HTTPS only' needs the link emulator, and DevTools was chosen/);
});

/** Network namespaces that any process here is in. */
const namespaces = () => new Set(readdirSync("/proc").filter(name => /^\d+$/.test(name)).flatMap(pid => {
  try {
    return [readlinkSync(`/proc/${pid}/ns/net`)];
  } catch {
    return []; // gone, or not ours
  }
}));

test("nothing is left of a link when ringback is killed", { timeout: 60_000 }, async t => {
  const at = scratch(t), url = await pageServer(t, { "/": "<h1>here</h1>" });
  const before = namespaces();
  const running = call(t, at, "client.url(process.env.RTC_SERVICE_URL).rtcProgress('there').pause(40000);",
    { url, yaml: "profiles: [{network: Wifi}]\n" });
  const fresh = () => [...namespaces()].filter(each => !before.has(each));
  // Not only the short-lived process that makes it, but a browser in it.
  await until(async () => fresh().length === 1 && (await sleep(1500), fresh().length === 1), "a browser in a namespace", 25_000);
  running.kill("SIGKILL");
  await running.ended;
  await until(() => fresh().length === 0, "the namespace to go", 10_000);
});
