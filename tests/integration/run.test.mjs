// `ringback run` from outside: verdicts, webhook calls, reports and exit codes, against real servers.
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { askingTest, closedPort, exits, header, mockBin, outbox, receiver, ringback, scratch, source, start }
  from "../support/programs.mjs";
import { assertWellFormed } from "../support/xml.mjs";

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("the examples", { concurrency: true }, () => {
  test("shop-api.yaml passes, and its webhook says so", async t => {
    const at = scratch(t), server = await mockBin(t, at), bin = await server.bin();
    const result = exits(await ringback(t, at, ["run", `${source}/examples/shop-api.yaml`, "--webhook", bin.url,
      "--var", `service_url=${server.origin}`]), 0);
    assert.match(result.stdout, /^Shop API {2}\S+-\S+ · [0-9a-f-]{36}\n/);
    assert.match(result.stdout, /✓ 1 +The service is up +200/);
    assert.match(result.stdout, /✓ 4\.1 +The cart is removed +204/);
    assert.match(result.stdout, /\n {2}completed {2}5 of 5 steps passed, 9 of 9 checks passed/);
    assert.match(result.stdout, /\n {2}webhook delivered {2}http:\S+\n/);
    assert.equal(result.stderr, "");

    const [call, ...more] = await bin.entries();
    assert.deepEqual(more, []);
    assert.equal(call.request.method, "POST");
    assert.equal(header(call, "content-type"), "application/json");
    assert.match(header(call, "user-agent"), /^ringback\/\d+\.\d+\.\d+$/);
    assert.match(header(call, "webhook-id"), /^msg_[0-9A-Za-z]+$/);
    const body = JSON.parse(call.request.postData.text);
    assert.deepEqual(Object.keys(body).slice(0, 4), ["runType", "testName", "testRunId", "status"]);
    assert.deepEqual([body.runType, body.testName, body.status], ["test", "Shop API", "completed"]);
    assert.match(body.testRunId, uuid7);
    assert.ok(result.stdout.includes(body.testRunId), "the terminal names the same run");
    assert.deepEqual([body.error, body.failureReasons, body.concurrentUsers], [null, [], 1]);
  });

  test("failing.yaml fails, shows what was found and what was wanted, and its webhook says so", async t => {
    const at = scratch(t), server = await mockBin(t, at), bin = await server.bin();
    const result = exits(await ringback(t, at, ["run", `${source}/examples/failing.yaml`, "--webhook", bin.url,
      "--var", `service_url=${server.origin}`]), 1);
    assert.match(result.stdout, /✗ response_status equal_number 200\n +found +503\n +wanted +200\n/);
    assert.match(result.stdout, /✗ response_json message equal ready\n +found +maintenance\n +wanted +ready\n/);
    assert.match(result.stdout, /\n {2}failure {2}0 of 1 step passed, 0 of 2 checks passed/);
    const [body] = await bin.bodies();
    assert.equal(body.status, "failure");
    assert.equal(body.failureReasons.length, 2);
    assert.match(body.failureReasons[0], /^step 1 \(GET \S+\): response_status equal_number 200/);
  });
});

