/* Several requests at once: which are selected, what is done to them, and what became of it in one line. */

import { APPLIES, refusalInWords } from './actions.js';
import { counter, MESSAGE_MOST, messageFault } from './answer-form.js';
import { KeyKeeper } from './api.js';
import { h, whileBusy } from './dom.js';
import { field } from './form.js';
import { plural } from './text.js';

const AT_A_TIME = 4;
const DONE = { approve: 'approved', reject: 'rejected', accept: 'accepted', fulfill: 'fulfilled' };

/* Runs f over all of them, some at a time, each in its turn. f does not throw. */
async function eachOf(all, f) {
	const left = [...all];
	await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
		while (left.length > 0) {
			await f(left.shift());
		}
	}));
}

/* "3 approved. 1 left out. “Emma”: ben was faster: it is now rejected." */
function resultInWords(action, done, leftOut, refused) {
	const parts = [`${done} ${DONE[action]}.`];
	if (leftOut > 0) {
		parts.push(`${plural(leftOut, 'was', 'were')} left out: not to be ${DONE[action]}.`);
	}
	for (const [words, titles] of refused) {
		parts.push(`${titles.length > 2 ? plural(titles.length, 'request', 'requests') : titles.map((title) => `“${title}”`).join(' and ')}: ${words}`);
	}
	return parts.join(' ');
}

/* onChange() is called when the selection changed. */
export function bulkBar(session, onChange) {
	const { store } = session;
	const selected = new Map(); /* id → the request as its admin saw it: another version is another admin's */
	const keys = new Map(); /* request and action → KeyKeeper: what is tried again after a lost answer is done once */
	const words = h('p', {});
	const result = h('p', { class: 'bulk-result', role: 'status' });
	const reason = field('bulk_reason', 'Reason for all of them', { rows: 2 });
	const count = counter(MESSAGE_MOST);
	reason.input.addEventListener('input', () => {
		reason.showError(null);
		count.update(reason.input.value);
	});

	function send(action, request, key) {
		switch (action) {
		case 'approve':
			return session.respond(request.id, { status: 'approved', expected_version: request.version }, key);
		case 'reject':
			return session.respond(request.id, { status: 'rejected', response_message: reason.input.value, expected_version: request.version }, key);
		case 'fulfill':
			return session.fulfill(request.id, key);
		default:
			return session.accept(request.id, key);
		}
	}

	async function run(action) {
		const chosen = [...selected.values()];
		const fitting = chosen.filter(APPLIES[action]);
		const refused = new Map(); /* words → titles */
		let done = 0;
		result.textContent = '';
		await eachOf(fitting, async (request) => {
			const name = `${action} ${request.id}`;
			if (!keys.has(name)) {
				keys.set(name, new KeyKeeper());
			}
			try {
				await send(action, request, keys.get(name).keyFor([request.version, reason.input.value]));
				keys.delete(name);
				selected.delete(request.id);
				done++;
			} catch (error) {
				const why = refusalInWords(store, request, error);
				refused.set(why, [...(refused.get(why) ?? []), request.title]);
				selected.set(request.id, store.request(request.id) ?? request);
			}
		});
		result.textContent = resultInWords(action, done, chosen.length - fitting.length, refused);
		if (refused.size === 0) {
			clear();
		} else {
			onChange();
		}
	}

	function clear() {
		const focused = element.contains(document.activeElement);
		selected.clear();
		form.hidden = true;
		reason.input.value = '';
		onChange(focused);
	}

	const button = (name, text, onclick, className = 'btn-outline-secondary') => {
		const one = h('button', { type: 'button', class: `btn ${className}`, 'data-bulk': name, onclick: () => onclick(one) }, text);
		return one;
	};
	const at = (action) => (pressed) => whileBusy(element, () => whileBusy(pressed, () => run(action)));
	const buttons = h('div', { class: 'buttons' },
		button('approve', 'Approve all', at('approve'), 'btn-primary'),
		button('accept', 'Accept all', at('accept')),
		button('fulfill', 'Fulfil all', at('fulfill')),
		button('reject', 'Reject all…', () => {
			form.hidden = false;
			count.update(reason.input.value);
			reason.input.focus();
		}, 'btn-outline-danger'),
		button('clear', 'Clear', clear));
	const form = h('form', { class: 'stack', novalidate: true, hidden: true },
		h('div', {}, reason.element, count.element),
		h('div', { class: 'buttons' },
			h('button', { type: 'submit', class: 'btn btn-primary' }, 'Reject all of them'),
			h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => { form.hidden = true; } }, 'Cancel')));
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const fault = messageFault('rejected', reason.input.value);
		reason.showError(fault);
		if (fault !== null) {
			reason.input.focus();
			return;
		}
		whileBusy(element, () => whileBusy(form, () => run('reject')));
	});
	const element = h('section', { class: 'bulk card card-body', 'aria-label': 'Selected requests', hidden: true }, words, buttons, form);

	return {
		element,
		result,
		selected,
		clear,
		select(ids, on) {
			for (const id of ids) {
				if (on) {
					selected.set(id, store.request(id));
				} else {
					selected.delete(id);
				}
			}
			result.textContent = '';
			onChange();
		},
		update() {
			for (const id of selected.keys()) {
				const now = store.request(id);
				if (now?.responded_by_id === store.user.id || now?.accepted_by_id === store.user.id) {
					selected.set(id, now);
				}
			}
			element.hidden = selected.size === 0;
			words.textContent = `${plural(selected.size, 'request', 'requests')} selected`;
			for (const one of buttons.children) {
				const applies = APPLIES[one.dataset.bulk];
				one.hidden = applies !== undefined && ![...selected.values()].some(applies);
			}
		},
	};
}
