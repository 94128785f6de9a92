/* The admins' page: the creator's requests by status, answered in place. */

import { arrange, h, whileBusy } from './dom.js';
import { link } from './router.js';
import { STATUSES } from './store.js';
import { STATUS_NAMES } from './text.js';
import { queueCard } from './view-queue-card.js';

const NOTHING = {
	pending: 'No requests are waiting. New ones appear here by themselves.',
	approved: 'Nothing is approved and still to be done.',
	fulfilled: 'Nothing has been fulfilled yet.',
	rejected: 'Nothing has been rejected.',
};

function tabs() {
	const parts = STATUSES.map((one) => {
		const count = h('span', { class: 'count' });
		return { one, count, element: h('a', { href: link('queue', { status: one }) }, STATUS_NAMES[one], ' ', count) };
	});
	return {
		element: h('nav', { class: 'tabs', 'aria-label': 'Status' }, ...parts.map(({ element }) => element)),
		update(status, now) {
			for (const { one, count, element } of parts) {
				count.textContent = now?.[one] ?? '';
				count.hidden = now?.[one] === undefined;
				if (one === status) {
					element.setAttribute('aria-current', 'page');
				} else {
					element.removeAttribute('aria-current');
				}
			}
		},
	};
}

/* The filter that a route asks for. */
function filterOf({ query }) {
	return { scope: 'admin', status: STATUSES.includes(query.status) ? query.status : 'pending' };
}

export function queueView(context, route) {
	const { session, store } = context;
	let filter = filterOf(route);
	const bar = tabs();
	const list = h('div', { class: 'cards' });
	const empty = h('p', { class: 'empty' });
	const more = h('button', { type: 'button', class: 'btn btn-outline-secondary more', onclick: () => whileBusy(more, () => session.loadMore(filter)) },
		'Show older requests');
	const heading = h('h1', { tabindex: '-1' }, 'Requests');
	const cards = new Map();

	/* A card that is gone takes the focus with it: its neighbour gets it, so that the keyboard stays in the list. */
	function keepFocus(rearrange) {
		const focused = list.contains(document.activeElement) ? document.activeElement.closest('article') : null;
		const place = focused === null ? -1 : [...list.children].indexOf(focused);
		rearrange();
		if (focused !== null && !focused.isConnected) {
			(list.children[Math.min(place, list.children.length - 1)] ?? heading).focus();
		}
	}

	const view = {
		title: 'Requests',
		element: h('section', { class: 'main-column' }, heading, bar.element, empty, list, more),
		load: () => session.loadList(filter),
		failed: (problem) => store.setList(filter, { problem: problem.message }),
		navigate(now) {
			filter = filterOf(now);
		},
		update() {
			/* Who is writing an answer keeps the card, whatever another admin does to it meanwhile. */
			const open = new Set([...cards].filter(([, card]) => card.isOpen()).map(([id]) => id));
			const requests = store.select(filter, open);
			const { loaded, next, problem } = store.list(filter);
			bar.update(filter.status, store.counts);
			keepFocus(() => arrange(list, requests.map((request) => {
				if (!cards.has(request.id)) {
					cards.set(request.id, queueCard(context, request, () => view.update()));
				}
				cards.get(request.id).update(request);
				return cards.get(request.id).element;
			})));
			empty.hidden = requests.length > 0 && problem === null;
			empty.textContent = problem ?? (loaded ? NOTHING[filter.status] : 'Loading…');
			more.hidden = next === null;
		},
	};
	return view;
}
