// The HTML report: reads the data of its page and shows all runs in it. ES module.
import { $, el } from './components.js';
import { dataTable, figure, timeSpan } from './figures.js';
import { runTitle, runView, toneOf } from './run_view.js';

const UNASKED = 3; // so many runs are shown without asking

/** A run among several: its name and verdict, and all of it once it is opened. */
function foldedRun(run, index, open) {
    const id = `run-${index + 1}`;
    const body = el('div', {});
    const node = el('details', { class: 'run', open, id }, el('summary', {}, runTitle(run, `${id}-name`)), body);
    const fill = () => { if (!body.firstChild) body.append(runView(run, `${id}-name`)); };
    if (open) fill();
    node.addEventListener('toggle', () => { if (node.open) fill(); });
    return { node, show() { node.open = true; fill(); node.scrollIntoView(); $('summary', node).focus(); } };
}

function overview(runs, show) {
    return el('section', { class: 'card long' }, dataTable('Runs', [
        { name: 'test', kind: 'wide', make: (run) => el('a', { href: `#run-${runs.indexOf(run) + 1}`, onclick: (event) => {
            event.preventDefault();
            show(runs.indexOf(run));
        } }, run.testName) },
        { name: 'status', make: (run) => el('span', { class: `badge ${toneOf(run.status)}` }, run.status) },
        { name: 'checks', kind: 'number', make: ({ checks }) => (checks.total ? `${figure(checks.passed)} of ${figure(checks.total)}` : '–') },
        { name: 'time', kind: 'number', make: ({ duration }) => timeSpan(duration) },
        { name: 'first reason', kind: 'wide', make: ({ error, failureReasons }) => error || failureReasons[0] || '–' },
    ], runs));
}

function show({ ringback, runs }) {
    const main = $('#content');
    $('.bar').append(el('span', { class: 'soft' }, 'report'));
    $('.foot').append(`Made by ringback ${ringback}. Charts: uPlot 1.6, MIT licence.`);
    if (runs.length < 2) {
        main.append(...(runs.length ? [runTitle(runs[0], 'run-1', 'h1'), runView(runs[0], 'run-1')] : [el('h1', {}, 'No test was run')]));
        return;
    }
    const passed = runs.filter(({ status }) => status === 'completed' || status === 'warnings').length;
    const folded = runs.map((run, index) => foldedRun(run, index, runs.length <= UNASKED));
    main.append(el('h1', {}, `${passed} of ${runs.length} tests passed`), overview(runs, (index) => folded[index].show()), ...folded.map(({ node }) => node));
    const named = /^#run-(\d+)$/.exec(location.hash);
    if (named) folded[named[1] - 1]?.show();
}

show(JSON.parse($('#report').textContent));
