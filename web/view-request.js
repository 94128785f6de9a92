/* One request: all that is known of it, its timeline, and the reply. */

import { requestActions } from './actions.js';
import { api, KeyKeeper } from './api.js';
import { longText, showStatus } from './card.js';
import { h, userLink, whileBusy } from './dom.js';
import { dropDraft, keepTyped } from './drafts.js';
import { field, notice, showProblem } from './form.js';
import { link } from './router.js';
import { STATUS_NAMES, mayReply, monthName, statusInWords, whyNoReply } from './text.js';
import { ago } from './time.js';

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
		failure.show(null);
		reply.showError(null);
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

const VERBS = { accepted: 'accepted it', fulfilled: 'says that it is ready', replied: 'replied' };

function verbOf({ action, details }) {
	return action === 'responded' ? `answered: ${STATUS_NAMES[details.status].toLowerCase()}` : VERBS[action] ?? action;
}

/* The texts stand in the request: that of the latest answer, and the one reply. */
function textOf({ action }, isLatestAnswer, request) {
	if (action === 'responded') {
		return isLatestAnswer ? request.response_message : null;
	}
	return action === 'replied' ? request.user_reply : null;
}

function step(name, verb, at, text) {
	return h('li', {}, h('p', {}, h('strong', {}, `${name} ${verb}`), ' ', h('span', { class: 'facts' }, ago(at))),
		text === null ? null : longText(text, 'said'));
}

/* All steps, oldest first; done: what the server says was done, newest first. nameOf tells a person's name. */
function timeline(request, done, nameOf) {
	const latest = done.find(({ action }) => action === 'responded');
	return [step(nameOf(request.user), 'asked', request.created_at, null),
		...[...done].reverse().map((one) => step(nameOf(one.actor), verbOf(one), one.at, textOf(one, one === latest, request)))];
}

function requestCard(context, request) {
	const { session, store } = context;
	const own = request.user_id === store.user.id;
	const badge = h('span', {});
	const list = h('ol', { class: 'timeline' });
	const why = h('p', { class: 'facts' });
	const actions = store.isAdmin ? requestActions(context, request, () => {}) : null;
	const form = own ? replyForm(session, request.id) : null;
	let version = 0;
	let shown = null;
	return {
		element: h('article', { class: 'main-column request', 'data-id': request.id },
			h('header', { class: 'card-head' },
				h('div', {}, h('h1', {}, request.title), h('p', { class: 'author' }, 'by ', h('bdi', {}, request.author))), badge),
			h('section', { class: 'card card-body' },
				h('p', { class: 'facts' }, own ? 'Asked ' : `Asked by ${request.user.username} `, ago(request.created_at), ` · quota of ${monthName(request.month_year)}`,
					...(request.link === null ? [] : [' · ', userLink(request.link)])),
				request.description === null ? null : longText(request.description, 'description')),
			h('section', { class: 'card card-body', 'aria-labelledby': 'timeline-heading' }, h('h2', { id: 'timeline-heading' }, 'What happened'), list),
			actions === null ? null : h('section', { class: 'card card-body', 'aria-labelledby': 'actions-heading' }, h('h2', { id: 'actions-heading' }, 'Your answer'), actions.element),
			own ? h('section', { class: 'card card-body', 'aria-labelledby': 'reply-heading' }, h('h2', { id: 'reply-heading' }, 'Reply'), form, why) : null),
		/* done: see timeline(), or null where that could not be loaded, and problem says why. */
		update(now, done, problem) {
			if (done === null) {
				list.replaceChildren(h('li', { class: 'facts' }, problem));
			} else if (done !== shown) {
				shown = done;
				list.replaceChildren(...timeline(now, done, (person) => (person.id === store.user.id ? 'You' : person.username)));
			}
			if (now.version === version) {
				return;
			}
			actions?.update(now);
			if (version === 0) {
				actions?.restore();
			}
			version = now.version;
			showStatus(badge, now.status, own ? statusInWords(now) : STATUS_NAMES[now.status]);
			if (own) {
				form.hidden = !mayReply(now);
				why.hidden = mayReply(now);
				why.textContent = whyNoReply(now);
			}
		},
	};
}

export function requestView(context, route) {
	const { session, store } = context;
	const id = Number(route.id);
	const place = h('div', {}, h('p', { class: 'empty' }, 'Loading…'));
	let card = null;
	let done = null; /* what was done with it … */
	let doneVersion = 0; /* … up to this version */
	let trouble = null; /* why none of that is known */

	function missing() {
		card = null;
		place.replaceChildren(h('div', { class: 'empty' }, h('h1', {}, 'There is no such request'),
			h('a', { href: '#/', class: 'btn btn-outline-secondary' }, 'Back')));
	}

	/* Each version has one step more. */
	async function loadTimeline(version) {
		doneVersion = version;
		const { timeline: steps } = await session.ask(api.timeline(id));
		if (version === doneVersion) {
			done = steps;
		}
	}

	const view = {
		title: 'Request',
		element: place,
		async load() {
			const request = id > 0 ? await session.loader.request(id) : null;
			if (request === null) {
				missing();
			} else {
				await loadTimeline(request.version);
				view.update();
			}
		},
		failed(problem) {
			trouble = problem.message;
			if (card === null && store.request(id) === null) {
				place.replaceChildren(h('p', { class: 'alert alert-danger' }, trouble));
			} else {
				view.update(); /* as much as is known: who is offline reads on */
			}
		},
		update() {
			const request = store.request(id);
			if (request === null || (done === null && trouble === null)) {
				return; /* both at once: nothing is to jump */
			}
			if (card === null) {
				card = requestCard(context, request);
				place.replaceChildren(card.element);
			}
			if (request.version > doneVersion) {
				loadTimeline(request.version).then(view.update, view.failed);
			}
			card.update(request, done, trouble);
			view.title = request.title;
		},
	};
	return view;
}
