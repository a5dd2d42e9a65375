import { $, announce, bytes, download, el } from '/static/components.js';
import { binId, getJson } from '/static/bins.js';
import { callRow, follow, keepTimesFresh } from '/static/feed.js';
import { showCall } from '/static/detail.js';

const MOST = 1000;
const id = binId();
const list = $('#calls');
let calls = [];      // newest first, as the filters let them through
let totals = { total: 0, dropped: 0, last: 0 };
let pending = 0;

document.title = `History of ${id} · mock-bin`;
$('#name').textContent = id;
$('#name').href = `/bin/${id}/view`;

const filters = () => {
    const query = new URLSearchParams({ limit: MOST });
    if ($('#search').value.trim()) query.set('search', $('#search').value.trim());
    if ($('#method').value) query.set('method', $('#method').value);
    return query;
};
const filtered = () => Boolean($('#search').value.trim() || $('#method').value);

function problem(error) {
    $('#problem').hidden = !error;
    if (error) $('#problem').textContent = error.message || String(error);
}

function countText() {
    const shown = filtered() ? `${calls.length} of ${totals.total} calls shown` : `${totals.total} ${totals.total === 1 ? 'call' : 'calls'}`;
    $('#count').textContent = shown + (totals.dropped ? `, the oldest ${totals.dropped} no longer kept` : '');
    $('#empty').hidden = calls.length > 0;
    $('#empty').textContent = filtered() ? 'No call fits.' : 'Nothing came yet. Calls appear here the moment they arrive.';
}

function addRow(call, isNew) {
    const row = callRow(call, id, `#${call._seq}`);
    if (isNew) row.firstChild.classList.add('new');
    list.prepend(row);
    while (list.children.length > MOST) list.lastChild.remove();
    if (![...$('#method').options].some((option) => option.value === call.method)) $('#method').append(el('option', { value: call.method }, call.method));
}

async function load() {
    const mine = ++pending;
    const found = await getJson(`/bin/${id}/entries?${filters()}`);
    if (mine !== pending) return;
    totals = found;
    calls = found.entries.reverse();
    list.replaceChildren();
    [...calls].reverse().forEach((call) => addRow(call, false));
    countText();
    mark();
}

const chosen = () => Number(location.hash.slice(1)) || 0;

function mark() {
    list.querySelectorAll('a').forEach((link) => {
        if (Number(link.parentNode.dataset.seq) === chosen()) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
    });
}

async function choose() {
    mark();
    const detail = $('#detail');
    if (!chosen()) return;
    try {
        const entry = await getJson(`/bin/${id}/entries/${chosen()}`);
        if (entry._seq !== chosen()) return;
        detail.replaceChildren(...showCall(entry, id, openReplay));
        problem(null);
    } catch (error) {
        detail.replaceChildren(el('p', { class: 'notice bad', role: 'alert' }, error.message));
    }
    // On a narrow screen the details stand below the list.
    if (matchMedia('(max-width: 55.99rem)').matches) {
        detail.scrollIntoView({ block: 'start' });
        detail.focus({ preventScroll: true });
    }
}

/** Moves the choice up or down the list. */
function step(by) {
    const links = [...list.querySelectorAll('a')];
    if (!links.length) return;
    // By the address, which changes at once: the mark follows a moment later, and keys may be faster.
    const at = links.findIndex((link) => Number(link.parentNode.dataset.seq) === chosen());
    const next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))];
    location.hash = next.hash;
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
}

addEventListener('hashchange', choose);
addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog, [role=tab], pre')) return;
    if (event.key === '/') { event.preventDefault(); $('#search').focus(); }
    if (event.key === 'ArrowDown') { event.preventDefault(); step(1); }
    if (event.key === 'ArrowUp') { event.preventDefault(); step(-1); }
});

let typing;
$('#search').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(() => load().catch(problem), 200); });
$('#method').addEventListener('change', () => load().catch(problem));

$('#har').addEventListener('click', async () => {
    const query = filters();
    query.delete('limit');
    const response = await fetch(`/bin/${id}/log?${query}`, { headers: { Accept: 'application/json' } });
    if (!response.ok) return problem(new Error(`${response.status} ${response.statusText}`));
    const text = await response.text();
    download(`${id}.har`, text, 'application/json');
    announce(`HAR of ${bytes(text.length)} downloaded`);
});

$('#clear').addEventListener('click', async () => {
    if (!confirm('Forget all calls of this bin?')) return;
    await fetch(`/bin/${id}/log`, { method: 'DELETE' });
});

// --- replay

let replaying = 0;
function openReplay(entry) {
    replaying = entry._seq;
    $('#replay-result').replaceChildren();
    if (!$('#replay-url').value) $('#replay-url').value = localStorage.getItem('mock-bin.replay') || '';
    $('#replay').showModal();
}
$('#replay-close').addEventListener('click', () => $('#replay').close());
$('#replay form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const url = $('#replay-url').value;
    $('#replay-send').disabled = true;
    try {
        const result = await getJson(`/bin/${id}/entries/${replaying}/replay`, {
            method: 'POST', body: JSON.stringify({ url }), headers: { 'Content-Type': 'application/json' },
        });
        localStorage.setItem('mock-bin.replay', url);
        $('#replay-result').replaceChildren(el('p', { class: 'notice good' }, `${result.status} ${result.statusText} after ${Math.round(result.timings.total)} ms`),
            result.body ? el('pre', { class: 'code' }, result.body) : '');
    } catch (error) {
        $('#replay-result').replaceChildren(el('p', { class: 'notice bad', role: 'alert' }, error.message));
    }
    $('#replay-send').disabled = false;
});

try {
    await load();
    follow(id, totals.last, {
        call: (call) => {
            if (call._seq <= totals.last) return;
            totals.last = call._seq;
            totals.total += 1;
            if (filtered()) return load().catch(problem);
            calls.unshift(call);
            addRow(call, true);
            countText();
            announce(`New call: ${call.method} ${call.path}`);
        },
        cleared: () => {
            location.hash = '';
            $('#detail').replaceChildren(el('p', { class: 'empty' }, 'Choose a call to see all of it.'));
            load().catch(problem);
        },
        dropped: () => load().catch(problem),
    });
    keepTimesFresh();
    await choose();
} catch (error) {
    $('#live').textContent = '';
    problem(error);
}
