// What the integration tests share: the built programs as real processes, places of their own for their state, and
// HTTP receivers that follow a script. Whatever is started here ends with the test that started it, failed or not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export { sleep };
export const source = process.env.RINGBACK_SOURCE;
const bin = process.env.RINGBACK_BIN;

// A test that hangs is killed by its runner: its children must not outlive it.
const children = new Set();
const killAll = () => { for (const child of children) child.kill("SIGKILL"); };
process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => { killAll(); process.exit(1); });

/** Polls until `check` gives something truthy, and gives that. */
export async function until(check, what, timeout = 10_000) {
  const end = performance.now() + timeout;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (performance.now() > end) assert.fail(`waited ${timeout} ms in vain for ${what}`);
    await sleep(20);
  }
}

/** A directory of its own with an environment for programs that keep their state in it; removed after the test. */
export function scratch(t) {
  const directory = mkdtempSync(join(tmpdir(), "ringback-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const { NO_COLOR, XDG_STATE_HOME, RINGBACK_FAULT_POINT, ...env } = process.env;
  return {
    directory,
    env: { ...env, HOME: directory, RINGBACK_STATE: join(directory, "state") },
    path: name => join(directory, name),
    write(name, text) {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    },
  };
}

/**
 * Starts a program in the place `at`. `stdout` and `stderr` grow while it runs; `ended` gives
 * {code, signal, stdout, stderr, ms} and never fails. It is killed after the test, or when it runs longer than `limit` ms.
 */
export function start(t, at, program, options, { env = {}, limit = 60_000, stdout = "pipe" } = {}) {
  const child = spawn(resolve(bin, program), options,
    { cwd: at.directory, env: { ...at.env, ...env }, stdio: ["ignore", stdout, "pipe"] });
  children.add(child);
  const began = performance.now();
  const running = {
    child, stdout: "", stderr: "",
    kill: signal => child.kill(signal),
    /** Waits until what was printed matches, and gives the match. */
    says: (pattern, timeout) => until(() => {
      const match = pattern.exec(running.stdout) ?? pattern.exec(running.stderr);
      if (!match && child.exitCode !== null)
        assert.fail(`${program} ended with ${child.exitCode} and never said ${pattern}:\n${running.stdout}${running.stderr}`);
      return match;
    }, `${program} to say ${pattern}`, timeout),
  };
  child.stdout?.setEncoding("utf8").on("data", text => { running.stdout += text; });
  child.stderr.setEncoding("utf8").on("data", text => { running.stderr += text; });
  const timer = setTimeout(() => { running.overran = true; child.kill("SIGKILL"); }, limit);
  running.ended = once(child, "close").then(([code, signal]) => {
    clearTimeout(timer);
    children.delete(child);
    if (running.overran) running.stderr += `\n[killed by the test after ${limit} ms]\n`;
    return { code, signal, stdout: running.stdout, stderr: running.stderr, ms: performance.now() - began };
  });
  t.after(async () => { child.kill("SIGKILL"); await running.ended; });
  return running;
}

/** Runs `ringback` to its end. */
export const ringback = (t, at, options, settings) => start(t, at, "ringback", options, settings).ended;

/** Asserts on an exit code, showing what was printed when it is another. */
export function exits(result, code) {
  assert.equal(result.code, code, `exit code ${result.code} (signal ${result.signal}), wanted ${code}\n` +
    `--- stdout\n${result.stdout}--- stderr\n${result.stderr}`);
  return result;
}

/** A mock-bin on a free port. `bin(answer)` makes a bin and gives {url, entries(), bodies(), count()}. */
export async function mockBin(t, at) {
  const program = start(t, at, "mock-bin", ["--listen", "127.0.0.1:0"], { limit: 170_000 });
  const [, origin] = await program.says(/^mock-bin listening on (http:\S+)\n/);
  return {
    origin,
    async bin(answer = {}) {
      const made = await fetch(`${origin}/bin/create`, { method: "POST", body: JSON.stringify(answer) });
      assert.equal(made.status, 201);
      const url = `${origin}/bin/${await made.json()}`;
      const entries = async () => (await (await fetch(`${url}/log`)).json()).log.entries;
      return {
        url, entries,
        bodies: async () => (await entries()).map(entry => JSON.parse(entry.request.postData.text)),
        count: async () => (await entries()).length,
      };
    },
  };
}

/** One of a recorded call's headers, by name in lower case. */
export const header = (entry, name) => entry.request.headers.find(each => each.name.toLowerCase() === name)?.value;

/**
 * An HTTP receiver on `port` (0: a free one) of a loopback address. `answer(call, response)` is asked for each call,
 * numbered from 1, and gives a status, or {status, headers, body}, or nothing when it has answered by itself. `calls`
 * holds {number, at, method, path, headers, body}, body as text.
 */
export async function receiver(t, answer = () => 200, port = 0, host = "127.0.0.1") {
  const calls = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    response.on("error", () => {});
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // the caller was killed while it sent
    }
    const call = { number: calls.length + 1, at: performance.now(), method: request.method, path: request.url,
      headers: request.headers, body: Buffer.concat(chunks).toString() };
    calls.push(call);
    const given = await answer(call, response);
    if (given === undefined) return;
    const { status, headers = {}, body = "" } = typeof given === "number" ? { status: given } : given;
    response.writeHead(status, headers).end(body);
  });
  server.listen(port, host);
  await once(server, "listening");
  const close = () => new Promise(done => { server.close(done); server.closeAllConnections(); });
  t.after(close);
  return { calls, close, port: server.address().port, url: `http://${host}:${server.address().port}/hook` };
}

/** A port of the loopback address where nobody listens. */
export async function closedPort() {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return port;
}

/** An endpoint test that asks `url` once and wants 200. */
export const askingTest = (name, url, { runOptions = "", steps = "" } = {}) =>
  `name: ${name}\nrun-options: '${runOptions}'\nsteps:\n${steps}` +
  `  - {request: 'GET ${url}', assertions: [response_status equal_number 200]}\n`;

/** What a message is, whichever attempt carries it: the same bytes under the same id. */
export const identity = call => ({ id: call.headers["webhook-id"], body: call.body });

/** Asserts that every call carries the message of the outbox, and each the same bytes. */
export function carry(calls, message) {
  assert.deepEqual(calls.map(identity), calls.map(() => identity(calls[0])));
  assert.equal(calls[0].headers["webhook-id"], message.id);
  assert.equal(calls[0].body, message.body);
}

/** The outbox as `ringback webhook list` tells it, newest first; or one message, with `attemptsMade`. */
export async function outbox(t, at, id) {
  const shown = exits(await ringback(t, at, ["webhook", ...id ? ["show", id] : ["list"], "--json"]), 0);
  const told = JSON.parse(shown.stdout);
  return id ? told : told.messages;
}
