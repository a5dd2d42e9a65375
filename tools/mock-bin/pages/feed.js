// The live feed of a bin, and how one call looks in a list.
import { $, ago, bytes, clock, el } from '/static/components.js';

export const statusClass = (call) => (call.fault ? 'bad' : call.status < 300 ? 'good' : call.status < 400 ? 'plain' : call.status < 500 ? 'warn' : 'bad');
export const statusText = (call) => (call.fault ? call.fault.toLowerCase().replaceAll('_', ' ') : String(call.status));

/** The path below the bin: what differs between its calls. */
export function shortPath(call, id) {
    const prefix = `/bin/${id}`;
    return call.path.startsWith(prefix) ? call.path.slice(prefix.length) || '/' : call.path;
}

export function callRow(call, id, href) {
    const verdict = { valid: 'good', invalid: 'bad', missing: 'warn' }[call.signature];
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

/** Follows the bin; the browser reconnects by itself and goes on where it was. */
export function follow(id, after, on) {
    const source = new EventSource(`/bin/${id}/events?after=${after}`);
    const show = (state, text) => {
        $('#dot').className = `dot ${state}`;
        $('#live').textContent = text;
    };
    source.onopen = () => show('good', 'live');
    source.onerror = () => show('bad', 'connection lost, trying again…');
    source.onmessage = (event) => on.call(JSON.parse(event.data));
    source.addEventListener('cleared', () => on.cleared());
    source.addEventListener('dropped', (event) => on.dropped?.(JSON.parse(event.data)));
    source.addEventListener('deleted', () => {
        source.close();
        show('bad', 'this bin was deleted');
    });
    window.addEventListener('pagehide', () => source.close());
}
