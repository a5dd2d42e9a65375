// What ringback signs, judged by others: the npm package standardwebhooks, OpenSSL's command line, the code in
// docs/webhooks.md, mock-bin and ringback itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac, createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { askingTest, exits, header, mockBin, receiver, ringback, scratch, source } from "../support/programs.mjs";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const older = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="; // RFC 8032, 7.1, test 1

/** One call as a receiver got it: {id, timestamp, signature, body, headers}. */
async function signedCall(t, at, env) {
  const server = await receiver(t);
  exits(await ringback(t, at, ["webhook", "test", server.url, "--secret-env", "SIGNING"], { env: { SIGNING: env } }), 0);
  const [{ headers, body }] = server.calls;
  return { id: headers["webhook-id"], timestamp: headers["webhook-timestamp"], signature: headers["webhook-signature"], body, headers };
}

test("the package standardwebhooks accepts our v1, and nothing that was not signed", async t => {
  const at = scratch(t), call = await signedCall(t, at, secret);
  const judged = (key, headers, body) => new Webhook(key).verify(body, { ...call.headers, ...headers });
  assert.equal(judged(secret, {}, call.body).status, "completed");
  assert.throws(() => judged(secret, {}, call.body.replace("completed", "complEted")), /No matching signature/);
  assert.throws(() => judged(other, {}, call.body), /No matching signature/);
  assert.throws(() => judged(secret, { "webhook-id": `${call.id}x` }, call.body), /No matching signature/);
  assert.throws(() => judged(secret, { "webhook-timestamp": `${Number(call.timestamp) - 301}` }, call.body), /too old/);
});

test("every attempt of a run's call, as mock-bin recorded it, is signed anew over the same id and bytes", async t => {
  const at = scratch(t), mock = await mockBin(t, at), server = await receiver(t);
  const bin = await mock.bin({ responses: [{ status: 503 }, { status: 200 }] });
  at.write("pass.yaml", askingTest("Pass", server.url));
  const own = JSON.stringify({ url: `${bin.url}/own`, secret: "env:OWN" });
  const options = ["run", "pass.yaml", "--webhook", bin.url, "--webhook-required", "--webhook-secret-env", "SIGNING"];
  exits(await ringback(t, at, options, { env: { SIGNING: secret } }), 0);
  const entries = await bin.entries(), judged = (key, entry, change = text => text) =>
    new Webhook(key).verify(change(entry.request.postData.text), Object.fromEntries(entry.request.headers.map(each => [each.name, each.value])));
  assert.equal(entries.length, 2);
  for (const entry of entries) {
    assert.equal(judged(secret, entry).testName, "Pass");
    assert.throws(() => judged(secret, entry, text => text.replace("Pass", "Pasr")), /No matching signature/);
    assert.throws(() => judged(other, entry), /No matching signature/);
  }
  assert.equal(header(entries[0], "webhook-id"), header(entries[1], "webhook-id"));
  assert.equal(entries[0].request.postData.text, entries[1].request.postData.text);
  assert.ok(!JSON.stringify(entries).includes(secret.slice(6)));

  // A webhook's own secret goes before the one of the command line, and a name that is not set stops all.
  exits(await ringback(t, at, [...options, "--webhook", own], { env: { SIGNING: secret, OWN: older } }), 0);
  const last = (await bin.entries()).find(entry => entry.request.url.endsWith("/own"));
  assert.equal(judged(older, last).testName, "Pass");
  assert.throws(() => judged(secret, last), /No matching signature/);
  const refused = exits(await ringback(t, at, options), 2);
  assert.match(refused.stderr, /--webhook-secret-env: the environment variable SIGNING is not set/);
});

test("during a rotation both the old and the new secret match, the new one first", async t => {
  const at = scratch(t), call = await signedCall(t, at, `${secret} ${older}`);
  assert.equal(call.signature.split(" ").length, 2);
  for (const key of [secret, older]) assert.ok(new Webhook(key).verify(call.body, call.headers));
  assert.equal(call.signature.split(" ")[0], (await import("standardwebhooks")) && new Webhook(secret).sign(call.id, new Date(call.timestamp * 1000), call.body));
});

