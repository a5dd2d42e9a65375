// Ctrl-C: the run ends as canceled and its webhook is called, quickly; a second one leaves at once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { askingTest, exits, identity, outbox, receiver, ringback, scratch, start, until } from "../support/programs.mjs";

// One request, so that the test knows that the run is under way, then a long pause.
const pausing = (name, url) => `name: ${name}\nsteps:\n  - {request: 'GET ${url}'}\n  - pause: 60s\n  - {request: 'GET ${url}/never'}\n`;

async function underWay(t, hookAnswer, ...options) {
  const at = scratch(t), server = await receiver(t), hook = await receiver(t, hookAnswer);
  at.write("pause.yaml", pausing("Pause", server.url));
  const run = start(t, at, "ringback", ["run", "pause.yaml", "--webhook", hook.url, "--report", "json=run.json", ...options]);
  await until(() => server.calls.length === 1, "the run to be under way");
  return { at, run, server, hook };
}

describe("interrupted", { concurrency: true }, () => {
  for (const signal of ["SIGINT", "SIGTERM"])
    test(`${signal} during a pause`, async t => {
      const { at, run, hook } = await underWay(t);
      const then = performance.now();
      run.kill(signal);
      const result = exits(await run.ended, 130);
      assert.ok(performance.now() - then < 3000, `took ${performance.now() - then} ms`);
      assert.match(result.stderr, /^ringback: interrupted; ending the run and calling its webhooks \(again to leave at once\)\n$/);
      assert.match(result.stdout, /canceled[^]*webhook delivered/);
      assert.equal(hook.calls.length, 1);
      const body = JSON.parse(hook.calls[0].body);
      assert.deepEqual([body.status, body.error], ["failure", "canceled by the user"]);
      const [told] = JSON.parse(readFileSync(at.path("run.json"))).runs;
      assert.deepEqual([told.status, told.testRunId], ["canceled", body.testRunId]);
      assert.deepEqual(told.steps.map(step => [step.verdict, step.reasons]),
        [["passed", []], ["skipped", ["was under way when the run was canceled"]], ["skipped", []]]);
      assert.ok(told.steps[1].duration > 0);
      assert.deepEqual(told.failureReasons, ["canceled by the user"]);
    });

  test("a request that is under way ends too", async t => {
    const at = scratch(t), hook = await receiver(t), server = await receiver(t, () => {}); // never answers
    at.write("hang.yaml", askingTest("Hang", server.url));
    const run = start(t, at, "ringback", ["run", "hang.yaml", "--webhook", hook.url]);
    await until(() => server.calls.length === 1, "the request");
    const then = performance.now();
    run.kill("SIGINT");
    exits(await run.ended, 130);
    assert.ok(performance.now() - then < 3000);
    assert.equal(JSON.parse(hook.calls[0].body).status, "failure");
  });

  test("no other try and no other test begins", async t => {
    const at = scratch(t), server = await receiver(t), hook = await receiver(t);
    at.write("pause.yaml", pausing("Pause", server.url));
    at.write("next.yaml", askingTest("Next", server.url));
    const run = start(t, at, "ringback", ["run", "pause.yaml", "next.yaml", "--run-options", "#try:3", "--webhook", hook.url]);
    await until(() => server.calls.length === 1, "the run to be under way");
    run.kill("SIGINT");
    const result = exits(await run.ended, 130);
    assert.match(result.stderr, /^ringback: not started: Next$/m);
    assert.deepEqual([server.calls.length, hook.calls.length], [1, 1]);
  });

  test("all that run side by side end, and each is told", async t => {
    const at = scratch(t), server = await receiver(t), hook = await receiver(t);
    const names = ["one", "two", "three"];
    for (const name of names) at.write(`${name}.yaml`, pausing(name, server.url));
    const run = start(t, at, "ringback", ["run", "--jobs", "3", ...names.map(name => `${name}.yaml`), "--webhook", hook.url]);
    await until(() => server.calls.length === 3, "the runs to be under way");
    const then = performance.now();
    run.kill("SIGINT");
    exits(await run.ended, 130);
    assert.ok(performance.now() - then < 3000);
    assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).testName).sort(), [...names].sort());
  });

  test("a receiver that hangs is given 2 s; what it did not take is parked", async t => {
    const { at, run, hook } = await underWay(t, () => {});
    const then = performance.now();
    run.kill("SIGINT");
    const result = exits(await run.ended, 130);
    assert.ok(performance.now() - then < 3000, `took ${performance.now() - then} ms`);
    assert.match(result.stdout, /webhook parked/);
    assert.equal(hook.calls.length, 1);
    assert.deepEqual((await outbox(t, at)).map(message => message.state), ["parked"]);
    for (const words of [["flush"], ["retry", (await outbox(t, at))[0].id]]) {
      const before = hook.calls.length, sending = start(t, at, "ringback", ["webhook", ...words]);
      await until(() => hook.calls.length > before, "the call again");
      sending.kill("SIGINT");
      exits(await sending.ended, 130);
    }
  });

  test("a second one leaves at once, and the call is not lost", async t => {
    let hanging = true;
    const { at, run, hook } = await underWay(t, () => hanging ? undefined : 200);
    run.kill("SIGINT");
    await until(() => hook.calls.length === 1, "the webhook call");
    const then = performance.now();
    run.kill("SIGINT");
    const result = await run.ended;
    assert.equal(result.code, 130);
    assert.ok(performance.now() - then < 500, `took ${performance.now() - then} ms`);
    hanging = false;
    exits(await ringback(t, at, ["webhook", "flush"]), 0);
    assert.equal(hook.calls.length, 2);
    assert.deepEqual(identity(hook.calls[1]), identity(hook.calls[0]));
  });
});
