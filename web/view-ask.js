/* The form that asks for a book. */

import { KeyKeeper } from './api.js';
import { field, h, showFieldErrors, showProblem, whileBusy } from './dom.js';

/* What each user has typed and not yet sent: it survives a session that ends in between, but not the page. */
const drafts = new Map();

/* onAsked(request) is called with what was made of it. */
export function askForm(session, onAsked) {
	const fields = [
		field('title', 'Title', { autocomplete: 'off' }),
		field('author', 'Author', { autocomplete: 'off' }),
		field('link', 'Link', { type: 'url', inputmode: 'url', autocomplete: 'off', hint: 'Where one can see the book, such as a shop’s page.' }),
		field('description', 'Description', { rows: 4, hint: 'Edition, narrator, why you would like it.' }),
	];
	const keys = new KeyKeeper();
	const userId = session.store.user.id;
	const message = h('p', {});
	const again = h('button', { type: 'button', onclick: () => send(true) }, 'Ask anyway');
	const notice = h('div', { class: 'notice error', role: 'alert', hidden: true }, message, again);
	const form = h('form', { class: 'stack', novalidate: true },
		...fields.map((one) => one.element), notice,
		h('button', { type: 'submit', class: 'primary' }, 'Ask for this book'));

	function values() {
		return Object.fromEntries(fields.map((one) => [one.name, one.input.value]));
	}

	function fill(draft) {
		for (const one of fields) {
			one.input.value = draft[one.name] ?? '';
		}
	}

	function showNotice(text, askAgain = false) {
		notice.hidden = text === null;
		message.textContent = text ?? '';
		again.hidden = !askAgain;
	}

	function fail(error) {
		showNotice(showProblem(fields, error), error.code === 'duplicate_request');
	}

	function send(allowDuplicate) {
		const content = allowDuplicate ? { ...values(), allow_duplicate: true } : values();
		whileBusy(form, async () => {
			showNotice(null);
			showFieldErrors(fields, []);
			try {
				const request = await session.create(content, keys.keyFor(content));
				keys.answered();
				drafts.delete(userId);
				fill({});
				onAsked(request);
			} catch (error) {
				fail(error);
			}
		});
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		send(false);
	});
	form.addEventListener('input', () => {
		drafts.set(userId, values());
		again.hidden = true; /* other content may be no duplicate */
	});
	fill(drafts.get(userId) ?? {});
	return form;
}
