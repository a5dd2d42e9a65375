// Everything about one run of the JSON report (docs/reports.md), as nodes for a page. ES module.
import { codeBox, el, facts, table } from './components.js';
import { charts, marksOf } from './charts.js';
import { dataTable, disclosure, figure, known, moment, partsBar, ribbon, timeSpan } from './figures.js';

const PHASES = ['dns', 'connect', 'tls', 'send', 'wait', 'receive'];
const SETUP_PHASES = ['gathering', 'ice', 'dtls', 'first-packet', 'first-frame'];
const MARKS = { passed: ['✓', 'good'], warned: ['!', 'warn'], failed: ['✗', 'bad'], skipped: ['–', ''] };
const TONES = { completed: 'good', warnings: 'warn' };
const MANY = 12; // rows that are shown without asking

export const toneOf = (status) => TONES[status] ?? 'bad';
const ms = (value) => (known(value) ? timeSpan(value / 1000) : '–');
const plural = (count, word) => `${figure(count)} ${word}${count === 1 ? '' : 's'}`;
/** A part with a heading; a long one may be broken between pages of paper. */
const card = (heading, ...content) => el('section', { class: 'card long' }, el('h3', {}, heading), ...content);
const shortCard = (heading, ...content) => el('section', { class: 'card' }, el('h3', {}, heading), ...content);
const badge = (verdict) => el('span', { class: `badge ${MARKS[verdict]?.[1] ?? ''}` }, `${MARKS[verdict]?.[0] ?? '?'} ${verdict}`);
const spread = (values, show) => {
    const some = values.filter(known);
    const low = Math.min(...some);
    const high = Math.max(...some);
    if (some.length < 2 || show(low) === show(high)) return undefined;
    const [least, most] = [show(low), show(high)].map((text) => text.split('\u00a0'));
    return least.length === 2 && least[1] === most[1] ? `${least[0]} to ${most.join('\u00a0')}` : `${show(low)} to ${show(high)}`;
};

/** The name of a test with the verdict of its run. */
export const runTitle = (run, id, level = 'h2') => el(level, { id, tabindex: '-1', class: 'run-name' }, run.testName, ' ', el('span', { class: `badge ${toneOf(run.status)}` }, run.status));

/** What the run was. */
function heading(run) {
    const pairs = [['run', `${run.runName} · ${run.testRunId}`], ['started', new Date(run.startedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })],
        ['duration', timeSpan(run.duration)], ['location', run.location], run.environment && ['environment', run.environment],
        run.monitor && ['monitor', run.monitor], run.projectName && run.projectName !== 'default' && ['project', run.projectName],
        run.serviceUrl && ['service', run.serviceUrl], run.testFile && ['file', run.testFile], run.try > 1 && ['try', String(run.try)],
        run.networkEmulation && ['network emulation', run.networkEmulationReason ? `${run.networkEmulation} (${run.networkEmulationReason})` : run.networkEmulation],
        run.additionalInfo && ['additional information', run.additionalInfo]];
    return el('header', {}, run.description && el('p', {}, run.description), facts(pairs.filter(Boolean)));
}

const mosTone = (mos) => (!known(mos) ? '' : mos >= 4 ? 'good' : mos >= 3.1 ? 'warn' : 'bad');
const scoreTone = (score) => (!known(score) ? '' : score >= 7 ? 'good' : score >= 4 ? 'warn' : 'bad');

