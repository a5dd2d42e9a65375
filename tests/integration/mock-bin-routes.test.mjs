// Every route of mock-bin on the wire, asked by clients that are not ours: fetch, Node's http, curl.
import assert from "node:assert/strict";
import http from "node:http";
import { test, before, after } from "node:test";
import { gunzipSync } from "node:zlib";
import * as har from "har-validator";
import { Webhook } from "standardwebhooks";
import { mockBin, receiver, scratch, start } from "../support/programs.mjs";
import { curl } from "../support/wire.mjs";

const hooks = [];
const life = { after: (hook) => hooks.push(hook) };
let origin;
before(async () => {
  const program = start(life, scratch(life), "mock-bin", ["--listen", "127.0.0.1:0"]);
  [, origin] = await program.says(/^mock-bin listening on (http:\S+)\n/);
});
after(async () => { for (const hook of hooks.reverse()) await hook(); });

const post = (path, body, headers = {}) => fetch(origin + path, { method: "POST", body, headers });
const make = async (definition = {}) => (await post("/bin/create", JSON.stringify(definition), { "Content-Type": "application/json" })).json();
const log = async (id, query = "") => (await (await fetch(`${origin}/bin/${id}/log${query}`)).json()).log;

test("utilities, for all methods", async () => {
  const rows = [
    // method, path, status, what the body must be
    ["GET", "/", 200, "Hello World!"],
    ["POST", "/ip", 200, "127.0.0.1"],
    ["PURGE", "/agent", 200, "node-test"],
    ["GET", "/status/418/teapot", 418, { code: "418", message: "teapot" }],
    ["LOCK", "/status/299/so+so%20so", 299, { code: "299", message: "so so so" }],
    ["GET", "/header/x-custom", 200, "Foo"],
    ["GET", "/header/x-none", 200, false],
    ["GET", "/header/x-new/value", 200, "value"],
    ["GET", "/cookies", 200, [{ name: "a", value: "b" }, { name: "c", value: "d e" }]],
    ["GET", "/cookie/c", 200, "d e"],
    ["GET", "/cookie/none", 200, false],
    ["GET", "/cookie/new/cookie", 200, "cookie"],
    ["PUT", "/delay/10", 200, { delay: 10 }],
    ["GET", "/redirect/302/0", 200, "redirect finished"],
    ["GET", "/bin/none/log", 404, undefined],
    ["GET", "/none", 404, undefined],
  ];
  for (const [method, path, status, wanted] of rows) {
    const got = await new Promise((resolve, reject) => {
      const request = http.request(origin + path, { method, agent: false, headers: { "User-Agent": "node-test", "X-Custom": "Foo", Cookie: "a=b; c=d%20e" } }, (response) => {
        let body = "";
        response.on("data", (text) => { body += text; });
        response.on("end", () => resolve({ status: response.statusCode, reason: response.statusMessage, headers: response.headers, body: JSON.parse(body) }));
      });
      request.on("error", reject).end();
    });
    assert.equal(got.status, status, `${method} ${path}`);
    if (wanted === undefined) assert.equal(typeof got.body.error.message, "string");
    else assert.deepEqual(got.body, wanted, `${method} ${path}`);
    if (path.startsWith("/status")) assert.equal(got.reason, wanted.message);
    if (path === "/header/x-new/value") assert.equal(got.headers["x-new"], "value");
    if (path === "/cookie/new/cookie") assert.deepEqual(got.headers["set-cookie"], ["new=cookie; Path=/"]);
  }
  assert.ok((await curl("-i", `${origin}/status/20/short`)).startsWith("HTTP/1.1 400 "));
  assert.deepEqual(await (await fetch(`${origin}/ips`)).json().then((ips) => Object.keys(ips)), ["127.0.0.1"]);
  const forwarded = await (await fetch(`${origin}/forwarded`, { headers: { "X-Forwarded-For": "10.0.0.1" } })).json();
  assert.deepEqual(forwarded.ips, ["10.0.0.1", "127.0.0.1"]);
});

