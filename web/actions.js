/* What an admin can do to a request: the buttons, and the panel that answers. */

import { answerForm } from './answer-form.js';
import { KeyKeeper } from './api.js';
import { h, whileBusy } from './dom.js';
import { notice } from './form.js';
import { rivalInWords } from './text.js';

/* Which of the actions make sense for a request. */
export const APPLIES = {
	approve: (request) => request.status === 'pending' || request.status === 'rejected',
	fulfill: (request) => request.status === 'approved',
	accept: (request) => request.accepted_by_id === null && (request.status === 'pending' || request.status === 'approved'),
	reject: (request) => request.status === 'pending' || request.status === 'approved',
	answer: () => true,
};

/* The letters that press these buttons while a card has the focus. */
export const KEYS = { a: 'approve', r: 'reject', f: 'fulfill' };

const KEYS_OF = Object.fromEntries(Object.entries(KEYS).map(([key, name]) => [name, key]));

/* Why a change of a request was refused: who was faster, or what else stood against it. */
export function refusalInWords(store, before, error) {
	const now = error.bookRequest ?? store.request(before.id);
	return error.status === 409 && now !== null && now.version !== before.version
		? rivalInWords(before, now, (who) => store.nameOf(who)) : error.message;
}

/*
 * onLayout(focused): the panel opened or closed, so the card may leave its list; focused: the focus was in what has gone.
 * Returns {element, update(request), isOpen(), press(name)}.
 */
export function requestActions({ session, say }, request, onLayout) {
	const { store } = session;
	const failure = notice();
	const keys = { approve: new KeyKeeper(), fulfill: new KeyKeeper(), accept: new KeyKeeper() };
	let now = request;

	/* What was there before, unless another admin has changed it since. The subscriber is told of both. */
	async function undo(before, after) {
		const content = { status: before.status, response_message: before.response_message ?? '', expected_version: after.version };
		try {
			await session.respond(before.id, content, new KeyKeeper().keyFor(content));
			say(`“${before.title}” is ${before.status} again.`);
		} catch (error) {
			say(`“${before.title}”: ${refusalInWords(store, after, error)}`);
		}
	}

	const done = (after, before) => say(`“${after.title}” is now ${after.status}.`, { text: 'Undo', onpress: () => undo(before, after) });
	const answer = answerForm(session, request, {
		onSent: done,
		onToggled(focused = false) {
			row.hidden = answer.isOpen();
			onLayout(focused);
		},
	});

	/* One action at a time; the pressed button shows that it is under way. */
	function act(name, content, action, tell) {
		const before = now;
		whileBusy(element, () => whileBusy(buttons[name], async () => {
			failure.show(null);
			try {
				const after = await action(keys[name].keyFor({ id: before.id, ...content }));
				keys[name].answered();
				tell(after, before);
			} catch (error) {
				const words = refusalInWords(store, before, error);
				failure.show(words);
				if (!element.isConnected) {
					say(`“${before.title}”: ${words}`);
				}
			}
		}));
	}

	function openAnswer(status) {
		failure.show(null);
		answer.open(now, status);
	}

	const presses = {
		approve() {
			const content = { status: 'approved', expected_version: now.version };
			act('approve', content, (key) => session.respond(now.id, content, key), done);
		},
		fulfill: () => act('fulfill', { version: now.version }, (key) => session.fulfill(now.id, key), done),
		accept: () => act('accept', { version: now.version }, (key) => session.accept(now.id, key), (after) => say(`You accepted “${after.title}”.`)),
		reject: () => openAnswer('rejected'),
		answer: () => openAnswer(now.status === 'pending' ? 'approved' : now.status),
	};
	const button = (name, text, className, title = null) => h('button', {
		type: 'button', class: `btn ${className}`, title, onclick: presses[name], 'aria-keyshortcuts': KEYS_OF[name] ?? null,
	}, text);
	const buttons = {
		approve: button('approve', 'Approve', 'btn-primary'),
		fulfill: button('fulfill', 'Fulfil', 'btn-primary'),
		accept: button('accept', 'Accept', 'btn-outline-secondary', 'Take it on: the subscriber sees that somebody is looking into it'),
		reject: button('reject', 'Reject…', 'btn-outline-danger'),
		answer: button('answer', 'Answer…', 'btn-outline-secondary'),
	};
	const row = h('div', { class: 'buttons' }, ...Object.values(buttons));
	const element = h('div', { class: 'actions' }, failure.element, row, answer.element);

	return {
		element,
		isOpen: answer.isOpen,
		/* What was typed and not sent is opened again. */
		restore: answer.restore,
		update(after) {
			const news = after.version !== now.version;
			now = after;
			for (const [name, each] of Object.entries(buttons)) {
				each.hidden = !APPLIES[name](now);
			}
			if (news && answer.isOpen() && !answer.isSending()) {
				answer.overtaken(now);
			}
		},
		press(name) {
			if (!row.hidden && APPLIES[name](now)) {
				presses[name]();
			}
		},
	};
}
