// Whatever goes wrong in a call ends as a verdict with a reason, in time, and leaves nothing behind.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { call, calls, pageServer, told, watchBrowsers } from "../support/calls.mjs";
import { exits, ringback, scratch, until } from "../support/programs.mjs";

const page = `<title>A page</title><h1>Hello</h1><p id="hidden" hidden>secret</p><button onclick="console.error('broken thing')">Press</button>`;

/** Pages, and `opened(n)`: waits until the first one was asked for n times, so that so many probes are under way. */
async function countedPages(t) {
  let asked = 0;
  const url = await pageServer(t, { "/": (_, response) => { asked++; response.end(`<!doctype html><link rel="icon" href="data:,">${page}`); } });
  return { url, opened: n => until(() => asked >= n, `${n} pages to be opened`, 40_000) };
}

/** A second of a microphone that hears nothing: 8 kHz, 16 bit, mono. */
function silence() {
  const file = Buffer.alloc(44 + 16_000);
  file.write("RIFF", 0), file.writeUInt32LE(36 + 16_000, 4), file.write("WAVEfmt ", 8), file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20), file.writeUInt16LE(1, 22), file.writeUInt32LE(8000, 24), file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32), file.writeUInt16LE(16, 34), file.write("data", 36), file.writeUInt32LE(16_000, 40);
  return file;
}

