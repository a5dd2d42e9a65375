// Watching calls arrive, rings that overflow, state that outlives the process, TLS.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import http from "node:http";
import { connect } from "node:net";
import { resolve } from "node:path";
import { test } from "node:test";
import { scratch, sleep, start } from "../support/programs.mjs";
import { curl, events } from "../support/wire.mjs";

async function run(t, ...options) {
  const at = scratch(t);
  const program = start(t, at, "mock-bin", ["--listen", "127.0.0.1:0", ...options.map((option) => option.replace("AT", at.directory))], { limit: 110_000 });
  const [, origin] = await program.says(/^mock-bin listening on (https?:\S+)\n/);
  const make = async (definition = {}) => (await fetch(`${origin}/bin/create`, { method: "POST", body: JSON.stringify(definition) })).json();
  const log = async (id) => (await (await fetch(`${origin}/bin/${id}/log`, { headers: { "X-Pretty-Print": "0" } })).json()).log;
  return { at, program, origin, make, log };
}

/** `count` POSTs with a counter in the body, over `connections` connections; each waits for its answer before the next. */
async function flood(url, count, connections, onAnswer = () => {}) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  let next = 0;
  await Promise.all(Array.from({ length: connections }, async (_, connection) => {
    for (let mine = 0; next < count; mine++) {
      next++;
      const body = `${connection}:${mine}`;
      await new Promise((resolve, reject) => {
        const request = http.request(url, { method: "POST", agent, headers: { "Content-Length": body.length } }, (response) => {
          response.resume();
          response.on("end", () => { onAnswer(body, response.statusCode); resolve(); });
          response.on("error", reject);
        });
        request.on("error", reject).end(body);
      });
    }
  }));
  agent.destroy();
}

test("wait answers when the count is reached", async (t) => {
  const { origin, make } = await run(t);
  const id = await make();
  const began = performance.now();
  const waiting = fetch(`${origin}/bin/${id}/wait?count=2&timeout=10s`);
  await sleep(100);
  await fetch(`${origin}/bin/${id}`, { method: "POST", body: "1" });
  await sleep(100);
  await fetch(`${origin}/bin/${id}`, { method: "POST", body: "2" });
  const got = await waiting;
  assert.equal(got.status, 200);
  assert.ok(performance.now() - began < 5000);
  assert.deepEqual((await got.json()).log.entries.map((entry) => entry.request.postData.text), ["1", "2"]);
  const late = await fetch(`${origin}/bin/${id}/wait?count=3&timeout=100ms`);
  assert.equal(late.status, 408);
  const body = await late.json();
  assert.equal(body.log.entries.length, 2);
  assert.equal(body.error.message, "2 of 3 calls came within 100 ms");
  const doomed = fetch(`${origin}/bin/${id}/wait?count=9`);
  await sleep(100);
  await fetch(`${origin}/bin/${id}`, { method: "DELETE" });
  assert.equal((await doomed).status, 404);
});

test("events come live, and go on from Last-Event-ID", async (t) => {
  const { origin, make } = await run(t);
  const id = await make();
  const stop = new AbortController();
  const feed = await fetch(`${origin}/bin/${id}/events`, { signal: stop.signal });
  assert.equal(feed.headers.get("content-type"), "text/event-stream");
  assert.equal(feed.headers.get("access-control-allow-origin"), "*");
  const iterator = events(feed);
  const next = async () => (await iterator.next()).value;
  for (const n of [1, 2]) {
    await fetch(`${origin}/bin/${id}/p${n}`, { method: "PUT", body: "x" });
    const event = await next();
    assert.equal(event.id, String(n));
    const call = JSON.parse(event.data);
    assert.deepEqual([call._seq, call.method, call.path, call.status, call.bodySize], [n, "PUT", `/bin/${id}/p${n}`, 200, 1]);
  }
  await fetch(`${origin}/bin/${id}/log`, { method: "DELETE" });
  assert.equal((await next()).event, "cleared");
  await fetch(`${origin}/bin/${id}`, { method: "DELETE" });
  assert.equal((await next()).event, "deleted");
  stop.abort();

  const other = await make();
  for (let i = 0; i < 3; i++) await fetch(`${origin}/bin/${other}`);
  const again = new AbortController();
  const resumed = events(await fetch(`${origin}/bin/${other}/events`, { headers: { "Last-Event-ID": "1" }, signal: again.signal }));
  assert.deepEqual([(await resumed.next()).value.id, (await resumed.next()).value.id], ["2", "3"]);
  again.abort();

  // The bin is made anew under its id: a client that saw call 3 of the old one has seen none of these.
  await fetch(`${origin}/bin/${other}`, { method: "DELETE" });
  await fetch(`${origin}/bin/upsert/${other}`, { method: "PUT" });
  await fetch(`${origin}/bin/${other}`);
  const anew = new AbortController();
  const fresh = events(await fetch(`${origin}/bin/${other}/events`, { headers: { "Last-Event-ID": "3" }, signal: anew.signal }));
  assert.deepEqual([(await fresh.next()).value.event, (await fresh.next()).value.id], ["cleared", "1"]);
  anew.abort();
});

