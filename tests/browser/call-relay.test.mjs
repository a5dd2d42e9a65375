// Calls through a TURN server that is not ours, and what is said when it is down, refuses the user, or refuses to relay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, demoRoom } from "../support/calls.mjs";
import { coturn, relayOnly, turnServer } from "../support/media_servers.mjs";
import { closedPort, exits, scratch } from "../support/programs.mjs";

const join = (servers, seconds) => `client.url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 10000);
${relayOnly(servers)}
client.click('#join').waitForElementVisible('.remote-video', 20000).pause(${1000 * seconds})`;

for (const transport of ["udp", "tcp"])
  test(`a call through a relay over ${transport.toUpperCase()}`, async t => {
    const at = scratch(t), url = await demoRoom(t, at), turn = await coturn(t, at);
    const result = exits(await call(t, at, join(turn.server(transport), 5) +
      ".rtcSetTestExpectation('audio.in == 1 and video.in == 1 and video.in.bitrate > 50 and audio.in.bitrate > 5');",
      { url, runOptions: "#session:2 #timeout:1" }).result, 0);
    for (const probe of result.probes) {
      assert.match(probe.candidatePair, new RegExp(`^relay/${transport} ↔ (relay|prflx)/udp$`));
      assert.deepEqual(probe.connections.map(c => c.candidatePair), [probe.candidatePair]);
      assert.deepEqual(probe.callFaults, []);
      assert.deepEqual(probe.reasons, []);
    }
    assert.match(result.stdout, new RegExp(`relay/${transport} ↔`));
  });

// Each row: what, the server, and the fault and reason that both probes must have.
const rows = [
  ["TURN over TCP that is down", "turn-unreachable", /^connection 1 never connected: TURN unreachable: the TURN server turn:127\.0\.0\.1:\d+\?transport=tcp gave no answer \(701 /,
    async () => turnServer(await closedPort(), "tcp")],
  ["TURN over UDP that is down", "turn-unreachable", /^connection 1 never connected: TURN unreachable: the TURN server turn:127\.0\.0\.1:\d+\?transport=udp gave no answer/,
    async () => turnServer(await closedPort(), "udp")],
  ["TURN with a wrong password", "turn-refused", /^connection 1 never connected: the TURN server turn:\S+ refused: 401 Unauthorized: wrong user name or password/,
    async (t, at) => (await coturn(t, at)).server("udp", { credential: "wrong" })],
  ["a relay that may not relay to the other side", "relay-refused", /^connection 1 never connected: relay refused: the TURN server turn:\S+ gave a relay, but would not relay to the other side/,
    async (t, at) => (await coturn(t, at, { carries: false })).server("udp")],
];
test("what keeps a call from its relay is told", async t => {
  for (const [what, fault, reason, server] of rows)
    await t.test(what, async t2 => {
      const at = scratch(t2), url = await demoRoom(t2, at);
      const script = `${join(await server(t2, at), 4)}.rtcSetTestExpectation('video.in.bitrate > 5');`;
      const result = exits(await call(t2, at, script, { url, runOptions: "#session:2 #timeout:1" }).result, 1);
      for (const probe of result.probes) {
        assert.deepEqual(probe.callFaults.map(each => [each.fault, each.connections]), [[fault, ["1"]]]);
        assert.match(probe.reasons[0], reason);
        assert.match(probe.reasons[1], /video\.in\.bitrate > 5/);
        assert.ok(result.stdout.includes(probe.reasons[0]), "people see it");
        assert.equal(probe.callSetupTime, null);
      }
      assert.match(result.run.failureReasons[0].replace(/^probe 1: /, ""), reason);
    });
});
