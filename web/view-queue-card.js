/* One request as an admin sees it in the queue, with everything that can be done to it. */

import { requestActions } from './actions.js';
import { cardHead, conversation, showStatus } from './card.js';
import { flash, h } from './dom.js';
import { link } from './router.js';
import { plural } from './text.js';

/* How many others want the book: above this the server does not count. */
const OTHERS_MOST = 100;

/*
 * onLayout(focused) is called when the card may leave the list, onSelect(checked) when it is to be one of several.
 * showContext({tier, others}) tells what only the server knows.
 */
export function queueCard(context, request, { onLayout, onSelect }) {
	const { store } = context;
	const { head, facts, description, badge, titleId } = cardHead(request,
		['Asked by ', h('a', { href: link('queue', { status: 'all', user: request.user_id }) }, h('strong', {}, request.user.username))],
		h('a', { href: link('request', { id: request.id }) }, request.title));
	const tier = h('span', { class: 'tier', hidden: true });
	facts.append(tier);
	const others = h('a', { class: 'others', href: link('queue', { status: 'all', q: request.title }), hidden: true });
	const accepted = h('p', { class: 'state' });
	const talk = h('div', { class: 'talk' });
	const select = h('input', {
		type: 'checkbox', class: 'form-check-input', 'aria-label': `Select “${request.title}”`, onchange: () => onSelect(select.checked),
	});
	head.prepend(select);
	const actions = requestActions(context, request, onLayout);
	const element = h('article', { class: 'card card-body request', tabindex: '-1', 'aria-labelledby': titleId, 'data-id': request.id },
		head, facts, others, description, accepted, talk, actions.element);
	let version = 0;

	return {
		element,
		isOpen: actions.isOpen,
		restore: actions.restore,
		press: actions.press,
		setSelected(selected) {
			select.checked = selected;
			element.classList.toggle('selected', selected);
		},
		showContext(known) {
			tier.hidden = known.tier === null;
			tier.textContent = known.tier === null ? '' : ` · ${known.tier.title}`;
			others.hidden = known.others === 0;
			others.textContent = known.others >= OTHERS_MOST ? `${OTHERS_MOST} others or more asked for this book`
				: `${plural(known.others, 'other user', 'other users')} asked for this book`;
		},
		update(now) {
			const who = now.accepted_by_id === null ? '' : `Accepted by ${store.nameOf(now.accepted_by_id)}.`;
			if (accepted.textContent !== who) { /* names may come later than requests */
				accepted.textContent = who;
			}
			accepted.hidden = who === '';
			if (now.version === version) {
				return;
			}
			showStatus(badge, now.status);
			talk.replaceChildren(...conversation(now, (id) => (id === store.user.id ? 'You' : store.nameOf(id))));
			actions.update(now);
			if (version !== 0) {
				flash(element);
			}
			version = now.version;
		},
	};
}
