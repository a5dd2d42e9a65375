// What is known to kill, hang or confuse servers of this kind. After each, the next request must work as if nothing was.
import assert from "node:assert/strict";
import { test, before, after } from "node:test";
import { scratch, sleep, start } from "../support/programs.mjs";
import { curl, exchange, parseResponses } from "../support/wire.mjs";

const hooks = [];
const life = { after: (hook) => hooks.push(hook) };
let origin, program, id;
before(async () => {
  program = start(life, scratch(life), "mock-bin", ["--listen", "127.0.0.1:0", "--body-limit", "32M"]);
  [, origin] = await program.says(/^mock-bin listening on (http:\S+)\n/);
  id = await make();
});
after(async () => { for (const hook of hooks.reverse()) await hook(); });

const make = async (definition = {}) => (await fetch(`${origin}/bin/create`, { method: "POST", body: JSON.stringify(definition) })).json();
const entries = async () => (await (await fetch(`${origin}/bin/${id}/log`)).json()).log.entries;
const last = async () => (await entries()).at(-1);

async function stillWorks(after) {
  assert.equal(program.child.exitCode, null, `mock-bin ended after: ${after}\n${program.stderr}`);
  const mark = `next-${Math.random()}`;
  const got = await fetch(`${origin}/bin/${id}/${mark}`, { method: "POST", body: mark });
  assert.equal(got.status, 200, after);
  const found = await (await fetch(`${origin}/bin/${id}/find`, { method: "POST", body: JSON.stringify({ urlPath: `/${mark}` }) })).json();
  assert.equal(found.requests[0]?.request.postData.text, mark, after);
}

/** One request by hand on a connection of its own. */
const send = async (head, body = "", options = {}) => {
  const { text, how, error } = await exchange(origin, `${head.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`, options);
  return { ...parseResponses(text)[0], text, how, error };
};

