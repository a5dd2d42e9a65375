// Headless Chromium over the DevTools pipe, for tests: no packages, no port.
//
//   const browser = await launch();
//   const page = await browser.page({ width: 1280, height: 900, dark: false });
//   await page.goto(url); await page.click('button'); await page.until('document.title === "x"');
//   await page.screenshot('a.png'); await browser.close();
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const COMMAND_TIMEOUT = 20_000;

export function findChromium() {
    const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
    if (!found) throw new Error('No Chromium found: install the package "chromium", or set CHROMIUM to its path.');
    return found;
}

export async function launch(extra = []) {
    const profile = mkdtempSync(join(tmpdir(), 'ringback-chromium-'));
    const root = process.getuid?.() === 0;
    const child = spawn(findChromium(), ['--headless', ...(root ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio', '--disable-dev-shm-usage',
        `--user-data-dir=${profile}`, '--remote-debugging-pipe', ...extra, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const browser = new Browser(child, profile);
    await browser.send('Browser.getVersion');
    return browser;
}

class Browser {
    #child; #profile; #next = 1; #waiting = new Map(); #listeners = new Set(); #rest = '';

    constructor(child, profile) {
        this.#child = child;
        this.#profile = profile;
        child.stdio[4].setEncoding('utf8');
        child.stdio[4].on('data', (text) => this.#read(text));
        child.stdio[3].on('error', () => {});
        child.on('exit', () => {
            for (const { reject } of this.#waiting.values()) reject(new Error('Chromium ended'));
            this.#waiting.clear();
        });
    }

    #read(text) {
        const parts = (this.#rest + text).split('\0');
        this.#rest = parts.pop();
        for (const part of parts) {
            const message = JSON.parse(part);
            const waiting = this.#waiting.get(message.id);
            if (waiting) {
                this.#waiting.delete(message.id);
                clearTimeout(waiting.timer);
                if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
                else waiting.resolve(message.result);
            } else {
                for (const listener of this.#listeners) listener(message);
            }
        }
    }

    send(method, params = {}, sessionId = undefined) {
        const id = this.#next++;
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => {
                this.#waiting.delete(id);
                reject(new Error(`${method}: no reply from Chromium`));
            }, COMMAND_TIMEOUT);
            this.#waiting.set(id, { resolve, reject, timer, method });
            this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        });
    }

    on(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    /** A fresh page in a browser context of its own. */
    async page(options = {}) {
        const { browserContextId } = await this.send('Target.createBrowserContext');
        const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
        const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
        const page = new Page(this, sessionId);
        await page.setUp(options);
        return page;
    }

    async close() {
        const ended = new Promise((resolve) => { this.#child.once('exit', resolve); });
        if (this.#child.exitCode === null && this.#child.signalCode === null) {
            this.send('Browser.close').catch(() => {});
            const late = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
            await ended;
            clearTimeout(late);
        }
        rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
}

class Page {
    /** Lines of the console, uncaught exceptions and refused loads, as they came. */
    problems = [];
    #browser; #session;

    constructor(browser, session) {
        this.#browser = browser;
        this.#session = session;
    }

    send(method, params) { return this.#browser.send(method, params, this.#session); }

    async setUp({ width = 1280, height = 900, dark = false }) {
        this.#browser.on(({ method, params, sessionId }) => {
            if (sessionId !== this.#session) return;
            if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
            if (method === 'Log.entryAdded' && params.entry.level === 'error') this.problems.push(`${params.entry.text} ${params.entry.url || ''}`);
            if (method === 'Page.javascriptDialogOpening') this.send('Page.handleJavaScriptDialog', { accept: true }).catch(() => {});
        });
        await this.send('Page.enable');
        await this.send('Runtime.enable');
        await this.send('Log.enable');
        await this.send('Emulation.setFocusEmulationEnabled', { enabled: true });
        await this.resize(width, height);
        await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    }

    resize(width, height) {
        return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    }

    /** Goes there and waits until the page is loaded. */
    async goto(url) {
        const { errorText } = await this.send('Page.navigate', { url });
        if (errorText) throw new Error(`${url}: ${errorText}`);
        const wanted = new URL(url);
        await this.until(`location.pathname === ${JSON.stringify(wanted.pathname)} && document.readyState === 'complete'`);
    }

    async evaluate(expression) {
        const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
        return result.value;
    }

    /** Waits until the expression is truthy and gives its value. A navigation under way only delays it. */
    async until(expression, timeout = 10_000) {
        const end = Date.now() + timeout;
        let last;
        do {
            try {
                last = await this.evaluate(expression);
                if (last) return last;
            } catch (error) {
                last = error.message;
            }
            await sleep(30);
        } while (Date.now() < end);
        throw new Error(`Waited ${timeout} ms in vain for: ${expression} (last: ${last})`);
    }

    text(selector) { return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? null`); }

    /** A real click of the mouse in the middle of the element, which must be visible. */
    async click(selector) {
        await this.until(`document.querySelector(${JSON.stringify(selector)})`);
        const { x, y } = await this.evaluate(`(() => { const node = document.querySelector(${JSON.stringify(selector)}); node.scrollIntoView({ block: 'center' });
            const box = node.getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })()`);
        for (const type of ['mousePressed', 'mouseReleased']) await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }

    async type(text) { await this.send('Input.insertText', { text }); }

    /** "Enter", "Tab", "ArrowDown", "/" … */
    async press(key) {
        const codes = { Enter: 13, Tab: 9, ArrowDown: 40, ArrowUp: 38, ArrowRight: 39, ArrowLeft: 37, Escape: 27, ' ': 32 };
        const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
        const common = { key, code: key, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
        await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...common });
        await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
    }

    /** Nothing may be wider than the window. */
    overflow() { return this.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'); }

    async screenshot(file, { full = true } = {}) {
        const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: full });
        await writeFile(file, Buffer.from(data, 'base64'));
    }
}
