// How many probes there are, what each of them gets, what run options do to them, and the files that they leave.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { watchBrowsers } from "../support/browsers.mjs";
import { call, pageServer, told } from "../support/calls.mjs";
import { exits, scratch } from "../support/programs.mjs";

const between = (value, from, to, what) => assert.ok(value >= from && value <= to, `${what} is ${value}, wanted ${from} to ${to}`);

/** Milliseconds from the first probe's start to each. */
const startsOf = probes => probes.map(probe => Date.parse(probe.startedAt) - Date.parse(probes[0].startedAt));

// A call in the page itself.
const loopback = `<h1>loopback</h1><video autoplay muted></video><script>
  addEventListener('load', async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
    a.onicecandidate = e => b.addIceCandidate(e.candidate);
    b.onicecandidate = e => a.addIceCandidate(e.candidate);
    b.ontrack = e => { document.querySelector('video').srcObject = e.streams[0]; };
    for (const track of stream.getTracks()) a.addTrack(track, stream);
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription);
    document.querySelector('video').onplaying = () => { document.body.id = 'playing'; };
  });
</script>`;

test("probes share a browser, but nothing in it; they start one after the other; profiles are dealt in turn", async t => {
  const at = scratch(t), arrivals = [];
  const url = await pageServer(t, { "/": (request, response) => {
    arrivals.push(performance.now());
    response.writeHead(200, { "Content-Type": "text/html" }).end("<link rel=icon href='data:,'><h1>hello</h1>");
  } });
  const running = call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/').waitForElementVisible('h1', 20000)
    .execute(function (me) {
      const before = [document.cookie, localStorage.getItem('who')];
      document.cookie = 'who=' + me; localStorage.setItem('who', me);
      return before;
    }, [process.env.RTC_AGENT_NUM], r => client.rtcInfo('found %s', JSON.stringify(r.value)))
    .rtcSetTestValue('here ' + process.env.RTC_AGENT_NUM, true);
  for (let i = 1; i <= Number(process.env.RTC_AGENT_COUNT); i++) client.rtcWaitForTestValue('here ' + i, () => {}, 30000);
  client.perform(() => client.rtcInfo([process.env.RTC_LOCATION, process.env.RTC_SESSION_IDX, process.env.RTC_IN_SESSION_ID,
    process.env.RTC_SESSION_SIZE, process.env.RTC_SESSION_COUNT, process.env.RTC_AGENT_COUNT].join(' '))).pause(1500);`,
    { url, runOptions: "#session:2 #probes:6 #timeout:2", yaml: "profiles: [{location: eu}, {location: us}, {}]\n", options: ["--location", "here"] });
  const watch = watchBrowsers(running.child.pid);
  const { probes } = exits(await running.result.finally(watch.stop), 0);
  assert.equal(watch.seen().length, 1, "one browser");
  assert.deepEqual(probes.map(probe => told(probe)[0]), Array(6).fill('found ["",null]'));
  assert.deepEqual(probes.map(probe => told(probe)[1]),
    ["eu 1 1 2 3 6", "us 1 2 2 3 6", "here 2 1 2 3 6", "eu 2 2 2 3 6", "us 3 1 2 3 6", "here 3 2 2 3 6"]);
  assert.deepEqual(probes.map(probe => [probe.probe, probe.session, probe.inSession]), [[1, 1, 1], [2, 1, 2], [3, 2, 1], [4, 2, 2], [5, 3, 1], [6, 3, 2]]);
  assert.equal(arrivals.length, 6);
  assert.ok(startsOf(probes).every((start, i, all) => i === 0 || start >= all[i - 1]) && startsOf(probes)[5] > 150, `they started after ${startsOf(probes)} ms`);
});

test("#random deals profiles by lot; a dozen probes take their time to start", async t => {
  const at = scratch(t);
  const url = await pageServer(t, { "/": (_, response) => response.end("<link rel=icon href='data:,'>") });
  const { probes } = exits(await call(t, at, "client.rtcInfo(process.env.RTC_LOCATION).url('/').pause(4000);",
    { url, runOptions: "#probes:12 #random #timeout:2", yaml: "profiles: [{location: a}, {location: b}]\n" }).result, 0);
  const dealt = probes.map(probe => told(probe)[0]).join("");
  assert.match(dealt, /^[ab]{12}$/);
  assert.notEqual(dealt, "abababababab", "in turn; by lot that happens once in 4096 times");
  // 50 ms are between each and the next, 550 in all; a busy machine may be late for the first by some.
  const starts = startsOf(probes);
  assert.ok(starts.every((start, i) => i === 0 || start >= starts[i - 1]) && starts[11] > 400, `they started after ${starts} ms`);
  // Whenever they started, they are sampled together: at one moment at least, where a busy machine is late for others. Each on a
  // clock of its own would always be half a second apart. The last sample falls where the script ends.
  const apart = probes[11].sampleTimes.slice(0, -1).map(time => Math.min(...probes[0].sampleTimes.map(other => Math.abs(other - time))));
  assert.ok(Math.min(...apart) < 0.1, `the samples of the last are ${apart} s from those of the first`);
});

test("options of the browser and of sampling act; files tell what was", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": loopback });
  mkdirSync(at.path("marker"));
  writeFileSync(at.path("marker/manifest.json"), JSON.stringify({ manifest_version: 3, name: "marker", version: "1.0",
    content_scripts: [{ matches: ["<all_urls>"], js: ["mark.js"], run_at: "document_start" }] }));
  writeFileSync(at.path("marker/mark.js"), "document.documentElement.dataset.marked = 'yes';");
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/').waitForElementPresent('#playing', 30000)
    .execute(() => navigator.userAgent, [], r => client.rtcInfo(r.value))
    .getAttribute('html', 'data-marked', r => client.rtcInfo('marked ' + r.value))
    .execute(() => { console.log('first'); for (let i = 0; i < 5100; i++) console.debug('line ' + i); })
    .rtcScreenshot('the call').pause(6000).rtcFail('on purpose');`,
    { url, runOptions: "#getstats #getstats-frequency:500ms #chrome-cli:user-agent=ringback\\,test,disable-webgl #extension:marker #timeout:2" }).result, 1);
  const [probe] = result.probes;
  assert.deepEqual(told(probe).slice(0, 2), ["ringback,test", "marked yes"]);
  const steps = probe.sampleTimes.slice(1).map((time, i) => time - probe.sampleTimes[i]).sort((a, b) => a - b);
  between(steps[Math.floor(steps.length / 2)], 0.4, 0.7, "seconds between samples");

  const folder = `${at.path("artifacts")}/${result.run.testRunId}`;
  assert.equal(result.run.artifacts, folder);
  assert.deepEqual(readdirSync(folder).sort(), ["probe-1-console.log", "probe-1-failure.jpg", "probe-1-getstats.jsonl", "probe-1-the-call.jpg", "probe-1-webrtc-internals.json", "run.json"]);
  const own = JSON.parse(readFileSync(`${folder}/run.json`));
  assert.deepEqual(own, { ringback: own.ringback, runs: [result.run] });
  assert.deepEqual(probe.screenshots, [{ name: "the call", file: "probe-1-the-call.jpg", atFailure: false }, { name: "failure", file: "probe-1-failure.jpg", atFailure: true }]);
  assert.equal(result.run.failureScreenshot, "probe-1-failure.jpg");
  for (const { file } of probe.screenshots)
    assert.equal(readFileSync(`${folder}/${file}`).subarray(0, 3).toString("hex"), "ffd8ff", "a JPEG");

  const console = readFileSync(`${folder}/probe-1-console.log`, "utf8").trimEnd().split("\n");
  assert.match(console.find(line => line.includes("first")), /^\d{4}-\d\d-\d\dT[\d:.]+Z log: first$/);
  assert.equal(console.length, 5001);
  assert.equal(console.at(-1), "… more lines were not kept");
  assert.deepEqual(probe.console, console);

  const raw = readFileSync(`${folder}/probe-1-getstats.jsonl`, "utf8").trimEnd().split("\n").map(line => JSON.parse(line));
  between(raw.length, 8, 60, "raw samples");
  const types = new Set(raw.at(-1).connections.flatMap(connection => connection.stats.map(stat => stat.type)));
  for (const type of ["outbound-rtp", "inbound-rtp", "candidate-pair", "transport", "codec", "certificate"]) assert.ok(types.has(type), type);

  // As importers of such dumps read them: a series is named REPORT-METRIC, its values are JSON inside a text.
  const dump = JSON.parse(readFileSync(`${folder}/probe-1-webrtc-internals.json`));
  assert.match(dump.UserAgent, /Chrom/);
  assert.ok(Array.isArray(dump.getUserMedia));
  const connections = Object.values(dump.PeerConnections);
  assert.equal(connections.length, 2);
  for (const { url: page, updateLog, stats } of connections) {
    assert.ok(page.startsWith(url));
    assert.ok(updateLog.some(({ type }) => type === "setLocalDescription"));
    for (const entry of updateLog) {
      assert.ok(!Number.isNaN(Date.parse(entry.time)));
      assert.deepEqual([typeof entry.type, typeof entry.value], ["string", "string"]);
    }
    assert.ok(Object.keys(stats).length > 5);
    for (const [name, series] of Object.entries(stats)) {
      assert.match(name, /^.+-[a-z]+$/i);
      assert.match(series.statsType, /^(in|out)bound-rtp$/);
      assert.ok(Date.parse(series.startTime) <= Date.parse(series.endTime));
      assert.ok(Array.isArray(JSON.parse(series.values)));
    }
  }
});