test("SIGTERM ends waits and feeds at once", async (t) => {
  const { origin, make, program } = await run(t);
  const id = await make();
  const feed = fetch(`${origin}/bin/${id}/events`).then((response) => response.text()).catch(() => "cut");
  const wait = fetch(`${origin}/bin/${id}/wait?timeout=60s`).catch(() => "cut");
  await sleep(200);
  const began = performance.now();
  program.kill("SIGTERM");
  assert.equal((await program.ended).code, 0);
  assert.ok(performance.now() - began < 4000, `took ${performance.now() - began} ms`);
  assert.equal(await feed, ": here we go\n\n", "the feed ends as a whole body");
  const stopped = await wait;
  assert.equal(stopped.status, 503);
  assert.equal((await stopped.json()).error.message, "0 of 1 calls came before mock-bin was stopped");
});

test("SIGTERM lets delayed and dripping answers go out whole, early", async (t) => {
  const { origin, make, program } = await run(t);
  const late = await make({ status: 299, delay: "1m", content: { text: "late" } });
  const dripping = await make({ dribble: { chunks: 10, duration: "1m" }, content: { text: "0123456789" } });
  const answers = Promise.all([`/bin/${late}`, `/bin/${dripping}`, "/delay/60000"].map(async (path) => (await fetch(origin + path)).text()));
  await sleep(200);
  const began = performance.now();
  program.kill("SIGTERM");
  assert.deepEqual((await answers).map((text) => text.replace(/\s/g, "")), ["late", "0123456789", '{"delay":60000}']);
  assert.equal((await program.ended).code, 0);
  assert.ok(performance.now() - began < 3000, `took ${performance.now() - began} ms`);
});

