/* One request as an admin sees it, with everything that can be done to it. */

import { KeyKeeper } from './api.js';
import { cardHead, conversation, showStatus } from './card.js';
import { flash, h, whileBusy } from './dom.js';
import { field, showProblem } from './form.js';
import { STATUSES } from './store.js';
import { STATUS_NAMES, rivalInWords } from './text.js';

/*
 * The form that answers in any way: status and message. It answers the version that its admin had before him when he
 * opened it; if another admin was faster, he is told so, and sending again answers what is there now.
 */
function answerForm(session, id, { onSent, onClosed }) {
	const keys = new KeyKeeper();
	const selectId = `request-${id}-status`;
	const select = h('select', { id: selectId, name: 'status', class: 'form-select', onchange: () => showLabel() },
		...STATUSES.map((status) => h('option', { value: status }, STATUS_NAMES[status])));
	const message = field('response_message', '', { rows: 3, oninput: () => message.showError(null) });
	const notice = h('p', { class: 'alert alert-danger notice', role: 'alert', hidden: true });
	const form = h('form', { class: 'stack answer-form', novalidate: true, hidden: true },
		h('div', { class: 'field' }, h('label', { for: selectId, class: 'form-label' }, 'Status'), select),
		message.element, notice,
		h('div', { class: 'buttons' },
			h('button', { type: 'submit', class: 'btn btn-primary' }, 'Send the answer'),
			h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => close() }, 'Cancel')));
	let base = null;

	function showLabel() {
		message.label.textContent = select.value === 'rejected' ? 'Reason' : 'Message (optional)';
		message.showError(null);
	}

	function showNotice(text) {
		notice.hidden = text === null;
		notice.textContent = text ?? '';
	}

	function open(request, status) {
		base = request;
		select.value = status;
		showLabel();
		showNotice(null);
		form.hidden = false;
		message.input.focus();
	}

	function close() {
		form.hidden = true;
		message.input.value = '';
		onClosed();
	}

	/* Another admin has changed the request that is being answered here. */
	function overtaken(now) {
		showNotice(rivalInWords(base, now, (who) => session.store.nameOf(who)));
	}

	function fail(problem) {
		if (problem.code === 'stale' && problem.bookRequest !== null) {
			overtaken(problem.bookRequest);
			notice.append(' Send again to answer all the same.');
			base = problem.bookRequest;
			return;
		}
		showNotice(showProblem([message], problem));
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const content = { status: select.value, response_message: message.input.value, expected_version: base.version };
		if (content.status === 'rejected' && content.response_message.trim() === '') {
			message.showError('Please give a reason: the subscriber will read it.');
			message.input.focus();
			return;
		}
		whileBusy(form, async () => {
			showNotice(null);
			try {
				const request = await session.respond(id, content, keys.keyFor(content));
				keys.answered();
				close();
				onSent(request);
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
		overtaken,
		isOpen: () => !form.hidden,
		isSending: () => form.getAttribute('aria-busy') === 'true',
	};
}

/* onLayout() is called when the card may leave the list. */
export function queueCard({ session, say }, request, onLayout) {
	const { store } = session;
	const { head, facts, description, badge, titleId } = cardHead(request, ['Asked by ', h('strong', {}, request.user.username)]);
	const accepted = h('p', { class: 'state' });
	const talk = h('div', { class: 'talk' });
	const problem = h('p', { class: 'alert alert-danger notice', role: 'alert', hidden: true });
	const keys = new KeyKeeper();
	let now = request;
	let version = 0;

	const done = (after) => say(`“${after.title}” is now ${after.status}.`);
	const answer = answerForm(session, request.id, {
		onSent: done,
		onClosed() {
			buttons.hidden = false;
			onLayout();
		},
	});

	function act(action, tell) {
		const base = now;
		whileBusy(element, async () => {
			problem.hidden = true;
			try {
				tell(await action());
			} catch (error) {
				problem.hidden = false;
				problem.textContent = error.code === 'stale' && error.bookRequest !== null
					? rivalInWords(base, error.bookRequest, (who) => store.nameOf(who))
					: error.message;
				if (!element.isConnected) {
					say(`“${now.title}”: ${problem.textContent}`);
				}
			}
		});
	}

	function approve() {
		const content = { status: 'approved', expected_version: now.version };
		act(() => session.respond(now.id, content, keys.keyFor(content)), done);
	}

	function openAnswer(status) {
		problem.hidden = true;
		buttons.hidden = true;
		answer.open(now, status);
	}

	const button = (text, onclick, className = 'btn-outline-secondary') => h('button', { type: 'button', class: `btn ${className}`, onclick }, text);
	const approveButton = button('Approve', approve, 'btn-primary');
	const fulfillButton = button('Fulfil', () => act(() => session.fulfill(now.id), done), 'btn-primary');
	const acceptButton = button('Accept', () => act(() => session.accept(now.id),
		(after) => say(`You accepted “${after.title}”.`)));
	acceptButton.title = 'Take it on: the subscriber sees that somebody is looking into it';
	const rejectButton = button('Reject…', () => openAnswer('rejected'));
	const answerButton = button('Answer…', () => openAnswer(now.status === 'pending' ? 'approved' : now.status));
	const buttons = h('div', { class: 'buttons' }, approveButton, fulfillButton, acceptButton, rejectButton, answerButton);
	const element = h('article', { class: 'card card-body request', tabindex: '-1', 'aria-labelledby': titleId, 'data-id': request.id },
		head, facts, description, accepted, talk, problem, buttons, answer.element);

	return {
		element,
		isOpen: answer.isOpen,
		update(after) {
			if (after.version === version) {
				return;
			}
			now = after;
			showStatus(badge, now.status);
			accepted.hidden = now.accepted_by_id === null;
			accepted.textContent = now.accepted_by_id === null ? '' : `Accepted by ${store.nameOf(now.accepted_by_id)}.`;
			talk.replaceChildren(...conversation(now, (id) => (id === store.user.id ? 'You' : store.nameOf(id))));
			approveButton.hidden = now.status !== 'pending' && now.status !== 'rejected';
			fulfillButton.hidden = now.status !== 'approved';
			acceptButton.hidden = now.accepted_by_id !== null || now.status === 'rejected' || now.status === 'fulfilled';
			rejectButton.hidden = now.status === 'rejected' || now.status === 'fulfilled';
			if (answer.isOpen() && !answer.isSending()) {
				answer.overtaken(now);
			}
			if (version !== 0) {
				flash(element);
			}
			version = now.version;
		},
	};
}
