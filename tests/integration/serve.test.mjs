// `ringback serve` as a process: schedules, overlap, several services on one state, addresses, stopping.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { askingTest, exits, outbox, receiver, ringback, scratch, sleep, start, until } from "../support/programs.mjs";

const loopback = ["--allow-net", "127.0.0.1/32"];

/** An endpoint test with a pause between two requests, to tell runs that overlap. */
const slowTest = (url, pause, runOptions = "") => `name: Slow\nrun-options: '${runOptions}'\nsteps:\n` +
  `  - {request: 'GET ${url}/begin'}\n  - pause: ${pause}\n  - {request: 'GET ${url}/end'}\n`;

async function place(t, answer) {
  const at = scratch(t), server = await receiver(t, answer), hook = await receiver(t);
  at.write("tick.yaml", askingTest("Tick", server.url, { runOptions: `#webhook:${hook.url}` }));
  at.write("monitors.yaml", "monitors:\n  - {test: tick.yaml, every: 1s}\n");
  return { at, server, hook,
    serve: (...options) => start(t, at, "ringback", ["serve", "--config", "monitors.yaml", ...options], { limit: 100_000 }) };
}

/** Stops a service and gives what it said. */
async function stop(service, signal = "SIGTERM") {
  service.kill(signal);
  return exits(await service.ended, 0).stderr;
}

/** When a monitor is next due, as the service says at its start, in ms since 1970. */
async function nextDue(service, name) {
  const [, instant] = await service.says(new RegExp(`monitor '${name}' is next due at (\\S+)`));
  return Date.parse(instant);
}