describe("reports", { concurrency: true }, () => {
  test("json, junit and tap are written, and well-formed whatever a server answers", async t => {
    const at = scratch(t);
    const server = await receiver(t, () => ({ status: 200, headers: { "Content-Type": "text/plain" },
      body: Buffer.from("<&\"']]>\u0001\u001b[31m # ok\nnot ok \ufffe \u00fc", "utf8") }));
    const odd = Buffer.from([0xff, 0xfe, 0x80, 0x41]);
    const bytes = await receiver(t, () => ({ status: 200, headers: { "Content-Type": "text/plain" }, body: odd }));
    const file = at.write("odd.yaml", `name: 'Odd <answers> & "names" # é'\nsteps:\n` +
      [server.url, bytes.url].map(url =>
        `  - {request: 'GET ${url}', assertions: [response_text equal plain], extract: {odd: response_text}}\n`).join("") +
      "  - {request: 'GET http://127.0.0.1:1/', skip: true}\n");
    const result = exits(await ringback(t, at, ["run", file, "--report", "json=run.json", "--report", "junit=junit.xml",
      "--report", "tap=run.tap"]), 1);
    const text = name => new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(at.path(name)));

    const { ringback: version, runs: [run] } = JSON.parse(text("run.json"));
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.deepEqual([run.testName, run.status, run.runType], ['Odd <answers> & "names" # é', "failure", "test"]);
    assert.deepEqual(run.steps.map(step => step.verdict), ["failed", "failed", "skipped"]);
    assert.deepEqual(run.checks, { total: 4, passed: 2, failed: 2 });
    assert.equal(run.steps[0].assertions[0].wanted, "plain");

    assertWellFormed(text("junit.xml"));
    assert.match(text("junit.xml"),
      /<testsuite name="Odd &lt;answers&gt; &amp; &quot;names&quot; # é" [^>]*tests="3" failures="2" errors="0" skipped="1"/);

    const lines = text("run.tap").trimEnd().split("\n");
    assert.deepEqual(lines.slice(0, 2), ["TAP version 14", "1..1"]);
    assert.deepEqual(lines.filter(line => /^(not )?ok/.test(line)).map(line => line.slice(0, 8)), ["not ok 1"]);
    assert.equal(lines.filter(line => /^ {4}(not )?ok \d/.test(line)).length, 3);
    assert.ok(!/[\u0001\u001b]/.test(result.stdout), "a server's control characters do not reach the terminal");
  });

  test("a report on standard output stands there alone", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url));
    const result = exits(await ringback(t, at, ["run", file, file, "--report", "json=-", "--webhook", server.url]), 0);
    assert.deepEqual(JSON.parse(result.stdout).runs.map(run => run.status), ["completed", "completed"]);
    assert.match(result.stderr, /completed {2}1 of 1 step passed/);
  });

  test("two reports cannot share standard output", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url));
    const result = exits(await ringback(t, at, ["run", file, "--report", "json=-", "--report", "junit=-"]), 2);
    assert.match(result.stderr, /only one report/);
    assert.deepEqual(server.calls, []);
  });

  for (const [title, env, colored] of [
    ["a terminal gets colours", {}, true],
    ["NO_COLOR turns them off", { NO_COLOR: "1" }, false],
  ])
    test(title, async t => {
      const at = scratch(t), server = await receiver(t);
      const file = at.write("one.yaml", askingTest("One", server.url));
      // script(1) gives the program a terminal of its own
      const command = `'${process.env.RINGBACK_BIN}/ringback' run '${file}'`;
      const result = exits(await start(t, at, "/usr/bin/script", ["-qec", command, "/dev/null"], { env }).ended, 0);
      assert.match(result.stdout, /completed/);
      assert.equal(/\x1b\[[\d;]*m/.test(result.stdout), colored, JSON.stringify(result.stdout));
    });

  test("elsewhere there are none, and no live line", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url, { steps: "  - pause: 400ms\n" }));
    const result = exits(await ringback(t, at, ["run", file], { env: { TERM: "xterm-256color" } }), 0);
    assert.doesNotMatch(result.stdout + result.stderr, /[\x1b\r]/);
    assert.equal(result.stderr, "");
  });
});

