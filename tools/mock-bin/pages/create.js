import { $, el } from '/static/components.js';
import { rememberBin } from '/static/bins.js';

const examples = {
    text: { mimeType: 'text/plain; charset=utf-8', text: 'Hello World' },
    json: { mimeType: 'application/json', text: '{\n    "foo": "Hello World"\n}' },
    xml: { mimeType: 'application/xml', text: '<?xml version="1.0"?>\n<foo>Hello World</foo>' },
    retry: { sequence: '500, 500, 200' },
    slow: { delay: '5s' },
};

/** Rows of name and value; there is always an empty one to type into. */
function pairs(container, label) {
    const empty = (row) => !$('.name', row).value.trim() && !$('.value', row).value;
    const filled = () => [...container.children].filter((row) => !empty(row));
    function add() {
        const row = el('div', { class: 'row' },
            el('label', { class: 'grow' }, el('span', { class: 'hidden-text' }, `${label} name`), el('input', { class: 'mono name', placeholder: 'name', autocomplete: 'off' })),
            el('label', { class: 'grow' }, el('span', { class: 'hidden-text' }, `${label} value`), el('input', { class: 'mono value', placeholder: 'value', autocomplete: 'off' })));
        row.addEventListener('input', () => {
            const rows = [...container.children];
            if (!empty(rows.at(-1))) add();
            rows.slice(0, -1).filter((one) => empty(one) && one !== row).forEach((one) => one.remove());
        });
        container.append(row);
    }
    add();
    return {
        // A value without a name is among them: mock-bin says what is wrong with it.
        list: () => filled().map((row) => ({ name: $('.name', row).value.trim(), value: $('.value', row).value })),
        /** The input of the pair that stands at this place of the list. */
        field: (at, part) => $(part === 'value' ? '.value' : '.name', filled()[at] ?? container),
        clear: () => { container.replaceChildren(); add(); },
    };
}

const headers = pairs($('#headers'), 'Header');
const cookies = pairs($('#cookies'), 'Cookie');

function definition() {
    const status = Number($('#status').value);
    const out = {
        status, statusText: $('#statusText').value || undefined, httpVersion: 'HTTP/1.1', headers: headers.list(), cookies: cookies.list(),
        content: { mimeType: $('#mimeType').value, text: $('#text').value },
    };
    if ($('#delay').value.trim()) out.delay = /^\d+$/.test($('#delay').value.trim()) ? Number($('#delay').value) : $('#delay').value.trim();
    if ($('#fault').value) out.fault = $('#fault').value;
    if ($('#template').checked) out.template = true;
    if ($('#secret').value.trim()) out.verify = { secret: $('#secret').value.trim() };
    const statuses = $('#sequence').value.split(/[\s,;]+/).filter(Boolean);
    // What is no number goes out as it is, to be refused: a sequence of its other parts is not what was asked for.
    if (statuses.length) out.responses = statuses.map((code) => ({ status: /^\d+$/.test(code) ? Number(code) : code }));
    return out;
}

// The reason follows the status until it is edited.
const reasons = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 400: 'Bad Request',
    401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 410: 'Gone', 429: 'Too Many Requests', 500: 'Internal Server Error',
    502: 'Bad Gateway', 503: 'Service Unavailable' };
let reasonEdited = false;
$('#statusText').addEventListener('input', () => { reasonEdited = true; });
$('#status').addEventListener('input', () => { if (!reasonEdited) $('#statusText').value = reasons[$('#status').value] || ''; });

function refresh() {
    const json = JSON.stringify(definition(), null, 2);
    $('#preview').textContent = json;
    $('[name=response]').value = json;
}

function hideProblem() {
    $('#problem').hidden = true;
    form.querySelectorAll('[aria-invalid]').forEach((input) => input.removeAttribute('aria-invalid'));
}

/** Marks the field that the server's JSON pointer names. */
function showProblem(error) {
    $('#problem').hidden = false;
    $('#problem').textContent = error.message;
    const [, top, second, third] = (error.details?.pointer || '').split('/');
    const ids = { content: second || 'text', responses: 'sequence', verify: 'secret' };
    const input = { headers, cookies }[top]?.field(second, third) ?? document.getElementById(ids[top] || top);
    if (!input?.matches('input, select, textarea')) return;
    input.setAttribute('aria-invalid', 'true');
    input.closest('details')?.setAttribute('open', '');
    input.focus();
}

const form = $('#builder');
form.addEventListener('input', refresh);

// An example starts from the defaults, whatever was chosen before.
$('#example').addEventListener('change', () => {
    const chosen = $('#example').value;
    const example = examples[chosen];
    if (!example) return;
    form.reset();
    headers.clear();
    cookies.clear();
    hideProblem();
    reasonEdited = false;
    for (const [id, value] of Object.entries({ example: chosen, ...example })) $(`#${id}`).value = value;
    if (!('text' in example)) $('details').open = true;
    refresh();
});

form.addEventListener('submit', async (event) => {
    event.preventDefault();
    refresh();
    hideProblem();
    try {
        const response = await fetch('/bin/create', {
            method: 'POST', body: $('[name=response]').value, headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
        });
        const body = await response.json();
        if (!response.ok) return showProblem(body.error);
        rememberBin(body);
        location.href = `/bin/${body}/view`;
    } catch (error) {
        showProblem({ message: `mock-bin does not answer: ${error.message}` });
    }
});
refresh();
