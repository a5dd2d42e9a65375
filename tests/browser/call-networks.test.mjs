// What a network is told to do is what the statistics show: as DevTools emulates it, where there is no link emulator.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, demoRoom } from "../support/calls.mjs";
import { exits, scratch, start } from "../support/programs.mjs";

const options = ["--network-emulation", "devtools"];
const join = `client
  .url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 10000).click('#join').waitForElementVisible('.remote-video', 20000);`;
const between = (value, from, to, what) => assert.ok(value >= from && value <= to, `${what} is ${value}, wanted ${from} to ${to}`);
const samples = (probe, id, metric, from, to) => {
  const found = probe.channels.find(each => each.id === id) ?? assert.fail(`no ${id}`);
  return found.samples[metric].filter((value, i) => value !== null && probe.sampleTimes[i] > from && probe.sampleTimes[i] <= to);
};
const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const event = (probe, name) => probe.events.find(each => each.name === name).at;

test("loss, delay and rate set in mid-call act on the media", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  // Probe 1 alone has the bad network: both directions of its call pass it.
  const script = `${join}
client.pause(3000).rtcEvent('clean');
const bad = conditions => process.env.RTC_AGENT_NUM === '1' ? client.rtcSetNetwork(conditions) : client;
bad({incoming: {packetloss: 0.1}, outgoing: {packetloss: 0.1}}).rtcEvent('loss').pause(9000).rtcEvent('loss over');
bad({incoming: {latency: 100}, outgoing: {latency: 100}}).rtcEvent('delay').pause(7000).rtcEvent('delay over');
bad({outgoing: {bitrate: 200}}).rtcEvent('rate').pause(9000).rtcEvent('rate over');
bad({}).pause(1000);`;
  const result = exits(await call(t, at, script, { url, options, runOptions: "#session:2 #timeout:2", limit: 120_000 }).result, 0);
  const [one, two] = result.probes;
  const window = (probe, name, settle) => [event(probe, name) + settle, event(probe, `${name} over`)];
  for (const probe of [one, two]) {
    const [from, to] = window(probe, "loss", 2);
    const loss = samples(probe, "audio.in #1", "packetloss", from, to);
    between(loss.reduce((a, b) => a + b, 0) / loss.length, 5, 16, `probe ${probe.probe}: audio loss in percent`);
    between(median(samples(probe, "video.out #1", "rtt", ...window(probe, "delay", 3))), 190, 260, `probe ${probe.probe}: rtt in ms`);
    between(samples(probe, "audio.in #1", "packetloss", 0, event(probe, "clean"))[0] ?? 0, 0, 3, "loss before");
  }
  between(median(samples(two, "video.in #1", "bitrate", ...window(two, "rate", 4))), 20, 210, "kbit/s through 200 kbit/s");
});

test("a profile's network is there from the start, and what cannot be done is told", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, `${join}\nclient.pause(5000).rtcSetNetwork({outgoing: {jitter: 5, latency: 10}}).pause(500);`,
    { url, options, runOptions: "#session:2 #timeout:1", yaml: "profiles: [{network: DSL}, {network: ''}]\n" }).result, 0);
  between(median(samples(result.probes[0], "video.out #1", "rtt", 0, 1000)), 75, 140, "rtt of DSL in ms");
  assert.deepEqual(result.probes[0].notifications.filter(line => line.source === "ringback").map(line => [line.level, line.text]),
    [["warning", "network: jitter is not emulated, latency and loss are the same in both directions: their means are used"]]);
});

test("unknown profiles are errors before anything is started, with the nearest name", async t => {
  for (const [profile, wanted] of [
    ["network: Poor 5G", /a-call\.yaml:5:\d+: unknown network profile 'Poor 5G'[^]*did you mean 'Poor [34]G'\?/],
    ["firewall: HTTP only", /a-call\.yaml:5:\d+: unknown firewall profile 'HTTP only'[^]*did you mean 'HTTPS only'\?/],
  ]) {
    const at = scratch(t);
    const result = await call(t, at, "client.pause(1);", { yaml: `profiles: [{${profile}}]\n` }).result;
    assert.match(exits(result, 2).stderr, wanted);
    assert.match(exits(await start(t, at, "ringback", ["check", at.path("a-call.yaml")]).ended, 2).stderr, wanted);
  }
});
