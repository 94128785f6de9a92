/* The admins' page: the creator's requests by status, answered in place. */

import { arrange, h, whileBusy } from './dom.js';
import { STATUSES } from './store.js';
import { STATUS_NAMES } from './text.js';
import { queueCard } from './view-queue-card.js';

const NOTHING = {
	pending: 'No requests are waiting. New ones appear here by themselves.',
	approved: 'Nothing is approved and still to be done.',
	fulfilled: 'Nothing has been fulfilled yet.',
	rejected: 'Nothing has been rejected.',
};

function tabs(status) {
	const counts = new Map(STATUSES.map((one) => [one, h('span', { class: 'count' })]));
	return {
		element: h('nav', { class: 'tabs', 'aria-label': 'Status' }, ...STATUSES.map((one) => h('a', {
			href: `#/queue/${one}`, 'aria-current': one === status ? 'page' : null,
		}, STATUS_NAMES[one], ' ', counts.get(one)))),
		update(now) {
			for (const [one, element] of counts) {
				element.textContent = now?.[one] ?? '';
				element.hidden = now?.[one] === undefined;
			}
		},
	};
}

export function queueView(session, say, status) {
	const { store } = session;
	const bar = tabs(status);
	const list = h('div', { class: 'cards' });
	const empty = h('p', { class: 'empty' });
	const more = h('button', { type: 'button', class: 'more', onclick: () => whileBusy(more, () => session.loadMore(status)) },
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
		update() {
			/* Who is writing an answer keeps the card, whatever another admin does to it meanwhile. */
			const open = new Set([...cards].filter(([, card]) => card.isOpen()).map(([id]) => id));
			const requests = store.queue(status, open);
			const { loaded, next, problem } = store.list(status);
			bar.update(store.counts);
			keepFocus(() => arrange(list, requests.map((request) => {
				if (!cards.has(request.id)) {
					cards.set(request.id, queueCard(session, request, say, () => view.update()));
				}
				cards.get(request.id).update(request);
				return cards.get(request.id).element;
			})));
			empty.hidden = requests.length > 0 && problem === null;
			empty.textContent = problem ?? (loaded ? NOTHING[status] : 'Loading…');
			more.hidden = next === null;
		},
		focus: null,
	};
	return view;
}
