// Programs and servers that are not ours, for the integration tests: certificates from OpenSSL, nginx with TLS, tinyproxy,
// and a name server that answers what a test tells it. They listen on loopback and end with the test that started them.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import net from "node:net";
import { closedPort, until } from "./programs.mjs";

/**
 * An authority "ca.pem" in the place `at`. Gives {ca, issue(name, host, validity), selfSigned(name, host)}; both make
 * NAME.pem and NAME.key there, for a DNS name, and give {certificate, key}.
 */
export function authority(at) {
  const openssl = (...words) => execFileSync("openssl", words, { stdio: "ignore", cwd: at.directory });
  const made = name => ({ certificate: at.path(`${name}.pem`), key: at.path(`${name}.key`) });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem");
  return {
    ca: at.path("ca.pem"),
    issue(name, host, validity = ["-days", "2"]) {
      openssl("req", ...key, "-subj", `/CN=${host}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
      at.write(`${name}.ext`, `subjectAltName=DNS:${host}\n`);
      openssl("x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-extfile", `${name}.ext`, "-out", `${name}.pem`, ...validity);
      return made(name);
    },
    selfSigned(name, host) {
      openssl("req", "-x509", ...key, "-days", "2", "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`,
        "-keyout", `${name}.key`, "-out", `${name}.pem`);
      return made(name);
    },
  };
}

/** A line for nginx's auth_basic_user_file; hashed, because nginx ends a plain password at a colon. */
export const passwordFile = (user, password) =>
  `${user}:${execFileSync("openssl", ["passwd", "-apr1", "-stdin"], { input: password, encoding: "utf8" })}`;

const listens = port => new Promise(done => {
  const socket = net.connect(port, "127.0.0.1", () => { socket.destroy(); done(true); });
  socket.on("error", () => done(false));
});

/** A program of the system that serves on `port` once it is up; killed after the test. */
export async function daemon(t, port, program, options) {
  const child = spawn(program, options, { stdio: ["ignore", "pipe", "pipe"] });
  const running = { said: "" }, ended = once(child, "close");
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", text => { running.said += text; });
  child.on("error", error => { running.said += `${error}`; });
  process.on("exit", () => child.kill("SIGKILL"));
  t.after(async () => { if (child.kill("SIGTERM")) await ended; });
  await until(() => {
    if (child.exitCode !== null || child.pid === undefined) assert.fail(`${program} ended: ${running.said}`);
    return listens(port);
  }, `${program} to listen`);
  return running;
}

/**
 * nginx with TLS on one port per entry of `servers`, name → {certificate, key, extra}; `extra` is configuration. All pass
 * what they get on to `receiver`. Gives name → port.
 */
export async function nginx(t, at, servers, receiver) {
  const home = at.path("nginx"), ports = {};
  mkdirSync(home);
  let text = "";
  for (const [name, { certificate, key, extra = "" }] of Object.entries(servers)) {
    ports[name] = await closedPort();
    const protocols = /ssl_protocols/.test(extra) ? "" : "ssl_protocols TLSv1.2 TLSv1.3;";
    text += `server { listen 127.0.0.1:${ports[name]} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; ${protocols} ${extra}
      location / { proxy_pass http://127.0.0.1:${receiver.port}; proxy_set_header X-Client $ssl_client_s_dn; } }\n`;
  }
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(kind => `${kind}_temp_path ${home}/${kind};`);
  const user = process.getuid() === 0 ? "user root;" : ""; // its workers read files of the place
  at.write("nginx.conf", `${user} pid ${home}/pid; error_log stderr; daemon off; worker_processes 1; events {}
    http { access_log off; ${places.join(" ")}\n${text} }`);
  await daemon(t, Object.values(ports).at(-1), "nginx", ["-c", at.path("nginx.conf"), "-p", home]);
  return ports;
}

/** tinyproxy; `user` is "NAME PASSWORD" when it wants one. Gives {port, said}: the log of what it carried. */
export async function tinyproxy(t, at, user) {
  const port = await closedPort();
  at.write("tinyproxy.conf", `Port ${port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 20\nLogLevel Info\n` +
    (user ? `BasicAuth ${user}\n` : ""));
  const running = await daemon(t, port, "tinyproxy", ["-d", "-c", at.path("tinyproxy.conf")]);
  return Object.assign(running, { port });
}

const types = { 1: "A", 28: "AAAA" };

/** Name and type of the first question of a DNS message, and where it ends. */
function question(query) {
  const labels = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at] + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  return { name: labels.join("."), type: types[query.readUInt16BE(at + 1)] ?? "other", end: at + 5 };
}

/**
 * A name server on a free UDP port of 127.0.0.1. `answer(name, type, number)` gives the addresses, as text, to answer a
 * question of type "A" or "AAAA" with, or undefined for no answer at all; `number` counts the questions of that name and
 * type from 1. Answers may be kept for 0 seconds. Gives {address: "127.0.0.1:PORT", asked: ["A name", …]}.
 */
export async function nameServer(t, answer) {
  const socket = dgram.createSocket("udp4"), asked = [];
  socket.on("message", (query, peer) => {
    const { name, type, end } = question(query);
    asked.push(`${type} ${name}`);
    const addresses = answer(name, type, asked.filter(each => each === `${type} ${name}`).length);
    if (addresses === undefined) return;
    const head = Buffer.from(query.subarray(0, end));
    head.writeUInt16BE(0x8180, 2); // an answer, recursion available, no error
    for (const [offset, count] of [[4, 1], [6, addresses.length], [8, 0], [10, 0]]) head.writeUInt16BE(count, offset);
    const records = addresses.map(address => {
      const bytes = Buffer.from(address.split(".").map(Number));
      const record = Buffer.alloc(12);
      [0xc00c, 1, 1].forEach((value, index) => record.writeUInt16BE(value, 2 * index)); // the question's name, A, IN
      record.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([record, bytes]);
    });
    socket.send(Buffer.concat([head, ...records]), peer.port, peer.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => new Promise(done => socket.close(done)));
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}