test("redirects count down and end", async () => {
  const first = await fetch(`${origin}/redirect/302/3`, { redirect: "manual" });
  assert.equal(first.status, 302);
  assert.equal(first.headers.get("location"), "/redirect/302/2");
  assert.equal(await (await fetch(`${origin}/redirect/307/5`)).json(), "redirect finished");
  assert.equal(await (await fetch(`${origin}/redirect/303/2?to=${encodeURIComponent("/ip")}`)).json(), "127.0.0.1");
  assert.equal((await fetch(`${origin}/redirect/200/1`)).status, 400);
});

test("streams, echoes, compresses", async () => {
  const stream = await curl("-i", `${origin}/stream/3`);
  assert.match(stream, /^Transfer-Encoding: chunked\r$/m);
  assert.ok(stream.endsWith('\r\n\r\n{"type":"stream","chunk":1}\n{"type":"stream","chunk":2}\n{"type":"stream","chunk":3}\n'));
  assert.equal((await (await fetch(`${origin}/stream`)).text()).split("\n").length, 11);
  assert.equal((await (await fetch(`${origin}/stream/1000`)).text()).split("\n").length, 101);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const echoed = await post("/echo", bytes, { "Content-Type": "image/x-odd; p=1" });
  assert.equal(echoed.headers.get("content-type"), "image/x-odd; p=1");
  assert.deepEqual(Buffer.from(await echoed.arrayBuffer()), bytes);
  const raw = Buffer.from(await curl(`${origin}/gzip/ip`), "latin1");
  assert.equal(gunzipSync(raw).toString(), '"127.0.0.1"');
  assert.equal(await curl("--compressed", `${origin}/gzip/ip`), '"127.0.0.1"');
});

test("the request, shown simply and as HAR", async () => {
  const shown = await (await fetch(`${origin}/request/any/path?foo=bar&foo=baz&key=value`, {
    method: "POST", body: new URLSearchParams([["foo", "bar"], ["foo", "baz"], ["x", "y"]]), headers: { Cookie: "Greet=Hello", "X-Custom": "Foo" },
  })).json();
  assert.equal(shown.method, "POST");
  assert.equal(shown.url, `${origin}/request/any/path?foo=bar&foo=baz&key=value`);
  assert.deepEqual(shown.queryString, { foo: ["bar", "baz"], key: "value" });
  assert.deepEqual(shown.cookies, { Greet: "Hello" });
  assert.equal(shown.headers["x-custom"], "Foo");
  assert.deepEqual(shown.postData, { mimeType: "application/x-www-form-urlencoded", text: "foo=bar&foo=baz&x=y", params: { foo: ["bar", "baz"], x: "y" } });
  assert.equal(shown.bodySize, 19);
  const form = new FormData();
  form.set("field", "value");
  form.set("file", new File([Buffer.from([0, 255])], "f.bin", { type: "image/png" }));
  const whole = await (await fetch(`${origin}/har`, { method: "POST", body: form })).json();
  await har.har(whole);
  assert.deepEqual(whole.log.entries[0].request.postData.params, [
    { name: "field", value: "value" },
    { name: "file", value: "AP8=", _encoding: "base64", fileName: "f.bin", contentType: "image/png" },
  ]);
  const headers = await (await fetch(`${origin}/headers`, { headers: { "X-A": "1" } })).json();
  const sum = headers.headers.reduce((size, { name, value }) => size + name.length + value.length + 4, 0);
  assert.equal(headers.headersSize, sum + "GET /headers HTTP/1.1\r\n".length + 2);
});