function headline(run) {
    const status = { name: 'Status', value: run.status, tone: toneOf(run.status), about: run.kind === 'webrtc' ? plural(run.probes.length, 'probe') : undefined };
    const checks = run.checks.total > 0 && { name: 'Checks passed', value: `${run.checks.passed} of ${run.checks.total}`,
        tone: run.checks.passed === run.checks.total ? 'good' : undefined };
    const duration = { name: 'Duration', value: timeSpan(run.duration) };
    if (run.kind !== 'webrtc') {
        const made = run.steps.filter(({ verdict }) => verdict !== 'skipped');
        const requests = made.filter(({ timings }) => timings);
        const slowest = requests.reduce((worst, step) => (step.timings.total > (worst?.timings.total ?? -1) ? step : worst), undefined);
        const mean = requests.reduce((sum, { timings }) => sum + timings.total, 0) / requests.length;
        return ribbon([status,
            { name: 'Steps passed', value: `${made.filter(({ verdict }) => verdict === 'passed').length} of ${made.length}`, about: run.steps.length > made.length ? `${run.steps.length - made.length} skipped` : undefined },
            checks, duration,
            requests.length > 1 && { name: 'Mean of requests', value: ms(mean) },
            slowest && { name: 'Slowest request', value: ms(slowest.timings.total), about: `step ${slowest.path}` }]);
    }
    const all = run.headline ?? {};
    const each = (name) => run.probes.map((probe) => probe.headline[name]);
    const rate = (value) => figure(value, 'kbit/s');
    const tile = (name, key, show) => known(all[key]) && { name, value: show(all[key]), about: spread(each(key), show) };
    return ribbon([status,
        known(run.score) && { name: 'Score', value: figure(run.score, '', 1), about: spread(run.probes.map(({ score }) => score), (value) => figure(value, '', 1)) ?? 'of 10', tone: scoreTone(run.score) },
        known(run.mos) && { name: 'MOS', value: figure(run.mos, '', 2), about: spread(run.probes.map(({ mos }) => mos), (value) => figure(value, '', 2)) ?? 'of 4.5', tone: mosTone(run.mos) },
        tile('Call set-up', 'callSetupTime', ms),
        tile('Audio received', 'audioIn', rate), tile('Video received', 'videoIn', rate),
        tile('Audio sent', 'audioOut', rate), tile('Video sent', 'videoOut', rate),
        tile('Loss, incoming', 'packetLossIn', (value) => figure(value, '%', 2)), tile('Round trip', 'rtt', ms),
        checks, duration]);
}

const notice = (tone, heading, lines) => lines.length > 0 && el('div', { class: `notice ${tone}` }, el('strong', {}, heading),
    lines.length === 1 ? el('div', {}, lines[0]) : el('ul', {}, lines.map((line) => el('li', {}, line))));

/** Judged statements: what was found, what was wanted. */
function judgements(list, caption) {
    const verdict = ({ passed, warning }) => (passed ? 'passed' : warning ? 'warned' : 'failed');
    return dataTable(caption, [
        { name: 'verdict', make: (each) => badge(verdict(each)) },
        { name: 'check', kind: 'wide', make: (each) => [each.assertion, !each.passed && each.message && el('small', {}, el('br'), each.message)].filter(Boolean) },
        { name: 'found', make: (each) => (known(each.failedAt) ? `${each.found || 'nothing'}, first at ${moment(each.failedAt, 1)}` : each.found || 'nothing') },
        { name: 'wanted', make: (each) => each.wanted || '–' },
        ...(list.some(({ channel }) => channel) ? [{ name: 'channel', make: (each) => each.channel || '–' }] : []),
    ].map((column) => ({ ...column, make: (row) => el('span', {}, column.make(row)) })), list);
}

function logLines(list, run) {
    const began = Date.parse(run.startedAt);
    return el('ul', { class: 'lines' }, list.map(({ at, level, source, text }) => el('li', {},
        el('time', { datetime: at }, moment(Math.max(0, (Date.parse(at) - began) / 1000), 1)),
        el('span', { class: level }, level === 'info' ? '' : `${level}: `, text, source && source !== 'script' ? el('small', {}, ` · ${source}`) : ''))));
}

// ---- endpoint tests

function stepDetails(step) {
    const parts = [];
    if (step.assertions?.length) parts.push(judgements(step.assertions, `Checks of step ${step.path}`));
    if (step.extractions?.length) parts.push(el('h4', {}, 'Variables'), table(step.extractions.map(({ variable, source, passed, value, message }) =>
        [variable, passed ? `${value} (from ${source})` : `✗ ${message} (from ${source})`])));
    if (step.scripts?.length) parts.push(el('h4', {}, 'Scripts'), table(step.scripts.map(({ name, passed, message }) => [name, passed ? '✓' : `✗ ${message}`])));
    if (step.timings) parts.push(el('h4', {}, 'Timings'), facts([...PHASES, 'total'].filter((name) => known(step.timings[name])).map((name) => [name, ms(step.timings[name])])));
    const connection = [step.address && ['address', `${step.address} port ${step.port}`], step.tls && ['TLS', `${step.tls.protocol}, ${step.tls.cipher}`],
        step.tls && ['certificate', `${step.tls.subject}, by ${step.tls.issuer}`]].filter(Boolean);
    if (connection.length) parts.push(el('h4', {}, 'Connection'), facts(connection));
    if (step.response) parts.push(el('h4', {}, 'Response headers'), table(step.response.headers.map(({ name, value }) => [name, value])));
    return el('div', { class: 'stack' }, parts);
}

