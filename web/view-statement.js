/* The quota's ledger, like a bank statement. */

import { api } from './api.js';
import { h } from './dom.js';
import { go, link } from './router.js';
import { isMonth, lastMonths, monthName, quotaInWords } from './text.js';
import { exactly } from './time.js';

const LIST_PAGE = 100;
const REASONS = { charge: 'Asked for', refund: 'Given back for', recharge: 'Charged again for' };

function signed(n) {
	return n < 0 ? `−${-n}` : `+${n}`;
}

function moment(iso) {
	return h('time', { datetime: iso, title: exactly(iso) },
		new Date(iso).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }));
}

function monthOf({ query }) {
	return isMonth(query.month) ? query.month : null;
}

export function statementView({ session, store }, route) {
	let asked = monthOf(route);
	let entries = null;
	let seen = ''; /* the quota that the entries belong to */
	let shown = ''; /* of all that is shown: what is the same is not made anew, which would take the focus from it */
	let months = '';
	const month = h('select', { class: 'form-select', 'aria-label': 'Month' });
	const body = h('tbody', {});
	const words = h('p', { class: 'facts' }, 'Loading…');
	const table = h('div', { class: 'card', hidden: true }, h('table', { class: 'table' },
		h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'What'),
			h('th', { scope: 'col', class: 'number' }, 'Requests'), h('th', { scope: 'col', class: 'number' }, 'Left'))), body));
	const problem = h('p', { class: 'alert alert-danger', role: 'alert', hidden: true });
	month.addEventListener('change', () => go(link('statement', { month: month.value })));

	function current() {
		return store.quota?.current_month ?? new Date().toISOString().slice(0, 7);
	}

	function row(entry, balance) {
		const request = store.request(entry.book_request_id);
		const what = request === null ? 'a request' : request.title;
		return h('tr', {},
			h('td', {}, h('p', {}, `${REASONS[entry.reason] ?? entry.reason} `, h('a', { href: link('request', { id: entry.book_request_id }) }, what)),
				h('p', { class: 'facts' }, moment(entry.at))),
			h('td', { class: 'number' }, signed(-entry.amount)),
			h('td', { class: 'number' }, balance ?? ''));
	}

	function showMonths() {
		const now = lastMonths(current(), asked);
		if (now.join() !== months) {
			months = now.join();
			month.replaceChildren(...now.map((one) => h('option', { value: one }, monthName(one))));
		}
		month.value = asked ?? current();
	}

	function show() {
		const now = JSON.stringify([asked, store.quota, entries, entries.map((one) => store.request(one.book_request_id)?.title)]);
		if (now === shown) {
			return;
		}
		shown = now;
		words.hidden = false;
		table.hidden = false;
		const isCurrent = (asked ?? current()) === current();
		const allowed = store.quota?.requests_allowed ?? 0;
		let balance = isCurrent ? allowed : null;
		const rows = [...entries].reverse().map((entry) => {
			balance = balance === null ? null : balance - entry.amount;
			return row(entry, balance);
		});
		body.replaceChildren(
			...(isCurrent ? [h('tr', {}, h('td', {}, `Quota of ${monthName(current())}`),
				h('td', { class: 'number' }, signed(allowed)), h('td', { class: 'number' }, allowed))] : []),
			...rows,
			...(rows.length === 0 ? [h('tr', {}, h('td', { colspan: 3, class: 'facts' }, 'Nothing was asked for in this month.'))] : []));
		words.textContent = isCurrent ? quotaInWords(store.quota) : `${entries.reduce((sum, one) => sum + one.amount, 0)} used in ${monthName(asked)}.`;
	}

	async function load() {
		const filter = { scope: 'mine', month: asked ?? current() };
		const [ledger] = await Promise.all([session.loader.read(() => api.ledger(asked)), session.loader.list(filter)]);
		/* The titles of them all: each request has one entry at least, a page of the list has so many requests. */
		for (let n = ledger.entries.length; n > LIST_PAGE && store.list(filter).next !== null; n -= LIST_PAGE) {
			await session.loader.list(filter, { more: true });
		}
		entries = ledger.entries;
		seen = JSON.stringify(ledger.quota);
		problem.hidden = true;
		view.update();
	}

	const view = {
		title: 'Statement',
		element: h('section', { class: 'main-column narrow', 'aria-labelledby': 'statement-heading' },
			h('header', { class: 'page-head' }, h('h1', { id: 'statement-heading' }, 'Statement'), month), problem, words, table),
		load,
		failed(error) {
			problem.hidden = false;
			problem.textContent = error.message;
			words.hidden = table.hidden; /* nothing is being loaded */
		},
		navigate(now) {
			asked = monthOf(now);
			entries = null;
		},
		update() {
			showMonths();
			if (entries === null) {
				return;
			}
			if (store.quota !== null && JSON.stringify(store.quota) !== seen) {
				seen = JSON.stringify(store.quota);
				session.ask(load()).catch(view.failed);
			}
			show();
		},
	};
	return view;
}