test("extensions come from archives and addresses, too, or say why not", async t => {
  const at = scratch(t);
  mkdirSync(at.path("marker"));
  writeFileSync(at.path("marker/manifest.json"), JSON.stringify({ manifest_version: 3, name: "marker", version: "1.0",
    content_scripts: [{ matches: ["<all_urls>"], js: ["mark.js"], run_at: "document_start" }] }));
  writeFileSync(at.path("marker/mark.js"), "document.documentElement.dataset.marked = 'yes';");
  assert.equal(spawnSync("tar", ["czf", "marker.tar.gz", "marker"], { cwd: at.directory }).status, 0);
  at.write("broken.zip", "no archive");
  const url = await pageServer(t, { "/": "<h1>hello</h1>",
    "/old": (request, response) => response.writeHead(302, { Location: "/marker.tgz" }).end(),
    "/marker.tgz": (request, response) => response.writeHead(200).end(readFileSync(at.path("marker.tar.gz"))) });
  const script = "client.url(process.env.RTC_SERVICE_URL + '/').assert.attributeEquals('html', 'data-marked', 'yes');";
  const run = (name, extension) => call(t, at, script, { url, name, runOptions: `#timeout:1 #extension:${extension}` }).result;
  exits(await run("archive", "marker.tar.gz"), 0);
  exits(await run("address", `${url}/old`), 0);
  for (const [name, extension, reason] of [
    ["nowhere", `${url}/none.zip`, `#extension: ${url}/none.zip answered 404`],
    ["broken", "broken.zip", `#extension ${at.path("broken.zip")}: it is neither a zip nor a tar.gz archive`],
  ])
    assert.deepEqual(exits(await run(name, extension), 1).probes[0].reasons, [reason]);
});