function stepTable(run) {
    const slowest = Math.max(0.001, ...run.steps.map((step) => step.timings?.total ?? 0));
    const failures = (step) => [
        ...(step.assertions ?? []).filter(({ passed }) => !passed).map((each) => el('span', { class: each.warning ? 'warned' : 'failed', style: 'display:block' },
            `${each.warning ? '!' : '✗'} ${each.assertion}`, el('small', {}, ` found ${each.found || 'nothing'}, wanted ${each.wanted}`))),
        ...step.reasons.filter((reason) => !(step.assertions ?? []).some(({ passed, assertion }) => !passed && reason.includes(assertion)))
            .map((reason) => el('span', { class: step.verdict, style: 'display:block' }, reason)),
    ];
    const more = (step) => step.timings || step.assertions?.length || step.extractions?.length || step.scripts?.length;
    return el('div', {},
        el('ul', { class: 'key', 'aria-label': 'Colours of the phases' }, PHASES.map((name) => el('li', {}, el('i', { class: `part-${name}` }), name))),
        dataTable('Steps', [
            { name: 'step', make: (step) => step.path },
            { name: 'verdict', make: (step) => badge(step.verdict) },
            { name: 'what', kind: 'wide', make: (step) => el('span', {}, el('strong', {}, step.note || step.title), step.note && el('small', { style: 'display:block' }, step.title),
                failures(step), more(step) && disclosure('Details', () => stepDetails(step))) },
            { name: 'answer', make: (step) => (step.response ? `${step.response.status} ${step.response.reason}` : step.error ? el('span', { class: 'failed' }, `${step.error.code} (${step.error.phase})`) : '–') },
            { name: 'phases', make: (step) => step.timings && partsBar(PHASES.map((name) => ({ name, value: step.timings[name], shown: ms(step.timings[name]) })), slowest, 'Phases') },
            { name: 'time', kind: 'number', make: (step) => (step.verdict === 'skipped' ? '–' : timeSpan(step.duration)) },
            { name: 'checks', kind: 'number', make: (step) => (step.assertions?.length ? `${step.assertions.filter(({ passed }) => passed).length} of ${step.assertions.length}` : '–') },
        ], run.steps));
}

// ---- calls

function probeTable(run) {
    const rate = (name, key) => ({ name, unit: 'kbit/s', kind: 'number', make: ({ headline: figures }) => figure(figures[key]) });
    const columns = [
        { name: 'probe', kind: 'words', make: ({ probe, name }) => `${probe}${name ? ` ${name}` : ''}` },
        { name: 'verdict', make: ({ verdict }) => badge(verdict) },
        { name: 'session', kind: 'number', make: ({ session }) => String(session), only: run.probes.some(({ session }) => session > 1) },
        { name: 'profile', kind: 'words', make: ({ browser, network, firewall, media }) => [browser, network, firewall, media].filter(Boolean).join(', ') || '–' },
        { name: 'set-up', kind: 'number', make: ({ headline: { callSetupTime } }) => ms(callSetupTime) },
        rate('audio in', 'audioIn'), rate('audio out', 'audioOut'), rate('video in', 'videoIn'), rate('video out', 'videoOut'),
        { name: 'loss in', kind: 'number', make: ({ headline: { packetLossIn } }) => figure(packetLossIn, '%', 1) },
        { name: 'round trip', kind: 'number', make: ({ rtt }) => ms(rtt) },
        { name: 'MOS', kind: 'number', make: ({ mos }) => figure(mos, '', 2) }, { name: 'score', kind: 'number', make: ({ score }) => figure(score, '', 1) },
    ].filter(({ only }) => only !== false);
    return dataTable('Probes', columns, run.probes);
}

