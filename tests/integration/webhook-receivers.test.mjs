// Real receivers: nginx with good and bad certificates, tinyproxy, mock-bin with its faults and sequences.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, test } from "node:test";
import { authority, nginx, passwordFile, tinyproxy } from "../support/outside.mjs";
import { askingTest, carry, closedPort, exits, mockBin, outbox, receiver, ringback, scratch } from "../support/programs.mjs";

const hook = (url, extra) => JSON.stringify({ url, ...extra });

test("nginx with TLS", { concurrency: 4 }, async t => {
  const at = scratch(t), taken = await receiver(t), { ca, issue, selfSigned } = authority(at);
  const valid = issue("valid", "localhost"), self = selfSigned("self", "localhost"), client = issue("client", "client");
  at.write("users", passwordFile("ringback", "s3cret:word"));
  const ports = await nginx(t, at, {
    valid, self,
    expired: issue("expired", "localhost", ["-days", "-1"]),
    wrong: issue("wrong", "elsewhere.example"),
    old: { ...valid, extra: "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0;" },
    client: { ...valid, extra: `ssl_client_certificate ${ca}; ssl_verify_client on;` },
    basic: { ...valid, extra: `auth_basic hooks; auth_basic_user_file ${at.path("users")};` },
  }, taken);
  const parts = [];
  const target = (name, extra, path = "") => hook(`https://localhost:${ports[name]}/${path}`, extra);

  for (const [index, [what, name, extra, outcome, sentence]] of Object.entries([
    ["a certificate of an issuer that is trusted", "valid", { tls: { ca } }, "delivered"],
    ["a certificate of an unknown issuer", "valid", {}, "permanent", "the certificate of localhost is not trusted: unable to get local issuer certificate"],
    ["an expired certificate", "expired", { tls: { ca } }, "permanent", /^the certificate of localhost expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/],
    ["a certificate for another host", "wrong", { tls: { ca } }, "permanent", "the certificate is for elsewhere.example, not for localhost"],
    ["a self-signed certificate", "self", { tls: { ca } }, "permanent", "the certificate of localhost is not trusted: self-signed certificate"],
    ["a self-signed certificate that is named as trusted", "self", { tls: { ca: self.certificate } }, "delivered"],
    ["an expired certificate, where verification is off", "expired", { tls: { verify: false } }, "delivered"],
    ["nothing newer than TLS 1.1", "old", { tls: { ca } }, "retry", /protocol version|wrong version/],
    ["a client certificate", "client", { tls: { ca, ...client } }, "delivered"],
    ["no client certificate where one is wanted", "client", { tls: { ca } }, "permanent", "HTTP 400 Bad Request"],
    ["user name and password", "basic", { tls: { ca }, basic: { username: "ringback", password: "s3cret:word" } }, "delivered"],
    ["a wrong password", "basic", { tls: { ca }, basic: { username: "ringback", password: "guess" } }, "permanent", "HTTP 401 Unauthorized"],
  ]))
    parts.push(t.test(what, async t => {
      const here = scratch(t), server = await receiver(t), path = `call-${index}`;
      here.write("pass.yaml", askingTest("Pass", server.url));
      const result = exits(await ringback(t, here, ["run", "pass.yaml", "--webhook", target(name, extra, path), "--webhook-required"]),
        outcome === "delivered" ? 0 : 4);
      const said = { delivered: "delivered ", permanent: "given up  ", retry: "parked    " }[outcome];
      const [, url, reason] = new RegExp(`  webhook ${said} (\\S+)(?:  \\((.*)\\))?\n`).exec(result.stdout) ?? assert.fail(result.stdout);
      assert.equal(url, `https://localhost:${ports[name]}/${path}`);
      if (sentence instanceof RegExp) assert.match(reason, sentence);
      else assert.equal(reason, sentence);

      const [{ id }] = await outbox(t, here), message = await outbox(t, here, id), last = message.attemptsMade.at(-1);
      assert.equal(last.outcome, outcome);
      if (outcome !== "retry") assert.equal(message.attemptsMade.length, 1);
      const shown = exits(await ringback(t, here, ["webhook", "show", id]), 0).stdout;
      assert.ok(shown.includes(reason ? `${outcome}: ${reason}` : "  delivered\n"), shown);
      assert.doesNotMatch(shown + result.stdout + result.stderr, /s3cret|guess/);
      const unverified = extra.tls?.verify === false;
      assert.equal(/warning: the webhook to \S+ does not verify the receiver's certificate/.test(result.stderr), unverified);

      const calls = taken.calls.filter(call => call.path === `/${path}`);
      assert.equal(calls.length, outcome === "delivered" ? 1 : 0, "what reached the receiver behind nginx");
      if (outcome !== "delivered") return;
      carry(calls, message);
      assert.match(shown, /to (127\.0\.0\.1|::1) port \d+, TLSv1\.3 TLS_[^]*tls \d+\.\d ms/);
      if (name === "client") assert.equal(calls[0].headers["x-client"], "CN=client");
      if (name === "basic") assert.equal(calls[0].headers.authorization, `Basic ${btoa("ringback:s3cret:word")}`);
    }));

  parts.push(t.test("`webhook test` shows what was agreed on", async t => {
    const result = exits(await ringback(t, at, ["webhook", "test", target("valid", { tls: { ca } }, "sample")]), 0);
    assert.match(result.stdout, /\* TLSv1\.3 TLS_[^]*\* delivered\n$/);
  }));
  parts.push(t.test("a file that is not there is said before anything is sent", async t => {
    const refused = exits(await ringback(t, at, ["webhook", "test", target("valid", { tls: { ca: at.path("nowhere.pem") } }, "nowhere")]), 2);
    assert.match(refused.stderr, /CA file .*nowhere\.pem: no such file/);
    assert.equal(taken.calls.filter(call => call.path === "/nowhere").length, 0);
  }));
  await Promise.all(parts);
});

describe("tinyproxy", { concurrency: 4 }, () => {
  async function place(t, user) {
    const at = scratch(t), server = await receiver(t), proxy = await tinyproxy(t, at, user);
    at.write("pass.yaml", askingTest("Pass", server.url));
    at.run = (url, ...options) => ringback(t, at, ["run", "pass.yaml", "--webhook", url, ...options]);
    at.through = (login = "") => ["--proxy", `http://${login}127.0.0.1:${proxy.port}`];
    return { at, server, proxy };
  }

  test("carries http", async t => {
    const { at, proxy } = await place(t), target = await receiver(t);
    exits(await at.run(target.url, ...at.through(), "--webhook-required"), 0);
    assert.equal(target.calls.length, 1);
    assert.match(target.calls[0].headers.via, /tinyproxy/);
    assert.equal(target.calls[0].headers.host, `127.0.0.1:${target.port}`);
    assert.ok(proxy.said.includes(`POST ${target.url}`), proxy.said);
    const [{ id }] = await outbox(t, at);
    carry(target.calls, await outbox(t, at, id));
  });

  test("carries https through a tunnel, in which the receiver's certificate is verified", async t => {
    const { at, proxy } = await place(t), target = await receiver(t), { ca, issue } = authority(at);
    const ports = await nginx(t, at, { good: issue("good", "localhost"), wrong: issue("wrong", "elsewhere.example") }, target);
    const url = name => hook(`https://localhost:${ports[name]}/${name}`, { tls: { ca } });
    exits(await at.run(url("good"), ...at.through(), "--webhook-required"), 0);
    assert.ok(proxy.said.includes(`CONNECT localhost:${ports.good}`), proxy.said);
    const result = exits(await at.run(url("wrong"), ...at.through(), "--webhook-required"), 4);
    assert.match(result.stdout, /given up .*the certificate is for elsewhere\.example, not for localhost/);
    assert.deepEqual(target.calls.map(call => call.path), ["/good"]);
    assert.equal(target.calls[0].headers.via, undefined, "the tunnel is closed to the proxy");
  });

  test("may want a user name and a password, which nobody else gets to see", async t => {
    const { at, proxy } = await place(t, "ringback s3cret"), target = await receiver(t);
    exits(await at.run(target.url, ...at.through("ringback:s3cret@"), "--webhook-required"), 0);
    assert.equal(target.calls.length, 1);
    assert.equal(target.calls[0].headers["proxy-authorization"], undefined);
    const refused = exits(await at.run(target.url, ...at.through("ringback:wr0ng@"), "--webhook-required"), 4);
    assert.match(refused.stdout, /given up .*HTTP 40[17]/);
    const everything = [proxy.said];
    for (const { id } of await outbox(t, at)) everything.push(exits(await ringback(t, at, ["webhook", "show", id]), 0).stdout);
    assert.doesNotMatch(everything.join("\n") + refused.stdout + refused.stderr, /s3cret|wr0ng/);
    assert.equal(target.calls.length, 1);
  });

  test("is not asked for what the command line may not reach, and its own address is judged", async t => {
    const { at, proxy } = await place(t);
    exits(await at.run("http://169.254.169.254/latest/meta-data", ...at.through(), "--webhook-required"), 4);
    assert.doesNotMatch(proxy.said, /169\.254/);
    const refused = exits(await at.run("http://127.0.0.1:9/", "--proxy", "http://169.254.169.254:3128", "--webhook-required"), 4);
    assert.match(refused.stdout, /given up .*169\.254\.169\.254/);
  });

  test("that is down is said by name", async t => {
    const { at } = await place(t), target = await receiver(t), port = await closedPort();
    const result = exits(await at.run(target.url, "--proxy", `http://127.0.0.1:${port}`), 0);
    assert.match(result.stdout, new RegExp(`parked .*proxy: connect to 127\\.0\\.0\\.1:${port}: Connection refused`));
    assert.equal(target.calls.length, 0, "nothing goes around the proxy");
  });

  for (const [url, wanted] of [
    ["https://proxy.example", "--proxy: an http URL without a path is needed, such as http://proxy.example:3128"],
    ["http://user:s3cret@proxy.example:3128/path", "--proxy: an http URL without a path is needed, such as http://proxy.example:3128"],
    ["proxy.example:3128", "--proxy: an absolute URL is needed, such as https://example.com/"],
  ])
    test(`a proxy ${url.replace("s3cret", "…")}: exit 2`, async t => {
      const at = scratch(t);
      assert.equal(exits(await ringback(t, at, ["run", "pass.yaml", "--proxy", url]), 2).stderr,
        `ringback run: ${wanted}\nringback run --help lists the options.\n`);
    });
});

test("a proxy carries the call, http as a whole request and https through a tunnel", async t => {
  const at = scratch(t), target = await receiver(t), seen = [];
  const proxy = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const { host, port, pathname } = { host: new URL(request.url).hostname, port: new URL(request.url).port, pathname: new URL(request.url).pathname };
    request.pipe(http.request({ host, port, path: pathname, method: request.method, headers: request.headers }, answer => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }));
  });
  proxy.on("connect", (request, socket) => { seen.push(`CONNECT ${request.url}`); socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"); });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => new Promise(done => { proxy.close(done); proxy.closeAllConnections(); }));
  const through = ["--proxy", `http://127.0.0.1:${proxy.address().port}`];
  exits(await ringback(t, at, ["webhook", "test", target.url, ...through]), 0);
  assert.equal(target.calls.length, 1);
  exits(await ringback(t, at, ["webhook", "test", "https://127.0.0.1:1/", ...through]), 4);
  assert.deepEqual(seen, [`POST ${target.url}`, "CONNECT 127.0.0.1:1"]);
  // Not even a variable that others heed brings a proxy into play.
  exits(await ringback(t, at, ["webhook", "test", target.url], { env: { http_proxy: through[1], HTTP_PROXY: through[1], ALL_PROXY: through[1] } }), 0);
  assert.equal(seen.length, 2);
});