test("OpenSSL's command line agrees on v1a", async t => {
  const at = scratch(t), call = await signedCall(t, at, `whsk_${seed}`);
  const [version, signature] = call.signature.split(",");
  assert.equal(version, "v1a");
  const key = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "base64")]), format: "der", type: "pkcs8" });
  at.write("public.pem", createPublicKey(key).export({ type: "spki", format: "pem" }));
  at.write("signature", Buffer.from(signature, "base64"));
  const verdict = body => {
    at.write("signed", `${call.id}.${call.timestamp}.${body}`);
    return spawnSync("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", at.path("public.pem"), "-rawin", "-in", at.path("signed"),
      "-sigfile", at.path("signature")], { encoding: "utf8" }).status;
  };
  assert.equal(verdict(call.body), 0);
  assert.equal(verdict(`${call.body} `), 1);
});

describe("`ringback webhook verify`", () => {
  const run = (t, at, key, ...words) => ringback(t, at, ["webhook", "verify", "--secret-env", "KEY", ...words], { env: { KEY: key } });

  test("judges a captured request, a HAR log and a bare body", async t => {
    const at = scratch(t), bin = await (await mockBin(t, at)).bin();
    exits(await ringback(t, at, ["webhook", "test", bin.url, "--secret-env", "SIGNING"], { env: { SIGNING: secret } }), 0);
    const log = await (await fetch(`${bin.url}/log`)).text(), { headers, postData } = JSON.parse(log).log.entries[0].request;
    const value = name => headers.find(each => each.name.toLowerCase() === name).value;
    const head = headers.map(each => `${each.name}: ${each.value}\r\n`).join("");
    const files = { "log.har": log, "entry.json": JSON.stringify(JSON.parse(log).log.entries[0]),
      "call.txt": `POST /bin HTTP/1.1\r\n${head}\r\n${postData.text}`, "edited.txt": `POST /bin HTTP/1.1\n${head.replaceAll("\r", "")}\n${postData.text}\n` };
    for (const [name, text] of Object.entries(files)) {
      const valid = exits(await run(t, at, secret, at.write(name, text)), 0);
      assert.equal(valid.stdout, `valid: v1 signature of message ${value("webhook-id")}, ${postData.text.length} bytes\n`, name);
      assert.match(exits(await run(t, at, other, at.path(name)), 1).stdout, /^not valid: no signature matches/);
    }
    at.write("body.json", postData.text);
    exits(await run(t, at, secret, "--id", value("webhook-id"), "--timestamp", value("webhook-timestamp"),
      "--signature", value("webhook-signature"), at.path("body.json")), 0);
    at.write("flipped.txt", files["call.txt"].replace("completed", "failure  "));
    assert.match(exits(await run(t, at, secret, at.path("flipped.txt")), 1).stdout, /^not valid: no signature matches/);
  });

  test("judges what 'webhook test' shows, which is what was sent; 'show' indents nothing in a pipe", async t => {
    const at = scratch(t), hook = await receiver(t), env = { SIGNING: secret };
    const shown = exits(await ringback(t, at, ["webhook", "test", hook.url, "--secret-env", "SIGNING"], { env }), 0).stdout;
    const call = shown.split("\n").filter(line => line.startsWith(">")).map(line => line.slice(2)).join("\n");
    assert.equal(call.slice(call.indexOf("\n\n") + 2), hook.calls[0].body);
    exits(await run(t, at, secret, at.write("call.txt", call)), 0);
    const told = JSON.parse(exits(await ringback(t, at, ["webhook", "test", hook.url, "--secret-env", "SIGNING", "--json"], { env }), 0).stdout);
    const [{ id, body, bodyRedacted, requestLine, headers, attemptsMade }] = told.messages;
    assert.deepEqual([id, body, bodyRedacted, requestLine, attemptsMade[0].status],
      [hook.calls[1].headers["webhook-id"], hook.calls[1].body, false, "POST /hook HTTP/1.1", 200]);
    assert.equal(Object.fromEntries(headers)["webhook-signature"], hook.calls[1].headers["webhook-signature"]);
    at.write("pass.yaml", askingTest("Pass", hook.url, { runOptions: `#webhook:${hook.url}` }));
    exits(await ringback(t, at, ["run", "pass.yaml"]), 0);
    const [message] = JSON.parse(exits(await ringback(t, at, ["webhook", "list", "--json"]), 0).stdout).messages;
    assert.ok(exits(await ringback(t, at, ["webhook", "show", message.id]), 0).stdout.includes(`\n    ${message.body}\n`));
  });

  test("judges a body that is no text: a HAR log holds it as base64", async t => {
    const at = scratch(t), bin = await (await mockBin(t, at)).bin(), body = Buffer.from([0x61, 0xff, 0x62]);
    const id = "msg_1", timestamp = String(Math.floor(Date.now() / 1000));
    const signature = "v1," + createHmac("sha256", Buffer.from(secret.slice(6), "base64"))
      .update(`${id}.${timestamp}.`).update(body).digest("base64");
    await fetch(bin.url, { method: "POST", body, headers: { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } });
    at.write("log.har", await (await fetch(`${bin.url}/log`)).text());
    assert.match(exits(await run(t, at, secret, at.path("log.har")), 0).stdout, /^valid: v1 signature of message msg_1, 3 bytes\n$/);
  });

  test("refuses an old call, unless it is asked to judge a captured one", async t => {
    const at = scratch(t), body = '{"test": 2432232314}';
    at.write("call.txt", "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n" +
      `webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n\n${body}`);
    assert.match(exits(await run(t, at, secret, at.path("call.txt")), 1).stdout, /s old: this may be a replay/);
    exits(await run(t, at, secret, "--any-age", at.path("call.txt")), 0);
  });

  for (const [what, key, text, said] of [
    ["a secret of the wrong form", "whsec_####", "a: b\n\n{}", /the environment variable KEY: the signing secret is not base64/],
    ["no secret at all", " ", "a: b\n\n{}", /KEY: there is no secret to verify with/],
    ["a body without its head", secret, "{}", /the call has no 'webhook-id'; give it with its head/],
    ["a call that was not signed", secret, "webhook-id: msg_1\nwebhook-timestamp: 1\n\n{}", /the call has no 'webhook-signature'/],
  ])
    test(`tells input that cannot be judged from a signature that does not match: ${what}`, async t => {
      const at = scratch(t), result = exits(await run(t, at, key, at.write("call.txt", text)), 2);
      assert.match(result.stderr, said);
      assert.equal(result.stdout, "");
    });

  for (const [words, said] of [[["nowhere.txt"], /cannot read nowhere\.txt/], [["."], /cannot read \./], [["nowhere.txt"], /cannot read nowhere\.txt/], [[], /FILE\|- is missing/], [["a", "b"], /one FILE/]])
    test(`says what is wrong with ${JSON.stringify(words)}`, async t => {
      const at = scratch(t);
      assert.match(exits(await run(t, at, secret, ...words), 2).stderr, said);
    });
});