// Each row: what, the script, and what the only probe's first reason must match.
const scripts = [
  ["a command without its element", 'client.url(process.env.RTC_SERVICE_URL)\n  .click("#nope");', /^bad\.js:2: click\("#nope"\): no element matches "#nope"$/],
  ["an element that stays hidden", 'client.url("/").waitForElementVisible("#hidden", 300);', /^bad\.js:1: waitForElementVisible\("#hidden", 300\): "#hidden" was not visible within 300 ms: it is there, but hidden$/],
  ["an element that does not come", 'client.url("/").waitForElementPresent("#x", 200, "the lobby");', /: the lobby: "#x" was not present within 200 ms$/],
  ["an assertion", 'client.url("/").assert.titleContains("other");', /^bad\.js:1: assert\.titleContains\("other"\): wanted title with "other", found "A page"$/],
  ["assert.fail", 'client.assert.fail("never");', /assert\.fail/],
  ["an unknown command", 'client.url("/");\n\nclient.clik("#a");', /^bad\.js:3: unknown command 'clik' \(did you mean 'click'\?\)$/],
  ["an unknown assertion", 'client.assert.visibel("#a");', /^bad\.js:1: unknown command 'assert\.visibel' \(did you mean 'assert\.visible'\?\)$/],
  ["a callback that throws", 'client.url("/").getTitle(t => {\n  throw new Error("no " + t);\n});', /^in the callback of getTitle\(function\): bad\.js:2: Error: no A page$/],
  ["a script that throws", "const a = null;\na.b();", /^bad\.js:2: TypeError: null is not an object/],
  ["an endless loop", "function spin() {\n  for (;;);\n}\nspin();", /^bad\.js:[12]: the script ran for more than 10 s without a pause$/],
  ["an endless queue", "for (;;) client.pause(1);", /^bad\.js:1: Error: more than 100000 commands are queued$/],
  ["an endless loop in a callback", 'client.perform(() => {\n  for (;;);\n});', /^bad\.js:1: perform\(function\): bad\.js:[12]: the script ran for more than 10 s without a pause$/],
  ["a gibibyte in one piece", 'const all = new Uint8Array(2 ** 30);\nall.fill(1);\nreturn all.length;', /^bad\.js:?\d?: the script used more than 512 MiB of memory$/],
  ["a gibibyte of text", 'let text = "0123456789abcdef", sum = 0;\nwhile (text.length < 2 ** 30) text = [text, text].join("");\nfor (let i = 0; i < 1e9; i++) sum += text.charCodeAt(i);\nreturn sum;', /^bad\.js:[23]: (RangeError: Out of memory|the script used more than 512 MiB of memory|the script ran for more than 10 s without a pause)$/],
  ["a gibibyte", 'const all = [];\nfor (let i = 0; i < 1024; i++) all.push(new Uint8Array(1 << 20).fill(i));\nreturn all.length;', /^bad\.js:\d: the script used more than 512 MiB of memory$/],
  ["no such page", 'client.url("http://127.0.0.1:1/");', /^bad\.js:1: url\("http:\/\/127\.0\.0\.1:1\/"\): http:\/\/127\.0\.0\.1:1\/ could not be loaded: net::ERR_/],
  ["a script in the page", 'client.url("/").execute(() => missing.thing);', /execute\(function\): ReferenceError: missing is not defined/],
  ["perform never done", 'client.perform(done => { client.pause(1); });', /perform\(…\): done\(\) was never called$/],
  ["rtcFail", 'client.rtcFail("no %s today", "call").pause(60000);', /^no call today$/],
  ["rtcError goes on", 'client.rtcError("first").rtcInfo("went on");', /^first$/],
  ["a session value that never comes", 'client.rtcWaitForSessionValue("k", () => {}, 300);', /^bad\.js:1: rtcWaitForSessionValue\("k", function, 300\): the session value 'k' was not set within 300 ms$/],
  ["an external value that never comes", 'client.rtcWaitForExternalValue("k", () => {}, 200);', /the external value 'k' was not set for \S+-room1 within 200 ms$/],
  ["a wrong expectation", 'client.rtcSetTestExpectation("video.in.bitrat > 5");', /^bad\.js:1: rtcSetTestExpectation\("video\.in\.bitrat > 5"\): .*bitrate/],
  ["a wrong network", 'client.rtcSetNetworkProfile("Poor 5G");', /unknown network profile 'Poor 5G' \(did you mean 'Poor 3G'\?\)$/],
  ["a timer that was not started", 'client.rtcGetTimer("t", () => {});', /no timer 't' was started$/],
  ["an event that did not happen", 'client.rtcEvent("a").rtcSetEventsExpectation("audio.in == 0", "a", "b", "between");', /^between: expected audio\.in == 0.*found no event 'b'$/],
  ["a webhook that fails", 'client.rtcActivateWebhook("http://127.0.0.1:1/x", {});', /rtcActivateWebhook\(.*127\.0\.0\.1:1/],
  ["a last window", "client.closeWindow();", /the last window cannot be closed$/],
  ["a dialog in the way", 'client.url("/").execute(() => alert("Hey")).getTitle(() => {});', /getTitle\(function\): a dialog is open: Hey$/],
  ["a file that is not there", 'include("none.js");', /^bad\.js:1: Error: include: there is no file 'none\.js'$/],
];

test("a bad script fails with its line and a reason, in time", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page, "/hang": () => {} }), watched = watchBrowsers(at);
  // Its own test would wait for a minute: here others run beside it.
  const slow = { script: 'client.url("/hang");', runOptions: "#session:1 #timeout:2" };
  const named = scripts.map(([what, code]) => [what.replaceAll(" ", "-"), code.replaceAll("bad.js", `${what.replaceAll(" ", "-")}.js`)]);
  const result = exits(await calls(t, at, { "never-loaded": slow, ...Object.fromEntries(named) }, { url, limit: 500_000 }), 1);
  for (const [index, [what, , reason]] of scripts.entries())
    await t.test(what, () => {
      const name = named[index][0], run = result.runs[name];
      assert.equal(run.status, "failure");
      assert.match(run.probes[0].reasons[0].replaceAll(`${name}.js`, "bad.js"), reason);
      assert.ok(run.duration < 60, `took ${run.duration} s`);
      if (what === "rtcError goes on") assert.ok(told(run.probes[0]).includes("went on"));
    });
  await t.test("a command has a minute", () => {
    const run = result.runs["never-loaded"];
    assert.equal(run.status, "failure");
    assert.match(run.probes[0].reasons[0], /^never-loaded\.js:1: url\("\/hang"\): .* in time$/);
    assert.ok(run.duration > 59 && run.duration < 110, `took ${run.duration} s`);
  });
  await watched.nothingLeft();
});

test("a syntax error is found before anything is started", async t => {
  const at = scratch(t);
  const result = exits(await call(t, at, "client.url('a')\n  .pause(10;\n", { name: "syntax" }).result, 2);
  assert.match(result.stderr, /syntax\.js:2:\d+: SyntaxError: Unexpected token ';'/);
  assert.match(result.stderr, /\.pause\(10;/);
});

test("a failing command leaves a screenshot and the page's console; verify goes on", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page });
  const result = exits(await call(t, at, 'client.url("/").click("button").verify.titleContains("x").rtcInfo("on").click("#no");',
    { url, name: "evidence" }).result, 1);
  const [probe] = result.probes;
  assert.match(probe.reasons[0], /verify\.titleContains/);
  assert.match(probe.reasons[1], /click\("#no"\)/);
  assert.ok(told(probe).includes("on"));
  assert.deepEqual(told(probe, "browser"), ["broken thing"]);
  assert.equal(probe.screenshots.length, 1);
  assert.equal(probe.screenshots[0].atFailure, true);
  assert.equal(result.run.failureScreenshot, probe.screenshots[0].file);
  const folder = `${at.path("artifacts")}/${result.run.testRunId}`;
  assert.deepEqual([...readFileSync(`${folder}/${probe.screenshots[0].file}`).subarray(0, 2)], [0xff, 0xd8]);
  assert.match(readFileSync(`${folder}/probe-1-console.log`, "utf8"), /^\d{4}-\S+Z error: broken thing\n$/);
});

