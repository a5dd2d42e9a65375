// demo-room from outside: its command line, its page, and its signalling over a WebSocket of our own.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";

const program = `${process.env.RINGBACK_BIN}/demo-room`;

async function start(...options) {
  const child = spawn(program, ["--listen", "127.0.0.1:0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const match = /^demo-room listening on (http:\/\/127\.0\.0\.1:(\d+))\n$/.exec(line);
  assert.ok(match, `first line: ${line}`);
  return { child, origin: match[1], port: Number(match[2]) };
}

async function stop({ child }, signal = "SIGTERM") {
  child.kill(signal);
  const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
  return code;
}

// Just enough of RFC 6455 for text frames up to 64 KiB and beyond.
class Peer {
  static async join(port, query, headers = "") {
    const peer = new Peer();
    peer.socket = net.connect(port, "127.0.0.1");
    peer.received = Buffer.alloc(0);
    peer.messages = [];
    peer.closed = null;
    peer.socket.on("data", bytes => { peer.received = Buffer.concat([peer.received, bytes]); peer.read(); });
    peer.socket.on("close", () => { peer.ended = true; peer.wake?.(); });
    peer.socket.on("error", () => {});
    peer.socket.write(`GET /signal?${new URLSearchParams(query)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n${headers}\r\n`);
    while (peer.status === undefined && !peer.ended) await peer.something();
    return peer;
  }
  something() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("nothing came for 5 s")), 5000);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }
  read() {
    if (this.status === undefined) {
      const end = this.received.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.status = Number(this.received.subarray(9, 12));
      this.received = this.received.subarray(end + 4);
    }
    while (this.status === 101 && this.received.length >= 2) {
      let size = this.received[1], at = 2;
      if (size === 126) { if (this.received.length < 4) break; size = this.received.readUInt16BE(2); at = 4; }
      if (size === 127) { if (this.received.length < 10) break; size = Number(this.received.readBigUInt64BE(2)); at = 10; }
      if (this.received.length < at + size) break;
      const opcode = this.received[0] & 15, data = this.received.subarray(at, at + size);
      this.received = this.received.subarray(at + size);
      if (opcode === 1) this.messages.push(JSON.parse(data));
      if (opcode === 8) this.closed = { code: size >= 2 ? data.readUInt16BE(0) : 1005, reason: data.subarray(2).toString() };
    }
    this.wake?.();
  }
  async next() {
    while (!this.messages.length && !this.ended && !this.closed) await this.something();
    return this.messages.shift();
  }
  async end() {
    while (!this.ended && !this.closed) await this.something();
    return this.closed;
  }
  send(message) {
    const data = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
    const head = Buffer.alloc(14);
    head[0] = 0x81;
    head[1] = 0x80 | 127; // the longest form of a length is always allowed to be read, though not the shortest
    head.writeBigUInt64BE(BigInt(data.length), 2);
    let size = 14;
    if (data.length < 126) { head[1] = 0x80 | data.length; size = 6; }
    else if (data.length < 65536) { head[1] = 0x80 | 126; head.writeUInt16BE(data.length, 2); size = 8; }
    head.fill(0, size - 4, size); // a mask of zeros
    this.socket.write(Buffer.concat([head.subarray(0, size), data]));
  }
  leave() { this.socket.destroy(); }
}

describe("the command line", () => {
  const rows = [
    [["--room-size", "1"], 2, "demo-room: --room-size takes 2 to 16, not 1\n"],
    [["--listen", "nonsense"], 2, "demo-room: --listen takes HOST:PORT, as in 127.0.0.1:8091, not 'nonsense'\n"],
    [["--listen", "127.0.0.1:99999"], 2, "demo-room: --listen takes HOST:PORT, as in 127.0.0.1:8091, not '127.0.0.1:99999'\n"],
    [["--speed", "9"], 2, "demo-room: unrecognised option '--speed'; see demo-room --help\n"],
    [["--listen", "192.0.2.1:0"], 3, "demo-room: 192.0.2.1:0: Cannot assign requested address\n"],
  ];
  for (const [options, code, text] of rows)
    test(`demo-room ${options.join(" ")}`, () => {
      const { status, stderr } = spawnSync(program, options, { encoding: "utf8", timeout: 5000 });
      assert.equal(stderr, text);
      assert.equal(status, code);
    });

  test("--help and --version", () => {
    assert.match(spawnSync(program, ["--help"], { encoding: "utf8" }).stdout, /--listen HOST:PORT[^]*--room-size N/);
    assert.match(spawnSync(program, ["--version"], { encoding: "utf8" }).stdout, /^demo-room \d+\.\d+\.\d+ \(.+\)\n$/);
  });

  for (const signal of ["SIGINT", "SIGTERM"])
    test(`${signal} ends it, with people in a room`, async () => {
      const server = await start();
      const peer = await Peer.join(server.port, { room: "r" });
      assert.equal((await peer.next()).type, "joined");
      assert.equal(await stop(server, signal), 0);
      assert.deepEqual(await peer.end(), { code: 1001, reason: "" });
    });
});