describe("the code in docs/webhooks.md", () => {
  const docs = readFileSync(`${source}/docs/webhooks.md`, "utf8");
  const code = language => docs.match(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``))[1];
  const json = JSON.stringify;
  const names = ["secret", "id", "timestamp", "signature", "body"];
  const languages = {
    js: ["node", "mjs", (text, c) => `${text}\nconsole.log(verify(${names.map(name => json(c[name])).join()}))`],
    python: ["python3", "py", (text, c) => `${text}\nprint(verify(${names.map(name => json(c[name])).join()}.encode()))`],
    ruby: ["ruby", "rb", (text, c) => `${text}\nputs verify(${names.map(name => json(c[name])).join()})`],
    php: ["php", "php", (text, c) => `<?php\n${text}\necho verify(${names.map(name => `'${c[name].replaceAll("'", "\\'")}'`).join()}) ? "true" : "false";`],
    go: ["go", "go", (text, c) => `package main\nimport ("crypto/hmac"; "crypto/sha256"; "encoding/base64"; "fmt"; "math"; "strconv"; "strings"; "time")\n` +
      `${text}\nfunc main() { fmt.Println(verify(${names.slice(0, 4).map(name => json(c[name])).join()}, []byte(${json(c.body)}))) }`],
  };
  for (const [language, [program, ending, whole]] of Object.entries(languages)) {
    const missing = spawnSync(program, ["--version"]).error?.code === "ENOENT";
    test(`${language} tells a right signature from a wrong one`, { skip: missing && `${program} is not installed` }, async t => {
      const at = scratch(t), call = { secret, ...await signedCall(t, at, `${older} ${secret}`) };
      const verdict = change => {
        const file = at.write(`verify.${ending}`, whole(code(language), { ...call, ...change }));
        const result = spawnSync(program, program === "go" ? ["run", file] : [file], { encoding: "utf8", env: { ...at.env, GOCACHE: at.path("go"), GOFLAGS: "-mod=mod" } });
        assert.equal(result.status, 0, result.stderr);
        return result.stdout.trim().toLowerCase();
      };
      assert.equal(verdict({}), "true");
      assert.equal(verdict({ body: call.body.replace("completed", "complEted") }), "false");
      assert.equal(verdict({ secret: other }), "false");
      assert.equal(verdict({ timestamp: `${Number(call.timestamp) - 301}` }), "false");
    });
  }
});
