/* The creator's people: the team, and all users with their quota. */

import { api } from './api.js';
import { h, whileBusy } from './dom.js';
import { notice } from './form.js';
import { keepFresh, tellOtherTabs } from './fresh.js';
import { afterTyping, userField } from './queue-filters.js';
import { go, link } from './router.js';

/* A button that asks back once: the first press shows what the second will do. */
function twice(text, question, label, action) {
	const ask = h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', 'aria-label': `${text} ${label}` }, text);
	const yes = h('button', { type: 'button', class: 'btn btn-sm btn-outline-danger', onclick: () => whileBusy(yes, action) }, question);
	const no = h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary' }, 'No');
	const place = h('div', { class: 'buttons' }, ask);
	ask.addEventListener('click', () => {
		place.replaceChildren(yes, no);
		yes.focus();
	});
	no.addEventListener('click', () => {
		place.replaceChildren(ask);
		ask.focus();
	});
	return place;
}

const once = (text, label, action) => {
	const button = h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', 'aria-label': `${text} ${label}`, onclick: () => whileBusy(button, action) }, text);
	return button;
};

function teamSection({ session, say }, mayChange, onChanged) {
	const list = h('ul', { class: 'list-group' });
	const heading = h('h2', { id: 'team-heading', tabindex: '-1' }, 'Team');
	const failure = notice();
	let chosen = null;
	const name = userField(session, 'Add one of your users', (user) => {
		chosen = user;
		failure.show(null);
	});
	name.input.placeholder = 'User name';
	const form = h('form', { class: 'stack', novalidate: true }, name.element, failure.element,
		h('div', {}, h('button', { type: 'submit', class: 'btn btn-primary' }, 'Add to the team')));

	async function change(promise, words) {
		try {
			await session.ask(promise);
			tellOtherTabs();
			say(words);
			await onChanged();
			heading.focus();
			return true;
		} catch (problem) {
			failure.show(problem.code === 'not_found' ? 'There is no user of this name.' : problem.message);
			return false;
		}
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const username = chosen?.username ?? name.input.value.trim();
		failure.show(username === '' ? 'Please give a user name.' : null);
		if (username === '') {
			name.input.focus();
			return;
		}
		whileBusy(form, async () => {
			if (await change(api.addToTeam(username), `${username} is on the team.`)) {
				name.input.value = '';
				chosen = null;
			}
		});
	});

	function member(one) {
		const role = one.is_creator ? 'Creator' : one.is_active ? 'Team' : 'Team, deactivated';
		return h('li', { class: 'list-group-item person' }, h('div', {}, h('strong', {}, one.username), h('p', { class: 'facts' }, role)),
			mayChange && !one.is_creator
				? twice('Remove', `Remove ${one.username} from the team`, one.username, () => change(api.removeFromTeam(one.id), `${one.username} is no longer on the team.`))
				: null);
	}

	return {
		element: h('section', { class: 'card card-body team', 'aria-labelledby': 'team-heading' },
			heading, list, mayChange ? form : null),
		show: (team) => list.replaceChildren(...team.map(member)),
	};
}

function userRow({ session, say }, mayChange, user, onChanged) {
	const failure = h('p', { class: 'invalid-feedback', role: 'alert', hidden: true });

	async function setActive(active) {
		try {
			await session.ask(api.setActive(user.id, active));
			tellOtherTabs();
			say(active ? `${user.username} may log in again.` : `${user.username} is deactivated and logged out everywhere.`);
			await onChanged();
			document.querySelector(`[data-user="${CSS.escape(user.username)}"] button`)?.focus();
		} catch (problem) {
			failure.textContent = problem.message;
			failure.hidden = false;
		}
	}

	const role = user.is_creator ? 'Creator' : user.is_team ? 'Team' : user.tier?.title ?? 'No tier';
	return h('tr', { 'data-user': user.username, class: user.is_active ? '' : 'inactive' },
		h('th', { scope: 'row' }, h('a', { href: link('queue', { status: 'all', user: user.id }) }, user.username),
			user.is_active ? null : h('span', { class: 'status' }, 'Deactivated')),
		h('td', { 'data-label': 'Tier' }, user.is_team && user.tier !== null ? `${role}, ${user.tier.title}` : role),
		h('td', { class: 'number', 'data-label': 'Used this month' }, `${user.requests_used} of ${user.requests_allowed}`),
		mayChange ? h('td', { class: 'number' }, user.is_creator ? null
			: user.is_active ? twice('Deactivate', `Deactivate ${user.username}`, user.username, () => setActive(false))
				: once('Activate', user.username, () => setActive(true)), failure) : null);
}