describe("variables, secrets and environments", { concurrency: true }, () => {
  test("the command line wins over the environment, and that over the file", async t => {
    const at = scratch(t), server = await receiver(t);
    at.write("staging.yaml", "name: Staging\nvariables: {one: environment, two: environment}\n");
    const file = at.write("vars.yaml", `name: Vars\nvariables: {one: file, two: file, three: file}\nsteps:\n` +
      `  - {request: 'GET ${server.url}?{{one}}-{{two}}-{{three}}'}\n`);
    const hook = await receiver(t);
    exits(await ringback(t, at, ["run", file, "--environment", "staging.yaml", "--var", "one=command line", "--webhook",
      JSON.stringify({ url: hook.url, body: { where: "<%this.environment%>" } })]), 0);
    assert.deepEqual(server.calls.map(call => call.path), ["/hook?command%20line-environment-file"]);
    assert.deepEqual(hook.calls.map(call => call.body), ['{"where":"Staging"}']);
  });

  test("a secret is used, and shown nowhere", async t => {
    const at = scratch(t), hook = await receiver(t);
    const secret = "s3cr3t-Rj8xQ2";
    const server = await receiver(t, call => ({ status: 200, headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: call.headers["x-token"] }) }));
    const file = at.write("secret.yaml", `name: Secret\nsteps:\n  - request: GET ${server.url}?key={{token}}\n` +
      `    headers: {X-Token: '{{token}}', Authorization: 'Bearer {{token}}'}\n` +
      `    assertions: ["response_json token equal {{token}}x", response_json token equal other]\n    extract: {copy: response_json token}\n`);
    const result = exits(await ringback(t, at, ["run", file, "--secret", "token=MY_TOKEN", "--verbose", "--webhook", hook.url,
      "--report", "json=run.json", "--report", "junit=junit.xml", "--report", "tap=run.tap"], { env: { MY_TOKEN: secret } }), 1);
    assert.equal(server.calls[0].headers["x-token"], secret);
    const shown = { stdout: result.stdout, stderr: result.stderr, webhook: hook.calls[0].body };
    for (const name of ["run.json", "junit.xml", "run.tap"]) shown[name] = readFileSync(at.path(name), "latin1");
    for (const name of readdirSync(at.path("state"))) shown[name] = readFileSync(join(at.path("state"), name), "latin1");
    assert.ok("ringback.db" in shown);
    for (const [where, text] of Object.entries(shown)) assert.ok(!text.includes(secret), `the secret stands in ${where}`);
  });
});

