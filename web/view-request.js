/* One request: all that is known of it, its timeline, and the reply. */

import { KeyKeeper } from './api.js';
import { longText, showStatus } from './card.js';
import { h, userLink, whileBusy } from './dom.js';
import { dropDraft, keepTyped } from './drafts.js';
import { field, notice, showProblem } from './form.js';
import { link } from './router.js';
import { STATUS_NAMES, mayReply, monthName, statusInWords, whyNoReply } from './text.js';
import { ago } from './time.js';

const OFFLINE = 'You are offline. Nothing was sent; what you typed is kept here until you send it.';

function replyForm(session, id) {
	const reply = field('user_reply', 'Your reply', { rows: 3, maxlength: 5000, hint: 'You can reply once.' });
	const keys = new KeyKeeper();
	const failure = notice();
	const form = h('form', { class: 'stack', novalidate: true },
		reply.element, failure.element, h('button', { type: 'submit', class: 'btn btn-primary' }, 'Send the reply'));
	const userId = session.store.user.id;
	const draft = `reply-${id}`;
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const content = { user_reply: reply.input.value };
		failure.show(session.isOffline ? OFFLINE : null);
		reply.showError(null);
		if (session.isOffline) {
			return;
		}
		whileBusy(form, async () => {
			try {
				await session.reply(id, content, keys.keyFor(content));
				keys.answered();
				dropDraft(userId, draft);
			} catch (problem) {
				failure.show(showProblem([reply], problem));
			}
		});
	});
	keepTyped(userId, draft, [reply]);
	return form;
}

/* The steps of a request, oldest first: {words, at, text}. */
function steps(request, nameOf) {
	const list = [{ words: `${nameOf(request.user_id)} asked`, at: request.created_at, text: null }];
	if (request.accepted_at !== null) {
		list.push({ words: `${nameOf(request.accepted_by_id)} accepted it`, at: request.accepted_at, text: null });
	}
	if (request.response_date !== null) {
		const status = request.status === 'fulfilled' ? '' : `: ${STATUS_NAMES[request.status].toLowerCase()}`;
		list.push({ words: `${nameOf(request.responder?.id)} answered${status}`, at: request.response_date, text: request.response_message });
	}
	if (request.user_reply !== null) {
		list.push({ words: `${nameOf(request.user_id)} replied`, at: null, text: request.user_reply });
	}
	if (request.status === 'fulfilled') {
		list.push({ words: 'The book is ready', at: null, text: null });
	}
	return list;
}

function timeline(request, nameOf) {
	return steps(request, nameOf).map(({ words, at, text }) => h('li', {},
		h('p', {}, h('strong', {}, words), ...(at === null ? [] : [' ', h('span', { class: 'facts' }, ago(at))])),
		text === null ? null : longText(text, 'said')));
}

function requestCard(session, request) {
	const { store } = session;
	const own = request.user_id === store.user.id;
	const badge = h('span', {});
	const list = h('ol', { class: 'timeline' });
	const why = h('p', { class: 'facts' });
	const form = own ? replyForm(session, request.id) : null;
	let version = 0;
	return {
		element: h('article', { class: 'main-column request', 'data-id': request.id },
			h('header', { class: 'card-head' },
				h('div', {}, h('h1', {}, request.title), h('p', { class: 'author' }, 'by ', request.author)), badge),
			h('section', { class: 'card card-body' },
				h('p', { class: 'facts' }, own ? 'Asked ' : `Asked by ${request.user.username} `, ago(request.created_at), ` · quota of ${monthName(request.month_year)}`,
					...(request.link === null ? [] : [' · ', userLink(request.link)])),
				request.description === null ? null : longText(request.description, 'description')),
			h('section', { class: 'card card-body', 'aria-labelledby': 'timeline-heading' }, h('h2', { id: 'timeline-heading' }, 'What happened'), list),
			own ? h('section', { class: 'card card-body', 'aria-labelledby': 'reply-heading' }, h('h2', { id: 'reply-heading' }, 'Reply'), form, why) : null),
		update(now) {
			if (now.version === version) {
				return;
			}
			version = now.version;
			showStatus(badge, now.status, own ? statusInWords(now) : STATUS_NAMES[now.status]);
			list.replaceChildren(...timeline(now, (id) => (id === undefined ? 'The team' : (id === store.user.id ? 'You' : store.nameOf(id)))));
			if (own) {
				form.hidden = !mayReply(now);
				why.hidden = mayReply(now);
				why.textContent = whyNoReply(now);
			}
		},
	};
}

export function requestView({ session, store }, route) {
	const id = Number(route.id);
	const place = h('div', {}, h('p', { class: 'empty' }, 'Loading…'));
	let card = null;

	function missing() {
		card = null;
		place.replaceChildren(h('div', { class: 'empty' }, h('p', {}, 'There is no such request.'),
			h('a', { href: '#/', class: 'btn btn-outline-secondary' }, 'Back')));
	}

	return {
		title: 'Request',
		element: place,
		async load() {
			if (await session.loadRequest(id) === null) {
				missing();
			}
		},
		failed: (problem) => {
			if (card === null) {
				place.replaceChildren(h('p', { class: 'alert alert-danger' }, problem.message));
			}
		},
		update() {
			const request = store.request(id);
			if (request === null) {
				return;
			}
			if (card === null) {
				card = requestCard(session, request);
				place.replaceChildren(card.element);
			}
			card.update(request);
		},
	};
}
