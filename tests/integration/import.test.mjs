// testRTC exports: checked as they are, turned into test files; run options and media that cannot be had are refused before
// anything is started.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { askingTest, exits, receiver, ringback, scratch, source } from "../support/programs.mjs";

const fixture = name => join(source, "tests/fixtures/testrtc", name);
const read = path => readFileSync(path, "utf8");
const exported = (name, more = {}) => JSON.stringify({ name, testScript: "client.pause(1);", serviceUrl: "http://127.0.0.1:9", ...more });

describe("import", { concurrency: true }, () => {
  test("exports of both ages are valid, and become valid test files", async t => {
    const at = scratch(t);
    const checked = exits(await ringback(t, at, ["check", fixture("new.json"), fixture("old.json")]), 0);
    assert.match(checked.stdout, /new\.json: 'Zwei im Raum: 1-1' is a valid webrtc test\n.*old\.json: 'Old one' is a valid webrtc test\n$/);
    assert.match(checked.stderr, /^\S*new\.json: warning: the media 'Salsa-720p\.mp4' is not here: 'talking-head-720p' stands in\n$/);

    const done = exits(await ringback(t, at, ["import", fixture("new.json"), fixture("old.json"), "-o", "tests/calls"]), 0);
    assert.match(done.stdout, /new\.json: 'Zwei im Raum: 1-1' is now tests\/calls\/zwei-im-raum-1-1\.yaml and tests\/calls\/zwei-im-raum-1-1\.js\n/);
    assert.deepEqual(readdirSync(at.path("tests/calls")).sort(), ["old-one.js", "old-one.yaml", "zwei-im-raum-1-1.js", "zwei-im-raum-1-1.yaml"]);
    assert.equal(read(at.path("tests/calls/zwei-im-raum-1-1.yaml")), `# Imported by ringback from the testRTC export 'new.json'
name: 'Zwei im Raum: 1-1'
description: |-
  Two probes meet.
  The second one waits.
service-url: 'http://127.0.0.1:9'
run-options: '#timeout:1 #getstats #session:2 #probes:2'
script: zwei-im-raum-1-1.js
profiles:
  - browser: linux-chrome-stable
    network: No throttling
    firewall: FW_NO_FW
    media: talking-head-720p
    location: East-US
  - browser: linux-chrome-stable
    network: Wifi
    firewall: FW_NO_FW
    location: any
`);
    const script = read(at.path("tests/calls/zwei-im-raum-1-1.js"));
    assert.equal(script, JSON.parse(read(fixture("new.json"))).testScript.replaceAll("\r\n", "\n"), "Windows line ends are gone, all else is as it was");
    const again = exits(await ringback(t, at, ["check", "tests/calls/old-one.yaml", "tests/calls/zwei-im-raum-1-1.yaml"]), 0);
    assert.equal(again.stderr, "");
  });

  test("tests of one name get names of their own; nothing is replaced unasked", async t => {
    const at = scratch(t);
    at.write("a.json", `[${exported("Twice")}, ${exported("twice!")}]`);
    at.write("b.json", exported("Twice"));
    at.write("empty.json", exported("日本"));
    const done = exits(await ringback(t, at, ["import", "a.json", "b.json", "empty.json", "-o", "out"]), 0);
    assert.deepEqual([...done.stdout.matchAll(/is now out\/(\S+)\.yaml/g)].map(([, name]) => name), ["twice", "twice-2", "twice-3", "test"]);
    const before = statSync(at.path("out/twice.yaml")).mtimeMs;

    at.write("c.json", exported("New"));
    const refused = exits(await ringback(t, at, ["import", "c.json", "b.json", "-o", "out"]), 2);
    assert.equal(refused.stderr, "out/twice.yaml: this file exists already; --force replaces it\nout/twice.js: this file exists already; --force replaces it\n");
    assert.equal(refused.stdout, "");
    assert.ok(!existsSync(at.path("out/new.yaml")), "nothing is written when something is refused");
    assert.equal(statSync(at.path("out/twice.yaml")).mtimeMs, before);

    at.write("b.json", exported("Twice", { info: "replaced" }));
    exits(await ringback(t, at, ["import", "b.json", "-o", "out", "--force"]), 0);
    assert.match(read(at.path("out/twice.yaml")), /^description: replaced$/m);
  });

  test("a secret in a webhook is warned about, and the file is for its owner only", async t => {
    const at = scratch(t);
    at.write("a.json", exported("Secret", { webhook: '{"url": "https://hook.example/x", "headers": {"Authorization": "Bearer abc"}}' }));
    at.write("b.json", exported("Open", { webhook: "https://hook.example/x" }));
    const done = exits(await ringback(t, at, ["import", "a.json", "b.json"]), 0);
    assert.equal(done.stderr, "a.json: warning: its webhook holds the header 'Authorization', which ./secret.yaml now holds, too: " +
      "only you can read that file, keep it out of version control\n");
    assert.equal(statSync(at.path("secret.yaml")).mode & 0o777, 0o600);
    assert.equal(statSync(at.path("open.yaml")).mode & 0o444, 0o444 & ~process.umask());
    assert.doesNotMatch(done.stdout + done.stderr, /Bearer/);
  });

  test("media beside an export are found from the new place", async t => {
    const at = scratch(t);
    at.write("face.y4m", "x");
    at.write("a.json", exported("Own", { testProfiles: [{ media: "face.y4m" }] }));
    exits(await ringback(t, at, ["import", "a.json", "-o", "deep/er"]), 0);
    assert.match(read(at.path("deep/er/own.yaml")), /media: '?\.\.\/\.\.\/face\.y4m'?$/m);
    exits(await ringback(t, at, ["check", "deep/er/own.yaml"]), 0);
  });

  for (const [what, name, content, message] of [
    ["a test of ringback's own", "a.yaml", "name: x\nscript: return;\n", "a.yaml:1:1: this is no export\n  exports are JSON; ringback runs YAML as it is\n"],
    ["a Runscope export", "r.json", '{"name": "x", "steps": []}', "r.json:1:1: Runscope exports are not supported yet\n  write the test in YAML, see docs/writing-tests.md\n"],
    ["other JSON", "o.json", '{"a": 1}', "o.json:1:1: this JSON is no export that is known here\n  a testRTC export has a key 'testScript'\n"],
    ["broken JSON", "j.json", "{", /^j\.json:1:1: not valid JSON: /],
    ["a broken script", "s.json", exported("x", { testScript: "client.pause(\r\n;" }), /^s\.json \(testScript\):2:\d+: /],
    ["another browser", "f.json", exported("x", { testProfiles: [{ browser: "linux-firefox-stable" }] }),
      "f.json:1:1: 'testProfiles': the browser 'linux-firefox-stable' is not supported yet, only Chromium is\n  chromium, or testRTC's linux-chrome-stable\n"],
    ["no file", undefined, "", /^none\.json:1:1: cannot be read: No such file or directory/],
  ])
    test(`${what} is refused, and nothing is written`, async t => {
      const at = scratch(t);
      at.write("good.json", exported("Good"));
      if (name) at.write(name, content);
      const files = readdirSync(at.directory);
      const result = exits(await ringback(t, at, ["import", "good.json", name ?? "none.json"]), 2);
      if (message instanceof RegExp) assert.match(result.stderr, message);
      else assert.equal(result.stderr, message);
      assert.deepEqual(readdirSync(at.directory), files);
    });

  test("wrong usage and a directory that cannot be", async t => {
    const at = scratch(t);
    at.write("good.json", exported("Good"));
    assert.match(exits(await ringback(t, at, ["import"]), 2).stderr, /^ringback import: no export given\n/);
    assert.match(exits(await ringback(t, at, ["import", "--nope", "good.json"]), 2).stderr, /^ringback import: unrecognised option '--nope'\n/);
    assert.match(exits(await ringback(t, at, ["import", "good.json", "-o", "good.json/x"]), 3).stderr, /^good\.json\/x: cannot be made: /);
    assert.match(exits(await ringback(t, at, ["import", "--help"]), 0).stdout, /^usage: ringback import FILE\.\.\. \[-o DIR\] \[--force\]\n/);
  });
});

