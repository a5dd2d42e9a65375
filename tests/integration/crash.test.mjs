// kill -9 at every step between a verdict and its recorded delivery: whoever comes next, `ringback run` or
// `ringback serve`, ends the run and delivers its message, with the same id and the same bytes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { askingTest, carry, exits, outbox, receiver, ringback, scratch, source, start, until } from "../support/programs.mjs";

// What the receiver has seen when ringback dies there, what it has seen after the recovery, and the status it was told.
const faults = {
  "before-commit": { seen: 0, finally: 1, status: "failure" }, // the verdict was never written: interrupted
  "after-commit": { seen: 0, finally: 1, status: "completed" },
  "before-claim": { seen: 0, finally: 1, status: "completed" },
  "after-claim": { seen: 0, finally: 1, status: "completed" },
  "before-send": { seen: 0, finally: 1, status: "completed" },
  "after-answer": { seen: 1, finally: 2, status: "completed" }, // answered but not recorded: once more, with the same id
  "after-record": { seen: 1, finally: 1, status: "completed" },
  "before-exit": { seen: 1, finally: 1, status: "completed" },
};

test("the table above has every fault point of the program", () => {
  const header = readFileSync(`${source}/webhook/fault_point.hpp`, "utf8");
  assert.deepEqual([...header.matchAll(/^ {4}"([a-z-]+)",/gm)].map(([, name]) => name), Object.keys(faults));
});

/** A test that never runs while this one does, for a service that only recovers. */
const idle = "monitors:\n  - {test: idle.yaml, cron: '0 0 29 2 *'}\n";
const serveOptions = ["serve", "--config", "monitors.yaml", "--allow-net", "127.0.0.1/32"];

async function place(t) {
  const at = scratch(t), server = await receiver(t), hook = await receiver(t);
  at.write("pass.yaml", askingTest("Pass", server.url));
  at.write("other.yaml", askingTest("Other", server.url));
  at.write("idle.yaml", askingTest("Idle", server.url));
  at.write("monitors.yaml", idle);
  return { at, server, hook };
}

/** The two who may come next. Each ends by itself, or is ended, once `done` holds. */
const next = {
  "the next run": async (t, at, done) => {
    const result = exits(await ringback(t, at, ["run", "other.yaml"]), 0);
    assert.ok(await done(), `after it, nothing is left to do\n${result.stderr}`);
    return result.stderr;
  },
  "a service": async (t, at, done) => {
    const service = start(t, at, "ringback", serveOptions);
    await service.says(/is next due at/);
    await until(done, "the service to deliver");
    service.kill("SIGTERM");
    return exits(await service.ended, 0).stderr;
  },
};

describe("killed at a fault point", { concurrency: 4 }, () => {
  for (const [point, { seen, finally: total, status }] of Object.entries(faults))
    for (const [who, recover] of Object.entries(next))
      test(`${point}, then ${who}`, async t => {
        const { at, hook } = await place(t);
        const killed = await ringback(t, at, ["run", "pass.yaml", "--webhook", hook.url], { env: { RINGBACK_FAULT_POINT: point } });
        assert.equal(killed.signal, "SIGKILL", `it ended with ${killed.code}\n${killed.stdout}${killed.stderr}`);
        assert.equal(hook.calls.length, seen);
        const stored = await outbox(t, at);
        assert.equal(stored.length, point === "before-commit" ? 0 : 1);

        const settled = async () => {
          const messages = await outbox(t, at);
          return messages.length === 1 && messages[0].state === "delivered";
        };
        await recover(t, at, settled);
        assert.equal(hook.calls.length, total);
        const [message] = await outbox(t, at);
        if (stored.length) assert.equal(message.id, stored[0].id);
        carry(hook.calls, message);
        const body = JSON.parse(message.body);
        assert.deepEqual([body.testName, body.status], ["Pass", status]);
        if (status === "failure") {
          assert.equal(body.error, "interrupted");
          assert.deepEqual(body.failureReasons, ["interrupted: the process that ran this test ended before the test did"]);
        }
        // Whoever comes after that has nothing to do.
        exits(await ringback(t, at, ["run", "other.yaml"]), 0);
        assert.equal(hook.calls.length, total);
      });
});

