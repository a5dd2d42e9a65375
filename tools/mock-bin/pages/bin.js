import { $, codeBox, copyButton, tabs } from '/static/components.js';
import { binId, binUrl, forgetBin, getJson, rememberBin } from '/static/bins.js';
import { callRow, coalesced, dropRows, follow, keepTimesFresh } from '/static/feed.js';
import { samples } from '/static/samples.js';

const SHOWN = 8;
const id = binId();
const url = binUrl(id);

document.title = `Bin ${id} · mock-bin`;
$('#name').textContent = id;
$('#address').textContent = url;
$('.address').append(copyButton('Copy', () => url, 'button primary'));
$('#to-history').href = `/bin/${id}/history`;
$('#samples').append(tabs('Ways to call the bin', samples(url).map((sample) => ({ name: sample.name, make: () => codeBox(sample.text, sample.name) }))));

let newest = 0; // the number of the newest call listed

function addCall(call, isNew) {
    if (call._seq <= newest) return;
    newest = call._seq;
    $('#empty').hidden = true;
    const row = callRow(call, id, `/bin/${id}/history#${call._seq}`);
    if (isNew) row.firstChild.classList.add('new');
    $('#calls').prepend(row);
    while ($('#calls').children.length > SHOWN) $('#calls').lastChild.remove();
}

function removeCalls() {
    $('#calls').replaceChildren();
    $('#empty').hidden = false;
}

const entries = () => getJson(`/bin/${id}/entries?limit=${SHOWN}`);

const refresh = coalesced(async () => {
    try {
        const log = await entries();
        log.entries.forEach((call) => addCall(call, true));
        dropRows($('#calls'), log);
    } catch { /* the feed says what is wrong */ }
});

$('#try').addEventListener('click', () => fetch(url, {
    method: 'POST', body: '{"hello": "world"}', headers: { 'Content-Type': 'application/json' },
}).catch(() => { /* a bin may answer with a fault; what counts is that it recorded */ }));

$('#delete').addEventListener('click', async () => {
    if (!confirm('Delete this bin and all its calls?')) return;
    await fetch(`/bin/${id}`, { method: 'DELETE' });
    forgetBin(id);
    location.href = '/';
});

try {
    const answer = await getJson(`/bin/${id}/view`);
    const count = answer.responses?.length;
    $('#answer').textContent = answer.fault ? answer.fault : count ? `a sequence of ${count} answers` : `${answer.status} ${answer.statusText}`;
    $('#definition').append(codeBox(JSON.stringify(answer, null, 2), 'The stored response'));
    rememberBin(id);
    const log = await entries();
    log.entries.forEach((call) => addCall(call, false));
    follow(id, log.last, {
        call: (call) => { addCall(call, true); refresh(); },
        cleared: removeCalls,
        again: () => { newest = 0; removeCalls(); refresh(); },
    });
    keepTimesFresh();
} catch (error) {
    $('#live').textContent = error.message;
}
