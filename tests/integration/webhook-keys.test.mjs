// Every key of the webhook field, one by one: what it changes on the wire, or why it is refused before anything is sent.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { askingTest, exits, outbox, receiver, ringback, scratch, start, until } from "../support/programs.mjs";

async function place(t, answer) {
  const at = scratch(t), server = await receiver(t), hook = await receiver(t, answer);
  at.write("pass.yaml", askingTest("Pass", server.url));
  at.write("fail.yaml", askingTest("Fail", server.url).replace("equal_number 200", "equal_number 201"));
  at.write("warn.yaml", `name: Warn\nsteps:\n  - {request: 'GET ${server.url}', assertions: [response_status equal_number 200], warnings: [response_status equal_number 201]}\n`);
  at.write("slow.yaml", `name: Slow\nrun-options: '#timeout:1s'\nsteps:\n  - pause: 60s\n`);
  at.write("long.yaml", `name: Long\nsteps:\n  - {request: 'GET ${server.url}'}\n  - pause: 60s\n`);
  const target = extra => JSON.stringify({ url: hook.url, ...extra });
  return { at, hook, server, target,
    run: (extra, file = "pass.yaml", env = {}) => ringback(t, at, ["run", file, "--webhook", target(extra)], { env }) };
}
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("a key of the webhook field is in effect", { concurrency: 6 }, () => {
  test("url: its path and query", async t => {
    const { at, hook } = await place(t);
    exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", JSON.stringify({ url: `${hook.url}/deep?a=1&b=%20` })]), 0);
    assert.deepEqual(hook.calls.map(call => [call.method, call.path]), [["POST", "/hook/deep?a=1&b=%20"]]);
  });

  test("url: several for --webhook as for #webhook, one per line", async t => {
    const { at, hook } = await place(t);
    exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", `${hook.url}/one\n${hook.url}/two`]), 0);
    assert.deepEqual(hook.calls.map(call => call.path).sort(), ["/hook/one", "/hook/two"]);
  });

  test("headers", async t => {
    const { hook, run } = await place(t);
    exits(await run({ headers: { "X-One": "1", "content-type": "text/x-own", "user-agent": "mine/1" } }), 0);
    assert.deepEqual(["x-one", "content-type", "user-agent"].map(name => hook.calls[0].headers[name]), ["1", "text/x-own", "mine/1"]);
  });

  for (const [format, type, check] of [
    ["json/object", "application/json", body => assert.equal(JSON.parse(body).testName, "Pass")],
    ["json/text", "application/json", body => assert.equal(JSON.parse(JSON.parse(body).text).testName, "Pass")],
    ["form", "application/x-www-form-urlencoded", body => assert.equal(new URLSearchParams(body).get("testName"), "Pass")],
    ["cloudevent", "application/json", body => assert.equal(JSON.parse(body).testName, "Pass")],
    ["runscope", "application/json", body => assert.equal(JSON.parse(body).test_name, "Pass")],
    ["currents", "application/json", body => assert.equal(JSON.parse(body).event, "RUN_FINISH")],
    ["apicontext", "application/json", body => assert.match(body, /"result_class":"PASS"/)],
    ...["slack", "mattermost", "google-chat", "discord", "msteams"].map(name =>
      [name, "application/json", body => assert.match(body, /Pass/)]),
    ...["opsgenie", "victorops"].map(name => [name, "application/json", body => JSON.parse(body)]),
  ])
    test(`format: ${format}`, async t => {
      const { hook, run } = await place(t);
      exits(await run({ format }), 0);
      assert.equal(hook.calls.length, 1);
      assert.match(hook.calls[0].headers["content-type"], new RegExp(`^${type}(;|$)`));
      check(hook.calls[0].body);
    });

  test("format: pagerduty, with its key in the body and starred where people look", async t => {
    const { at, hook, run } = await place(t), key = "0123456789abcdef0123456789abcdef";
    exits(await run({ format: "pagerduty", headers: { "X-Routing-Key": key } }, "fail.yaml"), 1);
    assert.deepEqual([JSON.parse(hook.calls[0].body).routing_key, JSON.parse(hook.calls[0].body).event_action], [key, "trigger"]);
    const [{ id }] = await outbox(t, at), message = await outbox(t, at, id);
    assert.equal(message.bodyRedacted, true);
    assert.equal(message.body, hook.calls[0].body.replaceAll(key, "***"));
    assert.ok(!exits(await ringback(t, at, ["webhook", "show", id]), 0).stdout.includes(key));
  });

  test("fieldname", async t => {
    const { hook, run } = await place(t);
    exits(await run({ fieldname: "payload" }), 0);
    assert.deepEqual(Object.keys(JSON.parse(hook.calls[0].body)), ["payload"]);
    assert.equal(JSON.parse(hook.calls[0].body).payload.status, "completed");
  });

  test("body: an object, and a text; the outbox tells its bytes as they are", async t => {
    const { at, hook, run } = await place(t);
    exits(await run({ body: { deep: [{ name: "<%this.testName%>" }], n: 1 } }), 0);
    exits(await run({ body: "<% this.testName %>\tended:\n<%this.status%> — “well”" }), 0);
    assert.deepEqual(hook.calls.map(call => call.body), ['{"deep":[{"name":"Pass"}],"n":1}', "Pass\tended:\ncompleted — “well”"]);
    const kept = (await outbox(t, at)).map(message => [message.body, message.bodyBase64, message.bodyRedacted]).reverse();
    assert.deepEqual(kept, hook.calls.map(call => [call.body, null, false]));
  });

  for (const [file, code, event] of [["pass.yaml", 0, "completed"], ["warn.yaml", 0, "warnings"], ["fail.yaml", 1, "failure"], ["slow.yaml", 1, "timeout"]])
    test(`on: ${event}, and nothing else`, async t => {
      const { at, hook, run } = await place(t);
      const others = ["start", "completed", "warnings", "failure", "timeout", "canceled"].filter(each => each !== event);
      exits(await run({ on: [event] }, file), code);
      exits(await run({ on: others.slice(1) }, file), code);
      assert.equal(hook.calls.length, 1);
      const [{ event: told }] = await outbox(t, at);
      assert.equal(told, event);
      assert.equal(JSON.parse(hook.calls[0].body).status, event === "timeout" ? "failure" : event);
    });

  test("on: start and canceled, while it runs and when Ctrl-C ends it", async t => {
    const { at, hook, target } = await place(t);
    const run = start(t, at, "ringback", ["run", "long.yaml", "--webhook", target({ on: ["start", "canceled"] })]);
    await until(() => hook.calls.length === 1, "the call of the start");
    assert.deepEqual([JSON.parse(hook.calls[0].body).status, JSON.parse(hook.calls[0].body).error], ["started", null]);
    run.kill("SIGINT");
    exits(await run.ended, 130);
    assert.equal(hook.calls.length, 2);
    assert.deepEqual((await outbox(t, at)).map(message => message.event).reverse(), ["started", "canceled"]);
    const [begun, ended] = hook.calls.map(call => JSON.parse(call.body));
    assert.deepEqual([ended.status, ended.error, ended.testRunId], ["failure", "canceled by the user", begun.testRunId]);
  });

  for (const [how, written] of [["in place", secret], ["as env:NAME", "env:HOOK_SECRET"]])
    test(`secret: ${how}`, async t => {
      const { hook, run } = await place(t);
      exits(await run({ secret: written }, "pass.yaml", { HOOK_SECRET: secret }), 0);
      assert.ok(new Webhook(secret).verify(hook.calls[0].body, hook.calls[0].headers));
    });

  test("secret: whsk_", async t => {
    const { hook, run } = await place(t);
    exits(await run({ secret: `whsk_${seed}` }), 0);
    const { headers, body } = hook.calls[0];
    const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } });
    const signature = Buffer.from(/^v1a,(\S+)$/.exec(headers["webhook-signature"])[1], "base64");
    assert.ok(verify(null, Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`), key, signature));
  });

  for (const [how, written] of [["in place", { username: "me", password: "pass-7Hq" }], ["as env:NAME", { username: "env:HOOK_USER", password: "env:HOOK_PASSWORD" }]])
    test(`basic: ${how}`, async t => {
      const { hook, run } = await place(t);
      exits(await run({ basic: written }, "pass.yaml", { HOOK_USER: "me", HOOK_PASSWORD: "pass-7Hq" }), 0);
      assert.equal(hook.calls[0].headers.authorization, basic("me", "pass-7Hq"));
    });

  test("basic: an API key as the user name, without a password", async t => {
    const { hook, run } = await place(t);
    exits(await run({ basic: { username: "key-7Hq", password: "" } }), 0);
    assert.equal(hook.calls[0].headers.authorization, basic("key-7Hq", ""));
  });

  test("timeout: of one attempt", async t => {
    const { at, run } = await place(t, () => undefined);
    const result = exits(await run({ timeout: 1 }, "pass.yaml"), 0);
    assert.ok(result.ms < 34_000, `took ${result.ms} ms`);
    const [{ id }] = await outbox(t, at), { attemptsMade } = await outbox(t, at, id);
    assert.ok(attemptsMade.length >= 4, `${attemptsMade.length} attempts`);
    for (const { outcome, detail } of attemptsMade.slice(0, -1)) {
      assert.equal(outcome, "ambiguous");
      assert.ok(detail.timings.total > 900 && detail.timings.total < 3000, `${detail.timings.total} ms`);
    }
  });
});

describe("a webhook that cannot be meant stops the run before it starts", { concurrency: 6 }, () => {
  const url = "http://127.0.0.1:1/hook";
  for (const [what, text, said] of [
    ["an unknown key", JSON.stringify({ url, header: {} }), /header.*headers/s],
    ["a key twice", `{"url": "${url}", "url": "${url}"}`, /url/],
    ["no url", "{}", /url/],
    ["a user name in the url", JSON.stringify({ url: "http://me:pw@x.example/" }), /user name/],
    ["another scheme", JSON.stringify({ url: "ftp://x.example/" }), /http/],
    ["a url of 2,049 characters", JSON.stringify({ url: `http://x.example/${"a".repeat(2049 - 17)}` }), /2,?048/],
    ["a header with a line break", JSON.stringify({ url, headers: { a: "b\r\nc: d" } }), /line break/],
    ["a header of HTTP's own", JSON.stringify({ url, headers: { "Content-Length": "1" } }), /Content-Length/],
    ["an unknown format", JSON.stringify({ url, format: "slak" }), /slack/],
    ["an unknown event", JSON.stringify({ url, on: ["complete"] }), /completed/],
    ["a secret of the wrong form", JSON.stringify({ url, secret: "whsec_AAAA" }), /24 to 64 bytes/],
    ["a secret that is not set", JSON.stringify({ url, secret: "env:HOOK_NOT_SET" }), /HOOK_NOT_SET is not set/],
    ["a password that is not set", JSON.stringify({ url, basic: { username: "a", password: "env:HOOK_NOT_SET" } }), /HOOK_NOT_SET is not set/],
    ["a certificate that is not there", JSON.stringify({ url: "https://127.0.0.1:1/", tls: { certificate: "/nowhere.pem", key: "/nowhere.pem" } }), /nowhere\.pem/],
    ["a time-out of nothing", JSON.stringify({ url, timeout: 0 }), /timeout/],
  ])
    test(what, async t => {
      const { at, server } = await place(t);
      const refused = exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", text]), 2);
      assert.match(refused.stderr, said);
      assert.equal(server.calls.length, 0, "the test was not begun");
    });
});