describe("killed while a run is under way", { concurrency: 4 }, () => {
  const pausing = url => `name: Pause\nsteps:\n  - {request: 'GET ${url}'}\n  - pause: 60s\n`;

  for (const [who, recover] of Object.entries(next))
    test(`then ${who}: the run ends once, as a failure`, async t => {
      const { at, server, hook } = await place(t);
      at.write("pause.yaml", pausing(server.url));
      const target = JSON.stringify({ url: hook.url, headers: { "X-Own": "kept" }, on: ["start", "failure"] });
      const run = start(t, at, "ringback", ["run", "pause.yaml", "--webhook", target]);
      await until(() => server.calls.length === 1 && hook.calls.length === 1, "the run to be under way");
      // Killed before its answer was recorded, the first call would rightly be made again.
      await until(async () => (await outbox(t, at))[0]?.state === "delivered", "the first call to be recorded");
      run.kill("SIGKILL");
      await run.ended;
      const said = await recover(t, at, () => hook.calls.length === 2);
      assert.match(said, /ended 1 earlier run/);
      const [started, ended] = hook.calls.map(call => JSON.parse(call.body));
      assert.deepEqual([started.status, ended.status, ended.error], ["started", "failure", "interrupted"]);
      assert.equal(ended.testRunId, started.testRunId);
      assert.equal(hook.calls[1].headers["x-own"], "kept");
      exits(await ringback(t, at, ["run", "other.yaml"]), 0);
      assert.equal(hook.calls.length, 2);
    });

  test("`webhook flush` ends a run that was cut off, and tells", async t => {
    const { at, server, hook } = await place(t);
    at.write("pause.yaml", pausing(server.url));
    const run = start(t, at, "ringback", ["run", "pause.yaml", "--webhook", hook.url]);
    await until(() => server.calls.length === 1, "the run to be under way");
    run.kill("SIGKILL");
    await run.ended;
    const flushed = exits(await ringback(t, at, ["webhook", "flush", "--json"]), 0);
    assert.match(flushed.stderr, /^ringback: ended 1 earlier run that was interrupted$/m);
    assert.deepEqual(JSON.parse(flushed.stdout), { interruptedRuns: 1, delivered: 1, parked: 0, dead: 0 });
    assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).error), ["interrupted"]);
  });

  test("three runs side by side: each is ended, whoever recovers at the same time", async t => {
    const { at, server, hook } = await place(t);
    for (const name of ["a", "b", "c"]) at.write(`${name}.yaml`, pausing(server.url).replace("Pause", name));
    const run = start(t, at, "ringback", ["run", "--jobs", "3", "a.yaml", "b.yaml", "c.yaml", "--webhook", hook.url]);
    await until(() => server.calls.length === 3, "the runs to be under way");
    run.kill("SIGKILL");
    await run.ended;
    const recovered = await Promise.all([1, 2, 3].map(() => ringback(t, at, ["run", "other.yaml"])));
    for (const result of recovered) exits(result, 0);
    await until(async () => {
      exits(await ringback(t, at, ["webhook", "flush"]), 0);
      return hook.calls.length >= 3;
    }, "three messages");
    assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).testName).sort(), ["a", "b", "c"]);
  });

  test("a run that is alive is left alone by others", async t => {
    const { at, server, hook } = await place(t);
    at.write("pause.yaml", pausing(server.url));
    const run = start(t, at, "ringback", ["run", "pause.yaml", "--webhook", hook.url]);
    await until(() => server.calls.length === 1, "the run to be under way");
    const other = exits(await ringback(t, at, ["run", "other.yaml"]), 0);
    assert.equal(other.stderr, "");
    assert.equal(hook.calls.length, 0);
    run.kill("SIGINT");
    exits(await run.ended, 130);
    assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).error), ["canceled by the user"]);
  });

  test("a failed try that was to be tried again is told, once", async t => {
    const { at, hook } = await place(t);
    const bad = await receiver(t, () => 500);
    at.write("bad.yaml", askingTest("Bad", bad.url, { runOptions: "#try:5" }));
    const killed = await ringback(t, at, ["run", "bad.yaml", "--webhook", hook.url], { env: { RINGBACK_FAULT_POINT: "before-commit" } });
    assert.equal(killed.signal, "SIGKILL");
    exits(await ringback(t, at, ["run", "other.yaml"]), 0);
    assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).status), ["failure"]);
  });
});

describe("a service that is killed at a fault point", { concurrency: 4 }, () => {
  for (const point of ["before-commit", "after-commit", "after-claim", "before-send", "after-answer", "after-record"])
    test(`${point}: its successor goes on`, async t => {
      const { at, server, hook } = await place(t);
      at.write("tick.yaml", askingTest("Tick", server.url, { runOptions: `#webhook:${hook.url}` }));
      at.write("tick-monitors.yaml", "monitors:\n  - {test: tick.yaml, every: 1s}\n");
      const killed = start(t, at, "ringback", ["serve", "--config", "tick-monitors.yaml", "--allow-net", "127.0.0.1/32"],
        { env: { RINGBACK_FAULT_POINT: point } });
      assert.equal((await killed.ended).signal, "SIGKILL");
      const { seen, finally: total, status } = faults[point];
      assert.equal(hook.calls.length, seen);
      await next["a service"](t, at, () => hook.calls.length >= total);
      assert.equal(hook.calls.length, total);
      const [message, ...more] = await outbox(t, at);
      assert.deepEqual([message.state, more], ["delivered", []]);
      carry(hook.calls, message);
      const body = JSON.parse(message.body);
      assert.deepEqual([body.runType, body.status], ["monitor", status]);
    });
});

