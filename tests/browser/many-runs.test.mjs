// A service that runs a WebRTC test again and again leaves nothing behind and does not grow.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { pageServer, watchBrowsers } from "../support/calls.mjs";
import { exits, scratch, start, until } from "../support/programs.mjs";

const warmUp = 10, runs = 50;
const script = `client.url("/").waitForElementVisible("h1", 5000).click("button").verify.containsText("#out", "pressed")
  .getTitle(title => client.rtcInfo("%s", title)).execute(() => new RTCPeerConnection().close())
  .rtcSetMetric("n", "set", Number(process.env.RTC_AGENT_NUM)).perform(() => { let list = []; for (let i = 0; i < 1e4; i++) list.push({ i }); });`;
const page = `<title>A page</title><h1>Hello</h1><button onclick="document.querySelector('#out').textContent = 'pressed'">Press</button><p id=out></p>`;

/** What the kernel says of a process: resident MB of its own, open files, threads. */
function usage(pid) {
  const kilobytes = name => Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]);
  return {
    megabytes: (kilobytes("Private_Dirty") + kilobytes("Private_Clean")) / 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

test(`${runs} runs leave no process, no profile and no memory`, async t => {
  const at = scratch(t), watched = watchBrowsers(at), url = await pageServer(t, { "/": page });
  at.write("again.js", script);
  at.write("again.yaml", `name: Again\nservice-url: ${url}\nrun-options: '#session:2 #timeout:1'\nscript: again.js\n`);
  at.write("monitors.yaml", "monitors:\n  - {test: again.yaml, every: 1s}\n");
  const service = start(t, at, "ringback", ["serve", "--config", "monitors.yaml"], { limit: 880_000 });
  const ended = () => service.stderr.match(/monitor 'Again' \w+ in/g) ?? [];
  // Between two runs: that nothing of a run is counted.
  const quiet = async count => {
    await until(() => ended().length >= count, `${count} runs`, 850_000);
    return usage(service.child.pid);
  };
  const before = await quiet(warmUp), after = await quiet(warmUp + runs);
  t.diagnostic(`after ${warmUp} runs ${JSON.stringify(before)}, after ${warmUp + runs} ${JSON.stringify(after)}`);
  assert.deepEqual(new Set(ended()), new Set(["monitor 'Again' completed in"]), service.stderr);
  // Sanitizers keep what was freed, to find who still uses it.
  if (!process.env.RINGBACK_SANITIZE)
    assert.ok(after.megabytes - before.megabytes < 4, `it grew from ${before.megabytes} to ${after.megabytes} MB`);
  assert.ok(after.files - before.files <= 8 && after.threads - before.threads <= 2, "files and threads stay the same");
  assert.ok(watched.profiles().length <= 1, `profiles: ${watched.profiles()}`);
  service.kill("SIGTERM");
  exits(await service.ended, 0);
  await watched.nothingLeft();
});

test("kill -9 of the service leaves no browser, and its profile goes with the next run", async t => {
  const at = scratch(t), watched = watchBrowsers(at), url = await pageServer(t, { "/": page });
  at.write("again.yaml", `name: Again\nservice-url: ${url}\nrun-options: '#session:1 #timeout:1'\nscript: again.js\n`);
  at.write("monitors.yaml", "monitors:\n  - {test: again.yaml, every: 1s}\n");
  at.write("again.js", 'client.url("/").pause(30000);');
  const service = start(t, at, "ringback", ["serve", "--config", "monitors.yaml"]);
  const { profile } = await watched.started();
  service.kill("SIGKILL");
  await service.ended;
  await until(() => watched.browsers().length === 0, "every browser to end by itself", 15_000);
  assert.ok(watched.profiles().some(name => profile.endsWith(name)), "nobody was left to remove it");
  at.write("again.js", 'client.url("/");');
  const next = start(t, at, "ringback", ["serve", "--config", "monitors.yaml"]);
  await next.says(/monitor 'Again' completed in/, 40_000);
  assert.ok(!watched.profiles().some(name => profile.endsWith(name)), "the dead service's profile is gone");
  next.kill("SIGTERM");
  exits(await next.ended, 0);
  await watched.nothingLeft();
});