test("negotiation matrix", async () => {
  const forms = {
    "*/*": ["application/json; charset=utf-8", '{\n  "code": "299",\n  "message": "a<b"\n}'],
    "application/json": ["application/json; charset=utf-8", '{\n  "code": "299",\n  "message": "a<b"\n}'],
    "text/x-json": ["text/x-json; charset=utf-8", '{\n  "code": "299",\n  "message": "a<b"\n}'],
    "application/yaml": ["application/yaml; charset=utf-8", 'code: "299"\nmessage: "a<b"\n'],
    "text/yaml": ["text/yaml; charset=utf-8", 'code: "299"\nmessage: "a<b"\n'],
    "text/plain": ["text/plain; charset=utf-8", 'code: "299"\nmessage: "a<b"\n'],
    "application/xml": ["application/xml; charset=utf-8", '<?xml version="1.0"?>\n<response>\n  <code>299</code>\n  <message>a&lt;b</message>\n</response>\n'],
    "text/xml": ["text/xml; charset=utf-8", '<?xml version="1.0"?>\n<response>\n  <code>299</code>\n  <message>a&lt;b</message>\n</response>\n'],
    "text/html": ["text/html; charset=utf-8", /&quot;message&quot;: &quot;a&lt;b&quot;/],
    "application/xhtml+xml": ["text/html; charset=utf-8", /<!doctype html>/],
    "image/png": ["application/json; charset=utf-8", /"code"/],
    "text/yaml;q=0.5, application/xml": ["application/xml; charset=utf-8", /<response>/],
  };
  for (const [accept, [type, body]] of Object.entries(forms)) {
    const got = await fetch(`${origin}/status/299/a%3Cb`, { headers: { Accept: accept } });
    assert.equal(got.headers.get("content-type"), type, accept);
    const text = await got.text();
    if (body instanceof RegExp) assert.match(text, body, accept);
    else assert.equal(text, body, accept);
    assert.equal(got.status, 299);
  }
  assert.equal(await curl(`${origin}/`, "-H", "Accept: text/plain"), "Hello World!");
  assert.equal(await curl(`${origin}/status/200`, "-H", "X-Pretty-Print: 0"), '{"code":"200","message":"OK"}');
  assert.equal(await curl(`${origin}/status/200`, "-H", "X-Pretty-Print: 1"), '{\n "code": "200",\n "message": "OK"\n}');
  assert.equal(await curl(`${origin}/ip?__callback=my.func`), "/**/ typeof my.func === 'function' && my.func(\"127.0.0.1\");");
});

test("making a bin: bodies, forms and answers in every form", async () => {
  const bodies = [
    ["{}", "application/json"], ['{"status":200}', "application/json"], ['{"response":{"status":201}}', "application/json; charset=utf-8"],
    ["response=%7B%22status%22%3A202%7D", "application/x-www-form-urlencoded"], ["", undefined],
  ];
  for (const [body, type] of bodies) {
    const made = await post("/bin/create", body, type ? { "Content-Type": type } : {});
    assert.equal(made.status, 201, body);
    const id = await made.json();
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(made.headers.get("location"), `/bin/${id}`);
  }
  assert.match(await curl("-d", "{}", `${origin}/bin/create`, "-H", "Accept: text/plain"), /^[0-9a-f-]{36}$/);
  assert.match(await curl("-d", "{}", `${origin}/bin/create`, "-H", "Accept: application/yaml"), /^"?[0-9a-f-]{36}"?\n$/);
  assert.match(await curl("-d", "{}", `${origin}/bin/create`, "-H", "Accept: text/xml"), /<response>[0-9a-f-]{36}<\/response>/);
  assert.match(await curl("-d", "{}", `${origin}/bin/create`, "-H", "Accept: text/html"), /\/bin\/[0-9a-f-]{36}\/view/);
});

