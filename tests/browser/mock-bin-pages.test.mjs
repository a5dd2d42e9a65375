// mock-bin's pages in Chromium: the story of testRTC's article "webhook testing example", step by step, and what a person
// without a mouse, with a small screen, or with a curious call in the log, meets. Screenshots are kept beside the programs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { launch } from "../support/chromium.mjs";
import { askingTest, closedPort, exits, receiver, ringback, scratch, start } from "../support/programs.mjs";

const pictures = join(process.env.RINGBACK_BIN, "..", "screenshots", "mock-bin");
mkdirSync(pictures, { recursive: true });
const picture = (name) => join(pictures, `${name}.png`);

const hooks = [];
const life = { after: (hook) => hooks.push(hook) };
let origin, browser;
before(async () => {
  const program = start(life, scratch(life), "mock-bin", ["--listen", "127.0.0.1:0"], { limit: 170_000 });
  [, origin] = await program.says(/^mock-bin listening on (http:\S+)\n/);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  for (const hook of hooks.reverse()) await hook();
});

const make = async (definition = {}, at = origin) => (await fetch(`${at}/bin/create`, { method: "POST", body: JSON.stringify(definition) })).json();
const call = (id, path = "", options = {}) => fetch(`${origin}/bin/${id}${path}`, { method: "POST", ...options });
const rows = "document.querySelectorAll('#calls li').length";

test("the story: create a bin, call it from a test, find the call in the history", async (t) => {
  const page = await browser.page();
  // 1. Generate a custom endpoint: click on "Create Bin".
  await page.goto(`${origin}/`);
  await page.screenshot(picture("1-start"));
  await page.click("main a[href='/bin/create']");
  await page.until("document.title === 'Bin Builder · mock-bin'");
  // 2. In the "Bin Builder" page, leave all suggested default parameters and just click on "Create Bin".
  await page.until("document.querySelector('#preview').textContent.includes('200')");
  await page.screenshot(picture("2-builder"));
  await page.click("form button[type=submit]");
  // 3. In the next page the Bin Identifier is presented, with the URL, which code samples repeat.
  await page.until("/^\\/bin\\/[0-9a-f-]{36}\\/view$/.test(location.pathname) && document.querySelector('#live').textContent === 'live'");
  const id = await page.text("#name");
  const url = `${origin}/bin/${id}`;
  assert.equal(await page.text("#address"), url);
  const samples = {};
  for (const name of await page.evaluate("[...document.querySelectorAll('[role=tab]')].map((tab) => tab.textContent)")) {
    await page.evaluate(`[...document.querySelectorAll('[role=tab]')].find((tab) => tab.textContent === ${JSON.stringify(name)}).click()`);
    samples[name] = await page.text("[role=tabpanel] pre");
  }
  assert.deepEqual(Object.keys(samples), ["curl", "#webhook", "#webhook with headers", "JavaScript", "Python", "C++"]);
  for (const [name, text] of Object.entries(samples)) if (name !== "C++") assert.ok(text.includes(url), `${name}: ${text}`);
  await page.screenshot(picture("3-bin"));
  // 4. Add the URL to the test's run options.
  const at = scratch(t);
  const file = at.write("test.yaml", askingTest("Webhook example", `${origin}/ip`, { runOptions: samples["#webhook with headers"] }));
  // 5. Click on "View History".
  await page.click("#to-history");
  await page.until("location.pathname.endsWith('/history') && document.querySelector('#live').textContent === 'live'");
  assert.match(await page.text("#empty"), /^Nothing came yet/);
  await page.screenshot(picture("5-history-empty"));
  // 6. Run the test.
  exits(await ringback(t, at, ["run", file]), 0);
  // 7. The entry is there without a refresh, and after one.
  await page.until(`${rows} === 1`);
  await page.goto(`${url}/history`);
  await page.until(`${rows} === 1`);
  // 8. Click on the new entry: request details and body.
  await page.click("#calls li a");
  const detail = await page.until("document.querySelector('#detail h2') && document.querySelector('#detail').innerText");
  for (const text of ["POST", "custom-webhook-header", "web-testrtc-webhook", '"runType": "test"', '"testName": "Webhook example"', '"testRunId": ', '"status": "completed"'])
    assert.ok(detail.includes(text), `${text} in\n${detail}`);
  await page.screenshot(picture("8-history-entry"));
  assert.deepEqual(page.problems, []);
});

