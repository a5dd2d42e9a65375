// What is wrong in a test file or in run options is said with its place, before anything is sent.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { describe, test } from "node:test";
import { askingTest, closedPort, exits, outbox, receiver, ringback, scratch } from "../support/programs.mjs";

// A whole test around some steps, with the lines counted from 1: the steps begin in line 2.
const steps = text => `name: Bad\nsteps:\n${text}`;

const files = [
  ["an unknown key", "name: Bad\nstepz: []\n",
    `bad.yaml:2:1: unknown key 'stepz' in a test
  stepz: []
  ^
  did you mean 'steps'?`],
  ["an unknown key of a step", steps("  - reqest: GET http://x/\n"),
    `bad.yaml:3:5: unknown key 'reqest' in a step
    - reqest: GET http://x/
      ^
  did you mean 'request'?`],
  ["a key twice", "name: Bad\nname: Worse\nsteps: [{pause: 1s}]\n",
    `bad.yaml:2:1: key 'name' stands here a second time
  name: Worse
  ^`],
  ["no name", "steps: [{pause: 1s}]\n",
    `bad.yaml:1:1: a test needs a 'name'
  steps: [{pause: 1s}]
  ^`],
  ["neither steps nor script", "name: Bad\n",
    `bad.yaml:1:1: a test has either 'steps' (endpoint test) or 'script' (WebRTC test)
  name: Bad
  ^`],
  ["broken YAML", "name: Bad\nsteps: [\n",
    `bad.yaml:3:1: not valid YAML: end of sequence flow not found`],
  ["a quotation mark that is not closed", steps("  - request: 'GET http://x/\n    assertions: [response_status equal 201]\n"),
    `bad.yaml:3:14: the quotation mark that begins here is not closed
    - request: 'GET http://x/
               ^
  write the same one at the end of the text`],
  ["an empty file", "",
    `bad.yaml:1:1: the file is empty
  a test begins with 'name:'`],
  ["two documents", "name: A\nsteps: [{pause: 1s}]\n---\nname: B\n",
    `bad.yaml:3:1: more than one YAML document in the file
  ---
  ^
  one test, one file`],
  ["a duration without sense", steps("  - pause: soon\n"),
    `bad.yaml:3:12: 'pause' must be a duration
    - pause: soon
             ^
  a number and a unit: 500ms, 2s, 1m; a number alone counts seconds`],
  ["no HTTP method", steps("  - request: Fetch http://x/\n"),
    `bad.yaml:3:14: 'Fetch' is no HTTP method
    - request: Fetch http://x/
               ^
  methods are upper-case words: GET, POST, PUT …`],
  ["no URL", steps("  - request: GET ftp://x/\n"),
    `bad.yaml:3:14: 'ftp://x/' is no http or https URL
    - request: GET ftp://x/
               ^
  write the whole URL, or begin with {{service_url}}`],
  ["two bodies", steps("  - {request: 'POST http://x/', body: a, json: {}}\n"),
    `bad.yaml:3:5: a request has one of 'body', 'json' and 'form'
    - {request: 'POST http://x/', body: a, json: {}}
      ^`],
  ["an unknown comparison", steps("  - request: GET http://x/\n    assertions: [response_status equel 200]\n"),
    `bad.yaml:4:34: unknown comparison 'equel'
      assertions: [response_status equel 200]
                                   ^
  did you mean 'equal'?`],
  ["an unknown source", steps("  - request: GET http://x/\n    assertions:\n      - response_staus equal 200\n"),
    /^bad\.yaml:5:9: unknown source 'response_staus'\n {8}- response_staus equal 200\n {10}\^\n {2}did you mean 'response_status'\?/],
  ["an open template", steps("  - request: 'GET http://x/{{id'\n"),
    `bad.yaml:3:28: '{{' is not closed
    - request: 'GET http://x/{{id'
                             ^
  write '}}' behind the name, or '\\{{' for two plain braces`],
  ["an unknown option", "name: Bad\nrun-options: '#sesion:2'\nsteps: [{pause: 1s}]\n",
    `bad.yaml:2:15: unknown option '#sesion'
  run-options: '#sesion:2'
                ^
  did you mean '#session'?`],
  ["an unknown key of a webhook", `name: Bad\nrun-options: '#webhook:{"url": "http://x/", "header": {}}'\nsteps: [{pause: 1s}]\n`,
    `bad.yaml:2:45: unknown key 'header' in the webhook
  run-options: '#webhook:{"url": "http://x/", "header": {}}'
                                              ^
  did you mean 'headers'?`],
  ["an unknown status of a webhook", `name: Bad\nrun-options: '#webhook:{"url": "http://x/", "on": ["failed"]}'\nsteps: [{pause: 1s}]\n`,
    `bad.yaml:2:52: unknown status 'failed' in 'on'
  run-options: '#webhook:{"url": "http://x/", "on": ["failed"]}'
                                                     ^
  one of start, completed, warnings, failure, timeout, canceled`],
  ["a script with a syntax error", "name: Bad\nscript: |\n  client\n    .url('x'\n",
    /^bad\.yaml:4:13: SyntaxError: .*Expected '\)' to end an argument list\.\n {6}\.url\('x'\n {14}\^/],
  ["a script that is not there", "name: Bad\nscript: missing.js\n",
    /^bad\.yaml:2:9: script 'missing\.js' cannot be read: No such file or directory\n {2}script: missing\.js\n {10}\^\n {2}a path relative to the test file/],
  ["steps and expectations", "name: Bad\nexpectations: [video.in.bitrate > 5]\nsteps: [{pause: 1s}]\n",
    `bad.yaml:2:15: 'expectations' belongs to a test with 'script'
  expectations: [video.in.bitrate > 5]
                ^`],
  ["an unknown expectation", "name: Bad\nscript: |\n  client.pause(1);\n  client.end();\nexpectations:\n  - video.in.bitrat > 5\n",
    /^bad\.yaml:6:\d+: .*bitrat.*\n {4}- video\.in\.bitrat > 5\n +\^\n {2}did you mean '.*bitrate'\?/],
  ["columns count characters, before the text", steps("  - {note: 'Grüße, 世界', pause: soon}\n"),
    /^bad\.yaml:3:32: 'pause' must be a duration\n/],
  ["columns count characters, inside the text",
    `name: Bad\nrun-options: '#webhook:{"url": "http://x/", "body": "grüße"} #sesion:2'\nsteps: [{pause: 1s}]\n`,
    /^bad\.yaml:2:62: unknown option '#sesion'\n/],
];

describe("bad test files", { concurrency: 2 }, () => {
  for (const [title, text, wanted] of files)
    test(title, async t => {
      const at = scratch(t), server = await receiver(t), hook = await receiver(t);
      at.write("good.yaml", askingTest("Good", server.url));
      at.write("bad.yaml", text);
      const result = exits(await ringback(t, at, ["run", "good.yaml", "bad.yaml", "--webhook", hook.url]), 2);
      if (typeof wanted === "string") assert.equal(result.stderr, `${wanted}\n`);
      else assert.match(result.stderr.replace(/\n$/, ""), wanted);
      assert.equal(result.stdout, "");
      assert.deepEqual([server.calls, hook.calls], [[], []], "nothing is sent, not even by the good test");
      assert.ok(!existsSync(at.path("state")), "not even a state directory is made");

      const checked = exits(await ringback(t, at, ["check", "good.yaml", "bad.yaml"]), 2);
      assert.equal(checked.stderr, result.stderr);
      assert.match(checked.stdout, /good\.yaml/);
    });
});

const options = [
  [["--run-options", "#sesion:2 #timeout:5"], `--run-options:1:1: unknown option '#sesion'
  #sesion:2 #timeout:5
  ^
  did you mean '#session'?`],
  [["--run-options", "#timeout:5 #timeout:10"], `--run-options:1:12: #timeout is given twice with different values
  #timeout:5 #timeout:10
             ^
  keep one of them`],
  [["--run-options", "#session:2 #probes:5"], `--run-options:1:12: #probes:5 is not a multiple of #session:2
  #session:2 #probes:5
             ^
  for example #probes:4 or #probes:6`],
  [["--run-options", "#timeout:0.1s"], /^--run-options:1:10: #timeout .*\n {2}#timeout:0\.1s\n {11}\^/],
  [["--webhook", "ftp://x/"], `--webhook:1:1: a webhook is called over http or https, not over 'ftp'
  ftp://x/
  ^
  begin with 'https://' or 'http://'`],
  [["--webhook", "http://me:hunter2@x/"], /^--webhook:1:8: a user name or password inside a URL\n {2}http:\/\/\*+@x\/\n {9}\^\n/],
  [["--webhook", '{"url": "http://x/", "url": "http://y/"}'], `--webhook:1:22: the key 'url' is given twice
  {"url": "http://x/", "url": "http://y/"}
                       ^
  keep one of them`],
  [["--webhook", '{"url": "http://x/", "secret": "whsec_short"}'], /^--webhook:1:\d+: .*\n {2}\{"url": "http:\/\/x\/", "secret": "\*+"\}\n/],
  [["--environment", "missing.yaml"], /^missing\.yaml(:1:1)?: cannot be read$/],
  [["--environment", "env.yaml"], `env.yaml:2:1: unknown key 'variabels' in an environment
  variabels: {a: b}
  ^
  did you mean 'variables'?`],
  [["missing.yaml"], /^missing\.yaml(:1:1)?: cannot be read: No such file or directory$/],
  [["directory"], /^directory(:1:1)?: this is a directory\n {2}name a test file$/],
];

describe("bad options", { concurrency: 2 }, () => {
  for (const [given, wanted] of options)
    test(given.join(" "), async t => {
      const at = scratch(t), server = await receiver(t);
      at.write("good.yaml", askingTest("Good", server.url, { runOptions: `#webhook:${server.url}` }));
      at.write("env.yaml", "name: Env\nvariabels: {a: b}\n");
      mkdirSync(at.path("directory"));
      const result = exits(await ringback(t, at, ["run", "good.yaml", ...given]), 2);
      if (typeof wanted === "string") assert.equal(result.stderr, `${wanted}\n`);
      else assert.match(result.stderr.replace(/\n$/, ""), wanted);
      assert.deepEqual(server.calls, []);
      assert.ok(!result.stderr.includes("hunter2") && !result.stderr.includes("whsec_short"), "secrets are masked");
    });
});

test("what a webhook needs and has not", async t => {
  const at = scratch(t), server = await receiver(t);
  const target = extra => JSON.stringify({ url: "https://127.0.0.1:1/", ...extra });
  for (const [extra, wanted] of [
    [{ secret: "env:RINGBACK_NOT_SET" }, "the environment variable RINGBACK_NOT_SET is not set"],
    [{ basic: { username: "u", password: "env:RINGBACK_NOT_SET" } }, "the environment variable RINGBACK_NOT_SET is not set"],
    [{ tls: { ca: "missing.pem" } }, `the webhook's 'tls': CA file ${at.path("missing.pem")}: no such file`],
  ]) {
    const file = at.write("needs.yaml", askingTest("Needs", server.url, { runOptions: `#webhook:${target(extra)}` }));
    const result = exits(await ringback(t, at, ["run", file]), 2);
    const [what, line, caret] = result.stderr.split("\n");
    assert.equal(what, `${file}:2:24: ${wanted}`);
    assert.ok(line.startsWith("  run-options: '#webhook:{"), line);
    assert.equal(caret, `${" ".repeat(25)}^`);
    // The place where it is checked need not have the secret.
    assert.equal(exits(await ringback(t, at, ["check", file]), 0).stderr, `${file}: warning: ${wanted}\n`);
  }
  assert.deepEqual(server.calls, []);
});

for (const [what, target, wanted] of [
  ["an address that is spelled otherwise", "http://2130706433/", /: the webhook http:\/\/2130706433\/: /],
  ["PagerDuty without its key", '{"url": "http://x.example/", "format": "pagerduty"}', /: a webhook of format 'pagerduty' needs its integration key/],
])
  test(`a webhook that can never work is refused by check and by run, at its place: ${what}`, async t => {
    const at = scratch(t), server = await receiver(t);
    const file = at.write("bad.yaml", askingTest("Bad", server.url, { runOptions: `#timeout:1 #webhook:${target}` }));
    const good = at.write("good.yaml", askingTest("Good", server.url));
    for (const [given, place] of [
      [["check", file], `${file}:2:35`], [["run", file], `${file}:2:35`],
      [["run", good, "--webhook", target], "--webhook:1:1"],
      [["run", good, good, "--run-options", `#timeout:1 #webhook:${target}`], "--run-options:1:21"],
    ]) {
      const { stderr } = exits(await ringback(t, at, given), 2);
      assert.match(stderr, wanted);
      assert.ok(stderr.startsWith(`${place}: `) && stderr.split("\n").length === 4, stderr);
    }
    assert.deepEqual(server.calls, []);
  });

for (const [secret, wanted] of [
  [undefined, "is not set"], ["whsec_AAAA", ": the signing secret has the wrong length: it must be 'whsec_' and base64 of 24 to 64 bytes"],
])
  test(`--webhook-secret-env without a secret in it is what is blamed: ${secret}`, async t => {
    const at = scratch(t);
    at.write("good.yaml", askingTest("Good", "http://127.0.0.1:1/", { runOptions: "#webhook:http://127.0.0.1:1/" }));
    const refused = exits(await ringback(t, at, ["run", "good.yaml", "--webhook-secret-env", "SIGNING"], { env: { SIGNING: secret } }), 2);
    assert.ok(refused.stderr.startsWith("ringback run: --webhook-secret-env: the environment variable SIGNING"), refused.stderr);
    assert.ok(refused.stderr.includes(wanted), refused.stderr);
  });

test("a file that a waiting message needs is found from any directory", async t => {
  const at = scratch(t), server = await receiver(t), port = await closedPort();
  mkdirSync(at.path("deep"));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
    "-subj", "/CN=localhost", "-keyout", at.path("deep/key.pem"), "-out", at.path("deep/ca.pem")], { stdio: "pipe" });
  const target = name => JSON.stringify({ url: `https://127.0.0.1:${port}/${name}`, tls: { ca: "ca.pem" } });
  at.write("deep/own.yaml", askingTest("Own", server.url, { runOptions: `#webhook:${target("own")}` }));
  at.write("given.yaml", askingTest("Given", server.url));
  exits(await ringback(t, at, ["run", "deep/own.yaml"]), 0);
  exits(await ringback(t, { ...at, directory: at.path("deep") }, ["run", "../given.yaml", "--webhook", target("given")]), 0);
  exits(await ringback(t, at, ["webhook", "flush", "--budget", "2s"]), 4);
  const parked = await outbox(t, at);
  assert.equal(parked.length, 2);
  for (const { lastError } of parked) assert.match(lastError, /Connection refused/);
});

