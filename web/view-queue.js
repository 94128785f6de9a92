/* The admins' page: the creator's requests by status and other filters, answered in place, one by one or several at once. */

import { KEYS } from './actions.js';
import { api } from './api.js';
import { bulkBar } from './bulk.js';
import { arrange, h, whileBusy } from './dom.js';
import { atMostEvery } from './fresh.js';
import { filterOf, queueFilters } from './queue-filters.js';
import { pressNewest } from './toast.js';
import { queueCard } from './view-queue-card.js';

const CONTEXT_MS = 1000;
const CONTEXT_MOST = 200;
const NOTHING = {
	pending: 'No requests are waiting. New ones appear here by themselves.',
	approved: 'Nothing is approved and still to be done.',
	fulfilled: 'Nothing has been fulfilled yet.',
	rejected: 'Nothing has been rejected.',
	null: 'Nobody has asked for a book yet.',
};

function isTyping(element) {
	return element.closest('textarea, select, input:not([type="checkbox"])') !== null;
}

/*
 * What only the server knows of requests, by id: asked for those that are shown, and again when one came that may be for
 * the same book. onNews() is called when there is more.
 */
function contextKeeper(session, onNews) {
	const { store } = session;
	const known = new Map();
	let newest = 0;
	let wanted = new Set();

	const bring = atMostEvery(CONTEXT_MS, async () => {
		const ids = [...wanted];
		try {
			for (let from = 0; from < ids.length; from += CONTEXT_MOST) {
				const { context } = await session.ask(api.context(ids.slice(from, from + CONTEXT_MOST)));
				for (const one of context) {
					known.set(one.id, one);
				}
				onNews();
			}
		} catch {
			/* the cards are as good without, and the next news asks again */
		}
	});

	return {
		stop: bring.stop,
		of: (id) => known.get(id) ?? null,
		want(ids) {
			const last = Math.max(0, ...store.requests.keys());
			if (last > newest || [...ids].some((id) => !wanted.has(id))) {
				newest = last;
				wanted = ids;
				bring();
			}
		},
	};
}

