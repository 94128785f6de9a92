/* Tells of something that happened: shown for a while, and read aloud by a screen reader when it is idle. */

import { h } from './dom.js';

const STAYS_MS = 7000;
const MOST = 3;

const toasts = document.getElementById('toasts');

/* action {href, text}, if any, is where to look at it. */
export function say(text, action = null) {
	const toast = h('div', { class: 'toast-note' }, h('span', {}, text),
		action === null ? null : h('a', { href: action.href, onclick: () => toast.remove() }, action.text),
		h('button', { type: 'button', class: 'btn-close btn-close-white', 'aria-label': 'Dismiss', onclick: () => toast.remove() }));
	toasts.append(toast);
	while (toasts.children.length > MOST) {
		toasts.firstElementChild.remove();
	}
	setTimeout(() => toast.remove(), STAYS_MS);
}

export function silence() {
	toasts.replaceChildren();
}