export function peopleView(context, route) {
	const { session, store } = context;
	const mayChange = store.user.is_creator;
	let q = route.query.q ?? null;
	let users = [];
	let next = null;
	let shown = '';
	const team = teamSection(context, mayChange, () => refresh());
	const body = h('tbody', {});
	const search = h('input', { id: 'people-search', name: 'q', type: 'search', class: 'form-control', maxlength: 200, placeholder: 'User name', value: q ?? '' });
	const found = h('p', { class: 'facts', role: 'status' });
	const more = h('button', { type: 'button', class: 'btn btn-outline-secondary more', hidden: true, onclick: () => whileBusy(more, showMore) }, 'Show more');
	const failure = notice();
	search.addEventListener('input', afterTyping(() => go(link('people', { q: search.value.trim() }), { replace: true })));

	function show() {
		const now = JSON.stringify(users);
		if (now !== shown) {
			shown = now;
			body.replaceChildren(...users.map((user) => userRow(context, mayChange, user, refresh)));
		}
		found.textContent = users.length === 0 ? 'Nobody is called like that.' : '';
		more.hidden = next === null;
	}

	async function showMore() {
		try {
			const page = await session.ask(api.users(q, next));
			users = [...users, ...page.users];
			({ next } = page);
			show();
		} catch (problem) {
			failure.show(problem.message);
		}
	}

	/* As many as were shown before, so that nothing jumps. */
	async function load() {
		const asked = q;
		const [{ team: members }, page] = await Promise.all([session.ask(api.team()), session.ask(api.users(q, null, Math.min(500, Math.max(50, users.length))))]);
		store.learnNames(members);
		if (asked === q) {
			({ users, next } = page);
			failure.show(null);
			/* Who is being asked back is not interrupted. */
			if (body.querySelector('.btn-outline-danger') === null) {
				show();
			}
			if (team.element.querySelector('.btn-outline-danger') === null) {
				team.show(members);
			}
		}
	}

	async function refresh() {
		for (const open of view.element.querySelectorAll('.btn-outline-danger')) {
			open.remove();
		}
		shown = '';
		await load();
	}

	const fresh = keepFresh(() => load().catch(view.failed));
	const view = {
		title: 'People',
		element: h('section', { class: 'main-column' }, h('h1', {}, 'People'), failure.element, team.element,
			h('section', { class: 'card card-body', 'aria-labelledby': 'users-heading' }, h('h2', { id: 'users-heading' }, 'Users'),
				h('div', { class: 'field' }, h('label', { for: search.id, class: 'form-label' }, 'Search'), search), found,
				h('table', { class: 'table rows' }, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'User'), h('th', { scope: 'col' }, 'Tier'),
					h('th', { scope: 'col', class: 'number' }, 'Used this month'), mayChange ? h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Actions')) : null)), body), more)),
		load,
		failed: (problem) => failure.show(problem.message),
		navigate(now) {
			q = now.query.q ?? null;
			users = [];
			if (document.activeElement !== search) {
				search.value = q ?? '';
			}
		},
		update: () => fresh.changed(store.changes),
		unmount: fresh.stop,
	};
	return view;
}
