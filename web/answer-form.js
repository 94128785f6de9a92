/*
 * The panel in which an admin answers in any way: status and message, with what the reader will see. It answers the version
 * that its admin had before him when he opened it; if another admin was faster, he is told so, and sending again answers
 * what is there now. What is typed is a draft: it outlives a change of page and a reload.
 */

import { KeyKeeper } from './api.js';
import { showStatus } from './card.js';
import { h, whileBusy } from './dom.js';
import { draft, dropDraft, keepDraft } from './drafts.js';
import { field, notice, showProblem } from './form.js';
import { STATUSES } from './store.js';
import { STATUS_NAMES, rivalInWords, statusInWords } from './text.js';

export const MESSAGE_MOST = 5000;

/* A text's length, as the server counts it, under its field. */
export function counter(most) {
	const element = h('p', { class: 'form-text counter' });
	return {
		element,
		update(text) {
			const n = [...text].length;
			element.textContent = `${n} of ${most}`;
			element.classList.toggle('over', n > most);
		},
	};
}

/* What the asker will read. */
function readersView(name) {
	const badge = h('span', {});
	const text = h('p', { class: 'said' });
	return {
		element: h('div', { class: 'readers-view', role: 'group', 'aria-label': `What ${name} will see` },
			h('p', { class: 'facts' }, `What ${name} will see`), badge, text),
		update(request, status, message) {
			const words = statusInWords({ ...request, status });
			showStatus(badge, status, words);
			text.textContent = status === 'rejected' && message !== '' ? `${words}: ${message}` : message;
		},
	};
}

/* What is wrong with a message before it is sent, or null. */
export function messageFault(status, message) {
	if (status === 'rejected' && message.trim() === '') {
		return 'Please give a reason: the subscriber will read it.';
	}
	return [...message.trim()].length > MESSAGE_MOST ? `The message is longer than ${MESSAGE_MOST} characters.` : null;
}

/* onSent(request, before) after an answer, onToggled() whenever the panel opened or closed. */
export function answerForm(session, request, { onSent, onToggled }) {
	const { store } = session;
	const { id } = request;
	const keys = new KeyKeeper();
	const draftName = `answer-${id}`;
	const selectId = `request-${id}-status`;
	const select = h('select', { id: selectId, name: 'status', class: 'form-select' },
		...STATUSES.map((status) => h('option', { value: status }, STATUS_NAMES[status])));
	const message = field('response_message', '', { rows: 3 });
	const count = counter(MESSAGE_MOST);
	const view = readersView(request.user.username);
	const failure = notice();
	const form = h('form', { class: 'stack answer-form', novalidate: true, hidden: true, 'aria-label': `Answer “${request.title}”` },
		h('div', { class: 'field' }, h('label', { for: selectId, class: 'form-label' }, 'Status'), select),
		h('div', {}, message.element, count.element), view.element, failure.element,
		h('div', { class: 'buttons' },
			h('button', { type: 'submit', class: 'btn btn-primary' }, 'Send the answer'),
			h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => close() }, 'Cancel')));
	let base = request;

	function typed() {
		message.label.textContent = select.value === 'rejected' ? 'Reason' : 'Message (optional)';
		message.showError(null);
		count.update(message.input.value);
		view.update(base, select.value, message.input.value.trim());
	}

	function keep() {
		keepDraft(store.user.id, draftName, message.input.value === '' ? {}
			: { status: select.value, response_message: message.input.value, version: base.version });
	}

	for (const input of [select, message.input]) {
		input.addEventListener('input', () => {
			typed();
			keep();
		});
	}

	function show(status) {
		select.value = status;
		failure.show(null);
		form.hidden = false;
		typed();
		onToggled();
	}

	function open(now, status) {
		base = now;
		show(status);
		message.input.focus();
	}

	function close() {
		const focused = form.contains(document.activeElement);
		form.hidden = true;
		message.input.value = '';
		dropDraft(store.user.id, draftName);
		onToggled(focused);
	}

	/* What was typed before the page was left or reloaded. */
	function restore() {
		const kept = draft(store.user.id, draftName);
		if (typeof kept.response_message !== 'string') {
			return;
		}
		message.input.value = kept.response_message;
		show(STATUSES.includes(kept.status) ? kept.status : request.status);
		if (kept.version !== request.version) {
			overtaken(request, { response_date: null, accepted_at: null, user_reply: null });
		}
	}

	/* Another admin has changed the request that is being answered here. */
	function overtaken(now, before = base) {
		failure.show(rivalInWords(before, now, (who) => store.nameOf(who)));
	}

	function fail(problem) {
		if (problem.code === 'stale' && problem.bookRequest !== null) {
			failure.show(`${rivalInWords(base, problem.bookRequest, (who) => store.nameOf(who))} Send again to answer all the same.`);
			base = problem.bookRequest;
			keep();
			return;
		}
		failure.show(showProblem([message], problem));
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const content = { status: select.value, response_message: message.input.value, expected_version: base.version };
		const fault = messageFault(content.status, content.response_message);
		message.showError(fault);
		if (fault !== null) {
			message.input.focus();
			return;
		}
		whileBusy(form, async () => {
			failure.show(null);
			try {
				const answered = await session.respond(id, content, keys.keyFor(content));
				keys.answered();
				close();
				onSent(answered, base);
			} catch (problem) {
				fail(problem);
			}
		});
	});
	form.addEventListener('keydown', (event) => {
		if (event.key === 'Escape') {
			close();
		}
	});
	return {
		element: form,
		open,
		restore,
		overtaken,
		isOpen: () => !form.hidden,
		isSending: () => form.getAttribute('aria-busy') === 'true',
	};
}