test("the options of the command line are judged with those of each file", async t => {
  const at = scratch(t), server = await receiver(t);
  at.write("pairs.yaml", askingTest("Pairs", server.url, { runOptions: "#session:2" }));
  const result = exits(await ringback(t, at, ["run", "pairs.yaml", "--run-options", "#probes:5"]), 2);
  assert.match(result.stderr, /^pairs\.yaml.*: #probes:5 is not a multiple of #session:2\n/);
  assert.deepEqual(server.calls, []);
});

test("several bad files are all told, in their order", async t => {
  const at = scratch(t), server = await receiver(t);
  at.write("good.yaml", askingTest("Good", server.url));
  at.write("one.yaml", "name: One\nstepz: []\n");
  at.write("two.yaml", steps("  - pause: soon\n"));
  const result = exits(await ringback(t, at, ["run", "one.yaml", "good.yaml", "missing.yaml", "two.yaml"]), 2);
  assert.deepEqual(result.stderr.match(/^\S+\.yaml/gm), ["one.yaml", "missing.yaml", "two.yaml"]);
  assert.deepEqual(server.calls, []);
});

test("what can only go wrong in a run does not stop the steps before it", async t => {
  const at = scratch(t), server = await receiver(t);
  at.write("undefined.yaml", steps(`  - request: GET ${server.url}\n  - request: GET ${server.url}?{{nowhere}}\n`));
  const result = exits(await ringback(t, at, ["run", "undefined.yaml"]), 1);
  assert.match(result.stdout, /nowhere/);
  assert.equal(server.calls.length, 1);
});