describe("the service", { concurrency: 8 }, () => {
  test("runs a monitor every second and calls its webhooks as a monitor", async t => {
    const { at, server, hook, serve } = await place(t);
    at.write("monitors.yaml", "location: eu-1\nmonitors:\n" +
      "  - {test: tick.yaml, every: 1s}\n  - {test: tick.yaml, name: Other, every: 1s}\n");
    const service = serve(...loopback);
    const due = await nextDue(service, "Tick");
    await until(() => hook.calls.length >= 6, "six calls");
    const said = await stop(service);
    assert.match(said, /monitor 'Tick' completed in \d+ ms \([0-9a-f-]{36}\)/);
    assert.match(said, /stopping: terminated; \d run\(s\) under way\n[^]*stopped\n$/);
    const bodies = hook.calls.map(call => JSON.parse(call.body));
    assert.deepEqual(Object.keys(bodies[0]).slice(0, 4), ["runType", "testName", "testRunId", "status"]);
    for (const body of bodies)
      assert.deepEqual([body.runType, body.testName, body.status], ["monitor", "Tick", "completed"]);
    assert.equal(new Set(bodies.map(body => body.testRunId)).size, bodies.length);
    assert.equal(hook.calls.length, server.calls.length, "whatever ran before the end is told");
    assert.ok(due > Date.now() - 100_000 && due < Date.now(), "the first run is at the next instant");
  });

  test("a cron line is due when its time zone says, and runs then", async t => {
    const { at, server, hook, serve } = await place(t);
    at.write("monitors.yaml", "monitors:\n  - {test: tick.yaml, name: Minute, cron: '* * * * *'}\n" +
      "  - {test: tick.yaml, name: Mornings, cron: '30 8 * * mon-fri', time-zone: Europe/Berlin}\n");
    const service = serve(...loopback);
    const minute = await nextDue(service, "Minute"), morning = await nextDue(service, "Mornings");
    assert.equal(minute % 60_000, 0);
    assert.ok(minute - Date.now() <= 60_000 && minute > Date.now() - 2000);
    const inBerlin = new Intl.DateTimeFormat("en-GB",
      { timeZone: "Europe/Berlin", weekday: "short", hour: "2-digit", minute: "2-digit" });
    assert.match(inBerlin.format(morning), /^(Mon|Tue|Wed|Thu|Fri)\W+08:30$/);
    assert.ok(morning > Date.now() && morning - Date.now() < 4 * 86_400_000);
    await until(() => hook.calls.length === 1, "the next minute", 65_000);
    assert.ok(Date.now() >= minute && Date.now() - minute < 5000, `${Date.now() - minute} ms behind the minute`);
    assert.equal(server.calls.length, 1);
    assert.equal(JSON.parse(hook.calls[0].body).runType, "monitor");
    await stop(service);
  });

  test("a slow monitor never overlaps itself, and another is not kept waiting", async t => {
    const { at, server, hook, serve } = await place(t);
    at.write("slow.yaml", slowTest(server.url, "1500ms"));
    at.write("monitors.yaml", "monitors:\n  - {test: slow.yaml, every: 1s}\n  - {test: tick.yaml, every: 1s}\n");
    const service = serve(...loopback);
    const steps = () => server.calls.filter(call => /begin|end/.test(call.path)).map(call => call.path.slice("/hook/".length));
    await until(() => steps().length >= 6, "three slow runs", 20_000);
    const ticks = hook.calls.length;
    const said = await stop(service);
    assert.deepEqual(steps(), steps().map((_, index) => index % 2 ? "end" : "begin"));
    assert.match(said, /monitor 'Slow' is due while its last run is still under way: skipped/);
    assert.ok(ticks >= 4, `${ticks} ticks`);
  });

  test("two services on one state: each due instant runs once, and each run is told once", async t => {
    const { at, server, hook, serve } = await place(t);
    at.write("monitors.yaml", "monitors:\n" + ["A", "B", "C"].map(name =>
      `  - {test: tick.yaml, name: ${name}, every: 1s, variables: {name: ${name}}}\n`).join(""));
    at.write("tick.yaml", `name: Tick\nrun-options: '#webhook:${hook.url}'\nsteps:\n  - {request: 'GET ${server.url}/{{name}}'}\n`);
    const services = [serve(...loopback), serve(...loopback)];
    const due = {};
    for (const name of ["A", "B", "C"]) due[name] = await nextDue(services[1], name);
    const clock = Date.now() - performance.now();
    const from = Math.max(...Object.values(due)) + 500; // both are there
    await sleep(Math.max(0, from - Date.now()) + 6000);
    const said = await Promise.all(services.map(service => stop(service)));
    const instants = {};
    for (const call of server.calls) {
      const name = call.path.slice("/hook/".length), at = clock + call.at;
      const instant = Math.round((at - due[name]) / 1000 - 0.3); // a run begins up to some 100 ms behind its instant
      if (at >= from && at < from + 5500) (instants[name] ??= []).push(instant);
    }
    for (const name of ["A", "B", "C"]) {
      assert.ok(instants[name].length >= 4, `${name} ran ${instants[name].length} times\n${said.join("\n---\n")}`);
      assert.deepEqual(instants[name], instants[name].map((_, index) => instants[name][0] + index), `the instants that ${name} ran at`);
    }
    const runs = hook.calls.map(call => JSON.parse(call.body).testRunId);
    assert.equal(new Set(runs).size, runs.length, "nothing is told twice");
    assert.equal(runs.length, server.calls.length, "nothing is left untold");
  });

  test("a webhook at a loopback address is refused for good, and that is said", async t => {
    const { at, hook, serve } = await place(t);
    const service = serve();
    await until(async () => (await outbox(t, at)).some(message => message.state === "dead"), "a message that is given up");
    const said = await stop(service);
    assert.equal(hook.calls.length, 0);
    const [{ id }] = (await outbox(t, at)).filter(message => message.state === "dead");
    const { attemptsMade } = await outbox(t, at, id);
    assert.equal(attemptsMade.length, 1);
    assert.equal(attemptsMade[0].outcome, "permanent");
    assert.match(attemptsMade[0].error, /127\.0\.0\.1.*--allow-net/);
    assert.match(said, /webhook.*127\.0\.0\.1.*--allow-net/, "and the log says so");
  });

  test("what one address may is not what another may", async t => {
    const { at, hook, serve } = await place(t);
    const service = serve("--allow-net", `127.0.0.1/32:${hook.port + 1}`);
    await until(async () => (await outbox(t, at)).some(message => message.state === "dead"), "a message that is given up");
    await stop(service);
    assert.equal(hook.calls.length, 0);
  });

  test("SIGTERM: the run under way ends, its webhook is called, nothing new starts", async t => {
    const { at, server, hook, serve } = await place(t);
    at.write("slow.yaml", slowTest(server.url, "2s", `#webhook:${hook.url}`));
    at.write("monitors.yaml", "monitors:\n  - {test: slow.yaml, every: 1s}\n");
    const service = serve(...loopback);
    await until(() => server.calls.length === 1, "a run");
    const then = performance.now();
    const said = await stop(service);
    assert.ok(performance.now() - then < 6000, `took ${performance.now() - then} ms`);
    assert.match(said, /stopping: terminated; 1 run\(s\) under way/);
    assert.deepEqual(server.calls.map(call => call.path), ["/hook/begin", "/hook/end"]);
    assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).status), ["completed"]);
  });

  test("SIGTERM with a receiver that is down: the message stays, and goes out with the next start", async t => {
    const { at, hook, serve } = await place(t);
    await hook.close();
    const service = serve(...loopback);
    const [message] = await until(async () => { const all = await outbox(t, at); return all.length > 0 && all; }, "a message");
    const then = performance.now();
    const said = await stop(service);
    assert.ok(performance.now() - then < 13_000, `took ${performance.now() - then} ms`);
    assert.match(said, /undelivered webhook calls stay in the outbox/);
    const back = await receiver(t, () => 200, hook.port);
    const again = serve(...loopback);
    await until(() => back.calls.some(call => call.headers["webhook-id"] === message.id), "the old message", 15_000);
    await stop(again);
    assert.equal(back.calls[0].headers["webhook-id"], (await outbox(t, at)).at(-1).id, "the oldest goes first");
  });

  test("a second signal leaves at once", async t => {
    const { server, serve } = await place(t, () => {}); // never answers
    const service = serve(...loopback);
    await until(() => server.calls.length === 1, "a run");
    service.kill("SIGINT");
    await service.says(/stopping: interrupted; 1 run\(s\) under way/);
    const then = performance.now();
    service.kill("SIGINT");
    assert.equal((await service.ended).code, 130);
    assert.ok(performance.now() - then < 1000);
  });

  test("retry-on-failure: one more run right after a failed one; one call, of the second", async t => {
    const { at, server, hook, serve } = await place(t, call => call.number === 1 ? 500 : 200);
    const target = { url: hook.url, body: { status: "<%this.status%>", attempt: "<%this.try%>", monitor: "<%this.monitor%>" } };
    at.write("monitors.yaml", "monitors:\n  - test: tick.yaml\n    every: 2s\n    retry-on-failure: true\n" +
      `    run-options: '#webhook:${JSON.stringify(target)}'\n`);
    const service = serve(...loopback);
    await until(() => hook.calls.length === 1, "a call");
    await stop(service);
    assert.ok(server.calls[1].at - server.calls[0].at < 1000);
    const { status, attempt, monitor } = JSON.parse(hook.calls[0].body);
    assert.deepEqual([status, Number(attempt), monitor], ["completed", 2, "Tick"]);
  });

  test("environment and variables of a monitor", async t => {
    const { at, server, serve } = await place(t);
    at.write("staging.yaml", "name: staging\nvariables: {one: environment, two: environment}\n");
    at.write("tick.yaml", "name: Tick\nvariables: {one: file, two: file, three: file}\nsteps:\n" +
      `  - {request: 'GET ${server.url}/{{one}}-{{two}}-{{three}}'}\n`);
    at.write("monitors.yaml", "monitors:\n  - {test: tick.yaml, every: 1s, environment: staging.yaml, variables: {one: monitor}}\n");
    const service = serve();
    await until(() => server.calls.length > 0, "a run");
    await stop(service);
    assert.equal(server.calls[0].path, "/hook/monitor-environment-file");
  });

  const good = "monitors:\n  - {test: tick.yaml, every: 1s}\n";
  for (const [title, text, wanted] of [
    ["an unknown key", `${good}    evry: 1s\n`.replace("{test: tick.yaml, every: 1s}", "test: tick.yaml"),
      `monitors.yaml:3:5: unknown key 'evry' in a monitor\n      evry: 1s\n      ^\n  did you mean 'every'?`],
    ["no schedule", "monitors:\n  - {test: tick.yaml}\n",
      `monitors.yaml:2:5: a monitor has either 'every' or 'cron'\n    - {test: tick.yaml}\n      ^`],
    ["a cron line that is none", "monitors:\n  - {test: tick.yaml, cron: '61 * * * *'}\n", /^monitors\.yaml:2:30: .*\n.*\n {31}\^/],
    ["no such time zone", "monitors:\n  - {test: tick.yaml, cron: '* * * * *', time-zone: Europe/Berln}\n",
      /^monitors\.yaml:2:53: unknown time zone 'Europe\/Berln'/],
    ["a test that is not there", "monitors:\n  - {test: missing.yaml, every: 1s}\n", /^monitors\.yaml:2:12: test 'missing\.yaml': cannot be read/],
    ["a bad test", "monitors:\n  - {test: bad.yaml, every: 1s}\n", /^bad\.yaml:2:1: unknown key 'stepz' in a test\n {2}stepz: \[\]\n {2}\^/],
    ["bad run options", "monitors:\n  - {test: tick.yaml, every: 1s, run-options: '#sesion:2'}\n",
      `monitors.yaml:2:48: unknown option '#sesion'\n    - {test: tick.yaml, every: 1s, run-options: '#sesion:2'}\n                                                 ^\n  did you mean '#session'?`],
    ["two of one name", `${good}  - {test: tick.yaml, every: 2s}\n`,
      `monitors.yaml:3:5: two monitors are named 'Tick'\n    - {test: tick.yaml, every: 2s}\n      ^\n  give one of them a 'name' of its own`],
    ["no monitors", "location: here\n", /^monitors\.yaml:1:1: a configuration needs 'monitors'/],
  ])
    test(`a configuration with ${title}: exit 2, and nothing runs`, async t => {
      const { at, server } = await place(t);
      at.write("bad.yaml", "name: Bad\nstepz: []\n");
      at.write("monitors.yaml", text);
      const result = exits(await ringback(t, at, ["serve", "--config", "monitors.yaml"], { limit: 5000 }), 2);
      if (typeof wanted === "string") assert.equal(result.stderr, `${wanted}\n`);
      else assert.match(result.stderr, wanted);
      assert.equal(server.calls.length, 0);
    });

  for (const [network, wanted] of [
    ["0.0.0.0/0", /^ringback serve: --allow-net '0\.0\.0\.0\/0' would allow every address/],
    ["nonsense", /^ringback serve: --allow-net 'nonsense' does not begin with an IP address\n/],
  ])
    test(`--allow-net ${network}: exit 2`, async t => {
      const { serve } = await place(t);
      assert.match(exits(await serve("--allow-net", network).ended, 2).stderr, wanted);
    });
});
