// What the tests of calls share: running a WebRTC test and reading its results, and small pages to drive.
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { once } from "node:events";
import { start, until } from "./programs.mjs";

/** The demo room on a free port. */
export async function demoRoom(t, at, options = [], { limit = 280_000 } = {}) {
  const program = start(t, at, "demo-room", ["--listen", "127.0.0.1:0", ...options], { limit });
  const [, origin] = await program.says(/^demo-room listening on (http:\S+)\n/);
  return origin;
}

/** Serves `pages`, an object of path → HTML or a function (request, response), at a port of its own or at `port`. */
export async function pageServer(t, pages, port = 0) {
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const page = pages[path];
    if (typeof page === "function") return page(request, response);
    response.writeHead(page === undefined ? 404 : 200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(page === undefined ? "<title>not here</title>" : `<!doctype html>\n<link rel="icon" href="data:,">\n${page}`);
  });
  server.listen(port, "127.0.0.1");
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

/**
 * Several such tests in one go, three side by side: `scripts` is an object of name → script, or {script, runOptions, yaml}.
 * Gives {code, stdout, stderr, ms, runs}, `runs` by name, each with `probes`.
 */
export async function calls(t, at, scripts, { url = "http://127.0.0.1:9", runOptions = "#session:1 #timeout:1", options = [],
  limit = 200_000 } = {}) {
  const files = Object.entries(scripts).map(([name, given]) => {
    const { script = given, yaml = "", runOptions: own = runOptions } = given;
    at.write(`${name}.js`, script);
    return at.write(`${name}.yaml`, `name: ${name}\nservice-url: ${url}\nrun-options: '${own}'\nscript: ${name}.js\n${yaml}`);
  });
  const ended = await start(t, at, "ringback", ["run", ...files, "--jobs", "3", "--report", `json=${at.path("all.json")}`,
    "--artifacts", at.path("artifacts"), ...options], { limit }).ended;
  let runs = [];
  try {
    ({ runs } = JSON.parse(readFileSync(at.path("all.json"))));
  } catch { /* none was written */ }
  return { ...ended, runs: Object.fromEntries(runs.map(run => [run.testName, run])) };
}

/** Browsers and profiles are told from those of others by lying in the place's own directory. */
export function watchBrowsers(at) {
  at.env.TMPDIR = at.directory;
  /** Processes of Chromium: {pid, main, profile}. */
  const browsers = () => readdirSync("/proc").filter(name => /^\d+$/.test(name)).flatMap(pid => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const profile = line.find(each => each.startsWith(`--user-data-dir=${at.directory}/ringback-chromium-`));
      const state = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "")[0];
      if (!profile || state === "Z") return [];
      return [{ pid: Number(pid), main: !line.some(each => each.startsWith("--type=")), profile: profile.slice(16) }];
    } catch {
      return []; // gone meanwhile
    }
  });
  /** What lies in the temporary directory by ringback's or Chromium's doing. */
  const profiles = () => readdirSync(at.directory).filter(name => /chromium/i.test(name));
  return {
    browsers, profiles,
    started: () => until(() => browsers().find(each => each.main), "a browser", 20_000),
    nothingLeft: () => until(() => browsers().length === 0 && profiles().length === 0, "all browsers and profiles to be gone", 15_000),
  };
}

/** Texts of what a probe had to say. */
export const told = (probe, source = "script") =>
  probe.notifications.filter(line => line.source === source).map(line => line.text);
