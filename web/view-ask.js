/* The page that asks for a book. What is typed is kept until it is sent. */

import { KeyKeeper } from './api.js';
import { h, whileBusy } from './dom.js';
import { dropDraft, keepTyped } from './drafts.js';
import { field, notice, showFieldErrors, showProblem } from './form.js';
import { quotaCard } from './quota.js';
import { go, link } from './router.js';
import { similarTo } from './similar.js';
import { showStatus } from './card.js';
import { quotaInWords, statusInWords } from './text.js';

const OFFLINE = 'You are offline. Nothing was sent; what you typed is kept here until you send it.';

/* The own requests that are like the book that is being typed. */
function similarBooks(session, fields) {
	const { store } = session;
	const list = h('ul', { class: 'list-group' });
	const hint = h('p', { class: 'facts' }, 'While you type, your requests for books like it appear here.');
	const element = h('section', { class: 'similar', 'aria-labelledby': 'similar-heading' },
		h('h2', { id: 'similar-heading' }, 'Similar books'), h('div', { role: 'status' }, hint), list);
	let shown = '';

	function row({ id, title, author, status }, words) {
		const badge = h('span', {});
		showStatus(badge, status, words);
		const text = h('span', {}, h('strong', {}, title), h('span', { class: 'author' }, ` by ${author}`));
		return h('li', { class: 'list-group-item' },
			h('a', { href: link('request', { id }) }, text), badge);
	}

	function show() {
		const own = similarTo(fields.title.input.value, fields.author.input.value, store.select({ scope: 'mine' }));
		const now = JSON.stringify(own);
		if (now === shown) {
			return;
		}
		shown = now;
		list.replaceChildren(
			...own.map((request) => row(request, `Yours: ${statusInWords(request)}`)));
		const n = own.length;
		hint.textContent = n === 0 ? 'Nothing like it so far.' : `${n} like it: look before you spend a request.`;
	}

	return {
		element,
		update: show,
	};
}

export function askView({ session, store, say }) {
	const fields = {
		title: field('title', 'Title', { autocomplete: 'off', required: true, maxlength: 500 }),
		author: field('author', 'Author', { autocomplete: 'off', required: true, maxlength: 300 }),
		link: field('link', 'Link (optional)', { type: 'url', inputmode: 'url', autocomplete: 'off', hint: 'Where one can see the book, such as a shop’s page.' }),
		description: field('description', 'Description (optional)', { rows: 4, maxlength: 5000, hint: 'Edition, narrator, why you would like it.' }),
	};
	const fieldList = Object.values(fields);
	const keys = new KeyKeeper();
	const again = h('button', { type: 'button', class: 'btn btn-outline-danger', hidden: true, onclick: () => send(true) }, 'Ask anyway');
	const failure = notice(again);
	const spent = h('p', { class: 'alert alert-warning', hidden: true });
	const submit = h('button', { type: 'submit', class: 'btn btn-primary btn-lg' }, 'Ask for this book');
	const form = h('form', { class: 'card card-body stack', novalidate: true },
		...fieldList.map((one) => one.element), spent, failure.element, submit);
	const quota = quotaCard();
	const similar = similarBooks(session, fields);
	const userId = store.user.id;
	let offline = false; /* the notice of the moment says so */

	function fail(error) {
		again.hidden = error.code !== 'duplicate_request';
		offline = error.code === 'network';
		failure.show(showProblem(fieldList, error));
	}

	function send(allowDuplicate) {
		const content = Object.fromEntries(fieldList.map((one) => [one.name, one.input.value]));
		if (allowDuplicate) {
			content.allow_duplicate = true;
		}
		failure.show(null);
		showFieldErrors(fieldList, []);
		if (session.isOffline) {
			offline = true;
			again.hidden = true;
			failure.show(OFFLINE);
			return;
		}
		whileBusy(form, async () => {
			try {
				const request = await session.create(content, keys.keyFor(content));
				keys.answered();
				dropDraft(userId, 'ask');
				if (form.isConnected) {
					go(link('requests'));
				}
				say(`You asked for “${request.title}”: ${quotaInWords(store.quota)}.`, { href: link('request', { id: request.id }), text: 'Show' });
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
		similar.update();
	});
	return {
		title: 'Ask for a book',
		element: h('div', { class: 'columns columns-end' },
			h('section', { class: 'main-column', 'aria-labelledby': 'ask-heading' }, h('h1', { id: 'ask-heading' }, 'Ask for a book'), form),
			h('div', { class: 'side' }, quota.element, similar.element)),
		/* The own requests are needed to find similar ones. */
		load: () => session.loadList({ scope: 'mine' }),
		update() {
			const none = store.quota !== null && store.quota.requests_remaining === 0;
			quota.update(store.quota);
			similar.update();
			spent.hidden = !none;
			spent.textContent = none ? `${quotaInWords(store.quota)} What you type here is kept until then.` : '';
			submit.disabled = none;
			if (offline && !session.isOffline) {
				offline = false;
				failure.show('You are online again: now it can be sent.');
			}
		},
		focus: () => fields.title.input.focus(),
	};
}
