// The HTML report of real runs, opened from disk in a real browser without a network.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { call, demoRoom } from "../support/calls.mjs";
import { launch } from "../support/chromium.mjs";
import { exits, mockBin, ringback, scratch } from "../support/programs.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const MAIN_CHARTS = ["Bitrate", "Packet loss", "Round-trip time", "Jitter", "Mean opinion score", "Frames per second", "Height of the picture", "Jitter buffer"];

/** Opens a report. `page.requests` are the addresses it asked for. */
async function open(file, options) {
  const page = await browser.page(options);
  page.requests = [];
  browser.on(({ method, params }) => { if (method === "Network.requestWillBeSent") page.requests.push(params.request.url); });
  await page.send("Network.enable");
  await page.goto(pathToFileURL(file).href);
  await page.until("document.querySelector('.ribbon')");
  return page;
}

/** Walks down the page, so that everything that waits to be seen is drawn. */
const walk = page => page.evaluate(`(async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 400) { scrollTo(0, y); await new Promise(done => setTimeout(done, 40)); }
  scrollTo(0, 0);
})()`);

/** Of each chart on the page {title, colours}: how many colours its canvas has, 0 when it was not drawn. */
const drawn = page => page.evaluate(`[...document.querySelectorAll('.chart')].map(chart => {
  const canvas = chart.querySelector('canvas'), colours = new Set();
  if (canvas?.width) {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  }
  return { title: chart.querySelector('h4').textContent, colours: colours.size };
})`);

/** Cells of the table with this caption, by row. */
const cells = (page, caption) => page.evaluate(`[...[...document.querySelectorAll('table')].find(each => each.caption?.textContent === ${JSON.stringify(caption)}).tBodies[0].rows]
  .map(row => [...row.cells].map(cell => cell.textContent))`);

const script = `client.rtcEvent('before').url(process.env.RTC_SERVICE_URL + '/?room=' + process.env.RTC_SESSION_NAME)
  .waitForElementVisible('#join', 10000).click('#join').waitForElementVisible('.remote-video', 20000).rtcEvent('in the call', 'global')
  .execute(function () { console.log('said in the page </script><b>'); }).rtcWarning('half of it is over').pause(6000)
  .rtcScreenshot('the call').rtcSetMetric('people', 'set', 2)
  .rtcSetTestExpectation('video.in.channel.fps > 500', 'too slow', 'warn');`;

