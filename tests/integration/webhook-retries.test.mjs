// Receivers that are down, slow, rude or gone: the verdict stays, every attempt is logged, nothing is lost.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { askingTest, carry, closedPort, exits, identity, outbox, receiver, ringback, scratch, sleep, start, until }
  from "../support/programs.mjs";

async function place(t) {
  const at = scratch(t), server = await receiver(t);
  at.write("pass.yaml", askingTest("Pass", server.url));
  at.run = (...options) => ringback(t, at, ["run", "pass.yaml", ...options]);
  return at;
}
/** The only message of the outbox, with its attempts. */
async function onlyMessage(t, at) {
  const [{ id }, ...more] = await outbox(t, at);
  assert.deepEqual(more, []);
  return outbox(t, at, id);
}
const outcomes = message => message.attemptsMade.map(attempt => [attempt.number, attempt.status, attempt.outcome]);
const hook = (url, extra) => JSON.stringify({ url, ...extra });

describe("webhooks", { concurrency: 8 }, () => {
  describe("a receiver that is down", { concurrency: 8 }, () => {
    test("costs no verdict and little time; `webhook flush` delivers the same bytes", async t => {
      const at = await place(t), port = await closedPort(), url = `http://127.0.0.1:${port}/hook`;
      const result = exits(await at.run("--webhook", url), 0);
      assert.ok(result.ms < 5000, `took ${result.ms} ms`);
      assert.match(result.stdout, /completed[^]*webhook parked {5}http:\S+ {2}\(.*refused.*\)\n/i);
      const parked = await onlyMessage(t, at);
      assert.deepEqual([parked.state, outcomes(parked)], ["parked", [[1, null, "retry"], [2, null, "retry"]]]);
      const back = await receiver(t, () => 200, port);
      const flushed = exits(await ringback(t, at, ["webhook", "flush"]), 0);
      assert.equal(flushed.stdout, "delivered 1, still parked 0, given up 0\n");
      assert.equal(back.calls.length, 1);
      carry(back.calls, parked);
      assert.equal((await onlyMessage(t, at)).state, "delivered");
      exits(await ringback(t, at, ["webhook", "flush"]), 0);
      assert.equal(back.calls.length, 1, "a delivered message is not sent again");
    });

    test("is called by the next run once the message is due, and not before", async t => {
      const at = await place(t), port = await closedPort();
      exits(await at.run("--webhook", `http://127.0.0.1:${port}/hook`), 0);
      const parked = await onlyMessage(t, at);
      const back = await receiver(t, () => 200, port);
      exits(await at.run(), 0);
      assert.equal(back.calls.length, 0, "it waits 5 s at least");
      const last = await until(async () => {
        const result = exits(await at.run(), 0);
        return back.calls.length > 0 && result;
      }, "the message to be due", 12_000);
      assert.match(last.stderr, /ringback: delivered 1 webhook call of earlier runs\n/);
      assert.equal(back.calls.length, 1);
      carry(back.calls, parked);
    });

    test("is tried by hand as often as one likes: the schedule stays", async t => {
      const at = await place(t), port = await closedPort();
      exits(await at.run("--webhook", `http://127.0.0.1:${port}/hook`), 0);
      const { id } = await onlyMessage(t, at);
      // Its first step is 5 s: at most one of these falls on a time when it was due.
      for (let i = 0; i < 11; i++) exits(await ringback(t, at, ["webhook", "retry", id]), 4);
      const parked = await onlyMessage(t, at);
      assert.equal(parked.state, "parked");
      assert.ok(Date.parse(parked.dueAt) - Date.now() < 340_000, parked.dueAt);
      const back = await receiver(t, () => 200, port);
      exits(await ringback(t, at, ["webhook", "retry", id]), 0);
      carry(back.calls, parked);
    });

    test("gets what it missed first, then the news", async t => {
      const at = await place(t), port = await closedPort(), url = `http://127.0.0.1:${port}/hook`;
      exits(await at.run("--webhook", url), 0);
      exits(await at.run("--webhook", url), 0);
      const back = await receiver(t, () => 200, port);
      exits(await at.run("--webhook", url), 0);
      const sent = back.calls.map(call => call.headers["webhook-id"]);
      const written = (await outbox(t, at)).map(message => message.id).reverse();
      assert.deepEqual(sent, written);
      assert.equal(new Set(sent).size, 3);
    });

    test("does not keep another from being called", async t => {
      const at = await place(t), other = await receiver(t);
      exits(await at.run("--webhook", `http://127.0.0.1:${await closedPort()}/`, "--webhook", other.url), 0);
      assert.equal(other.calls.length, 1);
    });
  });

  describe("a receiver that fails", { concurrency: 8 }, () => {
    test("500 twice, then 200: delivered with the third attempt, the same bytes each time", async t => {
      const at = await place(t), server = await receiver(t, call => call.number < 3 ? { status: 500, body: "not now" } : 200);
      const result = exits(await at.run("--webhook", server.url, "--webhook-required"), 0);
      assert.match(result.stdout, /webhook delivered/);
      const message = await onlyMessage(t, at);
      assert.deepEqual([message.state, outcomes(message)],
        ["delivered", [[1, 500, "retry"], [2, 500, "retry"], [3, 200, "delivered"]]]);
      assert.equal(message.attemptsMade[0].detail.response.body, "not now");
      assert.ok(message.attemptsMade[0].detail.timings.total > 0);
      assert.equal(server.calls.length, 3);
      carry(server.calls, message);
      const stamps = server.calls.map(call => Number(call.headers["webhook-timestamp"]));
      assert.ok(stamps.every(stamp => Math.abs(stamp - Date.now() / 1000) < 30), stamps.join());
    });

    test("503 with Retry-After is not called before", async t => {
      const at = await place(t);
      const server = await receiver(t, call => call.number === 1 ? { status: 503, headers: { "Retry-After": "2" } } : 200);
      exits(await at.run("--webhook", server.url), 0);
      assert.equal(server.calls.length, 2);
      assert.ok(server.calls[1].at - server.calls[0].at >= 1900, `${server.calls[1].at - server.calls[0].at} ms`);
    });

    test("a long Retry-After parks the message, and even a flush keeps to it", async t => {
      const at = await place(t), server = await receiver(t, () => ({ status: 429, headers: { "Retry-After": "3600" } }));
      const result = exits(await at.run("--webhook", server.url), 0);
      assert.ok(result.ms < 5000, `took ${result.ms} ms`);
      exits(await ringback(t, at, ["webhook", "flush"]), 4);
      assert.equal(server.calls.length, 1);
    });

    test("Ctrl-C does not wait for the next try", async t => {
      const at = await place(t), server = await receiver(t, () => ({ status: 503, headers: { "Retry-After": "20" } }));
      const run = start(t, at, "ringback", ["run", "pass.yaml", "--webhook", server.url]);
      await until(() => server.calls.length === 1, "the first attempt");
      await sleep(300);
      const then = performance.now();
      run.kill("SIGINT");
      exits(await run.ended, 130);
      assert.ok(performance.now() - then < 3000, `took ${performance.now() - then} ms`);
      assert.equal((await onlyMessage(t, at)).state, "parked");
    });

    for (const [status, headers, outcome, reason] of [
      [302, { Location: "/elsewhere" }, "permanent", /HTTP 302 .*redirects are not followed \(Location: \/elsewhere\)/],
      [404, {}, "permanent", /HTTP 404/],
      [410, {}, "gone", /HTTP 410 .*wants no more calls/],
    ])
      test(`${status} is final`, async t => {
        const at = await place(t), server = await receiver(t, () => ({ status, headers }));
        const result = exits(await at.run("--webhook", server.url), 0);
        assert.match(result.stdout, /webhook given up/);
        assert.match(result.stdout, reason);
        const message = await onlyMessage(t, at);
        assert.deepEqual([message.state, outcomes(message)], ["dead", [[1, status, outcome]]]);
        assert.deepEqual(server.calls.map(call => call.path), ["/hook"]);
        exits(await at.run("--webhook", server.url, "--webhook-required"), 4);
      });

    test("a message that was given up is sent again by hand, with its id", async t => {
      const at = await place(t), server = await receiver(t, call => call.number === 1 ? 404 : 200);
      exits(await at.run("--webhook", server.url), 0);
      const { id } = await onlyMessage(t, at);
      exits(await ringback(t, at, ["webhook", "retry", id]), 0);
      assert.deepEqual(identity(server.calls[1]), identity(server.calls[0]));
      assert.equal((await onlyMessage(t, at)).state, "delivered");
    });
  });

  describe("a receiver that drips", { concurrency: 8 }, () => {
    const drip = (bytes, first) => (call, response) => {
      response.socket.write(first);
      let at = 0;
      const timer = setInterval(() => at < bytes.length ? response.socket.write(bytes.slice(at, ++at)) : clearInterval(timer), 1000);
      response.socket.on("close", () => clearInterval(timer)).on("error", () => {});
    };

    test("a head, a byte a second: the run ends within its budget, its verdict stays, the attempts are ambiguous", async t => {
      const at = await place(t), server = await receiver(t, drip("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".padEnd(100), ""));
      const result = exits(await at.run("--webhook", server.url), 0);
      assert.ok(result.ms < 34_000, `took ${result.ms} ms`);
      assert.match(result.stdout, /completed[^]*webhook parked/);
      const message = await onlyMessage(t, at);
      assert.equal(message.state, "parked");
      assert.ok(message.attemptsMade.length >= 2);
      for (const attempt of message.attemptsMade) assert.deepEqual([attempt.status, attempt.outcome], [null, "ambiguous"]);
      carry(server.calls, message);
    });

    test("a body behind a whole 200: delivered, once, and nobody waits for it longer than for an attempt", async t => {
      const at = await place(t);
      const server = await receiver(t, drip("x".repeat(100), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
      const result = exits(await at.run("--webhook", hook(server.url, { timeout: 2 })), 0);
      assert.ok(result.ms < 6000, `took ${result.ms} ms`);
      assert.match(result.stdout, /webhook delivered/);
      assert.equal(server.calls.length, 1);
    });

    test("a body without end is read no further than it must", async t => {
      const at = await place(t);
      const server = await receiver(t, (call, response) => {
        response.writeHead(200);
        const chunk = Buffer.alloc(1 << 16);
        const more = () => { while (!response.destroyed && response.write(chunk)); };
        response.on("drain", more);
        more();
      });
      const result = exits(await at.run("--webhook", hook(server.url, { timeout: 10 })), 0);
      assert.ok(result.ms < 5000, `took ${result.ms} ms`);
      assert.match(result.stdout, /webhook delivered/);
    });
  });

  describe("what is sent", { concurrency: 8 }, () => {
    test("custom headers, on every attempt", async t => {
      const at = await place(t), server = await receiver(t, call => call.number === 1 ? 500 : 200);
      const headers = { "custom-webhook-header": "web-testrtc-webhook", "Content-Type": "application/x-own" };
      exits(await at.run("--webhook", hook(server.url, { headers })), 0);
      assert.deepEqual(server.calls.map(call => [call.headers["custom-webhook-header"], call.headers["content-type"]]),
        Array(2).fill(["web-testrtc-webhook", "application/x-own"]));
    });

    test("Basic authentication and a body of one's own; neither stands in the outbox in the clear", async t => {
      const at = await place(t), server = await receiver(t);
      exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", hook(server.url, {
        basic: { username: "me", password: "env:HOOK_PASSWORD" },
        body: { text: "<%this.testName%> ended: <%this.status%>" } })], { env: { HOOK_PASSWORD: "pass-7Hq" } }), 0);
      const [call] = server.calls;
      assert.equal(call.headers.authorization, `Basic ${Buffer.from("me:pass-7Hq").toString("base64")}`);
      assert.equal(call.body, '{"text":"Pass ended: completed"}');
      assert.ok(!JSON.stringify(await onlyMessage(t, at)).includes("pass-7Hq"));
    });

    test("a signature that an independent check finds right, made anew for each attempt", async t => {
      const { createHmac } = await import("node:crypto");
      const at = await place(t), secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
      const server = await receiver(t, call => call.number === 1 ? 500 : 200);
      exits(await ringback(t, at, ["run", "pass.yaml", "--webhook", server.url, "--webhook-secret-env", "SIGNING"],
        { env: { SIGNING: `whsec_${secret}` } }), 0);
      assert.equal(server.calls.length, 2);
      for (const { headers, body } of server.calls) {
        const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
        const wanted = createHmac("sha256", Buffer.from(secret, "base64")).update(signed).digest("base64");
        assert.equal(headers["webhook-signature"], `v1,${wanted}`);
      }
    });
  });
});