describe("what a test asks for and cannot have", { concurrency: true }, () => {
  const calling = (runOptions, more = "") => `name: x\nscript: |\n  return;\n  //\nrun-options: '${runOptions}'\n${more}`;

  for (const [what, text, message] of [
    ["an unknown name of media", calling("", "profiles: [{media: taking-head}]\n"),
      "x.yaml:6:20: unknown media 'taking-head'\n  profiles: [{media: taking-head}]\n                     ^\n  did you mean 'talking-head'?\n"],
    ["media that are not there", calling("", "profiles:\n  - media: face.y4m\n"), "x.yaml:7:12: there is no media file face.y4m\n    - media: face.y4m\n             ^\n"],
    ["#vnc without a display", calling("#vnc"), "x.yaml: #vnc shows the browser's window, and there is no display here (DISPLAY is not set)\n"],
    ["an extension that is not there", calling("#extension:none"), /^x\.yaml: #extension: there is no .*\/none\n$/],
  ])
    for (const command of ["check", "run"])
      test(`${what}: ringback ${command}`, async t => {
        const at = scratch(t);
        delete at.env.DISPLAY;
        const result = exits(await ringback(t, at, [command, at.write("x.yaml", text).replace(/.*\//, "")]), 2);
        if (message instanceof RegExp) assert.match(result.stderr, message);
        else assert.equal(result.stderr, message);
        assert.equal(result.stdout, "");
      });

  test("a service refuses it at its start", async t => {
    const at = scratch(t);
    delete at.env.DISPLAY;
    at.write("x.yaml", calling(""));
    at.write("monitors.yaml", "monitors:\n  - {test: x.yaml, every: 1s, run-options: '#vnc'}\n");
    assert.match(exits(await ringback(t, at, ["serve", "--config", "monitors.yaml"]), 2).stderr,
      /^monitors\.yaml:2:\d+: #vnc shows the browser's window, and there is no display here/);
  });

  test("options of browsers in an endpoint test are told", async t => {
    const at = scratch(t), server = await receiver(t);
    at.write("x.yaml", askingTest("Plain", server.url, { runOptions: "#session:2 #timeout:1" }));
    const result = exits(await ringback(t, at, ["run", "x.yaml", "--run-options", "#getstats"]), 0);
    assert.equal(result.stderr, "x.yaml: warning: #session, #getstats have no meaning in an endpoint test, which has no browsers\n");
  });
});
