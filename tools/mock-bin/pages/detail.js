// Everything about one call. Whatever was recorded is shown as text.
import { $, bytes, codeBox, copyButton, el, facts, prettyJson, table, tabs } from '/static/components.js';
import { verdictClass } from '/static/feed.js';
import { asCurl } from '/static/samples.js';

const PRETTY_MOST = 2_000_000;
const TEXT_MOST = 1_000_000;
const HEX_MOST = 4096;

function hexDump(base64, perRow) {
    const data = Uint8Array.from(atob(base64.slice(0, Math.ceil(HEX_MOST / 3) * 4)), (c) => c.charCodeAt(0)).slice(0, HEX_MOST);
    const lines = [];
    for (let at = 0; at < data.length; at += perRow) {
        const row = [...data.slice(at, at + perRow)];
        const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(3 * perRow - 1);
        lines.push(`${at.toString(16).padStart(4, '0')}  ${hex}  ${row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')}`);
    }
    return lines.join('\n');
}

/** Bytes in a row of the dump: half as many where the detail view is too narrow for sixteen. */
const bytesPerRow = () => ($('#detail').clientWidth < 680 ? 8 : 16);

function rawBody(entry) {
    const { postData, bodySize } = entry.request;
    if (postData.encoding) {
        return el('div', { class: 'dump' }, codeBox(hexDump(postData.text, bytesPerRow()), 'Body as bytes'),
            bodySize > HEX_MOST && el('p', { class: 'soft' }, `The first ${bytes(HEX_MOST)} of ${bytes(bodySize)}.`));
    }
    if (postData.text.length > TEXT_MOST)
        return el('div', {}, codeBox(postData.text.slice(0, TEXT_MOST), 'Body'), el('p', { class: 'soft' }, `The first ${bytes(TEXT_MOST)} of ${bytes(bodySize)}.`));
    return codeBox(postData.text, 'Body as received');
}

function body(entry, id) {
    const { postData, bodySize } = entry.request;
    if (!bodySize) return el('p', { class: 'soft' }, 'No body was sent.');
    const views = [];
    const pretty = !postData.encoding && postData.text.length < PRETTY_MOST && /^\s*[{[]/.test(postData.text) ? prettyJson(postData.text) : null;
    if (pretty) views.push({ name: 'Pretty', make: () => codeBox(pretty, 'Body, laid out') });
    if (postData.params.length)
        views.push({ name: 'Fields', make: () => table(postData.params.map((param) => [param.name, param.fileName === undefined ? param.value : `${param.fileName} (${param.contentType || 'file'})`])) });
    views.push({ name: 'Raw', make: () => rawBody(entry) });
    return el('div', {}, tabs('Body', views), el('p', {}, el('a', { href: `/bin/${id}/entries/${entry._seq}/raw` }, `Download the ${bytes(bodySize)}`)));
}

function section(title, ...content) {
    return el('section', {}, el('h3', {}, title), ...content);
}

const ms = (value) => (value === null || value === undefined ? '–' : `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`);

/** The nodes of the detail view. */
export function showCall(entry, id, replay) {
    const { request, response } = entry;
    const signature = entry._signature;
    const target = request.url.replace(/^https?:\/\/[^/]+/, '');
    return [
        el('div', { class: 'stack' },
            el('h2', {}, el('span', { class: `method ${request.method}` }, request.method), ' ', el('code', {}, target), ' ', el('small', {}, request.httpVersion)),
            facts([['Number', `#${entry._seq}`], ['Time', new Date(entry.startedDateTime).toLocaleString()], ['From', entry.clientIPAddress],
                ['Head', bytes(request.headersSize)], ['Body', bytes(request.bodySize)],
                ['Answered', entry._response.fault || `${response.status} ${response.statusText}`]]),
            el('div', { class: 'row' }, copyButton('Copy as curl', () => asCurl(entry, id), 'button small'), copyButton('Copy URL', () => request.url, 'button small'),
                el('button', { type: 'button', class: 'button small', onclick: () => replay(entry) }, 'Replay…'))),
        signature && el('p', { class: `notice ${verdictClass[signature.verdict]}` }, el('strong', {}, `Signature ${signature.verdict}`), `: ${signature.detail}`),
        section('Headers as received', table(entry._headers.map(({ name, value }) => [name, value]))),
        entry._trailers && section('Trailers', table(entry._trailers.map(({ name, value }) => [name, value]))),
        request.queryString.length > 0 && section('Query', table(request.queryString.map(({ name, value }) => [name, value]))),
        request.cookies.length > 0 && section('Cookies', table(request.cookies.map(({ name, value }) => [name, value]))),
        section('Body', body(entry, id)),
        section('Timings', facts([['Head received in', ms(entry._timings.head)], ['Body in', ms(entry._timings.body)], ['Answered in', ms(entry._timings.answer)]])),
    ].filter(Boolean);
}
