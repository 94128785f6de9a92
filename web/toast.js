/* Tells of something that happened: shown for a while, and read aloud by a screen reader when it is idle. */

import { h, quoting } from './dom.js';

const STAYS_MS = 7000;
/* What can be taken back is to be found before it has gone. */
const STAYS_PRESSABLE_MS = 12000;
const MOST = 3;

const toasts = document.getElementById('toasts');

/* The keyboard's place is not to go with what had it. */
function drop(toast) {
	const focused = toast.contains(document.activeElement);
	toast.remove();
	if (focused) {
		document.getElementById('main').focus({ preventScroll: true });
	}
}

/* Whoever points at it or has the focus in it reads it, or is about to press: the time begins anew when that is over. */
function dropAfter(toast, ms) {
	let timer = null;
	const stop = () => clearTimeout(timer);
	const start = () => {
		stop();
		timer = setTimeout(() => drop(toast), ms);
	};
	for (const [begin, end] of [['mouseenter', 'mouseleave'], ['focusin', 'focusout']]) {
		toast.addEventListener(begin, stop);
		toast.addEventListener(end, start);
	}
	start();
}

function actionElement({ text, href, onpress }, toast) {
	return href === undefined
		? h('button', { type: 'button', class: 'btn btn-link', 'aria-keyshortcuts': 'u', onclick: () => { drop(toast); onpress(); } }, text)
		: h('a', { href, onclick: () => toast.remove() }, text);
}

/* action, if any: {text, href} is where to look at it, {text, onpress} what can be done about it. */
export function say(text, action = null) {
	const toast = h('div', { class: 'toast-note' }, h('span', {}, ...quoting(text)));
	toast.append(...(action === null ? [] : [actionElement(action, toast)]),
		h('button', { type: 'button', class: 'btn-close btn-close-white', 'aria-label': 'Dismiss', onclick: () => drop(toast) }));
	toasts.append(toast);
	while (toasts.children.length > MOST) {
		toasts.firstElementChild.remove();
	}
	dropAfter(toast, action?.onpress === undefined ? STAYS_MS : STAYS_PRESSABLE_MS);
}

/* Does what the newest one that is still there offers to do. */
export function pressNewest() {
	[...toasts.querySelectorAll('.btn-link')].at(-1)?.click();
}

export function silence() {
	toasts.replaceChildren();
}
