// Two and more people in the demo room: real calls between real browsers, sampled every second and judged.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { call, demoRoom, told } from "../support/calls.mjs";
import { exits, mockBin, ringback, scratch, source } from "../support/programs.mjs";

const join = `client
  .url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 10000).click('#join').waitForElementVisible('.remote-video', 20000);`;

const between = (value, from, to, what) => assert.ok(value >= from && value <= to, `${what} is ${value}, wanted ${from} to ${to}`);
const channel = (probe, id) => probe.channels.find(each => each.id === id) ?? assert.fail(`no ${id} among ${probe.channels.map(c => c.id)}`);

test("examples/two-people.yaml passes, and its webhook tells", async t => {
  const at = scratch(t), url = await demoRoom(t, at), bin = await (await mockBin(t, at)).bin();
  const result = exits(await ringback(t, at, ["run", `${source}/examples/two-people.yaml`, "--webhook", bin.url, "--var",
    `service_url=${url}`, "--report", `json=${at.path("r.json")}`, "--artifacts", at.path("artifacts")], { limit: 120_000 }), 0);
  assert.match(result.stdout, /✓ +1 +\d+ ms +\d+ kbit\/s/);
  const { runs: [run] } = JSON.parse(readFileSync(at.path("r.json")));
  assert.equal(run.status, "completed");
  assert.equal(run.serviceUrl, url);
  assert.equal(run.probes.length, 2);
  assert.deepEqual((await bin.bodies()).map(body => [body.testName, body.status]), [["Two people in a room", "completed"]]);
  for (const probe of run.probes) {
    assert.equal(probe.verdict, "passed");
    assert.equal(probe.expectations.length, 6);
    assert.deepEqual(probe.screenshots.map(shot => shot.name), ["in the call"]);
  }
  assert.deepEqual(told(run.probes[1]).slice(0, 2),
    [`probe 2 of 2 goes to room ${run.runName}-room1`, "the host is waiting"]);
});