test("an error of the page is a warning, unless it is to be ignored", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page });
  const noisy = exits(await call(t, at, 'client.url("/").click("button").pause(100);', { url, name: "noisy" }).result, 0);
  assert.equal(noisy.run.status, "warnings");
  assert.deepEqual(noisy.probes[0].reasons, ["the page reported an error: broken thing"]);
  const calm = exits(await call(t, at, 'client.rtcIgnoreErrorContains("broken").url("/").click("button").pause(100);',
    { url, name: "calm" }).result, 0);
  assert.equal(calm.run.status, "completed");
  const warned = exits(await call(t, at, 'client.rtcWarning("slow %d", 3);', { url, name: "warned" }).result, 0);
  assert.deepEqual([warned.run.status, warned.probes[0].reasons], ["warnings", ["slow 3"]]);
});

test("rtcFailAll ends every probe", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page });
  const result = exits(await call(t, at, 'if (process.env.RTC_AGENT_NUM === "2") client.pause(300).rtcFailAll("enough"); else client.pause(50000);',
    { url, name: "all", runOptions: "#session:3 #timeout:1" }).result, 1);
  assert.deepEqual(result.probes.map(p => p.reasons), [[`ended by ${result.run.runName}-2: enough`], ["enough"], [`ended by ${result.run.runName}-2: enough`]]);
  assert.ok(result.ms < 40_000, `took ${result.ms} ms`);
});

test("one probe's error does not end the others", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page });
  const result = exits(await call(t, at, 'if (process.env.RTC_AGENT_NUM === "1") client.rtcFail("I"); else client.pause(500).rtcInfo("through");',
    { url, name: "one", runOptions: "#session:2 #timeout:1" }).result, 1);
  assert.deepEqual(result.probes.map(p => p.verdict), ["failed", "passed"]);
  assert.deepEqual(told(result.probes[1]), ["through"]);
});

test("a page that crashes fails its probe and no other", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page });
  const result = exits(await call(t, at,
    'client.url("/"); if (process.env.RTC_AGENT_NUM === "1") client.url("chrome://crash").pause(20000); else client.pause(4000).getTitle(t => console.log(t));',
    { url, name: "crash", runOptions: "#session:2 #timeout:1" }).result, 1);
  assert.match(result.probes[0].reasons.join("\n"), /the page crashed|could not be loaded/);
  assert.deepEqual([result.probes[1].verdict, told(result.probes[1])], ["passed", ["A page"]]);
  assert.ok(result.ms < 50_000, `took ${result.ms} ms`);
});

test("a browser that dies fails its probes with its reason", async t => {
  const at = scratch(t), { url, opened } = await countedPages(t), watched = watchBrowsers(at);
  const running = call(t, at, 'client.url("/").pause(50000);', { url, name: "death", runOptions: "#session:2 #timeout:1" });
  await opened(2);
  const main = await watched.started();
  process.kill(main.pid, "SIGKILL");
  const result = exits(await running.result, 1);
  for (const probe of result.probes) assert.match(probe.reasons[0], /^the browser ended; it was killed by signal 9/);
  assert.ok(result.ms < 40_000, `took ${result.ms} ms`);
  await watched.nothingLeft();
});

test("probes in another browser go on when one dies", async t => {
  const at = scratch(t), { url, opened } = await countedPages(t), watched = watchBrowsers(at);
  at.write("silence.wav", silence());
  const running = call(t, at, 'client.url("/").pause(8000).getTitle(t => console.log(t));', { url, name: "two",
    runOptions: "#session:2 #timeout:1", yaml: "profiles: [{browser: chromium}, {browser: chromium, media: silence.wav}]\n" });
  const silent = await until(() => watched.browsers().find(each => each.main &&
    readFileSync(`/proc/${each.pid}/cmdline`, "utf8").includes("silence.wav")), "the browser with the file", 20_000);
  await opened(2);
  process.kill(silent.pid, "SIGKILL");
  const result = exits(await running.result, 1);
  assert.deepEqual(result.probes.map(probe => probe.verdict), ["passed", "failed"]);
  assert.deepEqual(told(result.probes[0]), ["A page"]);
  assert.match(result.probes[1].reasons[0], /^the browser ended; it was killed by signal 9/);
  await watched.nothingLeft();
});

