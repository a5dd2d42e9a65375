// Charts of a call: one per metric, all channels in each, with one cursor, one zoom and one choice of channels for all of
// them. ES module; draws with uPlot, which must be there as a global name.
import { el } from './components.js';
import { beforePaper, dataTable, disclosure, figure, known, moment } from './figures.js';

// Units and meanings: docs/metrics.md. `least` is the smallest span of the vertical axis, so that noise looks like noise.
const METRICS = {
    bitrate: { title: 'Bitrate', unit: 'kbit/s', main: true, least: 10 },
    packetloss: { title: 'Packet loss', unit: '%', main: true, least: 2 },
    rtt: { title: 'Round-trip time', unit: 'ms', main: true, least: 10 },
    jitter: { title: 'Jitter', unit: 'ms', main: true, least: 10 },
    mos: { title: 'Mean opinion score', unit: 'MOS', main: true, range: [1, 5] },
    fps: { title: 'Frames per second', unit: 'frames/s', main: true, least: 10 },
    height: { title: 'Height of the picture', unit: 'pixels', main: true, least: 100 },
    bufferdelay: { title: 'Jitter buffer', unit: 'ms', main: true, least: 20 },
    targetbitrate: { title: 'Target bitrate of the encoder', unit: 'kbit/s' },
    width: { title: 'Width of the picture', unit: 'pixels' },
    concealment: { title: 'Concealed sound', unit: '%' },
    level: { title: 'Sound level', unit: '', range: [0, 1] },
    packetslost: { title: 'Packets lost so far', unit: 'packets' },
    framesdropped: { title: 'Frames dropped so far', unit: 'frames' },
    freezes: { title: 'Freezes so far', unit: '' },
    freezeduration: { title: 'Time frozen so far', unit: 'ms' },
    limitedcpu: { title: 'Time limited by the processor so far', unit: 'ms' },
    limitedbandwidth: { title: 'Time limited by bandwidth so far', unit: 'ms' },
    nacks: { title: 'NACKs so far', unit: '' },
    plis: { title: 'Picture loss indications so far', unit: '' },
    keyframes: { title: 'Key frames so far', unit: 'frames' },
    frames: { title: 'Frames so far', unit: 'frames' },
    packets: { title: 'Packets so far', unit: 'packets' },
    data: { title: 'Data so far', unit: 'bytes' },
};
const NOT_DRAWN = new Set(['duration', 'empty']);
const HEIGHT = 200;
const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]; // between two lines of the grid
const PAPER_WIDTH = 335; // half of an A4 page's text, in CSS pixels

const about = (metric) => METRICS[metric] ?? { title: metric, unit: '' };

/** Colours of the page as it is shown now. */
function colours() {
    const style = getComputedStyle(document.documentElement);
    const named = (name) => style.getPropertyValue(name).trim();
    const series = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => named(`--series-${number}`));
    const dark = matchMedia('(prefers-color-scheme: dark)').matches && !document.documentElement.classList.contains('paper');
    return {
        ink: named('--chart-ink'), grid: named('--chart-grid'), mark: named('--chart-mark'), paper: named('--surface'),
        error: named('--bad'), warning: named('--warn'),
        // More channels than a person can tell apart by colour: hues as far from their neighbours as can be.
        series: (index) => series[index] ?? `hsl(${(index * 137.508 + 20) % 360} 60% ${dark ? 68 : 42}%)`,
    };
}

/** All channels of a run: {key, label, probe, media, direction, codec, index, times, samples, metrics}. */
function channelsOf(run) {
    const several = run.probes.length > 1;
    return run.probes.flatMap((probe) => probe.channels.map((channel) => ({
        key: `${probe.probe} ${channel.id}`, label: several ? `${probe.probe} · ${channel.id}` : channel.id,
        probe: probe.probe, times: probe.sampleTimes, ...channel,
    }))).map((channel, index) => ({ ...channel, index }));
}