function channelTable(probe) {
    const mean = (metric, unit, digits) => ({ metrics }) => figure(metrics[metric]?.average, unit, digits);
    const columns = [
        { name: 'channel', make: ({ id }) => id }, { name: 'codec', make: ({ codec }) => codec || '–' },
        { name: 'bitrate', kind: 'number', make: mean('bitrate', 'kbit/s') }, { name: 'loss', kind: 'number', make: mean('packetloss', '%', 1) },
        { name: 'jitter', kind: 'number', make: mean('jitter', 'ms') }, { name: 'round trip', kind: 'number', make: mean('rtt', 'ms') },
        { name: 'picture', kind: 'number', make: ({ metrics }) => (metrics.width ? `${figure(metrics.width.maximum)}×${figure(metrics.height?.maximum)}` : '–') },
        { name: 'frames/s', kind: 'number', make: mean('fps', '', 1) }, { name: 'MOS', kind: 'number', make: mean('mos', '', 2) },
    ];
    return dataTable(`Channels of probe ${probe.probe}`, columns, probe.channels);
}

function setUp(probe) {
    const phases = SETUP_PHASES.filter((name) => known(probe.setupPhases[name]));
    return [
        ['call set-up time', ms(probe.callSetupTime)], ...phases.map((name) => [name.replace('-', ' '), ms(probe.setupPhases[name])]),
        probe.candidatePair && ['candidate pair', probe.candidatePair], known(probe.rtt) && ['round trip', ms(probe.rtt)],
    ].filter(Boolean);
}

/** Peer connections of a probe, where there is more to say than its set-up times say. */
function connectionTable(probe) {
    return dataTable(`Connections of probe ${probe.probe}`, [
        { name: 'connection', make: ({ connection }) => connection }, { name: 'state', make: ({ state }) => state }, { name: 'candidate pair', make: ({ candidatePair }) => candidatePair },
        { name: 'set-up', kind: 'number', make: ({ callSetupTime }) => ms(callSetupTime) },
        ...SETUP_PHASES.map((name) => ({ name: name.replace('-', ' '), kind: 'number', make: ({ setupPhases }) => ms(setupPhases[name]) })),
    ], probe.connections);
}

/** What an emulated link did to the probe's packets. */
function linkTable(probe) {
    const count = (name) => ({ name, kind: 'number', make: ([, way]) => figure(way[name]) });
    return dataTable(`Link of probe ${probe.probe}`, [{ name: 'direction', make: ([name]) => name }, count('packets'), count('bytes'), count('lost'), count('overflowed'), count('refused')],
        Object.entries(probe.link));
}

const PERFORMANCE = { 'browser.cpu': ['browser, processors', ''], 'browser.memory': ['browser, memory', 'MB'], 'probe.cpu': ['machine, share of its processors', ''], 'probe.memory': ['machine, memory', 'MB'] };

function performanceTable(probe) {
    const cell = (of) => ([name, summary]) => figure(summary[of], PERFORMANCE[name]?.[1] ?? '');
    return dataTable(`Performance of probe ${probe.probe}`, [
        { name: 'what', make: ([name]) => PERFORMANCE[name]?.[0] ?? name }, { name: 'mean', kind: 'number', make: cell('average') },
        { name: 'least', kind: 'number', make: cell('minimum') }, { name: 'most', kind: 'number', make: cell('maximum') },
    ], Object.entries(probe.performance));
}

function probeDetails(probe, run) {
    const parts = [notice('bad', 'Why it failed', probe.verdict === 'failed' ? probe.reasons : []),
        notice('bad', 'What was wrong with the call', (probe.callFaults ?? []).map(({ text }) => text)), el('h4', {}, 'The call'), facts(setUp(probe))];
    const connections = probe.connections ?? [];
    if (connections.length > 1 || connections.some(({ state }) => state !== 'connected' && state !== 'closed')) parts.push(el('h4', {}, 'Connections'), connectionTable(probe));
    if (probe.link) parts.push(el('h4', {}, `Network: ${probe.networkEmulation}`), linkTable(probe));
    if (probe.additionalInfo) parts.push(el('p', {}, probe.additionalInfo));
    if (probe.expectations.length) parts.push(el('h4', {}, 'Expectations'), judgements(probe.expectations, `Expectations of probe ${probe.probe}`));
    if (probe.channels.length) parts.push(el('h4', {}, 'Channels, means over their life'), channelTable(probe));
    if (Object.keys(probe.performance).length) parts.push(el('h4', {}, 'Performance'), performanceTable(probe));
    const custom = Object.entries(probe.customMetrics);
    if (custom.length) parts.push(el('h4', {}, 'Metrics of the script'), facts(custom.map(([name, value]) => [name, figure(value)])));
    if (probe.notifications.length) parts.push(el('h4', {}, 'Notifications'), logLines(probe.notifications, run));
    if (probe.console.length) parts.push(disclosure(`Console of the browser, ${plural(probe.console.length, 'line')}`, () => codeBox(probe.console.join('\n'), `Console of probe ${probe.probe}`)));
    return el('div', { class: 'stack' }, parts);
}

