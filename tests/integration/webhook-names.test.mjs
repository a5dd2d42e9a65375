// Names and addresses of webhooks: a name that changes its mind between attempts, a name server that never answers, and
// every spelling of an address that a service must not call. What must not happen is watched for where it would happen.
import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { nameServer } from "../support/outside.mjs";
import { askingTest, exits, outbox, receiver, ringback, scratch, start, until } from "../support/programs.mjs";

/** Counts the connections to `port` of an address of this machine, and says nothing to any of them. */
async function trap(t, address, port = 0) {
  const seen = { connections: 0 };
  const server = net.createServer(socket => { ++seen.connections; socket.destroy(); });
  server.listen(port, address);
  await once(server, "listening");
  t.after(() => new Promise(done => server.close(done)));
  return Object.assign(seen, { port: server.address().port });
}

/** A service with one monitor that calls these webhooks at the end of each run, once a second. Its first run has ended. */
async function service(t, webhooks, ...options) {
  const at = scratch(t), server = await receiver(t);
  at.write("once.yaml", askingTest("Once", server.url, { runOptions: webhooks.map(url => `#webhook:${url}`).join(" ") }));
  at.write("monitors.yaml", "monitors:\n  - {test: once.yaml, every: 1s}\n");
  const running = start(t, at, "ringback", ["serve", "--config", "monitors.yaml", ...options], { limit: 60_000 });
  await running.says(/monitor 'Once' completed/);
  return { at, running, stop: async () => { running.kill("SIGTERM"); return exits(await running.ended, 0).stderr; } };
}

/** The attempts of the oldest message of the outbox for a URL, once it is given up. */
async function givenUp(t, at, url) {
  const { id } = await until(async () => (await outbox(t, at)).findLast(message => message.url === url && message.state === "dead"),
    `the message to ${url} to be given up`, 30_000);
  return (await outbox(t, at, id)).attemptsMade;
}

describe("a name server", { concurrency: 8 }, () => {
  // 127.0.0.2 stands for the public address: the policy allows it, by an exception, and 127.0.0.1 is as forbidden as ever.
  test("that first tells an allowed address and then loopback: loopback is never connected to", async t => {
    // It closes the connection: a second attempt over a kept one would ask no name server, and go where the first went.
    const outside = await receiver(t, () => ({ status: 503, headers: { Connection: "close" } }), 0, "127.0.0.2");
    const inside = await trap(t, "127.0.0.1", outside.port);
    const names = await nameServer(t, (name, type, number) => type === "A" ? [number === 1 ? "127.0.0.2" : "127.0.0.1"] : []);
    const url = `http://rebind.test:${outside.port}/hook`;
    const { at, stop } = await service(t, [url], "--name-servers", names.address, "--allow-net", `127.0.0.2/32:${outside.port}`);
    const [first, second, ...more] = await givenUp(t, at, url);
    await stop();
    assert.deepEqual([first.outcome, first.status, second.outcome, more.length], ["retry", 503, "permanent", 0]);
    assert.equal(second.error, `rebind.test leads to 127.0.0.1:${outside.port}, which is not an allowed address (--allow-net ADDRESS allows it)`);
    assert.deepEqual([outside.calls.length, inside.connections], [1, 0]);
    assert.equal(outside.calls[0].headers.host, `rebind.test:${outside.port}`, "the receiver hears its own name");
    assert.ok(names.asked.includes("A rebind.test"));
  });

  test("that tells both at once: nothing is connected to", async t => {
    const outside = await trap(t, "127.0.0.2"), inside = await trap(t, "127.0.0.1", outside.port);
    const names = await nameServer(t, (name, type) => type === "A" ? ["127.0.0.2", "127.0.0.1"] : []);
    const url = `http://both.test:${outside.port}/hook`;
    const { at, stop } = await service(t, [url], "--name-servers", names.address, "--allow-net", `127.0.0.2/32:${outside.port}`);
    const [only, ...more] = await givenUp(t, at, url);
    await stop();
    assert.deepEqual([only.outcome, more.length], ["permanent", 0]);
    assert.deepEqual([outside.connections, inside.connections], [0, 0]);
  });

  test("that tells an allowed address once is asked once: one attempt, one answer", async t => {
    const outside = await receiver(t, () => 200, 0, "127.0.0.2"), inside = await trap(t, "127.0.0.1", outside.port);
    const names = await nameServer(t, (name, type, number) => type === "A" ? [number === 1 ? "127.0.0.2" : "127.0.0.1"] : []);
    const at = scratch(t), server = await receiver(t), url = `http://once.test:${outside.port}/hook`;
    at.write("pass.yaml", askingTest("Pass", server.url));
    exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", url, "--name-servers", names.address, "--webhook-required"]), 0);
    assert.deepEqual([outside.calls.length, inside.connections], [1, 0]);
    assert.equal(names.asked.filter(each => each.startsWith("A ")).length, 1);
  });

  test("that never answers, beside a receiver that never answers: the budget holds, and the verdict", async t => {
    const silent = await receiver(t, () => {}), good = await receiver(t), names = await nameServer(t, () => undefined);
    const at = scratch(t), server = await receiver(t);
    at.write("pass.yaml", askingTest("Pass", server.url));
    at.write("fail.yaml", askingTest("Fail", `${server.url}/nothing-here`).replace("equal_number 200", "equal_number 404"));
    const hooks = ["http://one.test/", "http://two.test/", "https://three.test/", silent.url, good.url].flatMap(url => ["--webhook", url]);
    const [pass, fail] = await Promise.all([["pass.yaml", 0], ["fail.yaml", 1]].map(async ([file, code]) => {
      const here = { ...at, env: { ...at.env, RINGBACK_STATE: at.path(`state-${file}`) } };
      const result = exits(await ringback(t, here, ["run", file, ...hooks, "--name-servers", names.address]), code);
      return { ...result, here };
    }));
    for (const { ms, stdout, here } of [pass, fail]) {
      assert.ok(ms > 14_000 && ms < 33_000, `took ${ms} ms`);
      assert.match(stdout, new RegExp(`  webhook delivered  ${good.url}\n`));
      for (const name of ["http://one.test/", "http://two.test/", "https://three.test/"])
        assert.match(stdout, new RegExp(`  webhook parked     ${name}  \\(\\S+: no answer from a name server within 50\\d\\d ms\\)\n`));
      assert.match(stdout, new RegExp(`  webhook parked     ${silent.url}  \\(`));
      assert.equal((await outbox(t, here)).filter(message => message.state === "parked").length, 4);
    }
    assert.equal(good.calls.length, 2);
  });

  for (const [servers, wrong] of [["ns.example", "ns.example"], ["127.0.0.1,", ""], ["127.0.0.1:70000", "127.0.0.1:70000"], ["127.1", "127.1"]])
    test(`--name-servers ${servers}: exit 2`, async t => {
      const refused = exits(await ringback(t, scratch(t), ["run", "pass.yaml", "--name-servers", servers]), 2);
      assert.match(refused.stderr, new RegExp(`^ringback run: --name-servers: '${wrong}' is not an IP address, or one with a port such as`));
    });
});

