/* The own requests as cards, with the quota beside them. */

import { cardHead, showStatus, speech } from './card.js';
import { arrange, flash, h, whileBusy } from './dom.js';
import { quotaCard } from './quota.js';
import { go, link } from './router.js';
import { STATUSES } from './store.js';
import { STATUS_FILTERS, isMonth, lastMonths, mayReply, monthName, statusInWords } from './text.js';

function ownCard({ store }, request) {
	const { head, facts, badge, titleId } = cardHead(request, ['You asked '],
		h('a', { href: link('request', { id: request.id }), class: 'stretched-link' }, request.title));
	const answer = h('div', { class: 'talk' });
	const reply = h('p', { class: 'facts' });
	const element = h('article', { class: 'card card-body request', 'aria-labelledby': titleId, 'data-id': request.id },
		head, facts, answer, reply);
	let version = 0;
	return {
		element,
		update(now) {
			if (now.version === version) {
				return;
			}
			const words = statusInWords(now);
			const reason = now.status === 'rejected' && now.response_message !== null;
			showStatus(badge, now.status, words);
			answer.replaceChildren(...(now.response_date === null ? [] : [
				speech('answer', store.nameOf(now.responder?.id), 'answered', now.response_date,
					reason ? `${words}: ${now.response_message}` : now.response_message),
			]));
			reply.textContent = mayReply(now) ? 'You can reply to this answer.' : now.user_reply === null ? '' : 'You replied.';
			if (version !== 0) {
				flash(element);
			}
			version = now.version;
		},
	};
}

/* Status and month, in the URL. */
function filterBar() {
	const tabs = [null, ...STATUSES].map((status) => ({ status, element: h('a', {}, status === null ? 'All' : STATUS_FILTERS[status]) }));
	const month = h('select', { class: 'form-select', 'aria-label': 'Month' });
	let shown = { status: null, month: null };
	month.addEventListener('change', () => go(link('requests', { status: shown.status, month: month.value })));
	return {
		element: h('div', { class: 'filters' }, h('nav', { class: 'tabs', 'aria-label': 'Status' }, ...tabs.map(({ element }) => element)), month),
		update(filter, currentMonth) {
			shown = filter;
			for (const { status, element } of tabs) {
				element.href = link('requests', { status, month: filter.month });
				element.removeAttribute('aria-current');
				if (status === filter.status) {
					element.setAttribute('aria-current', 'page');
				}
			}
			const months = ['', ...lastMonths(currentMonth, filter.month)];
			if (months.join() !== [...month.options].map((one) => one.value).join()) {
				month.replaceChildren(...months.map((one) => h('option', { value: one }, one === '' ? 'All months' : monthName(one))));
			}
			month.value = filter.month ?? '';
		},
	};
}

function filterOf({ query }) {
	return {
		scope: 'mine',
		status: STATUSES.includes(query.status) ? query.status : null,
		month: isMonth(query.month) ? query.month : null,
	};
}

export function mineView(context, route) {
	const { session, store } = context;
	let filter = filterOf(route);
	const ask = h('a', { href: link('ask'), class: 'btn btn-primary' }, 'Ask for a book');
	const quota = quotaCard(h('div', { class: 'buttons' }, ask, h('a', { href: link('statement'), class: 'btn btn-outline-secondary' }, 'Statement')));
	const bar = filterBar();
	const list = h('div', { class: 'cards' });
	const empty = h('div', { class: 'empty' });
	const more = h('button', { type: 'button', class: 'btn btn-outline-secondary more', onclick: () => whileBusy(more, () => session.loader.more(filter)) },
		'Show older requests');
	const cards = new Map();
	let emptyShown = '';

	function showEmpty(hidden, text, action) {
		empty.hidden = hidden;
		if (text !== emptyShown) {
			emptyShown = text;
			empty.replaceChildren(h('p', {}, text), ...(action === null ? [] : [action]));
		}
	}

	function updateEmpty(n, { loaded, problem }) {
		const filtered = filter.status !== null || filter.month !== null;
		if (problem !== null) {
			showEmpty(false, problem, null);
		} else if (!loaded) {
			showEmpty(n > 0, 'Loading…', null);
		} else if (filtered) {
			showEmpty(n > 0, 'None of your requests is like that.', h('a', { href: link('requests'), class: 'btn btn-outline-secondary' }, 'Show all'));
		} else if (store.quota?.requests_allowed === 0) {
			showEmpty(n > 0, 'You have not asked for a book yet, and your tier includes none.', null);
		} else {
			showEmpty(n > 0, 'You have not asked for a book yet. Your requests appear here, with every answer to them.',
				h('a', { href: link('ask'), class: 'btn btn-primary' }, 'Ask for the first one'));
		}
	}

	return {
		title: 'My requests',
		element: h('div', { class: 'columns' },
			h('div', { class: 'side' }, quota.element),
			h('section', { class: 'main-column', 'aria-labelledby': 'mine-heading' },
				h('h1', { id: 'mine-heading' }, 'My requests'), bar.element, empty, list, more)),
		load: () => session.loader.list(filter),
		failed: (problem) => store.setList(filter, { problem: problem.message }),
		navigate(now) {
			filter = filterOf(now);
		},
		update() {
			const requests = store.select(filter);
			const state = store.list(filter);
			quota.update(store.quota);
			bar.update(filter, store.quota?.current_month ?? new Date().toISOString().slice(0, 7));
			arrange(list, requests.map((request) => {
				if (!cards.has(request.id)) {
					cards.set(request.id, ownCard(context, request));
				}
				cards.get(request.id).update(request);
				return cards.get(request.id).element;
			}));
			updateEmpty(requests.length, state);
			more.hidden = state.next === null;
		},
	};
}
