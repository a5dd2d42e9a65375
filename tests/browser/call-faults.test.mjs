// A call that does not come about has a reason that tells which part failed. (TURN has its own: call-relay.)
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, demoRoom, pageServer } from "../support/calls.mjs";
import { exits, scratch } from "../support/programs.mjs";

/** Two people join a room, after `sabotage` has run in each page; nothing comes, and that fails. */
const joined = sabotage => `client.url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 10000).execute(${sabotage}).click('#join').pause(6000)
  .rtcSetTestExpectation('video.in.bitrate > 5');`;
/** Changes the descriptions that a page is given, and its candidates: functions of their texts. */
const changed = (description, candidate = "x => x") => `function () {
  const description = ${description}, candidate = ${candidate};
  const { setRemoteDescription, addIceCandidate } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: description(sdp.replace(/a=(candidate|end-of-candidates).*\\r\\n/g, '')) });
  };
  RTCPeerConnection.prototype.addIceCandidate = function (given) {
    const text = candidate(given.candidate);
    return text ? addIceCandidate.call(this, { ...given, candidate: text, sdpMid: given.sdpMid, sdpMLineIndex: given.sdpMLineIndex }) : Promise.resolve();
  };
}`;

// Each row: what is done to the page, the fault of each of two probes, and its reason.
const rows = [
  ["fingerprints of somebody else", changed("sdp => sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (_, name, byte) => name + (byte === '00' ? '11' : '00'))"),
    "dtls-failed", /^connection 1 never connected: ICE found a path, but the DTLS handshake (failed|did not end within \d+ s): /],
  ["candidates that get lost", changed("sdp => sdp", "() => ''"),
    "no-candidates", /^connection 1 never connected: no candidates came from the other side: /],
  ["candidates that lead nowhere", changed("sdp => sdp", "text => text.replace(/127\\.0\\.0\\.1 \\d+/, '127.0.0.1 9').replace(/\\[?::1\\]? \\d+/, '::1 9')"),
    "ice-failed", /^connection 1 never connected: ICE failed: no path between the candidates of this side \(host(, prflx)?\) and the other \(host\) worked, and no TURN server is named to fall back on$/],
];
test("what keeps a call from connecting is told", async t => {
  for (const [what, sabotage, fault, reason] of rows)
    await t.test(what, async t2 => {
      const at = scratch(t2), url = await demoRoom(t2, at);
      const result = exits(await call(t2, at, joined(sabotage), { url, runOptions: "#session:2 #timeout:1" }).result, 1);
      for (const probe of result.probes) {
        assert.deepEqual(probe.callFaults.map(each => [each.fault, each.connections]), [[fault, ["1"]]], probe.callFaults[0]?.text);
        assert.match(probe.reasons[0], reason);
        assert.match(probe.reasons[1], /video\.in\.bitrate > 5/);
        assert.ok(result.stdout.includes(probe.reasons[0]), "people see it");
      }
    });
});

test("an answer that never comes is told to the one who waits for it", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, joined(`function () {
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (text) { if (!text.includes('"answer"')) send.call(this, text); };
  }`), { url, runOptions: "#session:2 #timeout:1" }).result, 1);
  const waiting = result.probes.filter(probe => probe.callFaults[0]?.fault === "no-signalling");
  assert.equal(waiting.length, 1);
  assert.match(waiting[0].reasons[0], /^connection 1 never connected: no answer came to this side's offer: the signalling did not get through/);
});

test("signalling that cannot be reached is told in the browser's words", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL).waitForElementVisible('#join', 10000)
    .setValue('#room', 'x').execute(function () {
      const Plain = WebSocket;
      window.WebSocket = class extends Plain { constructor() { super(location.origin.replace('http', 'ws') + '/nowhere'); } };
    }).click('#join').waitForElementVisible('.remote-video', 3000);`, { url }).result, 1);
  const [probe] = result.probes;
  assert.deepEqual(probe.callFaults.map(each => [each.fault, each.connections]), [["no-signalling", []]]);
  assert.match(probe.reasons[0], /^the page has a camera or microphone, but made no connection: .*; the browser says: WebSocket connection to 'ws:\/\/\S+\/nowhere' failed: .*404/);
  assert.match(probe.reasons[1], /waitForElementVisible/);
});

test("a page that gets no camera is told why", async t => {
  const at = scratch(t), html = `<!doctype html><link rel="icon" href="data:,"><p id="state">asking</p>
    <script>navigator.mediaDevices.getUserMedia({video: true, audio: true}).then(() => {}, error => { state.textContent = error.name; });</script>`;
  const url = await pageServer(t, { "/": (_, response) =>
    response.writeHead(200, { "Content-Type": "text/html", "Permissions-Policy": "camera=(), microphone=()" }).end(html) });
  const script = "client.url('/').waitForElementVisible('#state').pause(1500)";
  const failed = exits(await call(t, at, `${script}.waitForElementPresent('video', 300);`, { url, name: "wanted" }).result, 1);
  assert.deepEqual(failed.probes[0].callFaults.map(each => each.fault), ["no-media"]);
  assert.match(failed.probes[0].reasons[0], /^the page got no camera or microphone: NotAllowedError: .*Permissions-Policy/);
  // A test of the refusal itself passes.
  const meant = exits(await call(t, at, `client.rtcIgnoreErrorContains('Permissions policy');${script}.assert.containsText('#state', 'NotAllowedError');`, { url, name: "meant" }).result, 0);
  assert.deepEqual([meant.probes[0].verdict, meant.probes[0].callFaults.map(each => each.fault)], ["passed", ["no-media"]]);
});

test("a working call has no fault, and a test without calls none either", async t => {
  const at = scratch(t), url = await demoRoom(t, at);
  const result = exits(await call(t, at, `client.url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
    .waitForElementVisible('#join', 10000).click('#join').waitForElementVisible('.remote-video', 20000).pause(4000);`,
    { url, runOptions: "#session:2 #timeout:1" }).result, 0);
  for (const probe of result.probes) {
    assert.deepEqual([probe.verdict, probe.callFaults], ["passed", []]);
    assert.deepEqual(probe.connections.map(each => [each.connection, each.candidatePair]), [["1", "host/udp ↔ host/udp"]]);
  }
  const silent = exits(await call(t, at, "client.url(process.env.RTC_SERVICE_URL).pause(500);", { url, name: "silent" }).result, 0);
  assert.deepEqual(silent.probes[0].callFaults, []);
});