/** What a chart marks: events of the script by name; warnings, errors, and when an expectation held no longer. */
export function marksOf(run) {
    const began = Date.parse(run.startedAt);
    const marks = run.probes.flatMap((probe) => [
        ...probe.events.map(({ name, at }) => ({ at, name, kind: 'event', probe: probe.probe })),
        ...probe.notifications.filter(({ level }) => level !== 'info')
            .map(({ level, at, text }) => ({ at: (Date.parse(at) - began) / 1000, name: text, kind: level, probe: probe.probe })),
        ...probe.expectations.filter(({ passed }) => !passed)
            .map(({ failedAt, assertion, warning }) => ({ at: failedAt, name: assertion, kind: warning ? 'warning' : 'error', probe: probe.probe })),
    ]);
    return marks.filter(({ at }) => known(at)).sort((a, b) => a.at - b.at);
}

const endOf = (channels, marks) => Math.max(1, ...channels.map(({ times }) => times.at(-1) ?? 0), ...marks.map(({ at }) => at));

/** Names of events, each once, above the plot in two rows; what finds no room is left out. */
class MarkNames {
    rowsEnd = [-Infinity, -Infinity];
    named = new Set();

    constructor(u, colour) {
        Object.assign(this, { ctx: u.ctx, box: u.bbox, scale: uPlot.pxRatio, colour });
        this.ctx.font = `${11 * this.scale}px system-ui, sans-serif`;
        this.ctx.textBaseline = 'bottom';
        this.ctx.textAlign = 'left';
    }

    /** Writes the name of a mark at `x`; gives how far its line has to reach above the plot, undefined when it was not written. */
    write(name, x) {
        if (this.named.has(name)) return undefined;
        this.named.add(name);
        const { ctx, box, scale } = this;
        const text = name.length > 24 ? `${name.slice(0, 23)}…` : name;
        const width = ctx.measureText(text).width;
        const left = Math.max(box.left, Math.min(x + 3 * scale, box.left + box.width - width));
        const row = this.rowsEnd.findIndex((end) => end + 6 * scale < Math.min(left, x));
        if (row < 0) return undefined;
        this.rowsEnd[row] = left + width;
        ctx.fillStyle = this.colour.ink;
        ctx.fillText(text, left, box.top - (2 + 13 * row) * scale);
        return left > x ? (10 + 13 * row) * scale : 0;
    }
}

/** Lines at the marks; where there are very many, those without a name are faint. */
function drawMarks(u, marks, colour) {
    const { ctx, bbox } = u;
    const scale = uPlot.pxRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
    ctx.clip();
    ctx.lineWidth = scale;
    const names = new MarkNames(u, colour);
    for (const { at, name, kind } of marks) {
        if (at < u.scales.x.min || at > u.scales.x.max) continue;
        const x = Math.round(u.valToPos(at, 'x', true)) + 0.5;
        const above = kind === 'event' ? names.write(name, x) : undefined;
        ctx.strokeStyle = kind === 'event' ? colour.mark : colour[kind];
        ctx.setLineDash(kind === 'event' ? [3 * scale, 3 * scale] : [scale, 2 * scale]);
        ctx.globalAlpha = marks.length > 24 && above === undefined ? 0.3 : 1;
        ctx.beginPath();
        ctx.moveTo(x, bbox.top - (above ?? 0));
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.globalAlpha = 1;
    }
    ctx.restore();
}

/** The vertical axis: from nought, unless the metric has a range of its own. */
function verticalRange({ range, least = 1 }) {
    if (range) return () => range;
    return (u, low, high) => {
        const top = Math.max(known(high) ? high : 0, least);
        return [Math.min(0, known(low) ? low : 0), top * 1.06];
    };
}

const sentence = (metric, channels) => {
    const { title, unit } = about(metric);
    const summaries = channels.map(({ label, metrics }) => ({ label, ...metrics[metric] })).filter(({ average }) => known(average));
    if (!summaries.length) return title;
    const highest = summaries.reduce((a, b) => (b.maximum > a.maximum ? b : a));
    const means = summaries.map(({ average }) => average);
    return `${title} of ${channels.length} channel${channels.length === 1 ? '' : 's'}: means from ${figure(Math.min(...means), unit)} to ` +
        `${figure(Math.max(...means), unit)}, highest ${figure(highest.maximum, unit)} in ${highest.label}.`;
};