describe("mock-bin's faults and sequences", () => {
  for (const [what, answer, states] of [
    ["500, 500, 200", { responses: [{ status: 500 }, { status: 500 }, { status: 200 }] }, ["retry/500", "retry/500", "delivered/200"]],
    ["a reset, then 204", { responses: [{ status: 200, fault: "CONNECTION_RESET_BY_PEER" }, { status: 204 }] }, ["ambiguous/null", "delivered/204"]],
    ["nothing, then 200", { responses: [{ status: 200, fault: "EMPTY_RESPONSE" }, { status: 200 }] }, ["ambiguous/null", "delivered/200"]],
    ["noise, then 200", { responses: [{ status: 200, fault: "RANDOM_DATA_THEN_CLOSE" }, { status: 200 }] }, ["ambiguous/null", "delivered/200"]],
  ])
    test(what, async t => {
      const at = scratch(t), mock = await mockBin(t, at), bin = await mock.bin(answer), server = await receiver(t);
      at.write("pass.yaml", askingTest("Pass", server.url));
      exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", bin.url, "--webhook-required"]), 0);
      const [{ id }] = await outbox(t, at);
      const { attemptsMade } = await outbox(t, at, id);
      assert.deepEqual(attemptsMade.map(each => `${each.outcome}/${each.status}`), states);
      assert.equal(await bin.count(), states.length);
    });
});