export function queueView(context, route) {
	const { session, store } = context;
	let filter = filterOf(route);
	let held = new Set(); /* what is shown, so that what is being answered can stay */
	let current = null; /* the card that Tab leads to */
	const filters = queueFilters(session);
	const bulk = bulkBar(session, (focused = false) => {
		view.update();
		if (focused) {
			heading.focus();
		}
	});
	const all = h('input', {
		type: 'checkbox', class: 'form-check-input', id: 'select-all',
		onchange: () => bulk.select([...held], all.checked),
	});
	const allRow = h('p', { class: 'select-all form-check' }, all, h('label', { class: 'form-check-label', for: 'select-all' }, 'Select all shown'),
		h('span', { class: 'keys facts' }, 'On a card: ', h('kbd', {}, '↑'), ' ', h('kbd', {}, '↓'), ' next, ', h('kbd', {}, 'A'), ' approve, ',
			h('kbd', {}, 'R'), ' reject, ', h('kbd', {}, 'F'), ' fulfil, ', h('kbd', {}, 'U'), ' undo'));
	const list = h('div', { class: 'cards' });
	const empty = h('p', { class: 'empty' });
	const more = h('button', { type: 'button', class: 'btn btn-outline-secondary more', onclick: () => whileBusy(more, () => session.loader.more(filter)) },
		'Show older requests');
	const heading = h('h1', { tabindex: '-1' }, 'Requests');
	const cards = new Map();
	const beside = contextKeeper(session, () => view.update());

	const idOf = (article) => Number(article.dataset.id);

	/* A card that is gone takes the focus with it: its neighbour gets it, so that the keyboard stays in the list. */
	function keepFocus(rearrange) {
		const focused = list.contains(document.activeElement) ? document.activeElement.closest('article') : null;
		const place = focused === null ? -1 : [...list.children].indexOf(focused);
		rearrange();
		if (focused !== null && !focused.isConnected) {
			(list.children[Math.min(place, list.children.length - 1)] ?? heading).focus();
		}
	}

	/* One card at a time is on Tab's way; the arrows lead to the others. */
	function makeCurrent(article) {
		current?.setAttribute('tabindex', '-1');
		current = article;
		current?.setAttribute('tabindex', '0');
	}

	function move(article, step) {
		const place = article === null ? (step > 0 ? 0 : -1) : [...list.children].indexOf(article) + step;
		list.children[place]?.focus();
	}

	function onKey(event) {
		const inside = list.contains(event.target);
		if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !(inside || event.target === heading
			|| event.target === document.body || event.target.id === 'main')) {
			return;
		}
		const article = inside ? event.target.closest('article') : null;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (step !== undefined) {
			event.preventDefault();
			move(article, step);
		} else if (event.key.toLowerCase() === 'u') {
			pressNewest();
		} else if (article !== null && KEYS[event.key.toLowerCase()] !== undefined) {
			event.preventDefault();
			cards.get(idOf(article)).press(KEYS[event.key.toLowerCase()]);
		}
	}

	document.addEventListener('keydown', onKey);
	list.addEventListener('focusin', (event) => makeCurrent(event.target.closest('article')));

	function cardOf(request) {
		if (!cards.has(request.id)) {
			const card = queueCard(context, request, {
				onLayout(focused) {
					view.update();
					if (focused) {
						(card.element.isConnected ? card.element : heading).focus();
					}
				},
				onSelect: (on) => bulk.select([request.id], on),
			});
			cards.set(request.id, card);
			card.restore();
		}
		return cards.get(request.id);
	}

	function showCard(request) {
		const card = cardOf(request);
		card.update(request);
		card.setSelected(bulk.selected.has(request.id));
		const known = beside.of(request.id);
		if (known !== null) {
			card.showContext(known);
		}
		return card.element;
	}

	const view = {
		title: 'Requests',
		element: h('section', { class: 'main-column' }, heading, filters.element, bulk.result, allRow, bulk.element, empty, list, more),
		async load() {
			const [{ team }] = await Promise.all([api.team(), session.loader.list(filter)]);
			store.learnNames(team);
		},
		failed: (problem) => store.setList(filter, { problem: problem.message }),
		navigate(now) {
			const then = JSON.stringify(filter);
			filter = filterOf(now);
			if (JSON.stringify(filter) !== then) {
				held = new Set();
				bulk.selected.clear();
				bulk.result.textContent = '';
			}
		},
		unmount() {
			document.removeEventListener('keydown', onKey);
			beside.stop();
		},
		update() {
			/* Who is writing an answer keeps the card, whatever another admin does to it meanwhile; so does who selected it. */
			const staying = new Set([...held].filter((id) => cards.get(id)?.isOpen() || bulk.selected.has(id)));
			const requests = store.select(filter, staying);
			const { loaded, next, problem, total } = store.list(filter);
			held = new Set(requests.map((request) => request.id));
			for (const id of bulk.selected.keys()) {
				if (!held.has(id)) {
					bulk.selected.delete(id);
				}
			}
			filters.update(filter, loaded ? (next === null ? requests.length : total) : null);
			keepFocus(() => arrange(list, requests.map(showCard)));
			if (current === null || !current.isConnected) {
				makeCurrent(list.firstElementChild);
			}
			bulk.update();
			all.checked = held.size > 0 && bulk.selected.size === held.size;
			all.indeterminate = bulk.selected.size > 0 && !all.checked;
			allRow.hidden = requests.length === 0;
			empty.hidden = requests.length > 0 && problem === null;
			const filtered = filter.q !== null || filter.userId !== null || filter.month !== null;
			empty.textContent = problem ?? (loaded ? (filtered ? 'No request is like that.' : NOTHING[filter.status]) : 'Loading…');
			more.hidden = next === null;
			beside.want(held);
		},
	};
	return view;
}
