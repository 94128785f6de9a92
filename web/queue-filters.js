/* The queue's tabs and filters. All of them are in the URL: #/queue?status=approved&user=17&month=2025-11&q=words. */

import { api } from './api.js';
import { h } from './dom.js';
import { go, link } from './router.js';
import { STATUSES } from './store.js';
import { STATUS_NAMES, isId, isMonth, lastMonths, monthName } from './text.js';

const TYPING_MS = 300;
const TABS = [...STATUSES, null];

/* The filter (store.js) that a route asks for. */
export function filterOf({ query }) {
	return {
		scope: 'admin',
		status: STATUSES.includes(query.status) ? query.status : query.status === 'all' ? null : 'pending',
		month: isMonth(query.month) ? query.month : null,
		userId: isId(query.user) ? query.user : null,
		q: (query.q ?? '').trim() === '' ? null : query.q.trim(),
	};
}

/* The link to a filter with some parts changed. */
function linkTo(filter, changes = {}) {
	const { status, month, userId, q } = { ...filter, ...changes };
	return link('queue', { status: status ?? 'all', user: userId, month, q });
}

/* undefined until all are known */
function sum(counts) {
	return STATUSES.every((status) => counts?.[status] !== undefined) ? STATUSES.reduce((n, status) => n + counts[status], 0) : undefined;
}

function tabs() {
	const parts = TABS.map((one) => {
		const count = h('span', { class: 'count' });
		return { one, count, element: h('a', {}, one === null ? 'All' : STATUS_NAMES[one], ' ', count) };
	});
	return {
		element: h('nav', { class: 'tabs', 'aria-label': 'Status' }, ...parts.map(({ element }) => element)),
		update(filter, counts) {
			for (const { one, count, element } of parts) {
				const n = one === null ? sum(counts) : counts?.[one];
				element.href = linkTo(filter, { status: one });
				count.textContent = n ?? '';
				count.hidden = n === undefined;
				if (one === filter.status) {
					element.setAttribute('aria-current', 'page');
				} else {
					element.removeAttribute('aria-current');
				}
			}
		},
	};
}

/* Runs f some time after the last call. */
export function afterTyping(f, ms = TYPING_MS) {
	let timer = null;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(f, ms);
	};
}

let lists = 0;

/*
 * A field for a user's name with suggestions from the server. onChosen(user) gets {id, username}, or null when it was
 * emptied. show(name) writes what is chosen.
 */
export function userField(session, label, onChosen) {
	const listId = `users-${++lists}`;
	const options = h('datalist', { id: listId });
	const input = h('input', { id: `${listId}-field`, name: 'user', class: 'form-control', list: listId, autocomplete: 'off', placeholder: 'Everybody' });
	let found = [];

	const byName = (name) => found.find((one) => one.username.toLowerCase() === name.toLowerCase()) ?? null;

	async function suggest() {
		const q = input.value.trim();
		if (q === '') {
			onChosen(null);
			return;
		}
		try {
			found = (await session.ask(api.users(q, null, 10))).users;
			options.replaceChildren(...found.map((one) => h('option', { value: one.username })));
			choose({ unknownToo: false });
		} catch {
			/* no suggestions then */
		}
	}

	function choose({ unknownToo }) {
		const name = input.value.trim();
		const user = byName(name);
		if (user !== null || name === '') {
			onChosen(user);
		} else if (unknownToo) {
			suggest();
		}
	}

	input.addEventListener('input', afterTyping(suggest));
	input.addEventListener('change', () => choose({ unknownToo: true }));
	return {
		input,
		element: h('div', { class: 'field' }, h('label', { for: input.id, class: 'form-label' }, label), input, options),
		show(name) {
			if (document.activeElement !== input) {
				input.value = name;
			}
		},
	};
}

/* A select of the last months and the chosen one. */
export function monthField(label, onChosen) {
	const select = h('select', { name: 'month', class: 'form-select' });
	const id = `month-${++lists}`;
	select.id = id;
	select.addEventListener('change', () => onChosen(select.value === '' ? null : select.value));
	return {
		element: h('div', { class: 'field' }, h('label', { for: id, class: 'form-label' }, label), select),
		show(month, current) {
			const months = ['', ...lastMonths(current, month)];
			if (months.join() !== [...select.options].map((one) => one.value).join()) {
				select.replaceChildren(...months.map((one) => h('option', { value: one }, one === '' ? 'All months' : monthName(one))));
			}
			select.value = month ?? '';
		},
	};
}

export function queueFilters(session) {
	const { store } = session;
	const bar = tabs();
	let filter = null;
	const search = h('input', { id: 'queue-search', name: 'q', type: 'search', dir: 'auto', class: 'form-control', maxlength: 500, placeholder: 'Title, author or name' });
	search.addEventListener('input', afterTyping(() => {
		const q = search.value.trim() === '' ? null : search.value.trim();
		if (q !== filter.q) {
			go(linkTo(filter, { q }), { replace: true });
		}
	}));
	const user = userField(session, 'Asked by', (one) => {
		const userId = one === null ? null : String(one.id);
		if (one !== null) {
			store.learnNames([one]);
		}
		if (userId !== filter.userId) {
			go(linkTo(filter, { userId }));
		}
	});
	const month = monthField('Month', (chosen) => go(linkTo(filter, { month: chosen })));
	const found = h('span', { role: 'status' });
	const reset = h('a', {}, 'Show all');
	const outcome = h('p', { class: 'facts' }, found, ' ', reset);
	return {
		element: h('div', { class: 'stack' }, bar.element,
			h('form', { class: 'filter-row', role: 'search', onsubmit: (event) => event.preventDefault() },
				h('div', { class: 'field' }, h('label', { for: search.id, class: 'form-label' }, 'Search'), search), user.element, month.element),
			outcome),
		/* total: how many the server finds, null while that is not known */
		update(now, total) {
			filter = now;
			const filtered = now.q !== null || now.userId !== null || now.month !== null;
			bar.update(now, store.counts);
			if (document.activeElement !== search) {
				search.value = now.q ?? '';
			}
			user.show(now.userId === null ? '' : store.knownName(Number(now.userId)) ?? `user ${now.userId}`);
			month.show(now.month, store.quota?.current_month ?? new Date().toISOString().slice(0, 7));
			const words = filtered && total !== null ? `${total} found.` : '';
			if (found.textContent !== words) {
				found.textContent = words;
			}
			outcome.classList.toggle('visually-hidden', !filtered);
			reset.hidden = !filtered;
			reset.href = linkTo({ ...now, month: null, userId: null, q: null });
		},
	};
}
