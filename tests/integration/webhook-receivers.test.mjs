// Real receivers: nginx with good and bad certificates, a proxy, mock-bin with its faults and sequences.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { askingTest, closedPort, exits, mockBin, outbox, receiver, ringback, scratch, until } from "../support/programs.mjs";

const hook = (url, extra) => JSON.stringify({ url, ...extra });
const verdict = result => result.stdout.trim().split("\n").at(-1);

describe("nginx with TLS", { concurrency: 8 }, () => {
  const ends = [], life = { after: end => ends.push(end) };
  const at = scratch(life), ports = {};
  before(async () => {
    const openssl = (...words) => execFileSync("openssl", words, { stdio: "ignore", cwd: at.directory });
    const subject = name => ["-subj", `/CN=${name}`];
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject("test authority"), "-keyout", "ca.key", "-out", "ca.pem");
    const issue = (name, host, ...validity) => {
      openssl("req", "-newkey", "rsa:2048", "-nodes", ...subject(host), "-keyout", `${name}.key`, "-out", `${name}.csr`);
      at.write(`${name}.ext`, `subjectAltName=DNS:${host}\n`);
      openssl("x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", `${name}.ext`, "-out", `${name}.pem`, ...validity);
    };
    issue("valid", "localhost", "-days", "2");
    issue("wrong", "elsewhere.example", "-days", "2");
    issue("client", "client", "-days", "2");
    // x509 cannot set a start in the past, but it can set an end there.
    issue("expired", "localhost", "-days", "-1");
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject("localhost"), "-addext", "subjectAltName=DNS:localhost", "-keyout", "self.key", "-out", "self.pem");
    const server = async (name, certificate, extra = "") => {
      ports[name] = await closedPort();
      return `server { listen 127.0.0.1:${ports[name]} ssl; ssl_certificate ${at.path(certificate)}.pem; ssl_certificate_key ${at.path(certificate)}.key; ${extra}
        location / { return 200 "from nginx"; } }`;
    };
    const servers = [await server("valid", "valid"), await server("expired", "expired"), await server("wrong", "wrong"), await server("self", "self"),
      await server("old", "valid", "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0;"),
      await server("client", "valid", `ssl_client_certificate ${at.path("ca.pem")}; ssl_verify_client on;`)];
    mkdirSync(at.path("nginx"));
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(kind => `${kind}_temp_path ${at.path("nginx")}/${kind};`).join(" ");
    at.write("nginx.conf", `pid ${at.path("nginx/pid")}; error_log stderr; daemon off; worker_processes 1; events {}
      http { access_log off; ${temporary} ${servers.join("\n")} }`);
    const nginx = spawn("nginx", ["-c", at.path("nginx.conf"), "-p", at.path("nginx")], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    nginx.stderr.on("data", text => { said += text; });
    life.after(async () => { nginx.kill("SIGTERM"); if (nginx.exitCode === null) await once(nginx, "exit"); });
    const open = port => new Promise(done => {
      const socket = net.connect(port, "127.0.0.1", () => { socket.destroy(); done(true); });
      socket.on("error", () => done(false));
    });
    await until(async () => {
      if (nginx.exitCode !== null) assert.fail(`nginx ended: ${said}`);
      return open(ports.client);
    }, "nginx to listen");
  });
  after(async () => { for (const end of ends.reverse()) await end(); });

  const call = (t, name, tls) => ringback(t, at, ["webhook", "test", hook(`https://localhost:${ports[name]}/`, { tls })]);
  const ca = () => ({ ca: at.path("ca.pem") });
  for (const [what, name, tls, code, said] of [
    ["a certificate of an issuer that is trusted", "valid", () => ca(), 0, /^\* delivered$/],
    ["a certificate of an unknown issuer", "valid", () => ({}), 4, /^\* permanent: .*(issuer|trusted)/],
    ["an expired certificate", "expired", () => ca(), 4, /^\* permanent: .*expired/],
    ["a certificate for another host", "wrong", () => ca(), 4, /^\* permanent: .*(host|name|elsewhere)/],
    ["a self-signed certificate", "self", () => ca(), 4, /^\* permanent: .*self-signed/],
    ["a self-signed certificate that is trusted by name", "self", () => ({ ca: at.path("self.pem") }), 0, /^\* delivered$/],
    ["any certificate, where verification is off", "expired", () => ({ verify: false }), 0, /^\* delivered$/],
    ["TLS 1.1", "old", () => ca(), 4, /^\* retry: .*(protocol|version)/],
    ["a client certificate", "client", () => ({ ...ca(), certificate: at.path("client.pem"), key: at.path("client.key") }), 0, /^\* delivered$/],
    ["no client certificate where one is wanted", "client", () => ca(), 4, /^\* permanent: HTTP 400/],
  ])
    test(what, async t => {
      const result = exits(await call(t, name, tls()), code);
      assert.match(verdict(result), said);
      if (name === "valid" && code === 0) assert.match(result.stdout, /^\* TLSv1\.[23] \S+$/m);
    });

  test("a file that is not there is said before anything is sent", async t => {
    assert.match(exits(await call(t, "valid", { ca: at.path("nowhere.pem") }), 2).stderr, /cannot read '.*nowhere\.pem'/);
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