/** Sends one request, closes the sending side, and gives what comes back with the time that it took. */
async function halfClosed(origin, target) {
  const began = performance.now();
  const socket = connect({ port: new URL(origin).port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
  let text = "";
  for await (const piece of socket) text += piece;
  return { text, took: performance.now() - began };
}

test("a half-closed client waits as long as any other", async (t) => {
  const { origin, make } = await run(t);
  const id = await make();
  const none = await halfClosed(origin, `/bin/${id}/wait?timeout=700ms`);
  assert.match(none.text, /^HTTP\/1\.1 408 [^]*0 of 1 calls came within 700 ms/);
  assert.ok(none.took >= 700, `took ${none.took} ms`);
  const waiting = halfClosed(origin, `/bin/${id}/wait?timeout=10s`);
  await sleep(400);
  await fetch(`${origin}/bin/${id}`);
  assert.match((await waiting).text, /^HTTP\/1\.1 200 /);
});

test("HEAD of the feed ends", async (t) => {
  const { origin, make } = await run(t);
  const head = await fetch(`${origin}/bin/${await make()}/events`, { method: "HEAD", signal: AbortSignal.timeout(5000) });
  assert.deepEqual([head.status, head.headers.get("content-type")], [200, "text/event-stream"]);
});

test("nothing is lost or reordered over 64 connections", async (t) => {
  const count = Number(process.env.MOCK_BIN_CALLS || 200_000);
  const { origin, make, log } = await run(t, "--ring", String(count), "--ring-bytes", "1G");
  const id = await make();
  await flood(`${origin}/bin/${id}`, count, 64);
  const { entries, _total, _dropped } = await log(id);
  assert.deepEqual([_total, _dropped, entries.length], [count, 0, count]);
  const bodies = entries.map((entry) => entry.request.postData.text);
  assert.equal(new Set(bodies).size, count, "each once");
  const last = new Map();
  entries.forEach((entry, i) => {
    assert.equal(entry._seq, i + 1);
    const [connection, mine] = bodies[i].split(":").map(Number);
    assert.equal(mine, (last.get(connection) ?? -1) + 1, `connection ${connection} in order`);
    last.set(connection, mine);
  });
});

test("a small ring keeps exactly the newest, and says so", async (t) => {
  const { origin, make, log } = await run(t, "--ring", "100");
  const id = await make();
  await flood(`${origin}/bin/${id}`, 1000, 1);
  const { entries, _total, _dropped } = await log(id);
  assert.deepEqual([_total, _dropped], [1000, 900]);
  assert.deepEqual(entries.map((entry) => entry.request.postData.text), Array.from({ length: 100 }, (_, i) => `0:${900 + i}`));
  const verify = await fetch(`${origin}/bin/${id}/verify`, { method: "PUT", body: JSON.stringify({ httpRequest: { body: "0:5" }, times: { atMost: 0 } }) });
  assert.equal(verify.status, 406);
  const { error } = await verify.json();
  assert.equal(error.code, "inconclusive");
  assert.match(error.message, /1000 calls were recorded, 900 of them dropped/);
  assert.deepEqual(await (await fetch(`${origin}/bin/${id}/count`, { method: "POST", body: '{"method":"GET"}' })).json(),
    { count: null, inconclusive: true, atLeast: 0, total: 1000, dropped: 900 });
});

test("kill -9 loses no answered call", async (t) => {
  const at = scratch(t);
  const state = at.path("state");
  const answered = new Set();
  let id, port = 0;
  for (let round = 0; round < 3; round++) {
    const program = start(t, at, "mock-bin", ["--listen", `127.0.0.1:${port}`, "--state", state, "--ring", "1000000", "--ring-bytes", "1G"]);
    const [, origin] = await program.says(/^mock-bin listening on (http:\S+)\n/);
    id ??= await (await fetch(`${origin}/bin/create`, { method: "POST", body: '{"status":299}' })).json();
    const kill = setTimeout(() => program.kill("SIGKILL"), 700);
    await flood(`${origin}/bin/${id}`, 1e9, 16, (body, status) => { if (status === 299) answered.add(`${round}/${body}`); }).catch(() => {});
    clearTimeout(kill);
    await program.ended;
    // As if the power had gone while one more record was being written.
    if (round === 1) appendFileSync(state, Buffer.from([200, 0, 0, 0, 1, 2, 3]));
    const again = start(t, at, "mock-bin", ["--listen", "127.0.0.1:0", "--state", state, "--ring", "1000000", "--ring-bytes", "1G"]);
    const [, now] = await again.says(/^mock-bin listening on (http:\S+)\n/);
    if (round === 1) assert.match(again.stderr, /ended inside a record: \d+ bytes were cut off and kept in /);
    const { log } = await (await fetch(`${now}/bin/${id}/log`, { headers: { "X-Pretty-Print": "0" } })).json();
    const before = log.entries.length;
    assert.ok(answered.size > 50, `only ${answered.size} were answered`);
    const kept = log.entries.map((entry) => entry.request.postData.text);
    const mine = [...answered].filter((key) => key.startsWith(`${round}/`)).map((key) => key.slice(2));
    const had = new Map();
    for (const body of kept) had.set(body, (had.get(body) ?? 0) + 1);
    for (const body of mine) assert.ok(had.get(body), `${body} of round ${round} was answered and is gone`);
    assert.deepEqual(log.entries.map((entry) => entry._seq), Array.from({ length: before }, (_, i) => i + 1));
    assert.equal((await fetch(`${now}/bin/${id}`, { method: "DELETE" })).status, 204);
    id = undefined;
    again.kill("SIGTERM");
    assert.equal((await again.ended).code, 0);
  }
});

test("a full disk is said, and what was answered stays", async (t) => {
  const at = scratch(t);
  const state = at.path("state");
  const bin = resolve(process.env.RINGBACK_BIN, "mock-bin");
  // 40 blocks of 512 bytes: the file cannot grow further.
  const full = start(t, at, "/bin/sh", ["-c", `ulimit -f 40; exec "${bin}" --listen 127.0.0.1:0 --state "${state}"`]);
  const [, origin] = await full.says(/^mock-bin listening on (http:\S+)\n/);
  const id = await (await fetch(`${origin}/bin/create`, { method: "POST" })).json();
  const answered = [];
  let refused;
  for (let i = 0; i < 60 && !refused; i++) {
    const body = `${i}-${"x".repeat(500)}`;
    const got = await fetch(`${origin}/bin/${id}`, { method: "POST", body });
    if (got.status === 200) answered.push(body);
    else refused = { status: got.status, code: (await got.json()).error.code };
  }
  assert.ok(answered.length > 5, `${answered.length} calls`);
  assert.deepEqual(refused, { status: 507, code: "not_kept" });
  assert.equal((await fetch(`${origin}/bin/${id}`, { method: "POST", body: "y".repeat(1000) })).status, 507);
  assert.equal((await fetch(`${origin}/ip`)).status, 200);
  full.kill("SIGKILL");
  await full.ended;
  const again = start(t, at, "mock-bin", ["--listen", "127.0.0.1:0", "--state", state]);
  const [, now] = await again.says(/^mock-bin listening on (http:\S+)\n/);
  assert.equal(again.stderr, "", "no torn record was left behind");
  const { log } = await (await fetch(`${now}/bin/${id}/log`)).json();
  assert.deepEqual(log.entries.map((entry) => entry.request.postData.text), answered);
});

test("two processes do not share a state file, and other files are left alone", async (t) => {
  const { at, program } = await run(t, "--state", "AT/state");
  const second = await start(t, at, "mock-bin", ["--listen", "127.0.0.1:0", "--state", at.path("state")]).ended;
  assert.deepEqual([second.code, second.stderr], [3, `mock-bin: ${at.path("state")}: is in use by another mock-bin\n`]);
  const notes = at.write("notes.txt", "not a journal, but something dear to somebody\n");
  const third = await start(t, at, "mock-bin", ["--listen", "127.0.0.1:0", "--state", notes]).ended;
  assert.deepEqual([third.code, third.stderr], [3, `mock-bin: ${notes}: is not a state file of mock-bin\n`]);
  assert.equal(program.child.exitCode, null);
});

test("100,000 idle bins fit into 100 MiB", { timeout: 100_000 }, async (t) => {
  const { origin, program } = await run(t);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(execFileSync("cat", [`/proc/${program.child.pid}/status`], { encoding: "utf8" }))[1]) / 1024;
  const before = memory();
  const count = 100_000;
  let next = 0;
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (next++ < count)
      await new Promise((resolve, reject) => http.request(`${origin}/bin/create`, { method: "POST", agent }, (response) => {
        response.resume().on("end", () => (response.statusCode === 201 ? resolve() : reject(new Error(response.statusCode))));
      }).on("error", reject).end('{"status":200}'));
  }));
  agent.destroy();
  t.diagnostic(`${memory().toFixed(1)} MiB with ${count} bins, ${before.toFixed(1)} MiB without`);
  if (!/asan|tsan/.test(process.env.RINGBACK_BIN)) assert.ok(memory() < 100, `${memory()} MiB`);
});

