import { $, announce, bytes, download, el } from '/static/components.js';
import { binId, getJson } from '/static/bins.js';
import { callRow, coalesced, dropRows, follow, keepTimesFresh } from '/static/feed.js';
import { showCall } from '/static/detail.js';

const MOST = 1000;
const id = binId();
const list = $('#calls');
let totals = { total: 0, dropped: 0, last: 0 }; // as the bin told them
let newest = 0; // the number of the newest call that the list or the feed told of
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
    const { total, dropped } = totals;
    const rows = list.children.length;
    const parts = [filtered() ? `${rows} of ${total} calls shown` : `${total} ${total === 1 ? 'call' : 'calls'}`];
    if (!filtered() && total - dropped > MOST) parts.push(`the newest ${rows} listed`);
    if (dropped) parts.push(`the oldest ${dropped} no longer kept`);
    $('#count').textContent = parts.join(', ');
    $('#empty').hidden = rows > 0;
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
    const before = newest;
    const found = await getJson(`/bin/${id}/entries?${filters()}`);
    if (mine !== pending) return;
    // The feed told of calls while this list was on its way: they stand in the next one.
    if (newest !== before && newest > found.last) {
        await load();
        return;
    }
    totals = found;
    newest = found.last;
    list.replaceChildren();
    found.entries.forEach((call) => addRow(call, false));
    countText();
    mark();
    problem(null);
}

async function count() {
    totals = await getJson(`/bin/${id}/entries?limit=1`);
    dropRows(list, totals);
    countText();
}

const refresh = coalesced(() => (filtered() ? load() : count()).catch(problem));

const chosen = () => Number(location.hash.slice(1)) || 0;

function mark() {
    list.querySelectorAll('a').forEach((link) => {
        if (Number(link.parentNode.dataset.seq) === chosen()) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
    });
}

/** What a person is told instead of a call that the bin does not have. */
async function whyGone(seq) {
    await count();
    refresh();
    if (seq > totals.last) return `There is no call #${seq} yet.`;
    if (seq <= totals.last - totals.total) return `Call #${seq} is no longer here: the history was cleared after it came.`;
    return `Call #${seq} is no longer here: the bin keeps its newest calls, and newer ones have taken its place.`;
}

async function notice(error, seq) {
    const gone = error.code === 'unknown_entry';
    const text = gone ? await whyGone(seq).catch((other) => other.message) : error.message;
    return el('p', { class: gone ? 'notice' : 'notice bad', role: 'alert' }, text);
}

async function choose() {
    mark();
    const detail = $('#detail');
    const seq = chosen();
    if (!seq) return;
    let shown;
    try {
        shown = showCall(await getJson(`/bin/${id}/entries/${seq}`), id, openReplay);
        problem(null);
    } catch (error) {
        shown = [await notice(error, seq)];
    }
    if (seq !== chosen()) return;
    detail.replaceChildren(...shown);
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
        $('#replay-result').replaceChildren(await notice(error, replaying));
    }
    $('#replay-send').disabled = false;
});

try {
    await load();
    follow(id, totals.last, {
        call: (call) => {
            if (call._seq <= newest) return;
            newest = call._seq;
            if (call._seq > totals.last) totals = { ...totals, total: totals.total + 1, last: call._seq };
            if (!filtered()) {
                addRow(call, true);
                countText();
                announce(`New call: ${call.method} ${call.path}`);
            }
            refresh();
        },
        cleared: () => {
            location.hash = '';
            $('#detail').replaceChildren(el('p', { class: 'empty' }, 'Choose a call to see all of it.'));
            load().catch(problem);
        },
        dropped: refresh,
        again: () => {
            newest = 0;
            load().catch(problem);
        },
    });
    keepTimesFresh();
    await choose();
} catch (error) {
    $('#live').textContent = '';
    problem(error);
}
