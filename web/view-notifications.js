/* What the user was told, read and unread. */

import { arrange, h, quoting, whileBusy } from './dom.js';
import { link } from './router.js';
import { ago } from './time.js';

function row(one, markRead) {
	const words = quoting(one.message);
	const read = h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', 'aria-label': `Mark as read: ${one.message}` }, 'Mark as read');
	const element = h('li', { class: 'list-group-item notification' },
		h('p', {}, ...(one.book_request_id === null ? words
			: [h('a', { href: link('request', { id: one.book_request_id }), onclick: () => markRead([one.id]) }, ...words)])),
		h('p', { class: 'facts' }, ago(one.created_at)), read);
	read.addEventListener('click', () => whileBusy(read, () => markRead([one.id])));
	return {
		element,
		update(now) {
			element.classList.toggle('unread', now.read_at === null);
			read.hidden = now.read_at !== null;
		},
	};
}

export function notificationsView({ session, store, say }) {
	const rows = new Map();
	const list = h('ul', { class: 'list-group' });
	const empty = h('p', { class: 'empty' });
	const all = h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => whileBusy(all, () => markRead(null)) }, 'Mark all as read');
	const more = h('button', { type: 'button', class: 'btn btn-outline-secondary more', onclick: () => whileBusy(more, loadMore) }, 'Show older ones');

	async function markRead(ids) {
		try {
			await session.markRead(ids);
		} catch (problem) {
			say(problem.message);
		}
	}

	async function loadMore() {
		try {
			await session.ask(session.loader.notifications({ more: true }));
		} catch (problem) {
			say(problem.message);
		}
	}

	return {
		title: 'Notifications',
		element: h('section', { class: 'main-column narrow', 'aria-labelledby': 'notifications-heading' },
			h('header', { class: 'page-head' }, h('h1', { id: 'notifications-heading' }, 'Notifications'), all), empty, list, more),
		load: () => session.loader.notifications(),
		failed: (problem) => store.setList('notifications', { problem: problem.message }),
		update() {
			const { loaded, next, problem } = store.list('notifications');
			const shown = store.shownNotifications();
			arrange(list, shown.map((one) => {
				if (!rows.has(one.id)) {
					rows.set(one.id, row(one, markRead));
				}
				rows.get(one.id).update(one);
				return rows.get(one.id).element;
			}));
			all.hidden = store.unread === 0;
			empty.hidden = shown.length > 0 && problem === null;
			empty.textContent = problem ?? (loaded ? `Nothing yet. ${store.isAdmin ? 'Every reply to an answer of yours' : 'Every answer to a request of yours'} is told here.` : 'Loading…');
			more.hidden = next === null;
		},
	};
}
