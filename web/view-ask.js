/* The page that asks for a book. What is typed is kept until it is sent. */

import { api, KeyKeeper } from './api.js';
import { showStatus } from './card.js';
import { h, userLink, whileBusy } from './dom.js';
import { dropDraft, keepTyped } from './drafts.js';
import { field, notice, showFieldErrors, showProblem } from './form.js';
import { quotaCard } from './quota.js';
import { go, link } from './router.js';
import { similarTo } from './similar.js';
import { quotaInWords, statusInWords } from './text.js';

const TYPING_PAUSE_MS = 350;
const SHORT = 3; /* characters that tell too little */

/*
 * What is like the book that is being typed: the own requests, found here, and what the server knows beside them, such as books
 * that were recorded for others.
 */
function similarBooks(session, { title, author }) {
	const { store } = session;
	const list = h('ul', { class: 'list-group' });
	/* A region that comes up together with its text would not be read aloud: what is spoken is there from the beginning. */
	const spoken = h('p', { class: 'visually-hidden', role: 'status' });
	const hint = h('p', { class: 'facts', 'aria-hidden': 'true' });
	const element = h('div', {}, spoken, h('section', { class: 'similar', 'aria-label': 'Similar books' }, hint, list));
	let found = [];
	let shown = '[]';
	let question = 0;
	let timer = null;

	const isShort = () => title.input.value.trim().length < SHORT;

	function row({ own, id, title: name, author: by, status, link: url, accepted_by_id: acceptedBy = null }) {
		const badge = h('span', {});
		const text = h('span', {}, h('strong', {}, name), h('span', { class: 'author' }, ' by ', h('bdi', {}, by)));
		showStatus(badge, status, own ? `Yours: ${statusInWords({ status, accepted_by_id: acceptedBy })}` : 'Recorded already');
		return h('li', { class: 'list-group-item' }, own ? h('a', { href: link('request', { id }) }, text) : text, badge,
			own || url === null ? null : userLink(url));
	}

	function show() {
		const own = isShort() ? [] : similarTo(title.input.value, author.input.value, store.select({ scope: 'mine' }));
		const books = [...own.map((one) => ({ ...one, own: true })),
			...found.filter((one) => !one.own || !own.some((request) => request.id === one.id))];
		const now = JSON.stringify(books);
		if (now === shown) {
			return;
		}
		shown = now;
		list.replaceChildren(...books.map(row));
		spoken.textContent = books.length === 0 ? 'Nothing like it so far.' : `${books.length} books like it.`;
		hint.textContent = books.length === 0 ? '' : `${books.length} like it. Have a look before you spend a request.`;
	}

	async function search() {
		const mine = ++question;
		let similar = [];
		try {
			({ similar } = await api.similar(title.input.value.trim(), author.input.value.trim()));
		} catch {
			/* Only a help: the form works without it. */
		}
		if (mine === question) {
			found = similar;
			show();
		}
	}

	return {
		element,
		update: show,
		typed() {
			clearTimeout(timer);
			if (isShort()) {
				question++;
				found = [];
			} else {
				timer = setTimeout(search, TYPING_PAUSE_MS);
			}
			show();
		},
		stop: () => clearTimeout(timer),
	};
}

export function askView({ session, store, say }) {
	const fields = {
		title: field('title', 'Title', { autocomplete: 'off', required: true, maxlength: 500, hint: 'Books like it appear below while you type.' }),
		author: field('author', 'Author', { autocomplete: 'off', required: true, maxlength: 300 }),
		link: field('link', 'Link', { optional: true, type: 'url', inputmode: 'url', autocomplete: 'off', hint: 'Where one can see the book, such as a shop’s page.' }),
		description: field('description', 'Description', { optional: true, rows: 4, maxlength: 5000, hint: 'Edition, narrator, why you would like it.' }),
	};
	const fieldList = Object.values(fields);
	const keys = new KeyKeeper();
	const again = h('button', { type: 'button', class: 'btn btn-outline-danger', hidden: true, onclick: () => send(true) }, 'Ask anyway');
	const failure = notice(again);
	const left = h('p', { class: 'facts' });
	const spent = h('p', { class: 'alert alert-warning', hidden: true });
	const submit = h('button', { type: 'submit', class: 'btn btn-primary btn-lg' }, 'Ask for this book');
	const quota = quotaCard();
	const similar = similarBooks(session, fields);
	const form = h('form', { class: 'card card-body stack', novalidate: true },
		spent, fields.title.element, fields.author.element, similar.element, fields.link.element, fields.description.element,
		failure.element, left, submit);
	const userId = store.user.id;
	let unsent = false; /* the notice of the moment says that the server is out of reach */

	function fail(error) {
		again.hidden = error.code !== 'duplicate_request';
		unsent = error.code === 'network';
		failure.show(showProblem(fieldList, error));
	}

	function send(allowDuplicate) {
		const content = Object.fromEntries(fieldList.map((one) => [one.name, one.input.value]));
		if (allowDuplicate) {
			content.allow_duplicate = true;
		}
		unsent = false;
		failure.show(null);
		showFieldErrors(fieldList, []);
		whileBusy(form, async () => {
			try {
				const request = await session.create(content, keys.keyFor(content));
				keys.answered();
				dropDraft(userId, 'ask');
				if (form.isConnected) {
					go(link('requests'));
				}
				say(`You asked for “${request.title}”. ${quotaInWords(store.quota)}`, { href: link('request', { id: request.id }), text: 'Show' });
			} catch (error) {
				fail(error);
			}
		});
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		send(false);
	});
	keepTyped(userId, 'ask', fieldList);
	form.addEventListener('input', () => {
		again.hidden = true; /* other content may be no duplicate */
		similar.typed();
	});
	similar.typed();

	return {
		title: 'Ask for a book',
		element: h('div', { class: 'columns columns-end' },
			h('section', { class: 'main-column', 'aria-labelledby': 'ask-heading' }, h('h1', { id: 'ask-heading' }, 'Ask for a book'), form),
			h('div', { class: 'side' }, quota.element)),
		/* The own requests are needed to find similar ones. */
		load: () => session.loader.list({ scope: 'mine' }),
		update() {
			const none = store.quota !== null && store.quota.requests_remaining === 0;
			quota.update(store.quota);
			similar.update();
			/* Said before anything is typed, not at the form's end. */
			spent.hidden = !none;
			spent.textContent = none ? `${quotaInWords(store.quota)}${store.quota.requests_allowed > 0 ? ' What you type here is kept until then.' : ''}` : '';
			left.hidden = none;
			left.textContent = store.quota === null ? '' : quotaInWords(store.quota);
			submit.disabled = none;
			if (unsent && session.isConnected) {
				unsent = false;
				failure.show('You are online again: now it can be sent.');
			}
		},
		unmount: similar.stop,
		focus: () => fields.title.input.focus(),
	};
}