describe("the page", () => {
  let server;
  before(async () => { server = await start(); });
  after(() => stop(server));

  test("each file has its type and a strict policy, and nothing is fetched from elsewhere", async () => {
    for (const [path, type] of [["/", "text/html; charset=utf-8"], ["/?room=x", "text/html; charset=utf-8"],
      ["/room.js", "text/javascript; charset=utf-8"], ["/call.js", "text/javascript; charset=utf-8"],
      ["/room.css", "text/css; charset=utf-8"], ["/style.css", "text/css; charset=utf-8"]]) {
      const response = await fetch(server.origin + path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get("content-type"), type, path);
      assert.match(response.headers.get("content-security-policy"), /^default-src 'self';/);
      assert.doesNotMatch(await response.text(), /https?:\/\//, path);
    }
  });

  test("the page has the elements that tests look for", async () => {
    const text = await (await fetch(server.origin)).text();
    for (const id of ["room", "name", "join", "leave", "status", "local", "remotes"])
      assert.ok(text.includes(` id="${id}"`), id);
  });

  test("errors are JSON with the right status", async () => {
    const missing = await fetch(`${server.origin}/missing`);
    assert.equal(missing.status, 404);
    assert.deepEqual(await missing.json(),
      { error: { code: "not_found", message: "There is no such page; the room is at /.", details: null } });
    const post = await fetch(server.origin, { method: "POST", body: "x" });
    assert.equal(post.status, 405);
    assert.equal(post.headers.get("allow"), "GET, HEAD");
    assert.equal((await fetch(`${server.origin}/signal`)).status, 426);
  });
});

describe("the signalling", () => {
  let server;
  before(async () => { server = await start("--room-size", "3"); });
  after(() => stop(server));

  test("people meet, talk and part", async () => {
    const ada = await Peer.join(server.port, { room: "meet", name: "Ada" });
    const first = await ada.next();
    assert.deepEqual(first, { type: "joined", id: first.id, room: "meet", size: 3, peers: [] });
    const grace = await Peer.join(server.port, { room: "meet", name: "Grace" });
    const second = await grace.next();
    assert.deepEqual(second.peers, [{ id: first.id, name: "Ada" }]);
    assert.deepEqual(await ada.next(), { type: "peer-joined", peer: { id: second.id, name: "Grace" } });

    grace.send({ type: "offer", to: first.id, data: { type: "offer", sdp: "v=0\r\n\u00fc" } });
    assert.deepEqual(await ada.next(), { type: "offer", from: second.id, data: { type: "offer", sdp: "v=0\r\n\u00fc" } });
    ada.send({ type: "answer", to: second.id, data: { type: "answer", sdp: "x".repeat(60000) } });
    assert.equal((await grace.next()).data.sdp.length, 60000);
    for (let n = 0; n < 100; n++) ada.send({ type: "candidate", to: second.id, data: { n } });
    for (let n = 0; n < 100; n++) assert.deepEqual((await grace.next()).data, { n }); // in order

    grace.send({ type: "leave" });
    assert.deepEqual(await grace.end(), { code: 1000, reason: "" });
    assert.deepEqual(await ada.next(), { type: "peer-left", id: second.id });
    const again = await Peer.join(server.port, { room: "meet", name: "Grace" });
    assert.deepEqual((await again.next()).peers, [{ id: first.id, name: "Ada" }]);
    assert.equal((await ada.next()).type, "peer-joined");
    again.leave(); // without a word
    assert.equal((await ada.next()).type, "peer-left");
    ada.leave();
  });

  test("a full room says so", async () => {
    const members = [];
    for (let n = 0; n < 3; n++) members.push(await Peer.join(server.port, { room: "full" }));
    for (const member of members) assert.equal((await member.next()).type, "joined");
    const late = await Peer.join(server.port, { room: "full" });
    assert.deepEqual(await late.next(), { type: "error", code: "room_full", message: "The room is full: it holds 3." });
    assert.deepEqual(await late.end(), { code: 1008, reason: "room_full" });
    members.forEach(member => member.leave());
  });

  test("what is wrong is told, and harms nobody", async () => {
    const peer = await Peer.join(server.port, { room: "wrong" });
    const { id } = await peer.next();
    const rows = [
      ["nonsense", "bad_message", "A message is a JSON object."],
      ["[]", "bad_message", "A message is a JSON object."],
      ["[".repeat(5000), "bad_message", "A message is a JSON object."],
      ["{}", "bad_message", 'A message has a "type": offer, answer, candidate or leave.'],
      ['{"type":"dance"}', "unknown_type", "Unknown message type; known are offer, answer, candidate and leave."],
      ['{"type":"offer","to":7,"data":{}}', "bad_message", 'An offer, answer or candidate has "to" (an ID) and "data" (an object).'],
      ['{"type":"offer","to":"p0","data":{}}', "no_such_peer", "That peer is not in this room."],
      [`{"type":"offer","to":"${id}","data":{}}`, "no_such_peer", "That peer is not in this room."],
    ];
    for (const [text, code, message] of rows) {
      peer.send(text);
      assert.deepEqual(await peer.next(), { type: "error", code, message }, text.slice(0, 80));
    }
    peer.send(JSON.stringify({ type: "offer", to: "p0", data: { sdp: "x".repeat(70000) } }));
    assert.equal((await peer.next()).code, "message_too_large");
    assert.deepEqual(await peer.end(), { code: 1009, reason: "message_too_large" });

    const stubborn = await Peer.join(server.port, { room: "wrong" });
    await stubborn.next();
    for (let n = 0; n < 30; n++) stubborn.send("nonsense");
    assert.deepEqual(await stubborn.end(), { code: 1008, reason: "bad_message" });
  });

  test("a room needs a name, of a sensible length", async () => {
    assert.equal((await (await Peer.join(server.port, {})).next()).code, "no_room");
    assert.equal((await (await Peer.join(server.port, { room: "r".repeat(65) })).next()).code, "name_too_long");
  });

  test("a page of another site is turned away", async () => {
    assert.equal((await Peer.join(server.port, { room: "r" }, "Origin: http://elsewhere.example\r\n")).status, 403);
    const own = await Peer.join(server.port, { room: "r" }, `Origin: ${server.origin}\r\n`);
    assert.equal(own.status, 101);
    own.leave();
  });
});