test("content types with parameters, multipart, and nonsense", async () => {
  const types = ["application/json; charset=utf-8; x=\"a;b\"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"", "multipart/mixed; boundary=x",
    ";;;;", "/", "a", "text/", "\"", "application/x-www-form-urlencoded; charset", "x".repeat(8000), "multipart/form-data; boundary=" + "y".repeat(500), "text/plain\tx", "\u00e9\u00ff"];
  const bodies = ["", "{", "--x\r\n", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", "--x--", "&&&==&%", "\0\x01\xff"];
  for (const type of types)
    for (const body of bodies) {
      const got = await send([`POST /bin/${id} HTTP/1.1`, "Host: h", `Content-Type: ${type}`, `Content-Length: ${body.length}`], body);
      assert.equal(got.status, 200, `${type} ${JSON.stringify(body)} gave ${got.text}`);
      for (const path of [`/bin/${id}/log?limit=1`, "/bin/create", "/request", "/har", "/echo"]) {
        const other = await send([`POST ${path} HTTP/1.1`, "Host: h", `Content-Type: ${type}`, `Content-Length: ${body.length}`], body);
        assert.ok(other.status >= 200 && other.status < 500, `${path} with ${type} ${JSON.stringify(body)} gave ${other.text}`);
      }
    }
  assert.ok(Array.isArray(await entries()));
  await stillWorks("content types");
});

test("a status text with a line break", async () => {
  const refused = await fetch(`${origin}/bin/create`, { method: "POST", body: JSON.stringify({ statusText: "OK\r\nX-Evil: 1" }) });
  assert.equal(refused.status, 400);
  assert.equal((await refused.json()).error.details.pointer, "/statusText");
  const got = await send(["GET /status/200/a%0D%0AX-Evil:%201 HTTP/1.1", "Host: h"]);
  assert.equal(got.status, 200);
  assert.equal(got.get("x-evil"), undefined);
  for (const path of ["/header/X-A/b%0d%0aX-Evil:%201", "/cookie/a/b%0d%0aX-Evil:%201", "/redirect/302/1?to=%0d%0aX-Evil:%201", "/ip?__callback=%0d%0aX-Evil:1"]) {
    const other = await send([`GET ${path} HTTP/1.1`, "Host: h"]);
    assert.ok(other.status < 500);
    assert.equal(other.get("x-evil"), undefined, path);
  }
  await stillWorks("line breaks");
});

test("binary bodies, NUL bytes, duplicate headers and queries", async () => {
  const body = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
  await send([`POST /bin/${id}?a=1&a=2&a&=&&%zz=%&a%00b=%ff HTTP/1.1`, "Host: h", "X-A: 1", "x-a: 2", "X-A:", "Content-Length: 256"], body);
  const entry = await last();
  assert.equal(Buffer.from(entry.request.postData.text, "base64").toString("latin1"), body);
  assert.deepEqual(entry._headers.filter(({ name }) => /x-a/i.test(name)), [{ name: "X-A", value: "1" }, { name: "x-a", value: "2" }, { name: "X-A", value: "" }]);
  assert.deepEqual(entry.request.queryString.slice(0, 2), [{ name: "a", value: "1" }, { name: "a", value: "2" }]);
  await stillWorks("binary");
});

test("20 MB bodies are kept, larger ones than the limit get 413", async () => {
  const body = Buffer.alloc(20 << 20, "0123456789");
  assert.equal((await fetch(`${origin}/bin/${id}`, { method: "POST", body })).status, 200);
  assert.deepEqual(Buffer.from(await (await fetch(`${origin}/bin/${id}/entries/${(await last())._seq}/raw`)).arrayBuffer()), body);
  const announced = await send([`POST /bin/${id} HTTP/1.1`, "Host: h", `Content-Length: ${33 << 20}`], "x");
  assert.equal(announced.status, 413);
  assert.equal(JSON.parse(announced.body).error.message.length > 10, true);
  const endless = await exchange(origin, [`POST /bin/${id} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ...Array.from({ length: 34 }, () => `100000\r\n${"x".repeat(1 << 20)}\r\n`)], { until: /\r\n\r\n\{/ });
  assert.match(endless.text, /^HTTP\/1.1 413 /);
  assert.equal((await fetch(`${origin}/bin/create`, { method: "POST", body: `{"comment":"${"x".repeat(17 << 20)}"}` })).status, 413);
  await stillWorks("large bodies");
});

test("chunked bodies with trailers and extensions", async () => {
  const got = await send([`POST /bin/${id} HTTP/1.1`, "Host: h", "Transfer-Encoding: chunked", "Trailer: Digest"], "4;ext=\"a\"\r\nWiki\r\n5\r\npedia\r\n0\r\nDigest: sha-256=x\r\nX-More: 1\r\n\r\n");
  assert.equal(got.status, 200);
  const entry = await last();
  assert.equal(entry.request.postData.text, "Wikipedia");
  assert.deepEqual(entry._trailers, [{ name: "Digest", value: "sha-256=x" }, { name: "X-More", value: "1" }]);
  for (const broken of ["zz\r\n\r\n", "-1\r\n\r\n", "fffffffffffffffff\r\n", "4\r\nWikiX\r\n0\r\n\r\n"]) {
    const bad = await send([`POST /bin/${id} HTTP/1.1`, "Host: h", "Transfer-Encoding: chunked"], broken);
    assert.ok(bad.status === 400 || bad.status === 413, `${broken} gave ${bad.text}`);
  }
  await stillWorks("chunks");
});

test("Expect: 100-continue", async () => {
  const { text } = await exchange(origin, [`POST /bin/${id} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`, 200, "hello"], { until: /HTTP\/1.1 200[^]*\r\n\r\n/ });
  assert.ok(text.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), text);
  assert.equal((await last()).request.postData.text, "hello");
  assert.match(await curl("-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect: 100-continue", "-d", "x", `${origin}/bin/${id}`), /^200$/);
  await stillWorks("expect");
});

test("HTTP/1.0, with and without keep-alive, without Host", async () => {
  const old = await exchange(origin, `POST /bin/${id} HTTP/1.0\r\nContent-Length: 3\r\n\r\nold`);
  assert.equal(old.how, "end");
  assert.match(old.text, /^HTTP\/1\.[01] 200 /);
  const kept = await exchange(origin, `GET /ip HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /ip HTTP/1.0\r\n\r\n`);
  assert.equal(parseResponses(kept.text).length, 2, kept.text);
  const stream = await exchange(origin, "GET /stream/2 HTTP/1.0\r\n\r\n");
  assert.ok(!/chunked/i.test(stream.text), stream.text);
  assert.ok(stream.text.endsWith('{"type":"stream","chunk":1}\n{"type":"stream","chunk":2}\n'), stream.text);
  assert.equal((await entries()).find((entry) => entry.request.postData.text === "old").request.httpVersion, "HTTP/1.0");
  await stillWorks("HTTP/1.0");
});

test("pipelining keeps the order", async () => {
  const count = 50;
  const requests = Array.from({ length: count }, (_, i) => `POST /bin/${id}/pipe HTTP/1.1\r\nHost: h\r\nContent-Length: ${String(i).length}\r\n\r\n${i}`).join("");
  const { text } = await exchange(origin, `${requests}GET /status/299/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  const answers = parseResponses(text);
  assert.deepEqual(answers.map(({ status }) => status), [...Array(count).fill(200), 299]);
  const bodies = (await (await fetch(`${origin}/bin/${id}/log?path=/pipe`)).json()).log.entries.map((entry) => entry.request.postData.text);
  assert.deepEqual(bodies, Array.from({ length: count }, (_, i) => String(i)));
  await stillWorks("pipelining");
});

test("malformed requests get their status, as JSON", async () => {
  const rows = [
    ["GARBAGE\r\n\r\n", [400]],
    ["GET / HTTP/9.9\r\nHost: h\r\n\r\n", [400, 505]],
    [`GET /${"a".repeat(70_000)} HTTP/1.1\r\nHost: h\r\n\r\n`, [414, 431]],
    [`GET / HTTP/1.1\r\nHost: h\r\nX: ${"a".repeat(70_000)}\r\n\r\n`, [431]],
    ["GET / HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n", [400]],
    ["POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", [400]],
    ["POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", [400]],
    ["POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", [400]],
    ["POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]],
    ["\0\0\0\0\r\n\r\n", [400]],
    ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]],
  ];
  for (const [bytes, wanted] of rows) {
    const { text } = await exchange(origin, bytes);
    const [answer] = parseResponses(text);
    assert.ok(wanted.includes(answer?.status), `${JSON.stringify(bytes.slice(0, 60))} gave ${text.slice(0, 300)}`);
    assert.equal(typeof JSON.parse(answer.body).error.message, "string");
  }
  await stillWorks("malformed requests");
});

test("odd targets", async () => {
  for (const target of ["*", "http://other.test/ip", "//", "/bin//", "/bin/%00", "/bin/%2e%2e/log", "/%", "/bin/" + "x".repeat(5000), "/?", "/static/../main", "/static/%2e%2e%2fmain", "/bin/create/more"]) {
    const got = await send([`OPTIONS ${target} HTTP/1.1`, "Host: h"]);
    assert.ok(got.status >= 200 && got.status < 500, `${target} gave ${got.text}`);
  }
  await stillWorks("odd targets");
});

test("a slow-loris client, and half-closed connections, hurt nobody", async () => {
  const slow = Array.from({ length: 20 }, () => exchange(origin, ["POST /bin/", 100, `${id} HT`, 100, "TP/1.1\r\nHo", 100, "st: h\r\nContent-Length: 2\r\n\r\n", 100, "a", 100, "b"], { until: /\r\n\r\n/ }));
  await stillWorks("while slow clients are busy");
  for (const { text } of await Promise.all(slow)) assert.match(text, /^HTTP\/1.1 200 /);
  const half = await exchange(origin, `POST /bin/${id} HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nhalf`, { half: true });
  assert.match(half.text, /^HTTP\/1.1 200 /);
  const cut = await exchange(origin, `POST /bin/${id} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nnot all`, { half: true });
  assert.ok(cut.how === "end" || cut.how === "error", cut.how);
  await exchange(origin, `POST /bin/${id} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n`, { timeout: 50 });
  await exchange(origin, "", { half: true });
  await sleep(50);
  assert.ok(!(await entries()).some((entry) => entry.request.postData.text === "not all"), "a call that did not come whole is not recorded");
  await stillWorks("slow and half-closed clients");
});

test("costly regular expressions and paths end", async () => {
  await fetch(`${origin}/bin/${id}`, { method: "POST", body: "a".repeat(100_000) });
  for (const pattern of [{ bodyPatterns: [{ matches: "(a+)+$x" }] }, { bodyPatterns: [{ matches: "(.*a){20}b" }] }, { urlPattern: "((a*)*)*" }]) {
    const began = performance.now();
    assert.equal((await fetch(`${origin}/bin/${id}/count`, { method: "POST", body: JSON.stringify(pattern) })).status, 200);
    assert.ok(performance.now() - began < 15_000);
  }
  for (const body of ["[".repeat(100_000), '{"a":'.repeat(10_000), "1e999999", '"\\ud800"', "\xff"]) {
    assert.equal((await fetch(`${origin}/bin/create`, { method: "POST", body })).status, 400);
    assert.equal((await fetch(`${origin}/bin/${id}/count`, { method: "POST", body })).status, 400);
  }
  await stillWorks("costly patterns");
});

test("no state file is needed, and SIGTERM ends it in order", async () => {
  const answer = fetch(`${origin}/delay/500`);
  await sleep(100);
  program.kill("SIGTERM");
  assert.equal((await answer).status, 200);
  const { code, stderr } = await program.ended;
  assert.deepEqual([code, stderr], [0, ""]);
});