test("statistics are sampled every second and agree with each other", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  at.write("window.js", "const span = endTimestamp - startTimestamp;\nconst result = {passed: span > 7500 && span < 9500, errMessage: `${span} ms`};");
  const result = exits(await call(t, at, join + "\nclient.rtcEvent('talk').pause(8000).rtcEvent('bye');\n" +
    "client.rtcSetTestExpectation('video.in.bitrate > 50').rtcSetTestExpectation('audio.in.channel.mos > 3.5')" +
    ".rtcSetTestExpectation('audio.in == 1 and video.in == 1 and audio.out == 1 and video.out == 1')" +
    ".rtcSetTestExpectation('video.in.empty == 0').rtcSetTestExpectation('connectionDuration > 5')" +
    ".rtcSetTestExpectation('performance.browser.memory > 20 and performance.browser.cpu > 0.01')" +
    ".rtcSetTestExpectation('callSetupTime < 10000').rtcSetTestExpectation('score > 3 and mos > 3')" +
    ".rtcSetEventsExpectation('audio.in.bitrate > 5', 'talk', 'bye', 'the talk')" +
    ".rtcSetCustomExpectation('judge.js').rtcSetCustomEventsExpectation('window.js', 'talk', 'bye')" +
    ".rtcSetMetricFromThresholdTime('voice-after', 'talk', 'audio.in.bitrate > 5', 'avg')" +
    ".rtcSetTestExpectation('voice-after < 5000');",
    { url, runOptions: "#session:2 #timeout:2 #getstats",
      judge: at.write("judge.js", `let worst = Math.max(0, ...metricValues.loss);
        const known = ['send', 'recv'].includes(direction) && ['audio', 'video'].includes(channelType);
        const result = {passed: known && metricValues.bits.length > 3 && metricValues.packets.length > 3 && worst < 50 &&
          interval === 1000 && endTimestamp - startTimestamp > 5000 && metricValues.jitter.every(j => j >= 0), errMessage: 'odd'};`) }).result, 0);
  for (const probe of result.probes) {
    assert.equal(probe.expectations.filter(each => each.assertion === "window.js").length, 4);
    assert.deepEqual(probe.expectations.filter(each => !each.passed), []);
    assert.equal(probe.expectations.filter(each => each.assertion === "judge.js").length, 4, "one verdict per channel");
    const times = probe.sampleTimes;
    between(times.length, 7, 15, "samples");
    const steps = times.slice(1, -1).map((time, i) => time - times[i]);
    between(steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)], 0.9, 1.1, "the usual time between samples");
    assert.deepEqual(probe.channels.map(c => c.id).sort(), ["audio.in #1", "audio.out #1", "video.in #1", "video.out #1"]);
    for (const c of probe.channels)
      for (const [name, samples] of Object.entries(c.samples)) assert.equal(samples.length, times.length, `${c.id} ${name}`);
    const audio = channel(probe, "audio.in #1"), video = channel(probe, "video.in #1");
    assert.deepEqual([audio.codec, video.codec], ["opus", "VP8"]);
    between(audio.metrics.bitrate.average, 8, 80, "audio kbit/s");
    between(audio.metrics.packetloss.average, 0, 2, "audio loss");
    between(audio.metrics.mos.average, 3.5, 4.5, "MOS");
    between(video.metrics.bitrate.average, 100, 4000, "video kbit/s");
    between(video.metrics.fps.average, 5, 31, "fps");
    between(video.metrics.width.maximum, 320, 640, "width");
    between(probe.callSetupTime, 5, 10_000, "set-up time");
    for (const phase of ["gathering", "ice", "dtls", "first-packet", "first-frame"])
      between(probe.setupPhases[phase], 0, 15_000, phase);
    assert.equal(probe.candidatePair, "host/udp ↔ host/udp");
    between(probe.performance["browser.memory"].average, 20, 2000, "PSS in MB");
    between(probe.performance["probe.cpu"].average, 0.01, 1, "the machine's share");
    // The rate is what the counters say: bytes over the time.
    const bytes = video.metrics.data.last - video.samples.data.find(value => value !== null);
    const seconds = video.metrics.duration.last;
    between(bytes * 8 / 1000 / seconds / video.metrics.bitrate.average, 0.8, 1.2, "rate by counters over mean of rates");
  }
  // What one sends the other gets.
  const [one, two] = result.probes;
  for (const media of ["audio", "video"])
    between(channel(one, `${media}.out #1`).metrics.data.last / channel(two, `${media}.in #1`).metrics.data.last, 0.8, 1.25, `${media} sent over received`);

  const folder = `${at.path("artifacts")}/${result.run.testRunId}`;
  const dump = JSON.parse(readFileSync(`${folder}/probe-1-webrtc-internals.json`));
  const [connection] = Object.values(dump.PeerConnections);
  assert.ok(connection.updateLog.some(entry => entry.type === "setLocalDescription"));
  assert.ok(connection.updateLog.some(entry => entry.type === "connectionstatechange" && entry.value === "connected"));
  assert.ok(JSON.parse(connection.stats["video.in #1-bitrate"].values).length > 3);
  const raw = readFileSync(`${folder}/probe-2-getstats.jsonl`, "utf8").trim().split("\n").map(line => JSON.parse(line));
  between(raw.length, 7, 15, "raw reports");
  const whole = raw.filter(each => each.connections[0]?.stats.some(stat => stat.type === "certificate"));
  between(whole.length, 5, raw.length, "whole reports, with what the samples leave out"); // the last may find the call over
});