test("a call: headlines, charts, probes, pictures, all in one file", async t => {
  const at = scratch(t), url = await demoRoom(t, at), file = at.path("report.html");
  const result = exits(await call(t, at, script, { url, name: "a-call", runOptions: "#session:2 #timeout:2",
    options: ["--report", `html=${file}`] }).result, 0);
  const { run } = result;
  const page = await open(file);
  await walk(page);

  await t.test("it tells what the JSON report tells", async () => {
    assert.equal(await page.text("h1"), `a-call ${run.status}`);
    const tiles = Object.fromEntries(await page.evaluate("[...document.querySelectorAll('.tile')].map(tile => [tile.querySelector('dt').textContent, tile.querySelector('dd').firstChild.textContent])"));
    assert.equal(tiles.Status, run.status);
    assert.equal(tiles.MOS, run.mos.toLocaleString("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 }));
    assert.match(tiles["Video received"], /^[\d,.]+\u00a0kbit\/s$/);
    assert.match(tiles["Call set-up"], /^[\d.]+\u00a0m?s$/);
    const probes = await cells(page, "Probes");
    assert.deepEqual(probes.map(([probe, verdict]) => [probe.slice(0, 2), verdict]), run.probes.map(each => [`${each.probe} `, each.verdict === "passed" ? "✓ passed" : `! ${each.verdict}`]));
    const expectations = await cells(page, "Expectations of probe 1");
    assert.match(expectations[0].join(" | "), /^! warned \| video\.in\.channel\.fps > 500too slow \| [\d.]+ fps(, first at \S+\u00a0s)? \| > 500 fps \| video\.in #1$/);
    const events = (await cells(page, "Events")).map(([, name, probe]) => `${name} ${probe}`);
    assert.deepEqual(events.sort(), ["before 1", "before 2", "in the call 1", "in the call 2"]);
    const words = await page.text("main");
    for (const said of ["half of it is over", "host/udp ↔ host/udp", "people"]) assert.ok(words.includes(said), said);
    await page.evaluate("[...document.querySelectorAll('summary')].find(each => each.textContent.startsWith('Console')).click()");
    assert.match(await page.until("document.querySelector('pre.code')?.textContent"), /said in the page <\/script><b>/);
  });

  await t.test("every chart is drawn, with all channels", async () => {
    const charts = await drawn(page);
    assert.deepEqual(charts.map(({ title }) => title), MAIN_CHARTS);
    for (const { title, colours } of charts) assert.ok(colours > 3, `${title} has ${colours} colours`);
    const channels = await page.evaluate("[...document.querySelectorAll('.chart')].map(chart => chart.querySelectorAll('.legend li').length)");
    assert.deepEqual(channels.slice(0, 2), [8, 8]);
  });

  await t.test("one cursor in all charts, by keyboard, and told to screen readers", async () => {
    await page.evaluate("document.querySelector('.plot').focus()");
    for (let i = 0; i < 12; i++) await page.press("ArrowRight");
    const moments = await page.until("(all => all.every(text => text.startsWith('at ')) && all)([...document.querySelectorAll('.chart output')].map(each => each.textContent))");
    assert.equal(new Set(moments).size, 1, moments.join());
    assert.match(await page.evaluate("document.querySelector('.plot').getAttribute('aria-valuetext')"), /^[\d.]+\u00a0s: 1 · audio\.in #1 [\d.]+, /);
    await page.press("Escape");
    await page.until("document.querySelector('.chart output').textContent === 'mean'");
  });

  await t.test("a channel is hidden everywhere, a kind is shown alone, a zoom is taken back", async () => {
    await page.click(".legend button");
    assert.equal(await page.evaluate("[...document.querySelectorAll('.legend button[aria-pressed=false]')].filter(each => each.textContent.startsWith('1 · audio.in #1')).length"), 6);
    await page.click(".toggle");
    await page.until("[...document.querySelector('.legend').children].filter(each => !each.hidden).length === 2");
    await page.click(".toggle");
    const box = await page.evaluate("(({ x, y, width }) => ({ x, y, width }))(document.querySelector('.u-over').getBoundingClientRect())");
    const mouse = (type, part) => page.send("Input.dispatchMouseEvent", { type, x: box.x + box.width * part, y: box.y + 40, button: "left", buttons: 1, clickCount: 1 });
    await mouse("mousePressed", 0.3);
    await mouse("mouseMoved", 0.5);
    await mouse("mouseMoved", 0.6);
    await mouse("mouseReleased", 0.6);
    await page.until("[...document.querySelectorAll('button')].some(each => each.textContent === 'Show the whole run' && !each.hidden)");
    await page.evaluate("[...document.querySelectorAll('button')].find(each => each.textContent === 'Show the whole run').click()");
  });

  await t.test("figures of a chart as a table", async () => {
    await page.evaluate("document.querySelector('.chart summary').click()");
    await page.until("document.querySelector('.chart table')");
    const rows = await cells(page, "Bitrate by channel");
    assert.equal(rows.length, 8);
    assert.match(rows[0].join(" | "), /^1 · audio\.in #1 \(opus\)( \| [\d,.]+\u00a0kbit\/s){4}$/);
  });

  await t.test("screenshots are inside, and nothing else is asked for", async () => {
    const shots = await page.evaluate("[...document.querySelectorAll('.shots img')].map(each => [each.alt, each.naturalWidth > 100])");
    assert.deepEqual(shots, [["Screenshot of probe 1: the call", true], ["Screenshot of probe 2: the call", true]]);
    assert.deepEqual(page.requests.filter(each => !/^(file|data):/.test(each)), []);
    assert.equal(page.requests.filter(each => each.startsWith("file:")).length, 1);
    assert.deepEqual(page.problems, []);
  });

  await t.test("on a telephone, in the dark", async () => {
    const narrow = await open(file, { width: 360, height: 780, dark: true });
    await walk(narrow);
    assert.equal(await narrow.overflow(), 0);
    assert.deepEqual((await drawn(narrow)).filter(({ colours }) => colours < 3), []);
    const [ink, paper] = await narrow.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.documentElement).backgroundColor].map(text => Number(/\\d+/.exec(text)[0]))");
    assert.ok(ink > 200 && paper < 50, "light on dark");
    assert.deepEqual(narrow.problems, []);
  });

  await t.test("on paper, charts are drawn without having been seen", async () => {
    const unseen = await open(file, { width: 1000, height: 300, dark: true });
    assert.ok((await drawn(unseen)).some(({ colours }) => colours === 0), "something waits to be seen");
    const { data } = await unseen.send("Page.printToPDF", { printBackground: false });
    assert.ok(Buffer.from(data, "base64").length > 50_000);
    assert.deepEqual((await drawn(unseen)).filter(({ colours }) => colours < 3), []);
    assert.equal(await unseen.evaluate("document.documentElement.className"), "", "the paper is gone again");
    assert.deepEqual(unseen.problems, []);
  });

  await t.test("32 probes for an hour stay usable", async () => {
    const html = readFileSync(file, "utf8");
    const opening = '<script type="application/json" id="report">', from = html.indexOf(opening) + opening.length, to = html.indexOf("</script>", from);
    const data = JSON.parse(html.slice(from, to));
    // As ringback thins them: two samples for each span of time.
    const [model] = data.runs[0].probes, times = Array.from({ length: 240 }, (_, i) => i * 15);
    data.runs[0].probes = Array.from({ length: 32 }, (_, i) => ({ ...model, probe: i + 1, sampleTimes: times, channels: model.channels.map(channel => ({ ...channel,
      samples: Object.fromEntries(Object.keys(channel.samples).map(name => [name, times.map((_, k) => (k * 7 + i) % 100)])) })) }));
    const big = at.write("big.html", html.slice(0, from) + JSON.stringify(data).replaceAll("<", "\\u003c") + html.slice(to));
    const began = performance.now();
    const crowded = await open(big);
    await crowded.evaluate("document.querySelector('.plot').focus()");
    await crowded.until("document.querySelector('.chart canvas')");
    assert.ok(performance.now() - began < 15_000, "it opens in time");
    const pressed = performance.now();
    for (let i = 0; i < 5; i++) await crowded.press("ArrowRight");
    await crowded.until("document.querySelector('.chart output').textContent.startsWith('at ')");
    assert.ok(performance.now() - pressed < 10_000, "the cursor follows");
    assert.equal(await crowded.evaluate("document.querySelectorAll('.chart .legend')[0].children.length"), 128);
    await crowded.evaluate("(select => { select.value = '7'; select.dispatchEvent(new Event('change')); })(document.querySelector('.toolbar select'))");
    await crowded.until("[...document.querySelector('.legend').children].filter(each => !each.hidden).length === 4");
    assert.deepEqual(crowded.problems, []);
  });
});

test("endpoint tests: all runs in one page, whatever a server answers stays text", async t => {
  const at = scratch(t), evil = `</script><script>window.owned = 1</script><img src=x onerror="window.owned = 1"> \u2028 '"`;
  const { origin } = await mockBin(t, at);
  const made = await fetch(`${origin}/bin/create`, { method: "POST", body: JSON.stringify({ status: 500, statusText: "<b>no</b>",
    headers: [{ name: "X-Evil", value: "<img src=x onerror=window.owned=1>" }], content: { mimeType: "text/html", text: evil } }) });
  const bin = `${origin}/bin/${await made.json()}`;
  const quoted = JSON.stringify(evil);
  const bad = at.write("bad.yaml", `name: ${quoted}\ndescription: ${quoted}\nvariables: {evil: ${quoted}}\nsteps:\n  - {request: 'GET ${bin}', note: ${quoted}, assertions: [response_status equal_number 200, 'response_text equal ${"x".repeat(300)}']}\n`);
  const good = at.write("good.yaml", `name: Well\nsteps:\n  - {request: 'GET ${origin}/status/204', assertions: [response_status equal_number 204]}\n  - {pause: 20ms}\n`);
  const file = at.path("report.html");
  exits(await ringback(t, at, ["run", bad, good, "--report", `html=${file}`]), 1);
  for (const options of [{}, { width: 360, height: 780 }, { width: 360, height: 780, dark: true }]) {
    const page = await open(file, options);
    assert.equal(await page.text("h1"), "1 of 2 tests passed");
    assert.equal(await page.evaluate("document.querySelectorAll('.run').length"), 2);
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })");
    await page.until("document.querySelector('.run h4')");
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })");
    const words = await page.evaluate("document.querySelector('main').textContent");
    for (const shown of [evil, "<b>no</b>", "<img src=x onerror=window.owned=1>", "✗ response_status equal_number 200", "found 500, wanted 200"])
      assert.ok(words.includes(shown), `${shown} in\n${words}`);
    const steps = await cells(page, "Steps");
    assert.equal(steps[0][3], "500 <b>no</b>");
    assert.equal(steps[0][6], "0 of 2");
    assert.match(await page.evaluate("document.querySelector('.parts').getAttribute('aria-label')"), /^Phases: (.* )?connect [\d.]+\u00a0ms/);
    assert.equal(await page.evaluate("window.owned ?? null"), null);
    assert.equal(await page.evaluate("document.querySelectorAll('main img, main script, main b:not(.legend b)').length"), 0);
    assert.equal(await page.overflow(), 0);
    assert.deepEqual(page.problems, []);
  }
});