test("two clicks from the start page to watching a call arrive", async () => {
  const page = await browser.page();
  await page.goto(`${origin}/`);
  await page.click("main a[href='/bin/create']");
  await page.until("document.querySelector('#preview')?.textContent.includes('200')");
  await page.click("form button[type=submit]");
  await page.until("document.querySelector('#live')?.textContent === 'live'");
  const id = await page.text("#name");
  await call(id, "/here", { body: "x" });
  await page.until(`${rows} === 1 && document.querySelector('#calls .path').textContent === '/here'`);
  await page.click("#calls a");
  await page.until("location.hash === '#1' && document.querySelector('#detail h2')");
  assert.deepEqual(page.problems, []);
});

test("live history: newest first, search, method filter, clear", async () => {
  const id = await make();
  await call(id, "/first", { body: "alpha" });
  const page = await browser.page();
  await page.goto(`${origin}/bin/${id}/history`);
  await page.until(`${rows} === 1 && document.querySelector('#live').textContent === 'live'`);
  for (const [method, path, body] of [["PUT", "/second", "beta"], ["POST", "/third", "gamma"]]) await call(id, path, { method, body });
  await page.until(`${rows} === 3`);
  assert.deepEqual(await page.evaluate("[...document.querySelectorAll('#calls .path')].map((node) => node.textContent)"), ["/third", "/second", "/first"]);
  await page.evaluate("document.querySelector('#search').focus()");
  await page.type("BETA");
  await page.until(`${rows} === 1`);
  assert.equal(await page.text("#count"), "1 of 3 calls shown");
  await call(id, "/fourth", { body: "beta again" });
  await page.until(`${rows} === 2`, 5000);
  await page.evaluate("document.querySelector('#search').value = ''; document.querySelector('#method').value = 'PUT'; document.querySelector('#method').dispatchEvent(new Event('change'))");
  await page.until(`${rows} === 1 && document.querySelector('#calls .path').textContent === '/second'`);
  await page.click("#clear");
  await page.until(`${rows} === 0`);
  assert.deepEqual(page.problems, []);
});

test("a bin that keeps two calls: what was dropped is told, and no row stays", async (t) => {
  const program = start(t, scratch(t), "mock-bin", ["--listen", "127.0.0.1:0", "--ring", "2"]);
  const [, small] = await program.says(/^mock-bin listening on (http:\S+)\n/);
  const id = await make({}, small);
  const send = (path) => fetch(`${small}/bin/${id}${path}`, { method: "POST" });
  const page = await browser.page();
  const shown = () => page.evaluate("[...document.querySelectorAll('#calls .path')].map((node) => node.textContent)");
  await page.goto(`${small}/bin/${id}/view`);
  await page.until("document.querySelector('#live').textContent === 'live'");
  for (const n of [1, 2, 3]) await send(`/${n}`);
  await page.until(`document.querySelector('#calls .path')?.textContent === '/3' && ${rows} === 2`);
  assert.deepEqual(await shown(), ["/3", "/2"]);
  await page.goto(`${small}/bin/${id}/history`);
  await page.until("document.querySelector('#live').textContent === 'live'");
  for (const n of [4, 5, 6, 7]) await send(`/${n}`);
  await page.until("document.querySelector('#count').textContent === '7 calls, the oldest 5 no longer kept'");
  assert.deepEqual(await shown(), ["/7", "/6"]);
  // A row is chosen whose call has gone in this very moment.
  await page.evaluate("window.realFetch = fetch; window.fetch = (url, ...rest) => (/entries\\?limit=1$/.test(url) ? Promise.reject(new Error('not yet')) : realFetch(url, ...rest))");
  for (const n of [8, 9]) await send(`/${n}`);
  await page.until(`${rows} === 4`);
  await page.evaluate("window.fetch = realFetch");
  await page.click("#calls li:last-child a");
  assert.equal(await page.until("location.hash === '#6' && document.querySelector('#detail .notice')?.textContent"),
    "Call #6 is no longer here: the bin keeps its newest calls, and newer ones have taken its place.");
  assert.equal(await page.evaluate("document.querySelector('#detail .notice').className"), "notice");
  await page.until(`${rows} === 2`);
  assert.deepEqual(await shown(), ["/9", "/8"]);
  await page.screenshot(picture("dropped"));
  await page.evaluate("location.hash = '#10'");
  await page.until("document.querySelector('#detail .notice')?.textContent === 'There is no call #10 yet.'");
  await page.evaluate("document.querySelector('#search').focus()");
  await page.type("/9");
  await page.until("document.querySelector('#count').textContent === '1 of 9 calls shown, the oldest 7 no longer kept'");
  await page.click("#clear");
  await page.until("document.querySelector('#count').textContent === '0 of 0 calls shown'");
  await page.evaluate("location.hash = '#9'");
  await page.until("document.querySelector('#detail .notice')?.textContent === 'Call #9 is no longer here: the history was cleared after it came.'");
});

