/* Moments: relative in the text, kept up to date while they are shown; exact in the tooltip. */

import { h } from './dom.js';

const TICK_MS = 30000;
const UNITS = [['year', 31557600], ['month', 2629800], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' });

export function agoInWords(at, now) {
	const seconds = (at - now) / 1000;
	for (const [unit, size] of UNITS) {
		if (Math.abs(seconds) >= size) {
			return relative.format(Math.trunc(seconds / size), unit);
		}
	}
	return 'just now';
}

export function exactly(iso) {
	return new Date(iso).toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short' });
}

export function ago(iso) {
	return h('time', { datetime: iso, title: exactly(iso), 'data-ago': true }, agoInWords(new Date(iso), Date.now()));
}

setInterval(() => {
	for (const element of document.querySelectorAll('time[data-ago]')) {
		element.textContent = agoInWords(new Date(element.dateTime), Date.now());
	}
}, TICK_MS);
