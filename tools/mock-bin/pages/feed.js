// The live feed of a bin, and how one call looks in a list.
import { $, ago, announce, bytes, clock, el } from '/static/components.js';

export const statusClass = (call) => (call.fault ? 'bad' : call.status < 300 ? 'good' : call.status < 400 ? 'plain' : call.status < 500 ? 'warn' : 'bad');
export const statusText = (call) => (call.fault ? call.fault.toLowerCase().replaceAll('_', ' ') : String(call.status));
/** How a signature's verdict looks, in the list and in the details. */
export const verdictClass = { valid: 'good', invalid: 'bad', missing: 'warn' };

/** The path below the bin: what differs between its calls. */
export function shortPath(call, id) {
    const prefix = `/bin/${id}`;
    return call.path.startsWith(prefix) ? call.path.slice(prefix.length) || '/' : call.path;
}

export function callRow(call, id, href) {
    const verdict = verdictClass[call.signature];
    const time = el('time', { datetime: call.startedDateTime, title: call.startedDateTime }, ago(call.startedDateTime));
    return el('li', { 'data-seq': call._seq }, el('a', { href },
        el('span', { class: `method ${call.method}` }, call.method),
        el('span', { class: 'path', title: call.path }, shortPath(call, id)),
        el('span', { class: `badge ${statusClass(call)}` }, statusText(call)),
        el('span', { class: 'about' },
            el('span', {}, `#${call._seq}`), el('span', {}, clock(call.startedDateTime)), time, el('span', {}, bytes(call.bodySize)),
            call.mimeType && el('span', {}, call.mimeType),
            verdict && el('span', { class: `badge ${verdict}` }, `signature ${call.signature}`))));
}

export function keepTimesFresh() {
    setInterval(() => document.querySelectorAll('time').forEach((node) => { node.textContent = ago(node.dateTime); }), 10000);
}

/** Does `work`, which must not fail, when asked; asked often, it is done with a pause between, and once after the last asking. */
export function coalesced(work, pause = 100) {
    let asked = false;
    let running = false;
    return async () => {
        asked = true;
        if (running) return;
        for (running = true; asked; await new Promise((done) => { setTimeout(done, pause); })) {
            asked = false;
            await work();
        }
        running = false;
    };
}

/** Takes away the rows of calls that the bin no longer keeps, by what it told of itself. Calls newer than that stay. */
export function dropRows(list, { total, dropped, last }) {
    const known = [...list.children].filter((row) => Number(row.dataset.seq) <= last);
    known.slice(total - dropped).forEach((row) => row.remove());
}

const RETRY = 3000;

/**
 * Follows the bin from call `after` on: `on.call`, `on.cleared`, `on.dropped`, and `on.again` when the connection is back.
 * The browser reconnects by itself and goes on where it was, but gives up for good when it is refused: then the bin is
 * gone, or something between here and there speaks for mock-bin and is asked again.
 */
export function follow(id, after, on) {
    let source;
    let last = after;
    let lost = false;
    const show = (state, ...text) => {
        $('#dot').className = `dot ${state}`;
        $('#live').replaceChildren(...text);
    };
    function gone(text) {
        source.close();
        source = null;
        show('bad', `${text}: `, el('a', { href: '/bin/create' }, 'make a new one'));
        announce(text);
    }
    async function refused() {
        const response = await fetch(`/bin/${id}/entries?limit=1`, { headers: { Accept: 'application/json' } }).catch(() => null);
        if (response?.status === 404) gone('this bin is gone');
        else setTimeout(open, RETRY);
    }
    function open() {
        source?.close();
        source = new EventSource(`/bin/${id}/events?after=${last}`);
        source.onopen = () => {
            show('good', 'live');
            if (lost) on.again?.();
            lost = false;
        };
        source.onerror = () => {
            lost = true;
            show('bad', 'connection lost, trying again…');
            if (source.readyState === EventSource.CLOSED) refused();
        };
        source.onmessage = (event) => {
            last = event.lastEventId;
            on.call(JSON.parse(event.data));
        };
        source.addEventListener('cleared', () => on.cleared());
        source.addEventListener('dropped', () => on.dropped?.());
        source.addEventListener('deleted', () => gone('this bin was deleted'));
    }
    open();
    addEventListener('pagehide', () => source?.close());
    // A page that the browser kept, to show it again on Back.
    addEventListener('pageshow', (event) => {
        if (!event.persisted || !source) return;
        lost = true;
        open();
    });
}