test("a browser that stops answering ends with the run's time-out", async t => {
  const at = scratch(t), { url, opened } = await countedPages(t), watched = watchBrowsers(at);
  const running = call(t, at, 'client.url("/").pause(500).getTitle(() => {}).pause(50000);', { url, name: "frozen",
    runOptions: "#session:1 #timeout:0.25" });
  await opened(1);
  const main = await watched.started();
  process.kill(main.pid, "SIGSTOP");
  const result = exits(await running.result, 1);
  assert.equal(result.run.status, "timeout");
  assert.match(result.probes[0].reasons[0], /^the run was ended during frozen\.js:1: /);
  assert.ok(result.ms < 40_000, `took ${result.ms} ms`);
  await watched.nothingLeft();
});

test("whatever a page does, the run's time-out ends it", async t => {
  const at = scratch(t), watched = watchBrowsers(at);
  const url = await pageServer(t, { "/": page, "/hang": () => {}, "/busy": "<script>setTimeout(() => { for (;;); }, 100)</script>" });
  const runOptions = "#session:1 #timeout:0.25";
  const rows = {
    silent: ['client.url("/hang");', 'url("/hang")'],
    spinning: ['client.url("/").execute(() => { for (;;); });', "execute(function)"],
    never: ['client.url("/").executeAsync(done => {});', "executeAsync(function)"],
    busy: ['client.url("/busy").pause(500).getText("body", () => {});', 'getText("body", function)'],
    queuing: ['function more() { client.perform(more); }\nmore();', "perform(function)"],
    waiting: ['client.rtcWaitForTestValue("k", () => {}, 60000);', 'rtcWaitForTestValue("k", function, 60000)'],
  };
  const result = exits(await calls(t, at, Object.fromEntries(Object.entries(rows).map(([name, [script]]) =>
    [name, { script, runOptions }])), { url }), 1);
  for (const [name, [, doing]] of Object.entries(rows)) await t.test(name, () => {
    const run = result.runs[name];
    assert.equal(run.status, "timeout");
    assert.ok(run.probes[0].reasons[0].startsWith(`the run was ended during ${name}.js:1: ${doing}`), run.probes[0].reasons[0]);
    assert.ok(run.duration > 14 && run.duration < 40, `took ${run.duration} s`);
  });
  await watched.nothingLeft();
});

test("the run's time-out ends it with what each probe was doing", async t => {
  const at = scratch(t), url = await pageServer(t, { "/": page }), watched = watchBrowsers(at);
  const result = exits(await call(t, at, 'client.url("/").pause(50000);', { url, name: "late", runOptions: "#session:1 #timeout:0.25" }).result, 1);
  assert.equal(result.run.status, "timeout");
  assert.deepEqual(result.probes[0].reasons, ["the run was ended during late.js:1: pause(50000)"]);
  assert.deepEqual(result.probes[0].screenshots.map(shot => shot.atFailure), [true]);
  await watched.nothingLeft();
});

test("Ctrl-C ends the run and leaves nothing behind", async t => {
  const at = scratch(t), { url, opened } = await countedPages(t), watched = watchBrowsers(at);
  const running = call(t, at, 'client.url("/").pause(50000);', { url, name: "interrupted" });
  await opened(1);
  running.kill("SIGINT");
  const result = exits(await running.result, 130);
  assert.ok(result.ms < 30_000, `took ${result.ms} ms`);
  await watched.nothingLeft();
});

test("kill -9 of ringback leaves no browser, and its profile goes at the next start", async t => {
  const at = scratch(t), { url, opened } = await countedPages(t), watched = watchBrowsers(at);
  const running = call(t, at, 'client.url("/").pause(50000);', { url, name: "killed" });
  await opened(1);
  const main = await watched.started();
  running.kill("SIGKILL");
  await running.ended;
  await until(() => watched.browsers().length === 0, "every browser to end by itself", 15_000);
  assert.ok(existsSync(main.profile), "nobody was left to remove it");
  exits(await call(t, at, "client.pause(1);", { url, name: "next" }).result, 0);
  await watched.nothingLeft();
});

test("without a browser ringback says what to do", async t => {
  const at = scratch(t);
  at.write("a.js", "client.pause(1);");
  const file = at.write("a.yaml", "name: a\nservice-url: http://127.0.0.1:9\nscript: a.js\n");
  const result = exits(await ringback(t, at, ["run", file, "--chromium", "/nowhere/chromium"]), 3);
  assert.match(result.stdout + result.stderr, /there is no browser at \/nowhere\/chromium: --chromium must name a program/);
  const broken = exits(await ringback(t, at, ["run", file, "--chromium", "/bin/false"]), 3);
  assert.match(broken.stdout + broken.stderr, /\/bin\/false did not start: the browser ended; it exited with status 1/);
});
