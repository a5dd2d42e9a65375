// The examples and the pages as a stranger meets them: examples are valid and do what they say, YAML in pages is valid,
// links lead somewhere.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, test } from "node:test";
import { exits, mockBin, ringback, scratch, source, start, until } from "../support/programs.mjs";

const read = path => readFileSync(path, "utf8");
const examples = readdirSync(join(source, "examples"));
const pages = [join(source, "README.md"), join(source, "examples/README.md"),
  ...readdirSync(join(source, "docs")).filter(name => name.endsWith(".md")).map(name => join(source, "docs", name))];
const named = path => relative(source, path);

/** The bodies of a page's code blocks in this language. */
const blocks = (text, language) => [...text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)]
  .filter(([, marked]) => marked === language).map(([, , body]) => body);

/** Text outside code. */
const prose = text => text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "code");

/** Anchors of a page's headings, as GitHub makes them. */
const anchors = text => [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#{1,6} +(.+)$/gm)]
  .map(([, title]) => title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));

describe("examples", { concurrency: true }, () => {
  const tests = examples.filter(name => name.endsWith(".yaml") && name !== "monitors.yaml");

  for (const name of tests)
    test(`${name} is valid`, async t => {
      const result = exits(await ringback(t, scratch(t), ["check", join(source, "examples", name)]), 0);
      assert.match(result.stdout, /: '.+' is a valid (endpoint|webrtc) test\n$/);
      assert.equal(result.stderr, "");
    });

  test("the index names every file, and no other", () => {
    const index = read(join(source, "examples/README.md"));
    const linked = [...index.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target).sort();
    assert.deepEqual(linked, examples.filter(name => name !== "README.md").sort());
  });

  test("passing and failing one beside each other: one verdict each, and exit code 1", async t => {
    const at = scratch(t), server = await mockBin(t, at), bin = await server.bin();
    const result = exits(await ringback(t, at, ["run", join(source, "examples/shop-api.yaml"), join(source, "examples/failing.yaml"),
      "--var", `service_url=${server.origin}`, "--webhook", bin.url, "--report", "json=run.json"]), 1);
    assert.match(result.stdout, /\n {2}Shop API {11}completed +\S+ m?s\n {2}Broken on purpose {2}failure +\S+ m?s {2}step 1 .*\n {2}1 of 2 tests passed\n$/);
    assert.deepEqual((await bin.bodies()).map(body => [body.testName, body.status]),
      [["Shop API", "completed"], ["Broken on purpose", "failure"]]);
    const report = read(at.path("run.json"));
    assert.doesNotMatch(report, /: -?\d+(\.\d+)?[eE]/, "numbers are written without exponents");
    assert.deepEqual(JSON.parse(report).runs.map(run => run.checks), [{ total: 9, passed: 9, failed: 0 }, { total: 2, passed: 0, failed: 2 }]);
  });

  test("monitors.yaml runs its monitor until SIGTERM", async t => {
    const at = scratch(t), server = await mockBin(t, at), bin = await server.bin();
    at.write("shop-api.yaml", read(join(source, "examples/shop-api.yaml")).replaceAll("http://127.0.0.1:8090", server.origin));
    const config = at.write("monitors.yaml", read(join(source, "examples/monitors.yaml"))
      .replaceAll("http://127.0.0.1:8090/bin/shop", bin.url).replace("every: 10s", "every: 1s"));
    const service = start(t, at, "ringback",
      ["serve", "--config", config, "--allow-net", `127.0.0.1/32:${new URL(server.origin).port}`]);
    await service.says(/monitor 'Shop' is next due at/);
    await service.says(/monitor 'Shop, mornings' is next due at \S+T0[67]:30:00.000Z/);
    await until(async () => await bin.count() >= 2, "two calls of the monitor", 15_000);
    service.kill("SIGTERM");
    const ended = exits(await service.ended, 0);
    assert.match(ended.stderr, /stopping: terminated/);
    assert.match(ended.stderr, /stopped\n$/);
    for (const body of await bin.bodies())
      assert.deepEqual([body.runType, body.testName, body.status], ["monitor", "Shop API", "completed"]);
  });
});

describe("pages", { concurrency: true }, () => {
  for (const page of pages) {
    const text = read(page);

    test(`${named(page)}: links lead somewhere`, () => {
      const dead = [];
      for (const [, target] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path, anchor] = target.split("#");
        const file = path ? resolve(dirname(page), path) : page;
        if (!existsSync(file)) dead.push(target);
        else if (anchor && !(statSync(file).isFile() && anchors(read(file)).includes(anchor))) dead.push(target);
      }
      assert.deepEqual(dead, []);
    });

    const complete = blocks(text, "yaml").filter(body => /^name: /m.test(body) && /^(steps|script):/m.test(body));
    if (complete.length)
      test(`${named(page)}: whole tests in it are valid`, async t => {
        const at = scratch(t);
        at.write("two-people.js", "client.pause(1);");
        for (const [i, body] of complete.entries())
          exits(await ringback(t, at, ["check", at.write(`block-${i}.yaml`, body)]), 0);
      });
  }

  test("the index of docs names every page", () => {
    const index = read(join(source, "docs/README.md"));
    const missing = readdirSync(join(source, "docs")).filter(name => name.endsWith(".md") && name !== "README.md" && !index.includes(`](${name}`));
    assert.deepEqual(missing, []);
  });
});
