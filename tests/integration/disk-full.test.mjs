// A disk that fills up while a run's end is recorded: the run says so and exits with 3, nothing is half-written, and whoever
// comes when there is room again tells the webhooks.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { askingTest, exits, outbox, receiver, ringback, scratch, start } from "../support/programs.mjs";

const program = resolve(process.env.RINGBACK_BIN, "ringback");

/** A test whose payload takes more room than there is: what it extracts is a variable in it. */
async function place(t) {
  const at = scratch(t), hook = await receiver(t);
  const server = await receiver(t, call => call.path === "/hook/large" ? { status: 200, body: "x".repeat(3_000_000) } : 200);
  at.write("large.yaml", `name: Large\nrun-options: '#webhook:${JSON.stringify({ url: hook.url, format: "runscope" })}'\nsteps:\n` +
    `  - request: GET ${server.url}/large\n    extract: {all: response_text}\n`);
  at.write("other.yaml", askingTest("Other", server.url));
  return { at, hook };
}
const said = new RegExp("^ringback: disk is full while (committing|recording the end of run [0-9a-f-]+) \\(state in .*\\); how the run ended is not recorded: " +
  "whoever starts next on this state ends it as interrupted, and calls its webhooks$", "m");

function interrupted(hook) {
  assert.equal(hook.calls.length, 1);
  const body = JSON.parse(hook.calls[0].body);
  assert.deepEqual([body.test_name, body.result], ["Large", "fail"]);
}

test("a limit on the size of files", async t => {
  const { at, hook } = await place(t);
  exits(await ringback(t, at, ["run", "other.yaml"]), 0); // makes the state
  const full = exits(await start(t, at, "/bin/bash", ["-c", `trap '' XFSZ; ulimit -f 1024; exec "$0" run large.yaml`, program]).ended, 3);
  assert.match(full.stderr, said);
  assert.match(full.stdout, /Large/, "the verdict is told all the same");
  assert.equal(hook.calls.length, 0, "nobody hears of an end that is not recorded");
  assert.deepEqual(await outbox(t, at), []);
  const next = exits(await ringback(t, at, ["run", "other.yaml"]), 0);
  assert.match(next.stderr, /ended 1 earlier run that was interrupted/);
  interrupted(hook);
  assert.deepEqual((await outbox(t, at)).map(message => message.state), ["delivered"]);
});

const mounts = process.getuid() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;
test("a file system without room", { skip: !mounts && "only root can mount one" }, async t => {
  const { at, hook } = await place(t);
  mkdirSync(at.env.RINGBACK_STATE);
  const script = `set -e
    mount -t tmpfs -o size=2m none "$RINGBACK_STATE"
    "$0" run other.yaml > /dev/null
    "$0" run large.yaml 2>&1 || echo "exit $?"
    "$0" webhook list
    mount -o remount,size=64m "$RINGBACK_STATE"
    "$0" run other.yaml 2>&1
    "$0" webhook list --json --only delivered`;
  const { stdout } = exits(await start(t, at, "/usr/bin/unshare", ["-m", "bash", "-c", script, program]).ended, 0);
  const [before, after] = stdout.split("The outbox holds no such message.\n");
  assert.match(before, said);
  assert.match(before, /^exit 3$/m);
  assert.match(after, /ended 1 earlier run that was interrupted/);
  assert.equal(JSON.parse(after.slice(after.indexOf("{\n"))).messages.length, 1);
  interrupted(hook);
});