test("a bin's whole life", async () => {
  const definition = {
    status: 202, statusText: "Noted", headers: [{ name: "X-Answer", value: "yes" }, { name: "Transfer-Encoding", value: "chunked" }],
    cookies: [{ name: "seen", value: "1", path: "/", httpOnly: true }], content: { mimeType: "application/json", text: '{"ok":true}' }, redirectURL: "/elsewhere",
  };
  const put = (body) => fetch(`${origin}/bin/upsert/my-bin`, { method: "PUT", body: JSON.stringify(body) });
  assert.equal((await put({})).status, 201);
  assert.equal((await put(definition)).status, 200);
  const view = await (await fetch(`${origin}/bin/my-bin/view`)).json();
  await har.response(view);
  assert.equal(view.statusText, "Noted");
  const raw = await curl("-i", "-X", "REPORT", `${origin}/bin/my-bin/sub/path?a=1&a=2`, "-H", "X-Dup: one", "-H", "x-dup: two", "--data-binary", "hello");
  assert.match(raw, /^HTTP\/1\.1 202 Noted\r$/m);
  for (const line of ["X-Answer: yes", "Set-Cookie: seen=1; Path=/; HttpOnly", "Location: /elsewhere", "Content-Type: application/json", "Content-Length: 11"])
    assert.ok(raw.includes(`${line}\r\n`), `${line} in ${raw}`);
  assert.ok(raw.endsWith('\r\n\r\n{"ok":true}'));
  const { entries: [entry], _total, _dropped } = await log("my-bin");
  assert.deepEqual([_total, _dropped, entry._seq], [1, 0, 1]);
  assert.equal(entry.request.method, "REPORT");
  assert.equal(entry.request.postData.text, "hello");
  assert.deepEqual(entry.request.queryString, [{ name: "a", value: "1" }, { name: "a", value: "2" }]);
  assert.deepEqual(entry._headers.filter(({ name }) => /dup/i.test(name)), [{ name: "X-Dup", value: "one" }, { name: "x-dup", value: "two" }]);
  assert.ok(Math.abs(Date.now() - new Date(entry.startedDateTime)) < 10_000);
  const sample = await (await fetch(`${origin}/bin/sample/my-bin`)).json();
  await har.request(sample);
  assert.equal(sample.url, `${origin}/bin/my-bin`);
  assert.deepEqual((await log("my-bin", "?method=GET")).entries, []);
  assert.equal((await fetch(`${origin}/bin/my-bin/log`, { method: "DELETE" })).status, 204);
  assert.equal((await log("my-bin"))._total, 0);
  assert.equal((await fetch(`${origin}/bin/my-bin`, { method: "DELETE" })).status, 204);
  assert.equal((await post("/bin/my-bin", "x")).status, 404);
});

test("the log validates as HAR, whatever came", async () => {
  const id = await make({ responses: [{ status: 500 }, { fault: "EMPTY_RESPONSE" }, { status: 200, template: true, content: { text: "{{body}}" } }], verify: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } });
  const calls = [
    ["-d", "a=1&b=%00"], ["-F", "file=@/etc/hostname;type=text/odd", "-F", "x=y"], ["--data-binary", "\x01\x7f\u00e9", "-H", "Content-Type: nonsense"],
    ["-X", "TRACE"], ["-H", "Cookie: ;;=;a=b;c"], ["-H", "Host: a b\"<"], ["-G", "--data-urlencode", "q=ü & <"], ["-H", "Content-Type: multipart/form-data", "-d", "x"],
    ["-H", "X-Empty;"], ["-0"], ["--path-as-is"],
  ];
  for (const options of calls) await curl("-g", "-o", "/dev/null", ...options, `${origin}/bin/${id}/a%20b/[x]?a[]=1&=&b`);
  const whole = { log: await log(id) };
  assert.equal(whole.log.entries.length, calls.length);
  try {
    await har.har(whole);
  } catch (error) {
    assert.fail(JSON.stringify(error.errors, null, 1));
  }
  assert.equal(whole.log.entries[1].response.status, 0);
  for (const form of ["application/yaml", "application/xml", "text/plain"]) {
    const shown = await fetch(`${origin}/bin/${id}/log`, { headers: { Accept: form } });
    assert.equal(shown.headers.get("content-type"), `${form}; charset=utf-8`);
    assert.ok((await shown.text()).includes("startedDateTime"));
  }
});

test("a large log comes whole", async () => {
  const id = await make();
  const body = JSON.stringify({ text: "x".repeat(100_000) });
  for (let i = 0; i < 30; i++) await post(`/bin/${id}`, body);
  for (const pretty of ["0", "2"]) {
    const whole = await (await fetch(`${origin}/bin/${id}/log`, { headers: { "X-Pretty-Print": pretty } })).json();
    assert.equal(whole.log.entries.length, 30);
    assert.ok(whole.log.entries.every(({ request }) => request.postData.text === body));
    await har.har(whole);
  }
});

