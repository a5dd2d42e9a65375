// Calls through a media server that is not ours: Janus, with its echo and its rooms.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { call, pageServer } from "../support/calls.mjs";
import { janus, ownAddress } from "../support/media_servers.mjs";
import { exits, scratch, source } from "../support/programs.mjs";

const between = (value, from, to, what) => assert.ok(value >= from && value <= to, `${what} is ${value}, wanted ${from} to ${to}`);
const kinds = probe => probe.channels.map(c => `${c.media}.${c.direction}`).sort();
const metric = (probe, id, name) => probe.channels.find(c => c.id === id)?.metrics[name]?.average;

/** The pages of tests/fixtures/janus, and a Janus to talk to. */
async function place(t, at) {
  const { url: server } = await janus(t, at, ownAddress());
  const serve = (name, type) => (request, response) =>
    response.writeHead(200, { "Content-Type": type }).end(readFileSync(`${source}/tests/fixtures/janus/${name}`));
  const url = await pageServer(t, { "/session.js": serve("session.js", "text/javascript"),
    "/echotest": serve("echotest.html", "text/html"), "/videoroom": serve("videoroom.html", "text/html") });
  return { url, server };
}

test("one's own echo comes back", async t => {
  const at = scratch(t), { url, server } = await place(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/echotest?janus=${encodeURIComponent(server)}')
    .waitForElementVisible('.remote-video', 20000).pause(6000)
    .rtcSetTestExpectation('audio.in == 1 and video.in == 1 and audio.out == 1 and video.out == 1')
    .rtcSetTestExpectation('video.in.bitrate > 20 and audio.in.bitrate > 5')
    .rtcSetTestExpectation('video.in.empty == 0 and audio.in.empty == 0');`, { url }).result, 0);
  const [probe] = result.probes;
  assert.equal(probe.verdict, "passed");
  assert.equal(probe.candidatePair, "host/udp ↔ host/udp");
  assert.deepEqual(probe.connections.map(c => [c.connection, c.state]), [["1", "connected"]]);
  assert.deepEqual(probe.callFaults, []);
  // What went out comes back: Janus only carries it.
  between(metric(probe, "video.in #1", "data") / metric(probe, "video.out #1", "data"), 0.6, 1.3, "echo over what was sent");
  between(metric(probe, "video.in #1", "fps"), 3, 16, "pictures a second");
  between(probe.setupPhases["first-frame"], 1, 20_000, "first picture");
});

test("four people in a room see three others each", async t => {
  const at = scratch(t), { url, server } = await place(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/videoroom?room=1&name=' +
      process.env.RTC_AGENT_NAME + '&janus=${encodeURIComponent(server)}')
    .waitForElementVisible('.remote-video:nth-of-type(3)', 40000)
    .rtcSetSessionValue('seen ' + process.env.RTC_IN_SESSION_ID, 'all');
  for (const other of [1, 2, 3, 4]) client.rtcWaitForSessionValue('seen ' + other, () => {});
  client.pause(6000)
    .rtcSetTestExpectation('video.in == 3 and audio.in == 3 and video.out == 1 and audio.out == 1')
    .rtcSetTestExpectation('video.in.channel.bitrate > 5 and video.in.empty == 0');`,
    { url, runOptions: "#session:4 #timeout:2" }).result, 0);
  assert.equal(result.probes.length, 4);
  for (const probe of result.probes) {
    assert.deepEqual(kinds(probe), ["audio.in", "audio.in", "audio.in", "audio.out", "video.in", "video.in", "video.in", "video.out"]);
    // One connection sends, and one receives per other person.
    assert.deepEqual(probe.connections.map(c => c.candidatePair), Array(4).fill("host/udp ↔ host/udp"));
    assert.deepEqual(probe.callFaults, []);
  }
});

test("what Janus refuses is in the probe's reasons", async t => {
  const at = scratch(t), { url, server } = await place(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/videoroom?room=7&name=x&janus=${encodeURIComponent(server)}')
    .waitForElementVisible('.remote-video', 2000);`, { url }).result, 1);
  const [probe] = result.probes;
  assert.match(probe.console.join("\n"), /Janus: No such room \(7\)/);
  assert.match(probe.reasons[0], /^the page has a camera or microphone, but made no connection|waitForElementVisible/);
});