/** All that docs/metrics.md tells of a channel, but what is not a number. */
const figures = (media, direction) => [
  "bitrate", "data", "duration", "jitter", "packetloss", "packets", "packetslost", "rtt",
  ...(media === "video" ? ["fps", "width", "height", "frames", "keyframes", "plis"] : []),
  ...({ "audio in": ["bufferdelay", "concealment", "level", "mos"], "video in": ["nacks", "bufferdelay", "framesdropped", "freezes", "freezeduration"],
    "audio out": ["nacks"], "video out": ["nacks", "targetbitrate", "sourcefps", "limitedcpu", "limitedbandwidth"] })[`${media} ${direction}`],
].sort();

test("a failed expectation shows what was found", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, join + "\nclient.pause(3000).rtcSetTestExpectation('video.in.channel.fps > 500', 'too slow')" +
    ".rtcSetTestExpectation('audio.in == 7', '', 'warning').rtcSetTestExpectation('video.in.codec == H264');",
    { url, runOptions: "#session:2 #timeout:1" }).result, 1);
  const [probe] = result.probes;
  assert.match(probe.reasons[0], /^too slow: expected video\.in\.channel\.fps > 500, found [\d.]+ fps in video\.in #1$/);
  assert.match(probe.reasons[1], /^expected video\.in\.codec == H264, found VP8/);
  assert.equal(probe.reasons.length, 2, "a warning does not count");
  assert.deepEqual(probe.expectations.map(each => [each.passed, each.warning ?? false]), [[false, false], [false, true], [false, false]]);
});

test("four probes in two sessions keep to themselves", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, "client.rtcSetSessionValue('who', process.env.RTC_SESSION_IDX);\n" + join +
    "\nclient.rtcWaitForSessionValue('who', v => client.rtcInfo('session %s', v)).pause(3000).rtcSetTestExpectation('video.in == 1 and video.in.bitrate > 20');",
    { url, runOptions: "#session:2 #probes:4 #timeout:2",
      yaml: "profiles: [{browser: chromium}, {browser: chromium, network: Regular 4G}]\n" }).result, 0);
  assert.deepEqual(result.probes.map(p => [p.session, p.inSession, told(p)[0], p.network]),
    [[1, 1, "session 1", ""], [1, 2, "session 1", "Regular 4G"], [2, 1, "session 2", ""], [2, 2, "session 2", "Regular 4G"]]);
});

test("four people in one room hear and see three others each", async t => {
  const at = scratch(t), url = await demoRoom(t, at, ["--room-size", "4"]);
  const result = exits(await call(t, at, join.replace("20000);", "40000);") + `
    client.rtcSetSessionValue('in ' + process.env.RTC_IN_SESSION_ID, 'yes');
    for (const other of [1, 2, 3, 4]) client.rtcWaitForSessionValue('in ' + other, () => {});
    client.pause(8000).rtcSetTestExpectation('video.in == 3 and audio.in == 3 and video.out == 3 and audio.out == 3')
      .rtcSetTestExpectation('video.in.empty == 0 and audio.in.empty == 0');`,
    { url, runOptions: "#session:4 #timeout:2" }).result, 0);
  for (const probe of result.probes) {
    assert.equal(probe.channels.length, 12);
    assert.deepEqual(probe.connections.map(c => [c.connection, c.candidatePair]),
      ["1", "2", "3"].map(name => [name, "host/udp ↔ host/udp"]));
    for (const connection of probe.connections) between(connection.setupPhases.dtls, 0, 15_000, "DTLS of each connection");
    assert.deepEqual(probe.callFaults, []);
    // The page hands over only what figures are made of: none may lack for want of it.
    for (const { id, media, direction, metrics } of probe.channels)
      assert.deepEqual(Object.keys(metrics).sort(), figures(media, direction), id);
  }
  // What one sends to all three comes from one: each of the twelve streams out is a stream in.
  const packets = direction => result.probes.flatMap(p => p.channels).filter(c => c.media === "audio" && c.direction === direction)
    .reduce((sum, c) => sum + c.metrics.packets.last, 0);
  between(packets("in") / packets("out"), 0.7, 1.1, "packets that came over packets that were sent");
});
