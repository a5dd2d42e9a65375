// What tests of an HTTP server on the wire share: raw bytes in, raw bytes out, and clients that are not ours.
import { execFile } from "node:child_process";
import net from "node:net";
import { promisify } from "node:util";

/** curl's standard output; its own exit code is ignored. */
export async function curl(...options) {
  try {
    const { stdout } = await promisify(execFile)("curl", ["-sS", "--max-time", "20", ...options], { encoding: "buffer", maxBuffer: 64 << 20 });
    return stdout.toString("latin1");
  } catch (error) {
    if (error.code === "ENOENT") throw error;
    return `curl ${error.code}: ${error.stderr}`;
  }
}

/**
 * Sends bytes on a new connection and gives what came back until the server closed, or `until` was seen, or `timeout` ms
 * passed. `bytes` may be an array: its pieces go out one after the other, a number among them is a pause in ms.
 */
export function exchange(origin, bytes, { until, timeout = 10_000, half = false } = {}) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let got = "", error;
    const done = (how) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: got, how, error });
    };
    const timer = setTimeout(() => done("timeout"), timeout);
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      got += text;
      if (until && until.test(got)) done("seen");
    });
    socket.on("end", () => done("end"));
    socket.on("error", (problem) => {
      error = problem.code;
      done("error");
    });
    socket.on("connect", async () => {
      for (const piece of Array.isArray(bytes) ? bytes : [bytes]) {
        if (typeof piece === "number") await new Promise((after) => setTimeout(after, piece));
        else if (!socket.destroyed) socket.write(piece, "latin1");
      }
      if (half && !socket.destroyed) socket.end();
    });
  });
}

/** [{status, headers, body}] of responses one after the other, framed by Content-Length or chunks. */
export function parseResponses(text) {
  const out = [];
  while (text.startsWith("HTTP/")) {
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) break;
    const [line, ...fields] = text.slice(0, end).split("\r\n");
    const headers = fields.map((field) => [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1).trim()]);
    const get = (name) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
    const status = Number(line.split(" ")[1]);
    text = text.slice(end + 4);
    let body = "";
    if (get("transfer-encoding") === "chunked") {
      for (;;) {
        const size = parseInt(text, 16);
        text = text.slice(text.indexOf("\r\n") + 2);
        if (!size) { text = text.slice(2); break; }
        body += text.slice(0, size);
        text = text.slice(size + 2);
      }
    } else if (status >= 200 && get("content-length")) {
      body = text.slice(0, Number(get("content-length")));
      text = text.slice(body.length);
    }
    out.push({ line, status, headers, get, body });
  }
  return out;
}

/** Server-sent events as an async iterator of {event, data, id}. */
export async function* events(response) {
  let rest = "";
  for await (const chunk of response.body) {
    const blocks = (rest + Buffer.from(chunk).toString()).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { event: "message", data: "" };
      for (const line of block.split("\n")) {
        const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
        if (name === "data") event.data += value;
        else if (name) event[name] = value;
      }
      if (event.data) yield event;
    }
  }
}