describe("exit codes", { concurrency: true }, () => {
  const rows = [
    [[], /^ringback runs WebRTC and endpoint tests/, /^$/],
    [["rnu"], /^$/, /^ringback: unknown command 'rnu'; did you mean 'run'\?\n$/],
    [["run"], /^$/, /^ringback run: no test given\nringback run --help lists the options\.\n$/],
    [["run", "--job", "x", "t.yaml"], /^$/, /^ringback run: .*--jobs?'/],
    [["run", "--jobs", "0", "t.yaml"], /^$/, /^ringback run: --jobs must be from 1 to 64\n/],
    [["run", "--speed", "9", "t.yaml"], /^$/, /^ringback run: unrecognised option '--speed'\n/],
    [["run", "--reprot", "x", "t.yaml"], /^$/, /^ringback run: unrecognised option '--reprot'; did you mean '--report'\?\n/],
    [["run", "--report", "json=a.json", "--report", "tap=./a.json", "t.yaml"], /^$/,
      /two reports cannot be written to the same file '\.\/a\.json'\n/],
    [["run", "--report", "json=./t.yaml", "t.yaml"], /^$/, /--report json=\.\/t\.yaml would overwrite 't\.yaml', which is read\n/],
    [["run", "--external-values", "99999", "t.yaml"], /^$/,
      /--external-values: '99999' is not of the form \[HOST:\]PORT, with a port from 0 to 65535\n/],
    [["run", "--external-values", "0.0.0.0:0", "t.yaml"], /^$/, /--external-values: 0\.0\.0\.0 is no loopback address/],
    [["check"], /^$/, /^ringback check: no test given\nringback check --help tells more\.\n$/],
    [["check", "t.yaml", "--foo"], /^$/, /^ringback check: unrecognised option '--foo'\n/],
    [["serve", "--config", "c.yaml", "--external-values", "0.0.0.0:0"], /^$/, /--external-values: 0\.0\.0\.0 is no loopback address/],
    [["run", "--report", "jsn=x", "t.yaml"], /^$/, /unknown report format 'jsn'; did you mean 'json'\?\n/],
    [["run", "--var", "novalue", "t.yaml"], /^$/, /--var 'novalue' is not of the form NAME=VALUE\n/],
    [["run", "--secret", "a=RINGBACK_NOT_SET", "t.yaml"], /^$/, /the environment variable RINGBACK_NOT_SET is not set\n/],
    [["serve"], /^$/, /^ringback serve: --config FILE is needed\n/],
  ];
  for (const [options, stdout, stderr] of rows)
    test(`2: ringback ${options.join(" ")}`, async t => {
      const at = scratch(t);
      at.write("t.yaml", askingTest("T", "http://127.0.0.1:1/"));
      const result = exits(await ringback(t, at, options), 2);
      assert.match(result.stdout, stdout);
      assert.match(result.stderr, stderr);
    });

  test("0: --help and --version", async t => {
    const at = scratch(t);
    assert.match(exits(await ringback(t, at, ["--version"]), 0).stdout, /^ringback \d+\.\d+\.\d+ \(.+\)\n$/);
    for (const options of [["--help"], ["run", "--help"], ["check", "--help"], ["serve", "--help"], ["webhook", "--help"]])
      assert.match(exits(await ringback(t, at, options), 0).stdout, /ringback/);
  });

  test("3: the state directory cannot be made", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url));
    const result = exits(await ringback(t, at, ["run", file, "--state", join(file, "state")]), 3);
    assert.match(result.stderr, /^ringback: .*state.*one\.yaml/);
    assert.equal(result.stdout, "");
    assert.deepEqual(server.calls, [], "nothing is run whose outcome cannot be kept");
  });

  test("3: a report cannot be written", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url));
    const result = exits(await ringback(t, at, ["run", file, "--report", "json=missing/run.json"]), 3);
    assert.match(result.stderr, /cannot write the report missing\/run\.json: No such file or directory\n/);
  });

  test("3: standard output has no room for a report", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url));
    const full = openSync("/dev/full", "w");
    t.after(() => closeSync(full));
    const result = exits(await ringback(t, at, ["run", file, "--report", "json=-"], { stdout: full }), 3);
    assert.match(result.stderr, /cannot write the report to standard output: No space left on device\n/);
  });

  test("3: artifacts cannot be kept", async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url));
    const config = at.write("service.yaml", `artifacts: ${file}\nmonitors:\n  - {test: one.yaml, every: 1s}\n`);
    const run = exits(await ringback(t, at, ["run", file, "--artifacts", file]), 3);
    assert.match(run.stderr, /^ringback: --artifacts: no directory can be made in '\S+one\.yaml': Not a directory\n$/);
    const service = exits(await ringback(t, at, ["serve", "--config", config]), 3);
    assert.match(service.stderr, /^ringback: 'artifacts': no directory can be made in '\S+one\.yaml': Not a directory\n$/);
    assert.deepEqual(server.calls, []);
  });

  test("4: a required webhook was not delivered; without the option that costs nothing", async t => {
    const at = scratch(t), server = await receiver(t);
    const url = `http://127.0.0.1:${await closedPort()}/hook`;
    const file = at.write("one.yaml", askingTest("One", server.url));
    const required = exits(await ringback(t, at, ["run", file, "--webhook", url, "--webhook-required"]), 4);
    assert.match(required.stdout, /completed[^]*webhook parked {5}http:\S+ {2}\(.+\)\n/);
    exits(await ringback(t, at, ["run", file, "--webhook", `${url}-2`]), 0);
    const parked = await outbox(t, at);
    assert.deepEqual(parked.map(message => message.state), ["parked", "parked"]);
  });

  test("1: a failed test counts for more than its webhook", async t => {
    const at = scratch(t), server = await receiver(t, () => 500);
    const file = at.write("one.yaml", askingTest("One", server.url));
    exits(await ringback(t, at, ["run", file, "--webhook", `http://127.0.0.1:${await closedPort()}/`, "--webhook-required"]), 1);
  });
});

