// What pages share: elements made without HTML text, tabs, copying, times. ES module, no dependencies.

/** An element; strings among the children become text, never HTML. `on…` properties are listeners. */
export function el(name, properties = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === null || value === false) continue;
        if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
        else if (key === 'class') node.className = value;
        else node.setAttribute(key, value === true ? '' : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
}

export const $ = (selector, from = document) => from.querySelector(selector);

/** Says something to screen readers without moving the focus. */
export function announce(text) {
    let region = $('#announcer');
    if (!region) document.body.append(region = el('div', { id: 'announcer', class: 'hidden-text', 'aria-live': 'polite' }));
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50);
}

/** Copies, also where the clipboard API is missing (plain http on another host). */
export async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        const area = el('textarea', { class: 'hidden-text', 'aria-hidden': 'true' });
        area.value = text;
        document.body.append(area);
        area.select();
        const good = document.execCommand('copy');
        area.remove();
        return good;
    }
}

/** A button that copies what `text()` gives. */
export function copyButton(label, text, className = 'button small') {
    const button = el('button', { type: 'button', class: className }, label);
    button.addEventListener('click', async () => {
        const good = await copyText(text());
        button.textContent = good ? 'Copied' : 'Press Ctrl+C';
        announce(good ? 'Copied to the clipboard' : 'Could not copy');
        setTimeout(() => { button.textContent = label; }, 1500);
    });
    return button;
}

/** Text in a box with a copy button. */
export function codeBox(text, label = 'Text') {
    return el('div', { class: 'copyable' },
        el('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': label }, text),
        copyButton('Copy', () => text));
}

/** Views of one thing, one shown at a time: [{name, make()}]. Arrow keys move between tabs (ARIA tabs pattern). */
export function tabs(label, views, chosen = 0) {
    const id = `tabs-${Math.random().toString(36).slice(2)}`;
    const panel = el('div', { role: 'tabpanel', id });
    const buttons = views.map((view, i) => el('button', {
        type: 'button', class: 'tab', role: 'tab', id: `${id}-${i}`, 'aria-controls': id, onclick: () => choose(i),
        onkeydown: (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            event.preventDefault();
            choose((i + step + views.length) % views.length).focus();
        },
    }, view.name));
    function choose(i) {
        buttons.forEach((button, k) => {
            button.setAttribute('aria-selected', String(k === i));
            button.tabIndex = k === i ? 0 : -1;
        });
        panel.setAttribute('aria-labelledby', buttons[i].id);
        panel.replaceChildren(views[i].make());
        return buttons[i];
    }
    const node = el('div', {}, el('div', { class: 'tabs', role: 'tablist', 'aria-label': label }, buttons), panel);
    choose(chosen);
    return node;
}

export function table(rows) {
    return el('table', { class: 'grid' }, el('tbody', {}, rows.map(([name, value]) =>
        el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, value)))));
}

export function facts(pairs) {
    return el('dl', { class: 'facts' }, pairs.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

export function bytes(count) {
    if (count < 1000) return `${count} B`;
    if (count < 1e6) return `${(count / 1000).toFixed(1)} kB`;
    return `${(count / 1e6).toFixed(1)} MB`;
}

export function ago(time, now = Date.now()) {
    const seconds = Math.round((now - new Date(time).getTime()) / 1000);
    if (seconds < 5) return 'just now';
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return new Date(time).toLocaleDateString();
}

export const clock = (time) => new Date(time).toLocaleTimeString(undefined, { hour12: false });

export function download(name, content, type) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    const link = el('a', { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** JSON laid out with two spaces, its literals untouched: 1.0 and 12345678901234567890 stay what they are. Null: not JSON. */
export function prettyJson(text) {
    try { JSON.parse(text); } catch { return null; }
    let out = '';
    let depth = 0;
    const line = () => '\n' + '  '.repeat(depth);
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];
    tokens.forEach((token, i) => {
        const next = tokens[i + 1];
        if (token === '{' || token === '[') {
            const empty = next === '}' || next === ']';
            if (!empty) depth++;
            out += token + (empty ? '' : line());
        } else if (token === '}' || token === ']') {
            const empty = tokens[i - 1] === '{' || tokens[i - 1] === '[';
            if (!empty) depth--;
            out += (empty ? '' : line()) + token;
        } else if (token === ',') out += token + line();
        else if (token === ':') out += ': ';
        else out += token;
    });
    return out;
}