function eventTable(events) {
    return dataTable('Events', [
        { name: 'at', kind: 'name', make: ({ at }) => moment(at, 1) }, { name: 'event', kind: 'wide', make: ({ name }) => name },
        { name: 'probe', make: ({ probe }) => String(probe) }], events);
}

function screenshots(run) {
    const shots = run.probes.flatMap((probe) => probe.screenshots.map((shot) => ({ ...shot, probe: probe.probe })));
    if (!shots.length) return run.artifacts === '' && el('p', { class: 'soft' }, 'No screenshots. With ringback run --artifacts DIRECTORY those that the script takes are kept, and are shown here.');
    return card('Screenshots', el('div', { class: 'shots' }, shots.filter(({ image }) => image).map(({ image, name, probe, atFailure }) => {
        const caption = `probe ${probe}: ${name}`;
        return el('figure', { class: atFailure ? 'failure' : '' }, el('img', { src: image, alt: `Screenshot of ${caption}`, decoding: 'async' }),
            el('figcaption', {}, caption, atFailure ? ', at a failure' : ''));
    })), shots.some(({ image }) => !image) && el('p', { class: 'soft' }, 'Not in this page: ', shots.filter(({ image }) => !image).map(({ file }) => file).join(', ')));
}

function callParts(run) {
    const drawn = charts(run);
    const custom = run.probes.length > 1 ? Object.entries(run.customMetrics ?? {}) : [];
    const events = marksOf(run).filter(({ kind }) => kind === 'event');
    return [
        card('Probes', run.probes.length ? probeTable(run) : el('p', { class: 'soft' }, 'No probe was started.')),
        custom.length > 0 && card('Metrics of the script, over all probes', facts(custom.map(([name, value]) => [name, figure(value)]))),
        drawn.length > 0 && el('section', { class: 'stack', 'aria-label': 'Charts' }, el('h3', {}, 'Charts'),
            el('p', { class: 'soft on-screen' }, 'Incoming channels are solid, outgoing ones dashed. Drag to zoom in, arrow keys move the cursor, a click on a channel hides it. ',
                run.thinnedTo ? `Of each ${timeSpan(run.thinnedTo)} the lowest and the highest sample are shown.` : ''), ...drawn),
        events.length > 0 && shortCard('Events', events.length > MANY ? disclosure(plural(events.length, 'event'), () => eventTable(events)) : eventTable(events)),
        screenshots(run),
        ...run.probes.map((probe) => el('section', { class: 'card long' }, disclosure(el('span', {}, `Probe ${probe.probe} `, el('span', { class: 'soft' }, probe.name), ' ', badge(probe.verdict)),
            () => probeDetails(probe, run), { open: probe.verdict === 'failed' || run.probes.length <= 2, paper: run.probes.length <= 8 }))),
    ];
}

/** All of a run but its title, which has this id. */
export function runView(run, id) {
    const variables = Object.entries(run.variables);
    return el('article', { class: 'stack', 'aria-labelledby': id },
        heading(run), headline(run),
        notice('bad', 'Why it failed', [...new Set([run.error, ...run.failureReasons].filter(Boolean))]),
        notice('warn', 'Warnings', run.warnings),
        run.steps.length > 0 && card('Steps', stepTable(run)),
        run.kind === 'webrtc' && callParts(run),
        run.log.length > 0 && card('Log', logLines(run.log, run)),
        variables.length > 0 && el('section', { class: 'card' }, disclosure(`Variables at the end (${variables.length})`, () => table(variables))));
}
