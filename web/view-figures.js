/* The last months in figures: what was asked, how soon it was answered, who asks most. */

import { api } from './api.js';
import { h } from './dom.js';
import { notice } from './form.js';
import { keepFresh } from './fresh.js';
import { barPlot, columnPlot, legend, tableBehind } from './plots.js';
import { go, link } from './router.js';
import { STATUSES } from './store.js';
import { STATUS_NAMES, monthName, plural } from './text.js';

/* The server reads all requests of these months. */
const SOON_MS = 4000;
const EVERY_MS = 60000;
const PADDING = 34; /* of a card, in pixels */
const SPANS = [3, 6, 12, 24, 36];
const KINDS = STATUSES.map((status) => [status, STATUS_NAMES[status]]);

/* Seconds as a person says them. */
export function duration(s) {
	if (s === null) {
		return 'none yet';
	}
	for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
		if (s >= size) {
			const n = s >= 10 * size ? Math.round(s / size) : Math.round((10 * s) / size) / 10;
			return plural(n, unit, `${unit}s`);
		}
	}
	return plural(s, 'second', 'seconds');
}

function monthsOf({ query }) {
	return SPANS.includes(Number(query.months)) ? Number(query.months) : 12;
}

const short = (month) => monthName(month).slice(0, 3);
const total = (month) => STATUSES.reduce((sum, status) => sum + month[status], 0);

function panel(id, heading, ...content) {
	return h('section', { class: 'card card-body figure', 'aria-labelledby': id }, h('h2', { id }, heading), ...content);
}

function requestsPanel(months, width) {
	return panel('figure-requests', 'Requests by month', legend(KINDS),
		columnPlot('Requests by month and status; the table below has the numbers', width, months.map((month) => ({
			label: short(month.month_year),
			title: `${monthName(month.month_year)}: ${STATUSES.map((status) => `${month[status]} ${STATUS_NAMES[status].toLowerCase()}`).join(', ')}`,
			parts: STATUSES.map((status) => ({ kind: status, n: month[status] })),
		}))),
		tableBehind('Requests by month and status', ['Month', ...KINDS.map(([, words]) => words), 'All'],
			months.map((month) => [monthName(month.month_year), ...STATUSES.map((status) => month[status]), total(month)])));
}

function answersPanel(months, width) {
	const known = months.map((month) => month.median_answer_s ?? 0);
	const [unit, size] = Math.max(...known) >= 172800 ? ['days', 86400] : Math.max(...known) >= 7200 ? ['hours', 3600] : ['minutes', 60];
	return panel('figure-answers', 'Time until the answer', h('p', { class: 'facts' }, `The median, in ${unit}, by the month in which the request was made: half of them waited longer.`),
		columnPlot(`Median time until the answer by month, in ${unit}; the table below has the numbers`, width, months.map((month) => ({
			label: short(month.month_year),
			title: `${monthName(month.month_year)}: ${duration(month.median_answer_s)}`,
			parts: [{ kind: 'single', n: (month.median_answer_s ?? 0) / size }],
		}))),
		tableBehind('Median time until the answer', ['Month', 'Median'], months.map((month) => [monthName(month.month_year), duration(month.median_answer_s)])));
}

function askersPanel(askers, width) {
	return panel('figure-askers', 'Who asks most', ...(askers.length === 0 ? [h('p', { class: 'facts' }, 'Nobody yet.')] : [
		barPlot('Who asks most; the table below has the numbers', width, askers.map(({ user, requests }) => ({ label: user.username, n: requests }))),
		tableBehind('Who asks most', ['User', 'Requests'], askers.map(({ user, requests }) => [
			h('a', { href: link('queue', { status: 'all', user: user.id }) }, user.username), requests])),
	]));
}

function headline(words, figure) {
	return h('div', { class: 'card card-body' }, h('dt', {}, words), h('dd', {}, figure));
}

export function figuresView({ session, store }, route) {
	let months = monthsOf(route);
	let seen = null;
	let shown = null; /* {figures, width}: the plots are drawn for a width, so that their letters have their size */
	const span = h('select', { id: 'figures-months', name: 'months', class: 'form-select', onchange: () => go(link('figures', { months: span.value })) },
		...SPANS.map((n) => h('option', { value: n }, `Last ${n} months`)));
	const failure = notice();
	const place = h('div', { class: 'stack' }, h('p', { class: 'empty' }, 'Loading…'));

	function show() {
		const { figures } = shown;
		const open = new Set([...place.querySelectorAll('details[open]')].map((one) => one.closest('section').getAttribute('aria-labelledby')));
		const focused = document.activeElement?.closest('.figure')?.getAttribute('aria-labelledby') ?? null;
		shown.width = place.clientWidth;
		const width = Math.max(240, shown.width - PADDING);
		place.replaceChildren(
			h('dl', { class: 'headlines' }, headline('Requests', figures.requests), headline('Answered', figures.answered),
				headline('Median time until the answer', duration(figures.median_answer_s))),
			requestsPanel(figures.months, width), answersPanel(figures.months, width), askersPanel(figures.askers, width));
		for (const section of place.querySelectorAll('.figure')) {
			const id = section.getAttribute('aria-labelledby');
			section.querySelector('details')?.toggleAttribute('open', open.has(id));
			if (id === focused) {
				section.querySelector('summary')?.focus();
			}
		}
	}

	async function load() {
		const asked = months;
		const figures = await session.ask(api.figures(asked));
		const text = JSON.stringify(figures);
		if (asked === months && text !== seen) {
			seen = text;
			shown = { figures, width: 0 };
			show();
		}
		failure.show(null);
	}

	const watch = new ResizeObserver(() => {
		if (shown !== null && Math.abs(place.clientWidth - shown.width) > 20) {
			requestAnimationFrame(show); /* within the observer's own call a change of size would be an error */
		}
	});
	watch.observe(place);
	const fresh = keepFresh(() => load().catch(view.failed), { soonMs: SOON_MS, everyMs: EVERY_MS });
	const view = {
		title: 'Figures',
		element: h('section', { class: 'main-column' },
			h('header', { class: 'page-head' }, h('h1', {}, 'Figures'), h('label', { class: 'visually-hidden', for: span.id }, 'Months'), span), failure.element, place),
		load,
		failed: (problem) => failure.show(problem.message),
		navigate(now) {
			months = monthsOf(now);
		},
		update() {
			span.value = String(months);
			fresh.changed(store.changes);
		},
		unmount() {
			fresh.stop();
			watch.disconnect();
		},
	};
	return view;
}