test("`ringback webhook test` and `show` tell no secret of the URL, the headers or the answer", async t => {
  const { at, hook, run } = await place(t, () => ({ status: 302, headers: { Location: "http://x.example/?token=LOCSECRET" } }));
  const target = { url: `${hook.url}/s?token=QSECRET`, headers: { "X-Webhook-Key": "HSECRET", "X-Vault-Pass": "PSECRET" } };
  const tested = exits(await ringback(t, at, ["webhook", "test", JSON.stringify(target)]), 4);
  const told = exits(await run(target), 0);
  const [{ id }] = await outbox(t, at);
  const shown = exits(await ringback(t, at, ["webhook", "show", id]), 0);
  const listed = exits(await ringback(t, at, ["webhook", "list"]), 0);
  for (const { stdout, stderr } of [tested, told, shown, listed]) assert.doesNotMatch(stdout + stderr, /SECRET/);
  assert.doesNotMatch(JSON.stringify(await outbox(t, at, id)), /SECRET/);
  assert.match(tested.stdout, /^> POST \/hook\/s\?token=\*\*\* HTTP\/1\.1$/m);
  assert.deepEqual([hook.calls[0].path, hook.calls[0].headers["x-webhook-key"]], ["/hook/s?token=QSECRET", "HSECRET"]);
});