/** One chart. It is drawn when it comes into view, or before printing. */
class Chart {
    constructor(board, metric) {
        this.board = board;
        this.metric = metric;
        this.about = about(metric);
        this.channels = board.channels.filter(({ samples }) => samples[metric]?.some(known));
        this.build();
    }

    build() {
        const { title, unit } = this.about;
        this.at = el('output', {}, 'mean');
        this.plot = el('div', {
            class: 'plot', tabindex: '0', role: 'slider', 'aria-label': `${title}: moment`, 'aria-valuemin': '0',
            'aria-valuemax': String(Math.round(this.board.end)), 'aria-valuenow': '0', 'aria-valuetext': sentence(this.metric, this.channels),
            onkeydown: (event) => this.key(event), onfocus: () => this.draw(), onblur: () => this.board.leave(),
        });
        this.entries = this.channels.map((channel) => {
            const swatch = el('i', { class: `swatch ${channel.direction}` });
            const value = el('b', {});
            const button = el('button', { type: 'button', 'aria-pressed': 'true', onclick: () => this.board.toggle(channel) },
                swatch, el('span', {}, channel.label), value);
            return { channel, swatch, value, button, mean: figure(channel.metrics[this.metric]?.average) };
        });
        this.node = el('figure', { class: 'chart' },
            el('figcaption', {}, el('h4', {}, title), el('small', {}, unit), this.at),
            this.plot,
            el('ul', { class: 'legend', 'aria-label': `Channels of ${title}` }, this.entries.map(({ button }) => el('li', {}, button))),
            disclosure('Figures', () => this.table()));
        this.legend();
    }

    table() {
        const { title, unit } = this.about;
        const column = (name, of) => ({ name, kind: 'number', make: ({ metrics }) => figure(metrics[this.metric]?.[of], unit) });
        return dataTable(`${title} by channel`, [{ name: 'channel', make: ({ label, codec }) => `${label}${codec ? ` (${codec})` : ''}` },
            column('mean', 'average'), column('least', 'minimum'), column('most', 'maximum'), column('last', 'last')], this.channels);
    }

    /** Samples of all channels over one row of times; `undefined` where another probe was sampled, `null` where nothing was. */
    data() {
        const byTimes = new Map();
        for (const channel of this.channels) byTimes.set(channel.times, [...byTimes.get(channel.times) ?? [], channel]);
        const order = [...byTimes.values()].flat();
        const joined = uPlot.join([...byTimes].map(([times, channels]) => [times, ...channels.map(({ samples }) => samples[this.metric])]));
        return [joined[0], ...this.channels.map((channel) => joined[order.indexOf(channel) + 1])];
    }

