// Measures ringback and puppeteer-core in turn, with the same page, browser, switches and sampling; see ./compare.
// Shown are medians over rounds:
//   first frame   from the start of the driver's process to the first decoded picture, of the median probe and of the last
//   CPU, memory   of the driver's own process (no browser), while all probes sample: share of a core; PSS, code from files
//                 included; and anonymous memory, which nothing but RAM can hold
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url)), root = resolve(here, "../../..");
const { values } = parseArgs({ options: {
  probes: { type: "string", default: "1,2,4,8" }, seconds: { type: "string", default: "20" },
  rounds: { type: "string", default: "3" }, program: { type: "string", default: join(root, "build/release/bin/ringback") },
  help: { type: "boolean" },
} });
if (values.help) {
  console.log("tools/bench/webrtc/compare [--probes 1,2,4,8] [--seconds 20] [--rounds 3] [--program build/release/bin/ringback]");
  process.exit(0);
}
const counts = values.probes.split(",").map(Number), seconds = Number(values.seconds), rounds = Number(values.rounds);
if (![...counts, seconds, rounds].every(number => number >= 1)) {
  console.error("--probes, --seconds and --rounds are numbers from 1");
  process.exit(2);
}
if (!existsSync(values.program)) {
  console.error(`${values.program} is not built: cmake --preset release && cmake --build build/release --target ringback`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "bench-webrtc-"));
const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

// ---- The page: a call with itself, which says when its first picture was decoded.

const page = `<!doctype html><title>Talk</title><link rel="icon" href="data:,"><video autoplay muted></video><script>(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240, frameRate: 15 } });
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = e => b.addIceCandidate(e.candidate), b.onicecandidate = e => a.addIceCandidate(e.candidate);
  b.ontrack = ({ track, streams }) => {
    if (track.kind !== "video") return;
    const video = document.querySelector("video");
    video.requestVideoFrameCallback(() => { fetch("/shown", { method: "POST" }); document.body.append(document.createElement("p")); });
    video.srcObject = streams[0];
  };
  for (const track of stream.getTracks()) a.addTrack(track, stream);
  await a.setLocalDescription(), await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(), await a.setRemoteDescription(b.localDescription);
})()</script>`;
let shown = [];
const server = http.createServer((request, response) => {
  if (request.url === "/shown") shown.push(performance.now());
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(request.url === "/" ? page : "");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}/`;

// ---- Reading processes

/** Seconds on a processor, of all threads that live: finer than the clock ticks of /proc/PID/stat. */
const cpuTime = pid => readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
  try {
    return sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9;
  } catch {
    return sum; // it ended meanwhile
  }
}, 0);
function memoryOf(pid) {
  const told = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = label => Number(new RegExp(`^${label}: +(\\d+) kB`, "m").exec(told)[1]) / 1024;
  return { pss: megabytes("Pss"), anonymous: megabytes("Anonymous") };
}
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** The switches that ringback gives Chromium, from its running browser, for the other driver. */
function switchesBelow(parent) {
  for (const pid of readdirSync("/proc").filter(name => /^\d+$/.test(name))) try {
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
    const above = Number(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[1]);
    if (above === parent && line.some(each => each === "--remote-debugging-pipe"))
      return line.slice(1).filter(each => each.startsWith("--") && !/^--(user-data-dir|remote-debugging-pipe)/.test(each));
  } catch { /* gone meanwhile */ }
  return undefined;
}

/** One run of a driver: {first, last, cpu, pss, anonymous}. */
async function measure(command, args, count, whileRunning = () => {}) {
  shown = [];
  const began = performance.now();
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOME: folder, TMPDIR: folder, RINGBACK_STATE: join(folder, "state") } });
  children.add(child);
  let said = "";
  child.stdout.on("data", text => { said += text; });
  child.stderr.on("data", text => { said += text; });
  const ended = once(child, "close").then(([code]) => { children.delete(child); return code; });
  const limit = began + 60_000;
  while (shown.length < count) {
    if (child.exitCode !== null || performance.now() > limit) throw new Error(`${command} showed ${shown.length} of ${count} pictures:\n${said}`);
    await sleep(5);
  }
  const times = shown.map(time => time - began);
  whileRunning(child.pid);
  await sleep(2000); // calls settle
  const from = { time: performance.now(), cpu: cpuTime(child.pid) }, memory = [];
  for (let second = 0; second < seconds; second++) {
    await sleep(1000);
    memory.push(memoryOf(child.pid));
  }
  const cpu = (cpuTime(child.pid) - from.cpu) / ((performance.now() - from.time) / 1000);
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${said}`);
  return { first: median(times), last: Math.max(...times), cpu: cpu * 100,
    pss: median(memory.map(each => each.pss)), anonymous: median(memory.map(each => each.anonymous)) };
}

writeFileSync(join(folder, "talk.js"), `client.url("/").waitForElementPresent("p", 30000).pause(${(seconds + 4) * 1000});`);
let switches;
function ringback(count) {
  const file = join(folder, `talk-${count}.yaml`);
  writeFileSync(file, `name: Talk\nservice-url: ${url}\nrun-options: '#session:1 #probes:${count} #timeout:5'\nscript: talk.js\n`);
  return measure(values.program, ["run", file], count, pid => { switches ??= switchesBelow(pid); });
}
function puppeteer(count) {
  const task = { url, count, seconds: seconds + 4, switches, observer: join(root, "harness/webrtc/in_page/observe.js") };
  return measure(process.execPath, [join(here, "puppeteer_driver.mjs"), JSON.stringify(task)], count);
}

const drivers = { ringback, "puppeteer-core": puppeteer };
const columns = { first: ["first frame", 0], last: ["last's", 0], cpu: ["CPU", 2], pss: ["PSS", 1], anonymous: ["anonymous", 1] };
console.log(`${rounds} rounds, ${seconds} s of sampling each; first frame of the median probe and of the last in ms, CPU in % of a core, memory in MB\n`);
console.log("probes  driver         " + Object.values(columns).map(([title]) => title.padStart(13)).join(""));
for (const count of counts) {
  const found = { ringback: [], "puppeteer-core": [] };
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(drivers)) {
      found[name].push(await run(count));
      await sleep(500);
    }
  const of = (name, what) => median(found[name].map(each => each[what]));
  const line = (name, value) => console.log(`${String(count).padStart(6)}  ${name.padEnd(15)}` +
    Object.entries(columns).map(([what, [, digits]]) => value(what, digits).padStart(13)).join(""));
  for (const name of Object.keys(drivers)) line(name, (what, digits) => of(name, what).toFixed(digits));
  line("ratio", what => (of("ringback", what) / of("puppeteer-core", what)).toFixed(2));
  console.log();
}
server.close();
server.closeAllConnections();