test("the feed tells what became of the bin: deleted, gone, out of reach, made anew", async (t) => {
  const at = scratch(t);
  const port = await closedPort();
  const run = async (state, listen = port) => {
    const program = start(t, at, "mock-bin", ["--listen", `127.0.0.1:${listen}`, ...state ? ["--state", at.path(state)] : []]);
    const [, url] = await program.says(/^mock-bin listening on (http:\S+)\n/);
    const upsert = (id) => fetch(`${url}/bin/upsert/${id}`, { method: "PUT", body: "{}" });
    const send = (id, path) => fetch(`${url}/bin/${id}${path}`, { method: "POST" });
    const stop = async () => { program.kill("SIGTERM"); await program.ended; };
    return { url, upsert, send, stop };
  };
  const later = await run("later", 0);
  await later.upsert("anew");
  for (const path of ["/new-1", "/new-2"]) await later.send("anew", path);
  await later.stop();

  const before = await run();
  for (const id of ["anew", "gone", "deleted"]) await before.upsert(id);
  for (const path of ["/1", "/2", "/3", "/4"]) await before.send("anew", path);
  const pages = {};
  for (const [name, path] of [["anew", "anew/history"], ["view", "anew/view"], ["gone", "gone/history"], ["deleted", "deleted/view"]]) {
    pages[name] = await browser.page();
    await pages[name].goto(`${before.url}/bin/${path}`);
    await pages[name].until("document.querySelector('#live').textContent === 'live'");
  }
  await fetch(`${before.url}/bin/deleted`, { method: "DELETE" });
  await pages.deleted.until("document.querySelector('#live').textContent === 'this bin was deleted: make a new one'");
  await before.stop();
  for (const name of ["anew", "view", "gone"]) await pages[name].until("document.querySelector('#live').textContent === 'connection lost, trying again…'");
  // Not mock-bin's word: a proxy whose server is down.
  const proxy = await receiver(t, () => 502, port);
  for (const name of ["anew", "view", "gone"])
    await pages[name].until("performance.getEntriesByType('resource').some((one) => one.name.endsWith('/entries?limit=1') && one.responseStatus === 502)", 20_000);
  assert.equal(await pages.gone.text("#live"), "connection lost, trying again…");
  await proxy.close();
  const after = await run("later");
  await pages.gone.until("document.querySelector('#live').textContent === 'this bin is gone: make a new one'", 20_000);
  assert.equal(await pages.gone.evaluate("document.querySelector('#dot').className + ' ' + document.querySelector('#live a').pathname"), "dot bad /bin/create");
  await pages.gone.screenshot(picture("gone"));
  for (const name of ["anew", "view"]) await pages[name].until(`document.querySelector('#live').textContent === 'live' && ${rows} === 2`, 20_000);
  await after.send("anew", "/new-3");
  for (const name of ["anew", "view"]) {
    await pages[name].until(`${rows} === 3`);
    assert.deepEqual(await pages[name].evaluate("[...document.querySelectorAll('#calls .path')].map((node) => node.textContent)"), ["/new-3", "/new-2", "/new-1"], name);
  }
  assert.equal(await pages.anew.text("#count"), "3 calls");
});

test("a page that the browser shows again on Back is live again", async () => {
  const id = await make();
  const page = await browser.page();
  for (const place of ["view", "history"]) {
    await page.goto(`${origin}/bin/${id}/${place}`);
    await page.until("document.querySelector('#live').textContent === 'live'");
    const had = await page.evaluate(rows);
    await page.evaluate("location.href = '/ip'");
    await page.until("location.pathname === '/ip'");
    await call(id, "/meanwhile");
    await page.evaluate("history.back()");
    await page.until(`location.pathname.endsWith('${place}') && ${rows} === ${had + 1}`);
    await call(id, "/then");
    await page.until(`${rows} === ${had + 2}`);
  }
  assert.deepEqual(page.problems, []);
});