describe("whoever goes on with what a killed run left is killed, too", { concurrency: 4 }, () => {
  const again = {
    "the next run": (t, at, env) => ringback(t, at, ["run", "other.yaml"], { env }),
    "a service": (t, at, env) => start(t, at, "ringback", serveOptions, { env }).ended,
  };
  // Until the claim, all is as the killed run left it.
  for (const [point, { seen, finally: total }] of Object.entries(faults).filter(([point]) => /after-claim|send|answer|record/.test(point)))
    for (const [second, goOn] of Object.entries(again))
      for (const [third, recover] of Object.entries(next))
        test(`${second} at ${point}, then ${third}: the same id, the same bytes`, async t => {
          const { at, hook } = await place(t);
          const left = await ringback(t, at, ["run", "pass.yaml", "--webhook", hook.url], { env: { RINGBACK_FAULT_POINT: "after-commit" } });
          assert.equal(left.signal, "SIGKILL");
          const killed = await goOn(t, at, { RINGBACK_FAULT_POINT: point });
          assert.equal(killed.signal, "SIGKILL", `it ended with ${killed.code}\n${killed.stdout}${killed.stderr}`);
          assert.equal(hook.calls.length, seen);
          const [stored, ...more] = await outbox(t, at);
          assert.deepEqual([stored.state, more], [point === "after-record" ? "delivered" : "parked", []]);
          await recover(t, at, async () => (await outbox(t, at))[0].state === "delivered");
          assert.equal(hook.calls.length, total);
          const [message] = await outbox(t, at);
          assert.deepEqual([message.id, message.body], [stored.id, stored.body]);
          carry(hook.calls, message);
        });
});

describe("a service that lives delivers what a neighbour had claimed when it died", { concurrency: 4 }, () => {
  for (const [point, { finally: total }] of Object.entries(faults).filter(([point]) => /claim|send|answer/.test(point)))
    test(point, async t => {
      const { at, hook } = await place(t);
      const killed = await ringback(t, at, ["run", "pass.yaml", "--webhook", hook.url], { env: { RINGBACK_FAULT_POINT: point } });
      assert.equal(killed.signal, "SIGKILL");
      const service = start(t, at, "ringback", serveOptions);
      await service.says(/is next due at/);
      const beside = await ringback(t, at, ["run", "pass.yaml", "--webhook", hook.url], { env: { RINGBACK_FAULT_POINT: point } });
      assert.equal(beside.signal, "SIGKILL");
      // A claim holds for a minute; nobody waits for its end.
      await until(async () => (await outbox(t, at)).every(message => message.state === "delivered"), "the service to deliver", 20_000);
      const ids = hook.calls.map(call => call.headers["webhook-id"]);
      assert.equal(new Set(ids).size, 2);
      assert.ok(ids.length <= 2 * total, ids.join());
      service.kill("SIGTERM");
      exits(await service.ended, 0);
    });
});

test("a service that lives ends the run of a neighbour that died", async t => {
  const { at, server, hook } = await place(t);
  at.write("pause.yaml", `name: Pause\nsteps:\n  - {request: 'GET ${server.url}'}\n  - pause: 60s\n`);
  const service = start(t, at, "ringback", serveOptions);
  await service.says(/is next due at/);
  const run = start(t, at, "ringback", ["run", "pause.yaml", "--webhook", hook.url]);
  await until(() => server.calls.length === 1, "the run to be under way");
  run.kill("SIGKILL");
  await until(() => hook.calls.length === 1, "the service to tell of it", 15_000);
  assert.equal(JSON.parse(hook.calls[0].body).error, "interrupted");
  service.kill("SIGTERM");
  exits(await service.ended, 0);
});

test("a service that is killed while a monitor runs: its successor ends the run, and runs the monitor again", async t => {
  const { at, hook } = await place(t);
  let hang = true;
  const server = await receiver(t, () => hang ? undefined : 200);
  at.write("tick.yaml", askingTest("Tick", server.url, { runOptions: `#webhook:${hook.url}` }));
  at.write("tick-monitors.yaml", "monitors:\n  - {test: tick.yaml, every: 1s}\n");
  const options = ["serve", "--config", "tick-monitors.yaml", "--allow-net", "127.0.0.1/32"];
  const first = start(t, at, "ringback", options);
  await until(() => server.calls.length === 1, "the monitor to run");
  first.kill("SIGKILL");
  await first.ended;
  hang = false;
  const second = start(t, at, "ringback", options);
  await until(() => hook.calls.length >= 3, "the successor to tell of three runs");
  second.kill("SIGTERM");
  exits(await second.ended, 0);
  const bodies = hook.calls.map(call => JSON.parse(call.body));
  assert.deepEqual([bodies[0].status, bodies[0].error, bodies[0].runType], ["failure", "interrupted", "monitor"]);
  assert.ok(bodies.slice(1).every(body => body.status === "completed"), JSON.stringify(bodies));
});