test("an export runs as it is, and its import the same", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": "<title>old page</title><h1>hello</h1>" });
  const { ringback, source } = await import("../support/programs.mjs");
  const run = async (file, report) => {
    exits(await ringback(t, at, ["run", file, "--var", `service_url=${url}`, "--report", `json=${report}`, "--artifacts", "kept"], { limit: 150_000 }), 0);
    return JSON.parse(readFileSync(at.path(report))).runs[0];
  };
  const shown = run => [run.testName, run.status, run.description, run.additionalInfo,
    run.probes.map(probe => [probe.session, probe.inSession, probe.browser, probe.network, probe.media, told(probe).map(text => text.replaceAll(run.runName, "RUN"))])];
  for (const [name, file] of [["old", "old-one.yaml"], ["new", "zwei-im-raum-1-1.yaml"]]) {
    const fixture = `${source}/tests/fixtures/testrtc/${name}.json`;
    const before = await run(fixture, `${name}-export.json`);
    exits(await ringback(t, at, ["import", fixture, "--force"]), 0);
    const after = await run(file, `${name}-import.json`);
    assert.deepEqual(shown(after), shown(before));
    assert.equal(before.probes.length, 2);
    assert.equal(told(before.probes[0])[0], name === "old" ? "old page" : `probe ${before.runName}-1`);
  }
});

const xvfb = spawnSync("Xvfb", ["-version"]).error === undefined;

test("#vnc shows the browser on the display there is", { skip: !xvfb && "Xvfb is not installed" }, async t => {
  const at = scratch(t), url = await pageServer(t, { "/": "<h1>hello</h1>" });
  const display = spawn("Xvfb", ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "1024x768x24"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  t.after(() => display.kill());
  const [number] = await once(display.stdio[3], "data");
  at.env.DISPLAY = `:${String(number).trim()}`;
  const script = "client.url(process.env.RTC_SERVICE_URL + '/').execute(() => navigator.userAgent, [], r => client.rtcInfo(r.value));";
  const agent = async (name, runOptions) =>
    told(exits(await call(t, at, script, { url, name, runOptions }).result, 0).probes[0])[0];
  assert.match(await agent("headed", "#vnc #timeout:1"), / Chrome\//);
  assert.match(await agent("headless", "#timeout:1"), / HeadlessChrome\//);
});