test("what is recorded is only ever text", async () => {
  const evil = `"><img src=x onerror="window.owned=1"><script>window.owned=1</script>'{{x}}`;
  const id = await make({ verify: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } });
  await call(id, `/${encodeURIComponent(evil)}?q=${encodeURIComponent(evil)}`, { body: evil, headers: { "X-Evil": evil, "Content-Type": `text/html; x=${evil}`, "webhook-signature": evil, Cookie: `a=${evil}` } });
  await call(id, "", { body: JSON.stringify({ evil }) });
  await call(id, "", { body: new URLSearchParams({ [evil]: evil }) });
  const page = await browser.page();
  await page.goto(`${origin}/bin/${id}/history`);
  await page.until(`${rows} === 3`);
  for (const seq of [1, 2, 3]) {
    await page.evaluate(`location.hash = '#${seq}'`);
    await page.until(`document.querySelector('#detail .facts dd')?.textContent === '#${seq}'`);
    assert.ok((await page.text("#detail")).includes("onerror="));
  }
  await page.goto(`${origin}/bin/${id}/entries/1`);
  await page.goto(`${origin}/request?${encodeURIComponent(evil)}`);
  assert.equal(await page.evaluate("window.owned ?? null"), null);
  assert.equal(await page.evaluate("document.querySelectorAll('img, main script').length"), 0);
  assert.deepEqual(page.problems, []);
});

test("bodies: pretty JSON keeps its literals, bytes become a hex dump", async () => {
  const id = await make();
  const json = '{"big":12345678901234567890,"one":1.0,"list":[],"text":"a, b: {c}"}';
  await call(id, "/json?x='1'", { body: json, headers: { "Content-Type": "application/json" } });
  await call(id, "/bytes", { body: Buffer.from([0, 65, 255, 10]), headers: { "Content-Type": "application/octet-stream" } });
  const page = await browser.page();
  await page.goto(`${origin}/bin/${id}/history#1`);
  const pretty = await page.until("document.querySelector('#detail [role=tabpanel] pre')?.textContent");
  assert.equal(pretty, '{\n  "big": 12345678901234567890,\n  "one": 1.0,\n  "list": [],\n  "text": "a, b: {c}"\n}');
  await page.evaluate("location.hash = '#2'");
  await page.until("document.querySelector('#detail [role=tabpanel] pre')?.textContent.startsWith('0000  00 41 ff 0a')");
  await page.screenshot(picture("bytes"));
  assert.deepEqual(page.problems, []);
});

test("a hex dump keeps its rows whole: sixteen bytes, eight where it is narrow, scrolling inside where that is too much", async () => {
  const id = await make();
  await call(id, "/bytes", { body: Buffer.from([...Array(256).keys(), ...Array(100).fill(0xff)]) });
  for (const [width, first] of [[1280, "0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................"], [1000, "0000  00 01 02 03 04 05 06 07  ........"], [360, "0000  00 01 02 03 04 05 06 07  ........"]]) {
    for (const dark of [false, true]) {
      const page = await browser.page({ width, dark });
      await page.goto(`${origin}/bin/${id}/history#1`);
      const lines = (await page.until("document.querySelector('#detail .dump pre')?.textContent")).split("\n");
      assert.equal(lines[0], first);
      const dump = () => page.evaluate(`(() => { const pre = document.querySelector('#detail .dump pre'), range = document.createRange(); range.selectNodeContents(pre);
        const box = (node) => node.getBoundingClientRect(), style = getComputedStyle(pre);
        return { hidden: pre.scrollWidth - pre.clientWidth, drawn: Math.round(range.getBoundingClientRect().height / parseFloat(style.lineHeight)),
          below: box(range).top - box(document.querySelector('#detail .dump .button')).bottom }; })()`);
      const { hidden, drawn, below } = await dump();
      assert.deepEqual([hidden, drawn], [0, lines.length], `${width} px`);
      assert.ok(below >= 0, `the copy button stands ${-below} px over the dump at ${width} px`);
      await page.screenshot(picture(`${width}-dump-${dark ? "dark" : "light"}`));
      await page.resize(300, 740);
      const narrow = await dump();
      assert.ok(narrow.hidden > 0 && narrow.drawn === lines.length, JSON.stringify(narrow));
      assert.equal(await page.overflow(), 0);
    }
  }
});

