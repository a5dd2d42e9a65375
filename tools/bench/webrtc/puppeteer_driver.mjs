// The other driver: opens the page once per probe, each in a browser context of its own, and takes a sample of every page
// each second, by the same function in the page as ringback's. Task: {url, count, seconds, switches, observer} as JSON.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import puppeteer from "puppeteer-core";

const task = JSON.parse(process.argv[2]);
const observer = readFileSync(task.observer, "utf8");
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", pipe: true,
  headless: true, ignoreDefaultArgs: true, args: [...task.switches, "--remote-debugging-pipe", "about:blank"] });
const samples = [];
await Promise.all(Array.from({ length: task.count }, async () => {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await (await page.createCDPSession()).send("Emulation.setFocusEmulationEnabled", { enabled: true });
  await page.evaluateOnNewDocument(observer);
  await page.goto(task.url);
  await page.waitForSelector("p", { timeout: 30_000 });
  const end = performance.now() + task.seconds * 1000;
  for (let next = performance.now() + 1000; next < end; next += 1000) {
    await sleep(Math.max(0, next - performance.now()));
    samples.push(await page.evaluate("globalThis.__ringback.sample(false)"));
  }
}));
await browser.close();
