/*
 * Plots made by the page, as SVG, each with the table that says the same: whoever does not see the plot reads the table.
 * Colours come from views.css by class.
 */

import { h, svg } from './dom.js';

const HEIGHT = 240;
const LEFT = 44;
const LABEL = 34; /* the room that a column's label takes */
const BOTTOM = 28;
const TOP = 12;
const LINES = 4;

/* A round number that is at least n, so that the axis is easy to read. */
export function roundUp(n) {
	if (n <= LINES) {
		return LINES;
	}
	const size = 10 ** Math.floor(Math.log10(n));
	return [1, 2, 4, 5, 8, 10].map((step) => step * size).find((top) => top >= n);
}

const inTenths = (n) => String(Math.round(n * 10) / 10);

function axis(top, plotWidth) {
	return Array.from({ length: LINES + 1 }, (_, i) => {
		const y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - i / LINES);
		return [
			svg('line', { x1: LEFT, x2: plotWidth, y1: y, y2: y, class: 'plot-line' }),
			svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end', class: 'plot-text' }, inTenths((top * i) / LINES)),
		];
	}).flat();
}

/* Stacked columns. columns: [{label, title, parts: [{kind, n}]}]; label: below it, title: in words. plotWidth: in pixels. */
export function columnPlot(name, plotWidth, columns) {
	const sums = columns.map(({ parts }) => parts.reduce((sum, { n }) => sum + n, 0));
	const top = roundUp(Math.max(...sums, 0));
	const step = (plotWidth - LEFT) / columns.length;
	const width = Math.min(step * 0.7, 48);
	const every = Math.ceil(LABEL / step);
	const bars = columns.flatMap(({ label, title, parts }, i) => {
		const x = LEFT + step * i + (step - width) / 2;
		let y = HEIGHT - BOTTOM;
		const stack = parts.filter(({ n }) => n > 0).map(({ kind, n }) => {
			const height = ((HEIGHT - TOP - BOTTOM) * n) / top;
			y -= height;
			return svg('rect', { x, y, width, height, class: `plot-${kind}` }, svg('title', {}, title));
		});
		return i % every === 0 ? [...stack, svg('text', { x: x + width / 2, y: HEIGHT - 8, 'text-anchor': 'middle', class: 'plot-text' }, label)] : stack;
	});
	return svg('svg', { viewBox: `0 0 ${plotWidth} ${HEIGHT}`, role: 'img', 'aria-label': name, class: 'plot' }, ...axis(top, plotWidth), ...bars);
}

/* Bars from left to right, the longest first. rows: [{label, n}] */
export function barPlot(name, plotWidth, rows) {
	const height = 28;
	const names = plotWidth * 0.3;
	const letters = Math.floor(names / 10);
	const scale = (plotWidth - names - 48) / Math.max(...rows.map(({ n }) => n), 1);
	const cut = (label) => ([...label].length > letters ? `${[...label].slice(0, letters - 1).join('')}…` : label);
	return svg('svg', { viewBox: `0 0 ${plotWidth} ${height * rows.length}`, role: 'img', 'aria-label': name, class: 'plot' },
		...rows.flatMap(({ label, n }, i) => [
			/* What is wider than most letters is cut off at the name's end, not at its beginning. */
			svg('svg', { width: names - 8, y: height * i, height }, svg('text', { y: 19, class: 'plot-text' }, cut(label))),
			svg('rect', { x: names, y: height * i + 5, width: scale * n, height: height - 10, class: 'plot-single' }, svg('title', {}, `${label}: ${n}`)),
			svg('text', { x: names + scale * n + 8, y: height * i + 19, class: 'plot-text' }, n),
		]));
}

/* kinds: [[kind, words]] */
export function legend(kinds) {
	return h('ul', { class: 'legend', 'aria-hidden': 'true' }, ...kinds.map(([kind, words]) => h('li', {},
		svg('svg', { viewBox: '0 0 12 12', width: 12, height: 12 }, svg('rect', { width: 12, height: 12, rx: 2, class: `plot-${kind}` })), ' ', words)));
}

/* heads: the columns' names; rows: lists of cells, the first of which names the row. */
export function tableBehind(caption, heads, rows) {
	return h('details', { class: 'behind' }, h('summary', {}, 'As a table'),
		h('div', { class: 'scroll' }, h('table', { class: 'table' }, h('caption', { class: 'visually-hidden' }, caption),
			h('thead', {}, h('tr', {}, ...heads.map((one, i) => h('th', { scope: 'col', class: i === 0 ? '' : 'number' }, one)))),
			h('tbody', {}, ...rows.map(([first, ...cells]) => h('tr', {}, h('th', { scope: 'row' }, first), ...cells.map((one) => h('td', { class: 'number' }, one))))))));
}
