/* What the cards of subscribers and admins have in common. */

import { h, userLink } from './dom.js';
import { STATUS_NAMES } from './text.js';
import { ago } from './time.js';

const LONG = 320;

/* A text of up to 5000 characters that does not push everything else off the page. */
export function longText(text, className) {
	const paragraph = h('p', { class: className }, text);
	const characters = [...text];
	if (characters.length <= LONG) {
		return paragraph;
	}
	const short = `${characters.slice(0, LONG - 40).join('')}… `;
	paragraph.textContent = short;
	const more = h('button', { type: 'button', class: 'btn btn-link p-0', 'aria-expanded': 'false' }, 'Show all');
	more.addEventListener('click', () => {
		const open = more.getAttribute('aria-expanded') === 'false';
		more.setAttribute('aria-expanded', String(open));
		more.textContent = open ? 'Show less' : 'Show all';
		paragraph.textContent = open ? text : short;
	});
	return h('div', {}, paragraph, more);
}

/* The part of a card that never changes, and its badge. */
export function cardHead(request, byline, title = request.title) {
	const titleId = `request-${request.id}-title`;
	const badge = h('span', { class: 'status' });
	const head = h('header', { class: 'card-head' },
		h('div', {},
			h('h2', { id: titleId, class: 'book-title' }, title),
			h('p', { class: 'author' }, 'by ', h('bdi', {}, request.author))),
		badge);
	const facts = h('p', { class: 'facts' }, ...byline, ' · ', ago(request.created_at));
	if (request.link !== null) {
		facts.append(' · ', userLink(request.link));
	}
	const description = request.description === null ? null : longText(request.description, 'description');
	return { head, facts, description, badge, titleId };
}

export function showStatus(badge, status, words = STATUS_NAMES[status] ?? status) {
	badge.className = `status ${status}`;
	badge.textContent = words;
}

export function speech(kind, name, verb, at, text) {
	return h('div', { class: `speech ${kind}` },
		h('p', { class: 'facts' }, h('strong', {}, name), ` ${verb}`, ...(at === null ? [] : [' · ', ago(at)])),
		text === null ? null : longText(text, 'said'));
}

/* For an answer without a message. Whoever fulfilled a request need not be the one who answered it. */
const RESPONSE_VERBS = { pending: 'put it back to pending', approved: 'approved it', fulfilled: 'answered', rejected: 'rejected it' };

/* The answer and the reply, as far as there are any. nameOf tells a user's name by id. */
export function conversation(request, nameOf) {
	const parts = [];
	if (request.response_date !== null) {
		const name = request.responder === null ? 'The team' : nameOf(request.responder.id);
		parts.push(speech('answer', name, request.response_message === null ? RESPONSE_VERBS[request.status] : 'answered',
			request.response_date, request.response_message));
	}
	if (request.user_reply !== null) {
		parts.push(speech('reply', nameOf(request.user_id), 'replied', null, request.user_reply));
	}
	return parts;
}