test("sequences, delays, dribbles, faults", async () => {
  const id = await make({ responses: [{ status: 500 }, { status: 500 }, { status: 200 }] });
  assert.deepEqual([await post(`/bin/${id}`, ""), await post(`/bin/${id}`, ""), await post(`/bin/${id}`, ""), await post(`/bin/${id}`, "")].map((r) => r.status), [500, 500, 200, 200]);
  const slow = await make({ delay: "300ms" });
  const began = performance.now();
  assert.equal((await post(`/bin/${slow}`, "")).status, 200);
  assert.ok(performance.now() - began >= 295);
  const dribble = await make({ content: { text: "abcdefghij" }, dribble: { chunks: 5, duration: 500 } });
  const pieces = [];
  const first = performance.now();
  for await (const piece of (await post(`/bin/${dribble}`, "")).body) pieces.push([Buffer.from(piece).toString(), performance.now() - first]);
  assert.equal(pieces.map(([text]) => text).join(""), "abcdefghij");
  assert.ok(pieces.length > 1 && pieces.at(-1)[1] > 450, JSON.stringify(pieces));
  const faults = {
    CONNECTION_RESET_BY_PEER: /^curl 56:.*reset/s, EMPTY_RESPONSE: /^curl 52:/, MALFORMED_RESPONSE_CHUNK: /^curl 56:/, RANDOM_DATA_THEN_CLOSE: /^curl (1|52|56):/,
  };
  for (const [fault, wanted] of Object.entries(faults)) {
    const broken = await make({ fault });
    const said = await curl(`${origin}/bin/${broken}`);
    assert.match(said, wanted, `${fault}: ${said.slice(0, 200)}`);
    assert.equal((await log(broken))._total, 1);
  }
});

test("templates quote the call", async () => {
  const id = await make({ template: true, content: { mimeType: "application/json", text: '{"order":"{{body.order.id}}","via":"{{method}} {{query.via}}"}' } });
  assert.deepEqual(await (await post(`/bin/${id}?via=test`, '{"order":{"id":"A7"}}')).json(), { order: "A7", via: "POST test" });
});

test("signatures made by another implementation are verified", async () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const id = await make({ verify: { secret } });
  const body = '{"test": 2432232314}';
  const now = new Date();
  const signed = { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(now / 1000)), "webhook-signature": new Webhook(secret).sign("msg_1", now, body) };
  await post(`/bin/${id}`, body, signed);
  await post(`/bin/${id}`, `${body} `, signed);
  await post(`/bin/${id}`, body);
  assert.deepEqual((await log(id)).entries.map((entry) => entry._signature.verdict), ["valid", "invalid", "missing"]);
  assert.ok(!(await (await fetch(`${origin}/bin/${id}/view`)).text()).includes("MfKQ"));
});

test("count, find, verify", async () => {
  const id = await make();
  await post(`/bin/${id}/orders`, '{"id":1}', { "Content-Type": "application/json" });
  await post(`/bin/${id}/orders`, '{"id":2}', { "Content-Type": "application/json" });
  await fetch(`${origin}/bin/${id}/health`);
  const ask = async (what, pattern, method = "POST") => {
    const got = await fetch(`${origin}/bin/${id}/${what}`, { method, body: JSON.stringify(pattern) });
    return { status: got.status, body: got.status === 202 ? null : await got.json() };
  };
  assert.deepEqual((await ask("count", { method: "POST", urlPath: "/orders" })).body, { count: 2 });
  const found = await ask("find", { bodyPatterns: [{ matchesJsonPath: "$[?(@ == 2)]" }] });
  assert.deepEqual(found.body.requests.map((entry) => entry._seq), [2]);
  assert.equal((await ask("verify", { httpRequest: { method: "POST", path: "/orders" }, times: { atLeast: 2, atMost: 2 } }, "PUT")).status, 202);
  const missed = await ask("verify", { httpRequest: { path: "/orders", body: { id: 3 } } }, "PUT");
  assert.equal(missed.status, 406);
  assert.match(missed.body.error.message, /^the call came 0 times, wanted at least once; 3 calls were recorded\nnearest call, number 1:\n {2}body: \/id is "1", wanted "3"$/);
  assert.equal((await ask("verifySequence", { httpRequests: [{ path: "/orders" }, { path: "/health" }] }, "PUT")).status, 202);
  assert.equal((await ask("verifySequence", { httpRequests: [{ path: "/health" }, { path: "/orders" }] }, "PUT")).status, 406);
  const wrong = await ask("count", { header: {} });
  assert.deepEqual([wrong.status, wrong.body.error.details.pointer], [400, "/header"]);
});