describe("a service that may call public addresses only", { concurrency: 4 }, () => {
  test("gives up every spelling of loopback that is an address or a name, and connects to none", async t => {
    const inside = await trap(t, "::"), { port } = inside;
    const names = await nameServer(t, (name, type) => type === "A" ? ["127.0.0.1"] : []);
    const spellings = [["127.0.0.1", /127\.0\.0\.1:\d+ is not an allowed address/], ["[::ffff:7f00:1]", /is not an allowed address/],
      ["[::ffff:127.0.0.1]", /is not an allowed address/], ["[64:ff9b::7f00:1]", /is not an allowed address/],
      ["[::1]", /\[::1\]:\d+ is not an allowed address/], ["[::]", /is not an allowed address/], ["0.0.0.0", /is not an allowed address/],
      ["localhost", /is not an allowed address/], ["localhost.", /is not an allowed address/], ["LocalHost", /is not an allowed address/],
      ["a.localhost", /is not an allowed address/], ["points-inside.test", /points-inside\.test leads to 127\.0\.0\.1:\d+, which is not an allowed address/],
      ["169.254.169.254", /is not an allowed address/], ["[fe80::1]", /is not an allowed address/], ["10.0.0.1", /is not an allowed address/]];
    const urls = spellings.map(([host]) => `http://${host}:${port}/hook`);
    const { at, stop } = await service(t, urls, "--name-servers", names.address);
    for (const [index, [host, sentence]] of spellings.entries()) {
      const attempts = await givenUp(t, at, urls[index]);
      assert.deepEqual(attempts.map(each => each.outcome), ["permanent"], host);
      assert.match(attempts[0].error, sentence, host);
    }
    await stop();
    assert.equal(inside.connections, 0);
    const open = await service(t, [urls[0]], "--allow-net", `127.0.0.1/32:${port}`);
    await until(() => inside.connections > 0, "the trap to work");
    await open.stop();
  });

  for (const [host, wanted] of [
    ["0x7f.1", /the webhook http:\/\/0x7f\.1:8090\/hook: '0x7f\.1' is not an IPv4 address: write four decimal numbers/],
    ["2130706433", /'2130706433' is not an IPv4 address/],
    ["127.1", /'127\.1' is not an IPv4 address/],
    ["0177.0.0.1", /'0177\.0\.0\.1' is not an IPv4 address/],
    ["127.0.0.1.", /'127\.0\.0\.1\.' is not an IPv4 address/],
    ["public.example@127.0.0.1", /user name/],
    ["[fe80::1%25lo]", /not a valid URL/],
    ["%31%32%37.0.0.1", /'%' cannot stand in a host name/],
    ["127。0。0。1", /the character '。' must be percent-encoded/],
  ])
    test(`refuses ${host} before anything is sent`, async t => {
      const at = scratch(t), server = await receiver(t);
      at.write("once.yaml", askingTest("Once", server.url, { runOptions: `#webhook:http://${host}:8090/hook` }));
      at.write("monitors.yaml", "monitors:\n  - {test: once.yaml, every: 1s}\n");
      const refused = exits(await ringback(t, at, ["serve", "--config", "monitors.yaml"], { limit: 10_000 }), 2);
      assert.match(refused.stderr, wanted);
      assert.equal(server.calls.length, 0);
    });
});
