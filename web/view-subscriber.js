/* A user's own page: the quota, the form, the own requests. */

import { KeyKeeper } from './api.js';
import { cardHead, conversation, showStatus } from './card.js';
import { arrange, field, flash, h, showProblem, whileBusy } from './dom.js';
import { monthName, plural, quotaInWords, statusInWords } from './text.js';
import { askForm } from './view-ask.js';

function quotaCard() {
	const heading = h('h2', { id: 'quota-heading' }, 'Your quota');
	const words = h('p', { class: 'quota-words' });
	const bar = h('progress', { 'aria-labelledby': 'quota-heading' });
	const facts = h('p', { class: 'facts' });
	let shown = '';
	return {
		element: h('section', { class: 'card quota', 'aria-labelledby': 'quota-heading' }, heading, words, bar, facts),
		update(quota) {
			const now = JSON.stringify(quota);
			if (quota === null || now === shown) {
				return;
			}
			const { requests_allowed: allowed, requests_used: used, chapters_allowed_per_book_request: chapters } = quota;
			heading.textContent = `Your quota in ${monthName(quota.current_month)}`;
			words.textContent = quotaInWords(quota);
			bar.max = Math.max(allowed, 1);
			bar.value = Math.min(used, bar.max);
			bar.hidden = allowed === 0 && used === 0;
			facts.textContent = `${used} of ${allowed} used`
				+ (chapters > 0 ? ` · up to ${plural(chapters, 'chapter', 'chapters')} of each book` : '');
			if (shown !== '') {
				flash(facts.parentElement);
			}
			shown = now;
		},
	};
}

function replyForm(session, id) {
	const reply = field('user_reply', 'Your reply', { rows: 2 });
	const keys = new KeyKeeper();
	const error = h('p', { class: 'notice error', role: 'alert', hidden: true });
	const form = h('form', { class: 'stack reply-form', novalidate: true, hidden: true },
		reply.element, error, h('button', { type: 'submit' }, 'Send the reply'));
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		whileBusy(form, async () => {
			const content = { user_reply: reply.input.value };
			error.hidden = true;
			reply.showError(null);
			try {
				await session.reply(id, content, keys.keyFor(content));
				keys.answered();
			} catch (problem) {
				const text = showProblem([reply], problem);
				error.hidden = text === null;
				error.textContent = text ?? '';
			}
		});
	});
	return form;
}

const mayReply = (request) =>
	request.response_date !== null && request.status !== 'rejected' && request.user_reply === null;

function ownCard(session, request) {
	const { head, facts, description, badge, titleId } = cardHead(request, ['You asked']);
	const state = h('p', { class: 'state' });
	const talk = h('div', { class: 'talk' });
	const form = replyForm(session, request.id);
	const element = h('article', { class: 'card request', 'aria-labelledby': titleId, 'data-id': request.id },
		head, facts, description, state, talk, form);
	let version = 0;
	return {
		element,
		update(now) {
			if (now.version === version) {
				return;
			}
			showStatus(badge, now.status);
			state.textContent = statusInWords(now);
			talk.replaceChildren(...conversation(now, (id) => (id === session.store.user.id ? 'You' : session.store.nameOf(id))));
			form.hidden = !mayReply(now);
			if (version !== 0) {
				flash(element);
			}
			version = now.version;
		},
	};
}

export function subscriberView(session, say) {
	const { store } = session;
	const quota = quotaCard();
	const list = h('div', { class: 'cards' });
	const empty = h('p', { class: 'empty' });
	const more = h('button', { type: 'button', class: 'more', onclick: () => whileBusy(more, () => session.loadMore('mine')) },
		'Show older requests');
	const ask = h('details', { class: 'card ask' },
		h('summary', {}, h('h2', {}, 'Ask for a book')),
		askForm(session, (request) => {
			say(`You asked for “${request.title}”.`);
			ask.open = ask.open && wide.matches;
			(ask.open ? ask.querySelector('input') : ask.querySelector('summary')).focus();
		}));
	const wide = matchMedia('(min-width: 60rem)');
	ask.open = wide.matches;
	const cards = new Map();

	return {
		title: 'My requests',
		element: h('div', { class: 'columns' },
			h('div', { class: 'side' }, quota.element, ask),
			h('section', { class: 'main-column', 'aria-labelledby': 'mine-heading' },
				h('h1', { id: 'mine-heading' }, 'My requests'), empty, list, more)),
		update() {
			const requests = store.ownRequests();
			const { loaded, next, problem } = store.list('mine');
			quota.update(store.quota);
			arrange(list, requests.map((request) => {
				if (!cards.has(request.id)) {
					cards.set(request.id, ownCard(session, request));
				}
				cards.get(request.id).update(request);
				return cards.get(request.id).element;
			}));
			empty.hidden = requests.length > 0 && problem === null;
			empty.textContent = problem ?? (loaded ? 'Nothing yet. Ask for the first book: it appears here, and every answer to it.' : 'Loading…');
			more.hidden = next === null;
		},
		focus: null,
	};
}