test("entries, their bytes, and replaying them", async (t) => {
  const id = await make();
  const bytes = Buffer.from([0, 1, 254, 255]);
  await post(`/bin/${id}/hook?x=1`, bytes, { "Content-Type": "application/octet-stream", "X-Keep": "this" });
  const entry = await (await fetch(`${origin}/bin/${id}/entries/1`)).json();
  assert.equal(entry.request.postData.encoding, "base64");
  assert.deepEqual(Buffer.from(await (await fetch(`${origin}/bin/${id}/entries/1/raw`)).arrayBuffer()), bytes);
  const other = await receiver(t, () => ({ status: 203, body: "thanks" }));
  const replayed = await post(`/bin/${id}/entries/1/replay`, JSON.stringify({ url: other.url }), { "Content-Type": "application/json" });
  const result = await replayed.json();
  assert.equal(replayed.status, 200, JSON.stringify(result));
  assert.deepEqual([result.status, result.body], [203, "thanks"]);
  assert.equal(other.calls[0].headers["x-keep"], "this");
  await curl("-H", "Accept-Encoding: br, x-own", "-d", "2", `${origin}/bin/${id}`);
  await curl("-H", "Accept-Encoding:", "-d", "3", `${origin}/bin/${id}`);
  for (const [entry, coding] of [[2, "br, x-own"], [3, undefined]]) {
    await post(`/bin/${id}/entries/${entry}/replay`, JSON.stringify({ url: other.url }));
    assert.equal(other.calls.at(-1).headers["accept-encoding"], coding);
  }
  assert.equal(other.calls[0].method, "POST");
  const blocked = await post(`/bin/${id}/entries/1/replay`, JSON.stringify({ url: "http://169.254.169.254/" }));
  assert.equal(blocked.status, 403);
  const foreign = await post(`/bin/${id}/entries/1/replay`, JSON.stringify({ url: other.url }), { Origin: "https://elsewhere.test" });
  assert.equal(foreign.status, 403);
  const nobody = await post(`/bin/${id}/entries/1/replay`, JSON.stringify({ url: "http://127.0.0.1:1/" }));
  assert.equal(nobody.status, 502);
  assert.equal(other.calls.length, 3);
});

test("CORS on bins and errors, preflights answered", async () => {
  const id = await make({ status: 500 });
  for (const path of [`/bin/${id}`, `/bin/${id}/log`, "/none", "/ip"]) {
    const got = await curl("-i", origin + path, "-H", "X-First: 1", "-H", "Accept:", "-H", "User-Agent:");
    assert.match(got, /^Access-Control-Allow-Origin: \*\r$/m, path);
    assert.match(got, /^Access-Control-Allow-Headers: host,x-first\r$/m, path);
  }
  const preflight = await fetch(`${origin}/bin/${id}`, { method: "OPTIONS", headers: { Origin: "https://a.test", "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-y" } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-headers"), "x-y");
});

test("mock-bin answers the other tests' helper", async (t) => {
  const bins = await mockBin(t, scratch(t));
  const bin = await bins.bin();
  await fetch(bin.url, { method: "POST", body: '{"a":1}' });
  assert.deepEqual(await bin.bodies(), [{ a: 1 }]);
});
