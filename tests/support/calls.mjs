// What the tests of calls share: running a WebRTC test and reading its results, and small pages to drive.
import { readFileSync } from "node:fs";
import http from "node:http";
import { once } from "node:events";
import { start } from "./programs.mjs";

/** The demo room on a free port. */
export async function demoRoom(t, at, options = []) {
  const program = start(t, at, "demo-room", ["--listen", "127.0.0.1:0", ...options], { limit: 280_000 });
  const [, origin] = await program.says(/^demo-room listening on (http:\S+)\n/);
  return origin;
}

/** Serves `pages`, an object of path → HTML or a function (request, response). */
export async function pageServer(t, pages) {
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const page = pages[path];
    if (typeof page === "function") return page(request, response);
    response.writeHead(page === undefined ? 404 : 200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(page === undefined ? "<title>not here</title>" : `<!doctype html>\n<link rel="icon" href="data:,">\n${page}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => new Promise(done => { server.close(done); server.closeAllConnections(); }));
  return `http://127.0.0.1:${server.address().port}`;
}

/**
 * A WebRTC test with this script, run to its end or, with `startOnly`, started. Gives {code, stdout, stderr, ms, run,
 * probes}; `run` is the run of the JSON report, or undefined when none was written.
 */
export function call(t, at, script, { url = "http://127.0.0.1:9", runOptions = "#session:1 #timeout:1", yaml = "",
  options = [], limit = 120_000, name = "a-call" } = {}) {
  at.write(`${name}.js`, script);
  const file = at.write(`${name}.yaml`,
    `name: ${name}\nservice-url: ${url}\nrun-options: '${runOptions}'\nscript: ${name}.js\n${yaml}`);
  const report = at.path(`${name}.json`);
  const running = start(t, at, "ringback", ["run", file, "--report", `json=${report}`, "--artifacts", at.path("artifacts"),
    "--verbose", ...options], { limit });
  running.result = running.ended.then(ended => {
    let run;
    try {
      run = JSON.parse(readFileSync(report)).runs[0];
    } catch { /* none was written */ }
    return { ...ended, run, probes: run?.probes ?? [] };
  });
  return running;
}

/** Texts of what a probe had to say. */
export const told = (probe, source = "script") =>
  probe.notifications.filter(line => line.source === source).map(line => line.text);
