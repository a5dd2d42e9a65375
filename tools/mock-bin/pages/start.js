import { $, ago, codeBox, el } from '/static/components.js';
import { recentBins, rememberBin } from '/static/bins.js';

const shell = `ID=$(curl -s -H 'Accept: text/plain' -d '{"status": 200}' ${location.origin}/bin/create)
curl -d 'hello' ${location.origin}/bin/$ID
curl ${location.origin}/bin/$ID/log`;
$('#shell').append(codeBox(shell, 'Commands for a terminal'));

const bins = recentBins();
if (bins.length) {
    $('#recent').hidden = false;
    $('#recent ul').append(...bins.map((bin) => el('li', {}, el('a', { href: `/bin/${bin.id}/history` },
        el('span', { class: 'badge plain' }, 'bin'), el('span', { class: 'path' }, bin.id), el('small', {}, ago(bin.made))))));
}

$('#quick').addEventListener('click', async () => {
    const response = await fetch('/bin/create', { method: 'POST', body: '{}', headers: { Accept: 'application/json', 'Content-Type': 'application/json' } });
    const body = await response.json();
    if (!response.ok) {
        $('#problem').hidden = false;
        $('#problem').textContent = body.error.message;
        return;
    }
    rememberBin(body);
    location.href = `/bin/${body}/view`;
});