test("HTTPS with --certificate and --key", async (t) => {
  const at = scratch(t);
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
    "-keyout", at.path("key.pem"), "-out", at.path("cert.pem")], { stdio: "ignore" });
  const program = start(t, at, "mock-bin", ["--listen", "127.0.0.1:0", "--certificate", at.path("cert.pem"), "--key", at.path("key.pem")]);
  const [, origin] = await program.says(/^mock-bin listening on (https:\S+)\n/);
  const id = await curl("--cacert", at.path("cert.pem"), "-H", "Accept: text/plain", "-d", "{}", `${origin}/bin/create`);
  assert.match(id, /^[0-9a-f-]{36}$/);
  await curl("--cacert", at.path("cert.pem"), "-d", "secret", `${origin}/bin/${id}`);
  const { log } = JSON.parse(await curl("--cacert", at.path("cert.pem"), `${origin}/bin/${id}/log`));
  assert.equal(log.entries[0].request.url, `${origin}/bin/${id}`);
  const missing = await start(t, at, "mock-bin", ["--certificate", at.path("none.pem"), "--key", at.path("key.pem")]).ended;
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /^mock-bin: certificate .*none\.pem: No such file/);
});

test("the command line: help, version, wrong usage, a port in use", async (t) => {
  const { at, origin } = await run(t);
  const say = async (...options) => start(t, at, "mock-bin", options).ended;
  const help = await say("--help");
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--state FILE/);
  assert.match((await say("--version")).stdout, /^mock-bin \d+\.\d+\.\d+ \(\S+\)\n$/);
  const wrong = await say("--ring", "many");
  assert.deepEqual([wrong.code, wrong.stderr], [2, 'mock-bin: --ring must be a whole number from 1 to 100000000, not "many"\nmock-bin --help shows the options.\n']);
  const taken = await say("--listen", new URL(origin).host);
  assert.equal(taken.code, 3);
  assert.match(taken.stderr, /^mock-bin: cannot listen on 127\.0\.0\.1:\d+: Address already in use\n$/);
});
