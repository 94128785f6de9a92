/* The quota as a ring and in words. */

import { flash, h, svg } from './dom.js';
import { monthName, plural, quotaInWords } from './text.js';

const SIZE = 100;
const RADIUS = 42;
const AROUND = 2 * Math.PI * RADIUS;

function ring() {
	const centre = SIZE / 2;
	const circle = (name) => svg('circle', {
		class: name, cx: centre, cy: centre, r: RADIUS, fill: 'none', 'stroke-width': 11, 'stroke-linecap': 'round',
		transform: `rotate(-90 ${centre} ${centre})`,
	});
	const arc = circle('ring-left');
	const number = svg('text', { class: 'ring-number', x: centre, y: centre, 'text-anchor': 'middle', 'dominant-baseline': 'central' });
	return {
		/* The words beside it say the same: a screen reader gets those. */
		element: svg('svg', { class: 'ring', viewBox: `0 0 ${SIZE} ${SIZE}`, width: 96, height: 96, 'aria-hidden': 'true' }, circle('ring-all'), arc, number),
		update(left, allowed) {
			const part = allowed === 0 ? 0 : Math.min(left / allowed, 1);
			arc.setAttribute('stroke-dasharray', `${part * AROUND} ${AROUND}`);
			arc.setAttribute('visibility', part === 0 ? 'hidden' : 'visible');
			number.textContent = left;
		},
	};
}

/* more: elements below the words. level 'last' and 'none' colour it as a warning. */
export function quotaCard(...more) {
	const heading = h('h2', { id: 'quota-heading' }, `Your quota in ${monthName(new Date().toISOString().slice(0, 7))}`);
	const words = h('p', { class: 'quota-words' }, 'Loading…');
	const facts = h('p', { class: 'facts' }, '\u00a0');
	const picture = ring();
	let shown = '';
	const element = h('section', { class: 'card card-body quota', 'aria-labelledby': 'quota-heading' },
		h('div', { class: 'quota-row' }, picture.element, h('div', {}, heading, words, facts)), ...more);
	return {
		element,
		update(quota) {
			const now = JSON.stringify(quota);
			if (quota === null || now === shown) {
				return;
			}
			const { requests_allowed: allowed, requests_remaining: left, chapters_allowed_per_book_request: chapters } = quota;
			heading.textContent = `Your quota in ${monthName(quota.current_month)}`;
			words.textContent = quotaInWords(quota);
			facts.textContent = chapters > 0 ? `Up to ${plural(chapters, 'chapter', 'chapters')} each` : '\u00a0';
			element.dataset.level = left > 1 || allowed === 1 && left === 1 ? 'some' : left === 1 ? 'last' : 'none';
			picture.update(left, allowed);
			if (shown !== '') {
				flash(element);
			}
			shown = now;
		},
	};
}