describe("links to results", { concurrency: 4 }, () => {
  test("are null, unless it is said where results can be looked at", async t => {
    const { at, hook, target } = await place(t);
    exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", target({})]), 0);
    exits(await ringback(t, at, ["run", "pass.yaml", "--base-url", "https://ringback.example/here/", "--webhook", target({}),
      "--webhook", target({ format: "currents" }), "--webhook", target({ format: "runscope" }), "--webhook", target({ format: "cloudevent" })]), 0);
    const [without, ...rest] = hook.calls.map(call => JSON.parse(call.body));
    assert.equal(without.resultUrl, null);
    const id = rest.find(body => body.resultUrl).testRunId, link = `https://ringback.example/here/runs/${id}`;
    assert.deepEqual(rest.filter(body => "resultUrl" in body).map(body => body.resultUrl), [link, link]);
    assert.equal(rest.find(body => body.event).runUrl, link);
    assert.equal(rest.find(body => body.test_name).test_run_url, link);
    assert.ok(hook.calls.some(call => call.headers["ce-source"] === "https://ringback.example/here/"));
  });

  test("come from the service's configuration, too", async t => {
    const { at, hook, target } = await place(t);
    at.write("monitors.yaml", `base-url: https://ringback.example\nkeep: 30d\nmonitors:\n  - {test: pass.yaml, every: 1s, run-options: '#webhook:${target({})}'}\n`);
    const service = start(t, at, "ringback", ["serve", "--config", "monitors.yaml", "--allow-net", "127.0.0.1/32"]);
    await until(() => hook.calls.length > 0, "a call");
    service.kill("SIGTERM");
    exits(await service.ended, 0);
    const { resultUrl, testRunId } = JSON.parse(hook.calls[0].body);
    assert.equal(resultUrl, `https://ringback.example/runs/${testRunId}`);
  });

  for (const [option, value, said] of [
    ["--base-url", "ringback.example", /--base-url: /], ["--base-url", "https://x.example/?a", /without user, query and fragment/],
    ["--keep", "1d", /--keep 1d: at least 7d/], ["--keep", "soon", /--keep soon is no duration/],
  ])
    test(`${option} ${value}: exit 2`, async t => {
      const { at } = await place(t);
      assert.match(exits(await ringback(t, at, ["run", "pass.yaml", option, value]), 2).stderr, said);
    });
});