describe("several tests, several tries, not for ever", { concurrency: true }, () => {
  test("--jobs 3 runs three side by side, and results stand in the order of the command line", async t => {
    const at = scratch(t);
    const waiting = [];
    let most = 0;
    const server = await receiver(t, async () => {
      await new Promise(go => {
        waiting.push(go);
        most = Math.max(most, waiting.length);
        if (waiting.length === 3) setTimeout(() => { for (const each of waiting.splice(0).reverse()) each(); }, 100);
      });
      return 200;
    });
    const files = ["a", "b", "c", "d", "e", "f"].map(name =>
      at.write(`${name}.yaml`, askingTest(`Test ${name}`, server.url, { runOptions: "#timeout:10s" })));
    const result = exits(await ringback(t, at, ["run", "--jobs", "3", "--report", "json=run.json", ...files]), 0);
    assert.equal(most, 3);
    const { runs } = JSON.parse(readFileSync(at.path("run.json")));
    assert.equal(runs.map(run => run.testName).join(), "Test a,Test b,Test c,Test d,Test e,Test f");
    const table = result.stdout.slice(result.stdout.lastIndexOf("\n\n"));
    assert.match(table, /Test a .*completed[^]*Test f .*completed[^]*6 of 6 tests passed/);
  });

  const attempt = url => JSON.stringify({ url, body: { status: "<%this.status%>", attempt: "<%this.try%>" } });
  for (const [title, answers, code, status] of [["passes", [500, 200], 0, "completed"], ["fails", [500, 500], 1, "failure"]])
    test(`#try:2, a first try that fails and a second that ${title}: one call, of the second`, async t => {
      const at = scratch(t), hook = await receiver(t), server = await receiver(t, call => answers[call.number - 1]);
      const file = at.write("one.yaml", askingTest("One", server.url, { runOptions: "#try:2" }));
      const result = exits(await ringback(t, at, ["run", file, "--webhook", attempt(hook.url)]), code);
      assert.equal(server.calls.length, 2);
      assert.match(result.stdout, / · try 2\n/);
      assert.deepEqual(hook.calls.map(call => JSON.parse(call.body)).map(({ status, attempt }) => [status, Number(attempt)]),
        [[status, 2]]);
    });

  test("#try: what passed only on a later try is flaky", async t => {
    const at = scratch(t), hook = await receiver(t), server = await receiver(t, call => [500, 200][call.number - 1]);
    const file = at.write("one.yaml", askingTest("One", server.url, { runOptions: "#try:3" }));
    exits(await ringback(t, at, ["run", file, "--webhook", JSON.stringify({ url: hook.url, format: "currents" })]), 0);
    const { flaky, retries, passes, failures } = JSON.parse(hook.calls[0].body);
    assert.deepEqual({ flaky, retries, passes, failures }, { flaky: 1, retries: 1, passes: 1, failures: 0 });
  });

  test("a run that ends by #timeout lists the steps it did not reach", async t => {
    const at = scratch(t), hook = await receiver(t), server = await receiver(t);
    const file = at.write("long.yaml", `name: Long\nrun-options: '#timeout:1s'\nsteps:\n  - {request: 'GET ${server.url}'}\n` +
      `  - if: '1 equal 1'\n    steps:\n      - pause: 60s\n      - {request: 'GET ${server.url}/inner'}\n  - {request: 'GET ${server.url}/last'}\n`);
    const webhook = JSON.stringify({ url: hook.url, format: "currents" });
    const result = exits(await ringback(t, at, ["run", file, "--webhook", webhook, "--report", "json=run.json"]), 1);
    const [run] = JSON.parse(readFileSync(at.path("run.json"))).runs;
    assert.deepEqual(run.steps.map(step => [step.path, step.verdict]),
      [["1", "passed"], ["2", "passed"], ["2.1", "failed"], ["2.2", "skipped"], ["3", "skipped"]], result.stdout);
    assert.ok(run.steps[2].duration > 0.5);
    const { event, overall, passes, failures, skipped } = JSON.parse(hook.calls[0].body);
    assert.deepEqual({ event, overall, passes, failures, skipped },
      { event: "RUN_TIMEOUT", overall: 5, passes: 2, failures: 1, skipped: 2 });
  });

  test("#try:3, passed at once: one try", async t => {
    const at = scratch(t), hook = await receiver(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One", server.url, { runOptions: "#try:3" }));
    exits(await ringback(t, at, ["run", file, "--webhook", hook.url]), 0);
    assert.deepEqual([server.calls.length, hook.calls.length], [1, 1]);
  });

  test("#timeout ends a run that hangs; outward it is a failure", async t => {
    const at = scratch(t), hook = await receiver(t), server = await receiver(t, () => {}); // never answers
    const file = at.write("hang.yaml", askingTest("Hang", server.url, { runOptions: "#timeout:1s" }));
    const result = exits(await ringback(t, at, ["run", file, "--webhook", hook.url, "--report", "json=run.json"]), 1);
    assert.ok(result.ms < 4000, `took ${result.ms} ms`);
    const [run] = JSON.parse(readFileSync(at.path("run.json"))).runs;
    assert.equal(run.status, "timeout");
    assert.equal(run.error, "the run did not end within its time-out of 1 second (#timeout)");
    assert.equal(run.steps[0].verdict, "failed");
    const body = JSON.parse(hook.calls[0].body);
    assert.deepEqual([body.status, body.error], ["failure", run.error]);
  });

  test("several webhooks and formats: each is called, in its own way", async t => {
    const at = scratch(t), hook = await receiver(t), server = await receiver(t);
    const file = at.write("one.yaml", askingTest("One & only", server.url));
    const target = extra => JSON.stringify({ url: hook.url, ...extra });
    const targets = [{ headers: { "custom-webhook-header": "web-testrtc-webhook" } }, { format: "form" },
      { fieldname: "payload" }, { on: ["failure"] }];
    exits(await ringback(t, at, ["run", file, ...targets.flatMap(extra => ["--webhook", target(extra)])]), 0);
    assert.equal(hook.calls.length, 3);
    const byType = type => hook.calls.find(type);
    const custom = byType(call => call.headers["custom-webhook-header"]);
    assert.equal(custom.headers["custom-webhook-header"], "web-testrtc-webhook");
    assert.equal(JSON.parse(custom.body).testName, "One & only");
    const form = byType(call => call.headers["content-type"] === "application/x-www-form-urlencoded");
    const fields = new URLSearchParams(form.body);
    assert.deepEqual([...fields.keys()], ["testRunId", "testName", "runType", "status"]);
    assert.equal(fields.get("testName"), "One & only");
    const wrapped = byType(call => call.body.startsWith('{"payload"'));
    assert.equal(JSON.parse(wrapped.body).payload.status, "completed");
  });
});

test("a call to start comes at the start", async t => {
  const at = scratch(t);
  const hook = await receiver(t);
  let callsBefore;
  const server = await receiver(t, () => { callsBefore = hook.calls.map(call => JSON.parse(call.body).status); return 200; });
  const file = at.write("one.yaml", askingTest("One", server.url, { steps: "  - pause: 1s\n" }));
  exits(await ringback(t, at, ["run", file, "--webhook", JSON.stringify({ url: hook.url, on: ["start", "completed"] })]), 0);
  assert.deepEqual(callsBefore, ["started"]);
  assert.deepEqual(hook.calls.map(call => JSON.parse(call.body).status), ["started", "completed"]);
});