    draw() {
        if (this.u) return;
        const { board } = this;
        const data = this.data();
        const font = '11px system-ui, sans-serif';
        const axis = { stroke: () => board.colour.ink, font, grid: { stroke: () => board.colour.grid, width: 1 }, ticks: { show: false } };
        const labelled = board.marks.some(({ kind }) => kind === 'event');
        this.u = new uPlot({
            width: board.widthOf(this.plot), height: HEIGHT, legend: { show: false }, padding: [labelled ? 30 : 10, 8, 0, 0],
            scales: { x: { time: false, auto: false, min: board.range[0], max: board.range[1] }, y: { range: verticalRange(this.about) } },
            series: [{}, ...this.channels.map((channel) => ({
                label: channel.label, stroke: () => board.colour.series(channel.index), width: this.channels.length > 16 ? 1 : 1.75, show: board.shows(channel),
                dash: channel.direction === 'out' ? [6, 4] : undefined, points: { show: data[0].length < 4 },
            }))],
            axes: [
                { ...axis, size: 24, gap: 4, space: 55, incrs: SECONDS, values: (u, splits) => splits.map((at) => moment(at, splits[1] - splits[0] < 1 ? 1 : 0)) },
                { ...axis, size: 46, gap: 4, space: 32, values: (u, splits) => splits.map((value) => figure(value, '', splits[1] % 1 ? undefined : 0)) },
            ],
            cursor: { sync: { key: board.id, scales: ['x', null] }, y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 },
                bind: { dblclick: () => () => board.zoom(null) } },
            hooks: {
                drawAxes: [(u) => drawMarks(u, board.marks, board.colour)],
                setCursor: [(u) => this.point(u)],
                setSelect: [(u) => { if (u.select.width > 4) board.zoom([u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')]); }],
            },
        }, data, this.plot);
        this.u.root.setAttribute('aria-hidden', 'true');
    }

    /** The cursor has moved, here or in another chart. */
    point(u) {
        this.moment = u.cursor.idx ?? null;
        if (this.waiting) return;
        this.waiting = true;
        requestAnimationFrame(() => {
            this.waiting = false;
            this.legend();
        });
    }

    /** Values at the cursor, or means without one. */
    legend() {
        const away = this.moment === null || this.moment === undefined || !this.u;
        const at = away ? undefined : this.u.data[0][this.moment];
        this.at.textContent = away ? 'mean' : `at ${moment(at, 1)}`;
        this.entries.forEach((entry, i) => {
            const shown = this.board.shows(entry.channel);
            const index = away ? null : this.u.cursor.idxs?.[i + 1];
            entry.button.setAttribute('aria-pressed', String(shown));
            entry.button.parentNode?.toggleAttribute('hidden', this.board.filtered(entry.channel));
            entry.swatch.style.borderTopColor = this.board.colour.series(entry.channel.index);
            entry.value.textContent = away ? entry.mean : figure(index === null || index === undefined ? null : this.u.data[i + 1][index]);
        });
        if (document.activeElement !== this.plot || away) return;
        this.plot.setAttribute('aria-valuenow', at.toFixed(1));
        this.plot.setAttribute('aria-valuetext', `${moment(at, 1)}: ${this.entries.filter(({ channel }) => this.board.shows(channel)).slice(0, 8)
            .map(({ channel, value }) => `${channel.label} ${value.textContent}`).join(', ')}`);
    }

    key(event) {
        if (!this.u) return;
        const times = this.u.data[0];
        const now = this.moment ?? -1;
        const next = { ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, PageUp: now + 10, PageDown: now - 10,
            Home: 0, End: times.length - 1 }[event.key];
        if (event.key === 'Escape') this.board.leave();
        if (next === undefined) return;
        event.preventDefault();
        this.moment = Math.max(0, Math.min(times.length - 1, next));
        this.u.setCursor({ left: this.u.valToPos(times[this.moment], 'x'), top: 10 }, true, true);
    }
}

/** The charts of one run and what they share. */
class Board {
    id = `board-${Math.random().toString(36).slice(2)}`;
    hidden = new Set();
    kinds = new Set();
    probe = null;

    constructor(run) {
        this.channels = channelsOf(run);
        this.marks = marksOf(run);
        this.end = endOf(this.channels, this.marks);
        this.range = [0, this.end];
        this.colour = colours();
        const metrics = [...new Set(this.channels.flatMap(({ samples }) => Object.keys(samples)))].filter((name) => !NOT_DRAWN.has(name));
        const order = Object.keys(METRICS);
        metrics.sort((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99) || (a < b ? -1 : 1));
        const drawn = (name) => this.channels.some(({ samples }) => samples[name]?.some(known));
        const still = (name) => !about(name).main && !this.channels.some(({ samples }) => samples[name]?.some((value) => value));
        this.main = metrics.filter((name) => drawn(name) && about(name).main).map((name) => new Chart(this, name));
        this.more = metrics.filter((name) => drawn(name) && !about(name).main && !still(name)).map((name) => new Chart(this, name));
        this.zero = metrics.filter((name) => drawn(name) && still(name));
        this.watch();
    }

    get charts() { return [...this.main, ...this.more]; }
    get drawn() { return this.charts.filter(({ u }) => u); }
    filtered = ({ media, direction, probe }) => (this.kinds.size > 0 && !this.kinds.has(`${media} ${direction}`)) || (this.probe !== null && probe !== this.probe);
    shows = (channel) => !this.filtered(channel) && !this.hidden.has(channel.key);
    widthOf = (plot) => (this.onPaper ? PAPER_WIDTH : Math.max(200, plot.clientWidth));

    watch() {
        const inView = new IntersectionObserver((entries) => {
            for (const { target, isIntersecting } of entries) if (isIntersecting) this.charts.find(({ plot }) => plot === target)?.draw();
        }, { rootMargin: '300px' });
        const sized = new ResizeObserver((entries) => {
            if (this.onPaper) return;
            for (const { target } of entries) {
                const chart = this.charts.find(({ plot }) => plot === target);
                if (chart?.u && target.clientWidth && chart.u.width !== this.widthOf(target)) chart.u.setSize({ width: this.widthOf(target), height: HEIGHT });
            }
        });
        for (const { plot } of this.charts) {
            inView.observe(plot);
            sized.observe(plot);
        }
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.recolour());
        beforePaper(() => {
            this.onPaper = true;
            this.leave();
            this.resize();
            this.main.forEach((chart) => chart.draw());
            return () => {
                this.onPaper = false;
                this.resize();
            };
        });
    }

    resize() {
        this.colour = colours();
        for (const chart of this.drawn) {
            chart.u.setSize({ width: this.widthOf(chart.plot), height: HEIGHT });
            chart.u.redraw();
            chart.legend();
        }
    }

    recolour() {
        this.colour = colours();
        for (const { u } of this.drawn) u.redraw();
        this.charts.forEach((chart) => chart.legend());
    }

    leave() {
        for (const chart of this.drawn) chart.u.setCursor({ left: -10, top: -10 });
    }

    zoom(range) {
        this.range = range ?? [0, this.end];
        this.all?.toggleAttribute('hidden', !range);
        for (const { u } of this.drawn) {
            u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            u.setScale('x', { min: this.range[0], max: this.range[1] });
        }
    }

    toggle(channel) {
        if (!this.hidden.delete(channel.key)) this.hidden.add(channel.key);
        this.choose();
    }

    /** Shows and hides channels as chosen. */
    choose() {
        for (const chart of this.charts) {
            if (chart.u) chart.u.batch(() => chart.channels.forEach((channel, i) => {
                if (chart.u.series[i + 1].show !== this.shows(channel)) chart.u.setSeries(i + 1, { show: this.shows(channel) });
            }));
            chart.legend();
        }
    }

    toolbar() {
        const kinds = [...new Set(this.channels.map(({ media, direction }) => `${media} ${direction}`))].sort();
        const probes = [...new Set(this.channels.map(({ probe }) => probe))];
        this.all = el('button', { type: 'button', class: 'button small', hidden: true, onclick: () => this.zoom(null) }, 'Show the whole run');
        const toggles = kinds.map((kind) => el('button', { type: 'button', class: 'toggle', 'aria-pressed': 'false', onclick: (event) => {
            if (!this.kinds.delete(kind)) this.kinds.add(kind);
            event.target.setAttribute('aria-pressed', String(this.kinds.has(kind)));
            this.choose();
        } }, kind));
        const select = el('select', { 'aria-label': 'Probes in the charts', onchange: (event) => {
            this.probe = event.target.value ? Number(event.target.value) : null;
            this.choose();
        } }, el('option', { value: '' }, 'all probes'), probes.map((probe) => el('option', { value: probe }, `probe ${probe}`)));
        return el('div', { class: 'toolbar' }, kinds.length > 1 && el('span', { class: 'soft' }, 'Only'), kinds.length > 1 && toggles,
            probes.length > 1 && select, this.all);
    }

    node() {
        const grid = (charts) => el('div', { class: 'charts' }, charts.map(({ node }) => node));
        return [
            this.toolbar(), grid(this.main),
            this.more.length > 0 && disclosure(`${this.more.length} more charts`, () => grid(this.more)),
            this.zero.length > 0 && el('p', { class: 'soft' }, `Nought in all channels at all times: ${this.zero.map((name) => about(name).title.replace(/ so far$/, '').toLowerCase()).join(', ')}.`),
        ].filter(Boolean);
    }
}

/**
 * The charts of a run of the JSON report: nodes for a page, an empty list when nothing was sampled. Solid lines are
 * incoming, dashed ones outgoing.
 */
export function charts(run) {
    if (!run.probes.some(({ channels }) => channels.some(({ samples }) => Object.keys(samples).length > 0))) return [];
    return new Board(run).node();
}
