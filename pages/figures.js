// Measurements as people read them: numbers with units, headline figures, tables that become cards on a narrow screen, bars.
// ES module.
import { el } from './components.js';

const NOTHING = '–';
const NBSP = '\u00a0';

/** Has it been measured? */
export const known = (value) => typeof value === 'number' && Number.isFinite(value);

/** "1,234 kbit/s"; three digits or so, unless `digits` after the point are asked for. "–" for what was not measured. */
export function figure(value, unit = '', digits = undefined) {
    if (!known(value)) return NOTHING;
    const size = Math.abs(value);
    const most = digits ?? (size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2);
    return value.toLocaleString('en', { maximumFractionDigits: most, minimumFractionDigits: digits ?? 0 }) + (unit ? NBSP + unit : '');
}

/** "0.8 ms", "412 ms", "12.4 s", "2 min 5 s" */
export function timeSpan(seconds) {
    if (!known(seconds)) return NOTHING;
    if (seconds < 0.00095) return figure(seconds * 1000, 'ms', 1);
    if (seconds < 0.01) return figure(seconds * 1000, 'ms', 1);
    if (seconds < 1) return figure(seconds * 1000, 'ms', 0);
    if (seconds < 60) return figure(seconds, 's', seconds < 10 ? 2 : 1);
    const whole = Math.round(seconds);
    const parts = [[Math.floor(whole / 3600), 'h'], [Math.floor(whole / 60) % 60, 'min'], [whole % 60, 's']];
    return parts.filter(([count]) => count).map(([count, unit]) => `${count}${NBSP}${unit}`).join(' ');
}

/** A moment of a run: "7 s", "1:05", "1:00:05" */
export function moment(seconds, digits = 0) {
    const rounded = Number(seconds.toFixed(digits));
    if (rounded < 60) return `${rounded.toFixed(digits)}${NBSP}s`;
    const two = (number) => String(Math.floor(number)).padStart(2, '0');
    const rest = digits ? (rounded % 60).toFixed(digits).padStart(3 + digits, '0') : two(rounded % 60);
    return rounded < 3600 ? `${Math.floor(rounded / 60)}:${rest}` : `${Math.floor(rounded / 3600)}:${two(rounded / 60 % 60)}:${rest}`;
}

/** Headline figures: [{name, value, about, tone}]; tone "good", "warn", "bad" or none. What is missing is left out. */
export function ribbon(items) {
    return el('dl', { class: 'ribbon' }, items.filter(Boolean).map(({ name, value, about, tone }) =>
        el('div', { class: tone ? `tile ${tone}` : 'tile' },
            el('dt', {}, name), el('dd', {}, value, about && el('small', {}, about)))));
}

/**
 * A table of data: columns are {name, unit, make(row), kind}, kind "number", "name" (kept on one line), "words" or "wide". Roles are spelled out because the narrow
 * layout takes the cells out of the table, which makes browsers forget what they were.
 */
export function dataTable(caption, columns, rows) {
    return el('table', { class: 'data', role: 'table' },
        el('caption', { class: 'hidden-text' }, caption),
        el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, columns.map(({ name, unit, kind }) =>
            el('th', { scope: 'col', role: 'columnheader', class: kind }, name, unit && el('small', {}, ` ${unit}`))))),
        el('tbody', { role: 'rowgroup' }, rows.map((row) => el('tr', { role: 'row' }, columns.map(({ name, unit, make, kind = '' }) => {
            const content = make(row) || NOTHING;
            return el('td', { role: 'cell', class: content === NOTHING ? `${kind} nothing` : kind, 'data-label': unit ? `${name}, ${unit}` : name }, el('span', {}, content));
        })))));
}

/** Parts of a whole, side by side: [{name, value, shown}]; `whole` is the value of the full width. */
export function partsBar(parts, whole, label) {
    const some = parts.filter(({ value }) => known(value) && value > 0);
    const bar = el('div', { class: 'parts', role: 'img', 'aria-label': `${label}: ${some.map((part) => `${part.name} ${part.shown}`).join(', ') || 'nothing'}` });
    for (const part of some) {
        const piece = el('i', { class: `part-${part.name}`, title: `${part.name} ${part.shown}` });
        piece.style.width = `${100 * part.value / whole}%`;
        bar.append(piece);
    }
    return bar;
}

/** Something to open; `make` is called when it is opened for the first time, or before printing when `paper` is set. */
export function disclosure(summary, make, { open = false, paper = false } = {}) {
    const node = el('details', { open, class: 'disclosure' }, el('summary', {}, summary));
    let made = false;
    const fill = () => {
        if (made) return;
        made = true;
        node.append(...[make()].flat());
    };
    if (open) fill();
    node.addEventListener('toggle', () => { if (node.open) fill(); });
    if (paper) beforePaper(() => {
        fill();
        if (node.open) return undefined;
        node.open = true;
        return () => { node.open = false; };
    });
    return node;
}

const paperWork = [];
let afterPaper = [];

/** Calls `prepare` before the page is printed; what it returns is called afterwards. */
export function beforePaper(prepare) { paperWork.push(prepare); }

addEventListener('beforeprint', () => {
    document.documentElement.classList.add('paper');
    // What is opened may have more to prepare.
    for (let i = 0; i < paperWork.length; i++) {
        const undo = paperWork[i]();
        if (undo) afterPaper.push(undo);
    }
});
addEventListener('afterprint', () => {
    document.documentElement.classList.remove('paper');
    for (const undo of afterPaper.reverse()) undo();
    afterPaper = [];
});