// Requests as they go over the wire; N is the connection's number, ID the bin, PORT the port.
const wire = (line, headers = [], body = "") => Buffer.concat([Buffer.from(`${[line, ...headers, "X-Case: N"].join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body)]);
const H11 = "HTTP/1.1\r\nHost: 127.0.0.1:PORT";
const post = (headers, body) => wire(`POST /bin/ID ${H11}`, [...headers, `Content-Length: ${Buffer.byteLength(body)}`], body);
const wired = {
  "nothing but the line": wire(`GET /bin/ID ${H11}`),
  "what curl has of its own": wire(`GET /bin/ID/x ${H11}`, ["user-agent: mine/1", "ACCEPT: a/b"]),
  "globs": wire(`GET /bin/ID/[a-c]/{x,y}?a[0]=1&b[]=2 ${H11}`),
  "quotes, spaces, dollars": wire(`GET /bin/ID/it's/$HOME/%20?q='\`id\`'&e=! ${H11}`, ["X-Quote: it's \"$(id)\" `id` \\ !"]),
  "dots": wire(`GET /bin/ID/a/../b/./c/%2e%2e?x=/../ ${H11}`),
  "a fragment": wire(`GET /bin/ID/a#b?c ${H11}`),
  "an empty query": wire(`GET /bin/ID/%e9? ${H11}`),
  "another URL than Host's": wire(`GET http://other.example/bin/ID/x ${H11}`),
  "no Host": wire("GET /bin/ID/x HTTP/1.0"),
  "an empty Host": wire("GET /bin/ID/x HTTP/1.1\r\nHost:"),
  "a Host that no URL has": wire("GET /bin/ID/x HTTP/1.1\r\nHost: a@b"),
  "HTTP/1.0": wire("GET /bin/ID/x HTTP/1.0\r\nHost: 127.0.0.1:PORT", ["Connection: keep-alive"]),
  "empty values": wire(`GET /bin/ID/x ${H11}`, ["X-Empty:", "User-Agent:", "Accept:"]),
  "order, case and duplicates": wire(`GET /bin/ID/x ${H11}`, ["x-b: 2", "X-a: 1", "X-B: 3", "Cookie: a=b; c=d", "Accept: x", "Accept: y", "X-Umlaut: \xc3\xa9"]),
  "encodings": wire(`GET /gzip/bin/ID/x ${H11}`, ["accept-encoding: gzip;q=0.5", "TE: trailers", "Connection: TE, close"]),
  "HEAD": wire(`HEAD /bin/ID/x ${H11}`),
  "HEAD with a body": wire(`HEAD /bin/ID/x ${H11}`, ["Content-Length: 3"], "abc"),
  "a method of its own": wire(`M'$!#&*|\`~-x /bin/ID/x ${H11}`),
  "GET with a body": wire(`GET /bin/ID/x ${H11}`, ["Content-Type: a/b", "Content-Length: 3"], "abc"),
  "a body without a type": post([], "@it's $HOME \\n 100% `id`\n\n"),
  "an empty body": post([], ""),
  "an empty type": post(["Content-Type:"], "x"),
  "a form": post(["Content-Type: application/x-www-form-urlencoded"], "a=1&b=%20"),
  "every byte": post(["Content-Type: application/octet-stream"], Buffer.from([...Array(256).keys(), 0])),
  "text with NUL and an escape": post(["Content-Type: text/plain"], "a\0b\x1b[201~\r\n'%s'\\ é"),
  "chunks": wire(`POST /bin/ID ${H11}`, ["Transfer-Encoding: chunked"], "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
  "more bytes than printf gets": post([], Buffer.alloc(9000, "\xff\0", "latin1")),
  "more text than an argument holds": post(["Content-Type: text/plain"], "é".repeat(300_000)),
  "so much that curl would ask first": post(["Content-Type: text/plain"], "x".repeat(1_500_000)),
  "asked first": post(["Content-Type: text/plain", "Expect: 100-continue"], "x"),
};

test("copied as curl, every recorded call is sent again as it came", async () => {
  const id = await make({ content: { text: "an answer that HEAD must not wait for" } });
  const port = Number(new URL(origin).port);
  for (const [n, request] of Object.values(wired).entries()) {
    const socket = connect(port, "127.0.0.1");
    const [head, ...rest] = request.toString("latin1").split("\r\n\r\n");
    socket.write(Buffer.from([head.replaceAll("ID", id).replaceAll("PORT", port).replace("X-Case: N", `X-Case: ${n}`), ...rest].join("\r\n\r\n"), "latin1"));
    for (let told = ""; !/^HTTP\/1\.\d 200/m.test(told);) told += (await once(socket, "data"))[0];
    socket.destroy();
  }
  const recorded = async () => (await (await fetch(`${origin}/bin/${id}/log`)).json()).log.entries;
  const originals = await recorded();
  assert.equal(originals.length, Object.keys(wired).length);
  const page = await browser.page();
  await page.goto(`${origin}/bin/${id}/history`);
  const commands = await page.evaluate(`import('/static/samples.js').then(async ({ asCurl }) => (await (await fetch('/bin/${id}/log', { headers: { Accept: 'application/json' } })).json()).log.entries.map((entry) => asCurl(entry, '${id}')))`);
  // What the answer leaves curl with does not matter; that the command ends does.
  const ran = await Promise.all(commands.map((command) => promisify(execFile)("sh", ["-c", command], { timeout: 30_000, encoding: "buffer", maxBuffer: 1e7 }).catch((error) => error)));
  const again = (await recorded()).slice(originals.length);
  const number = (entry) => Number(entry._headers.find(({ name }) => name === "X-Case").value);
  const sent = ({ request, _headers }) => ({
    line: [request.method, request.url, request.httpVersion], body: request.postData, size: request.bodySize,
    host: _headers.filter(({ name }) => name === "Host"), counted: _headers.some(({ name }) => name === "Content-Length"),
    headers: _headers.filter(({ name }) => !["Host", "Content-Length"].includes(name)),
  });
  for (const [n, name] of Object.keys(wired).entries()) {
    const [original, ...copies] = [originals[n], ...again.filter((entry) => number(entry) === n)];
    assert.equal(copies.length, 1, `${name}: sent ${copies.length} times by\n${commands[n].slice(0, 2000)}\n${ran[n].stderr}`);
    assert.deepEqual(sent(copies[0]), sent(original), `${name}:\n${commands[n].slice(0, 2000)}`);
    assert.equal(ran[n].signal ?? null, null, `${name} never ended`);
    // Nothing that acts on a terminal when it is pasted.
    assert.doesNotMatch(commands[n], /[\0-\x08\x0b-\x1f\x7f]/, name);
  }
  assert.ok(ran[Object.keys(wired).indexOf("encodings")].stdout.includes("an answer"));
  assert.deepEqual(page.problems, []);
});

test("replay: Enter sends, and shows what came back; Close only closes", async () => {
  const [id, target] = [await make(), await make({ status: 202, content: { text: "taken" } })];
  await call(id, "/again", { method: "PUT", body: "once more" });
  const page = await browser.page();
  await page.goto(`${origin}/bin/${id}/history#1`);
  await page.until("document.querySelector('#detail h2')");
  await page.evaluate("[...document.querySelectorAll('#detail button')].find((button) => button.textContent === 'Replay…').click()");
  await page.until("document.activeElement.id === 'replay-url'");
  await page.evaluate("document.querySelector('#replay-url').select()");
  await page.type(`${origin}/bin/${target}/copy`);
  await page.press("Enter");
  assert.match(await page.until("document.querySelector('#replay-result').innerText"), /^202 Accepted after \d+ ms\s+taken$/);
  assert.equal(await page.evaluate("document.querySelector('#replay').open"), true);
  await page.screenshot(picture("replay"));
  await page.click("#replay-close");
  await page.until("!document.querySelector('#replay').open");
  const { log } = await (await fetch(`${origin}/bin/${target}/log`)).json();
  assert.deepEqual(log.entries.map(({ request }) => [request.method, request.url, request.postData.text]), [["PUT", `${origin}/bin/${target}/copy`, "once more"]]);
  assert.deepEqual(page.problems, []);
});

test("builder: the preview follows, errors are shown at their field", async () => {
  const page = await browser.page();
  await page.goto(`${origin}/bin/create`);
  await page.until("document.querySelector('#preview').textContent.includes('200')");
  await page.evaluate("document.querySelector('#status').select()");
  await page.type("404");
  await page.until("document.querySelector('#preview').textContent.includes('\"statusText\": \"Not Found\"')");
  await page.evaluate("document.querySelector('#headers .name').focus()");
  await page.type("bad name");
  await page.until("document.querySelectorAll('#headers .name').length === 2");
  await page.click("form button[type=submit]");
  await page.until("!document.querySelector('#problem').hidden");
  assert.match(await page.text("#problem"), /^\/headers\/0\/name: must be a header name/);
  assert.equal(await page.evaluate("document.activeElement.getAttribute('aria-invalid')"), "true");
  await page.screenshot(picture("builder-error"));
  await page.evaluate("document.querySelector('#headers .name').select()");
  await page.type("X-Good");
  await page.press("Enter");
  await page.until("location.pathname.endsWith('/view') && document.querySelector('#answer').textContent === '404 Not Found'");
});

test("builder: nothing that was typed is left out in silence, and an example starts afresh", async () => {
  const page = await browser.page();
  await page.goto(`${origin}/bin/create`);
  await page.until("document.querySelector('#preview').textContent.includes('200')");
  const preview = async () => JSON.parse(await page.text("#preview"));
  const fill = (selector, text) => page.evaluate(`(() => { const field = document.querySelector(${JSON.stringify(selector)}); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new Event('input', { bubbles: true })); })()`);
  const refused = async () => {
    await page.click("form button[type=submit]");
    return page.until("!document.querySelector('#problem').hidden && document.querySelector('#problem').textContent");
  };
  const example = (name) => page.evaluate(`(() => { const field = document.querySelector('#example'); field.value = '${name}'; for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true })); })()`);

  await fill("#sequence", "500, abc, 0x1F4 200");
  assert.deepEqual((await preview()).responses, [500, "abc", "0x1F4", 200].map((status) => ({ status })));
  assert.match(await refused(), /^\/responses\/1\/status: must be a whole number/);
  assert.equal(await page.evaluate("document.activeElement.id"), "sequence");
  await fill("#sequence", "500; 200");

  await fill("#headers .row:nth-child(1) .name", "X-Good");
  await fill("#headers .row:nth-child(2) .value", "a value");
  assert.deepEqual((await preview()).headers, [{ name: "X-Good", value: "" }, { name: "", value: "a value" }]);
  assert.match(await refused(), /^\/headers\/1\/name: must be a header name/);
  assert.equal(await page.evaluate("document.activeElement === document.querySelector('#headers .row:nth-child(2) .name')"), true);
  await page.screenshot(picture("builder-nameless"));

  for (const [name, told] of [["retry", { responses: [500, 500, 200].map((status) => ({ status })) }], ["slow", { delay: "5s" }],
    ["json", { content: { mimeType: "application/json", text: '{\n    "foo": "Hello World"\n}' } }]]) {
    await example(name);
    assert.deepEqual(await preview(), { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content: { mimeType: "text/plain; charset=utf-8", text: "" }, ...told }, name);
    assert.equal(await page.evaluate("document.querySelector('#example').value"), name);
  }
  assert.equal(await page.evaluate("document.querySelector('#problem').hidden && !document.querySelector('[aria-invalid]')"), true);
  await page.click("form button[type=submit]");
  await page.until("location.pathname.endsWith('/view')");
});

test("by keyboard alone", async () => {
  const page = await browser.page();
  await page.goto(`${origin}/`);
  const tabTo = async (test) => {
    for (let i = 0; i < 40; i++) {
      await page.press("Tab");
      if (await page.evaluate(`(() => { const at = document.activeElement; return ${test}; })()`)) return;
    }
    assert.fail(`never reached ${test}`);
  };
  await page.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.className"), "skip");
  await tabTo("at.matches('main a[href=\"/bin/create\"]')");
  assert.notEqual(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none");
  await page.press("Enter");
  await page.until("document.querySelector('#preview')?.textContent.includes('200')");
  await page.evaluate("document.querySelector('#status').focus()");
  await page.press("Enter");
  await page.until("document.querySelector('#live')?.textContent === 'live'");
  const id = await page.text("#name");
  for (const body of ["1", "2", "3"]) await call(id, `/${body}`, { body });
  await tabTo("at.id === 'to-history'");
  await page.press("Enter");
  await page.until(`location.pathname.endsWith('/history') && ${rows} === 3`);
  await page.press("ArrowDown");
  await page.until("location.hash === '#3'");
  await page.press("ArrowDown");
  await page.until("location.hash === '#2' && document.querySelector('#detail .facts dd')?.textContent === '#2'");
  await page.press("ArrowUp");
  await page.until("location.hash === '#3'");
  await page.press("/");
  assert.equal(await page.evaluate("document.activeElement.id"), "search");
  assert.deepEqual(page.problems, []);
});

test("every page fits 360 px, in light and dark, and names its controls", async () => {
  const id = await make({ responses: [{ status: 500 }, { fault: "EMPTY_RESPONSE" }], after: "cycle", verify: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } });
  await call(id, `/${"long".repeat(60)}?${"x".repeat(300)}`, { body: JSON.stringify({ text: "y".repeat(500) }), headers: { "X-Long": "z".repeat(400), "Content-Type": "application/json" } });
  await call(id, "/fault").catch(() => {});
  const paths = { start: "/", builder: "/bin/create", bin: `/bin/${id}/view`, history: `/bin/${id}/history#1`, value: "/request?a=1", error: "/bin/none/view" };
  for (const dark of [false, true]) {
    const page = await browser.page({ width: 360, height: 740, dark });
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(origin + path);
      if (name === "history") await page.until("document.querySelector('#detail h2')");
      if (name === "bin") await page.until(`${rows} === 2`);
      await page.screenshot(picture(`360-${name}-${dark ? "dark" : "light"}`));
      assert.equal(await page.overflow(), 0, `${name} is wider than 360 px`);
      assert.deepEqual(await page.evaluate(`[...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, a')].filter((node) => !node.closest('[hidden], dialog')
        && !node.textContent.trim() && !node.labels?.length && !node.getAttribute('aria-label')).map((node) => node.outerHTML)`), [], `${name}: controls without a name`);
      assert.equal(await page.evaluate("document.querySelectorAll('h1').length"), 1, name);
    }
    const scheme = await page.evaluate("getComputedStyle(document.body.parentNode).backgroundColor");
    assert.equal(scheme, dark ? "rgb(16, 19, 26)" : "rgb(246, 247, 249)");
  }
});

test("a signature's verdict has one colour, in the list and in the details", async () => {
  const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const id = await make({ verify: { secret: `whsec_${secret}` } });
  const time = Math.floor(Date.now() / 1000);
  const sign = (body) => createHmac("sha256", Buffer.from(secret, "base64")).update(`m1.${time}.${body}`).digest("base64");
  const signed = (signature) => ({ "webhook-id": "m1", "webhook-timestamp": `${time}`, "webhook-signature": `v1,${signature}` });
  const calls = { missing: {}, invalid: signed(sign("another")), valid: signed(sign("x")) };
  for (const headers of Object.values(calls)) await call(id, "", { body: "x", headers });
  for (const dark of [false, true]) {
    const page = await browser.page({ dark });
    await page.goto(`${origin}/bin/${id}/history`);
    await page.until(`${rows} === 3`);
    const colours = new Set();
    for (const [n, verdict] of Object.keys(calls).entries()) {
      await page.evaluate(`location.hash = '#${n + 1}'`);
      await page.until(`document.querySelector('#detail .notice strong')?.textContent === 'Signature ${verdict}'`);
      const [badge, notice] = await page.evaluate(`['[data-seq="${n + 1}"] .about .badge', '#detail .notice'].map((place) => getComputedStyle(document.querySelector(place)).backgroundColor)`);
      assert.equal(notice, badge, verdict);
      colours.add(notice);
      await page.screenshot(picture(`signature-${verdict}-${dark ? "dark" : "light"}`));
    }
    assert.equal(colours.size, 3);
  }
});

test("text has enough contrast in light and dark", async () => {
  const id = await make({ verify: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } });
  for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) await call(id, "/x", { method });
  for (const dark of [false, true]) {
    const page = await browser.page({ dark });
    for (const path of ["/", "/bin/create", `/bin/${id}/view`, `/bin/${id}/history#1`]) {
      await page.goto(origin + path);
      if (path.includes(id)) await page.until(`${rows} === 5`);
      // WCAG 2.2, 1.4.3: 4.5 to 1, 3 to 1 for large or bold large text.
      const poor = await page.evaluate(`(() => {
        const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const ground = (node) => { for (let at = node; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor); if ((c[3] ?? 1) > 0.9) return c; } return [255, 255, 255]; };
        return [...document.querySelectorAll('body *')].filter((node) => node.checkVisibility() && !node.closest('.hidden-text, .skip') && [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
          .map((node) => { const a = light(rgb(getComputedStyle(node).color)), b = light(ground(node)); return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.className + ' ' + node.textContent.slice(0, 40)]; })
          .filter(([ratio]) => ratio < 4.5).map(([ratio, text]) => ratio.toFixed(2) + ' ' + text);
      })()`);
      assert.deepEqual(poor, [], `${path} ${dark ? "dark" : "light"}`);
    }
  }
});
