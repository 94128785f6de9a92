/* Who did what, newest first, with filters in the URL (#/activity?actor=17&action=responded&month=2025-11) and as a file. */

import { api } from './api.js';
import { csv, download } from './csv.js';
import { arrange, h, whileBusy } from './dom.js';
import { notice } from './form.js';
import { keepFresh } from './fresh.js';
import { monthField, userField } from './queue-filters.js';
import { go, link } from './router.js';
import { STATUS_NAMES, isId, isMonth, plural } from './text.js';
import { ago } from './time.js';

const PAGE = 50;
const FILE_PAGE = 500;
const FILE_PAGES = 40;
const ACTIONS = {
	created: 'asked', responded: 'answered', accepted: 'accepted', fulfilled: 'fulfilled', replied: 'replied',
	settings_changed: 'changed a tier', team_added: 'added to the team', team_removed: 'removed from the team',
	user_activated: 'activated', user_deactivated: 'deactivated',
};

/* What was done, in words without the request's title. */
function deedInWords({ action, details }) {
	switch (action) {
	case 'created':
		return 'asked for';
	case 'responded':
		return details?.status === 'pending' ? 'put back to pending' : details?.status ?? 'answered';
	case 'replied':
		return 'replied about';
	case 'settings_changed':
		return `changed “${details?.title}”: ${plural(details?.book_requests_allowed, 'request', 'requests')} a month, ${plural(details?.chapters_allowed_per_book_request, 'chapter', 'chapters')} each`;
	case 'team_added':
		return `added ${details?.user?.username} to the team`;
	case 'team_removed':
		return `removed ${details?.user?.username} from the team`;
	case 'user_activated':
	case 'user_deactivated':
		return `${ACTIONS[action]} ${details?.user?.username}`;
	default:
		return ACTIONS[action] ?? action;
	}
}

function filterOf({ query }) {
	return {
		actorId: isId(query.actor) ? query.actor : null,
		action: Object.hasOwn(ACTIONS, query.action ?? '') ? query.action : null,
		month: isMonth(query.month) ? query.month : null,
	};
}

const linkTo = ({ actorId, action, month }) => link('activity', { actor: actorId, action, month });

/* onChosen(changes) */
function filterRow(session, onChosen) {
	const { store } = session;
	const user = userField(session, 'Who', (one) => {
		if (one !== null) {
			store.learnNames([one]);
		}
		onChosen({ actorId: one === null ? null : String(one.id) });
	});
	const action = h('select', { id: 'activity-action', name: 'action', class: 'form-select', onchange: () => onChosen({ action: action.value === '' ? null : action.value }) },
		h('option', { value: '' }, 'Everything'), ...Object.entries(ACTIONS).map(([value, words]) => h('option', { value }, words)));
	const month = monthField('Month', (chosen) => onChosen({ month: chosen }));
	return {
		element: h('div', { class: 'filter-row' }, user.element,
			h('div', { class: 'field' }, h('label', { for: action.id, class: 'form-label' }, 'What'), action), month.element),
		show(filter) {
			user.show(filter.actorId === null ? '' : store.knownName(Number(filter.actorId)) ?? `user ${filter.actorId}`);
			action.value = filter.action ?? '';
			month.show(filter.month, store.quota?.current_month ?? new Date().toISOString().slice(0, 7));
		},
	};
}

/* All entries that the filter finds, as a file; returns whether it holds them all. titles: brings and keeps titles by id. */
async function saveFile(session, filter, titles) {
	const entries = [];
	let before = null;
	for (let n = 0; n < FILE_PAGES && (n === 0 || before !== null); n++) {
		const page = await session.ask(api.activity(filter, before, FILE_PAGE));
		await titles.bring(page.activity);
		entries.push(...page.activity);
		before = page.next;
	}
	const rows = entries.map((one) => [one.at, one.actor.username, one.action, one.book_request_id, titles.of(one.book_request_id),
		one.details === null ? null : JSON.stringify(one.details)]);
	const name = ['activity', filter.month, filter.action, filter.actorId].filter((part) => part !== null).join('-');
	download(`${name}.csv`, 'text/csv;charset=utf-8', csv([['at', 'who', 'action', 'request', 'title', 'details'], ...rows]));
	return before === null;
}

function titleKeeper(session) {
	const titles = new Map();
	return {
		of: (id) => (id === null ? null : session.store.request(id)?.title ?? titles.get(id) ?? null),
		async bring(entries) {
			session.store.learnNames(entries.map((one) => one.actor));
			const ids = [...new Set(entries.map((one) => one.book_request_id).filter((id) => id !== null && !titles.has(id)))];
			if (ids.length > 0) {
				for (const { id, title } of (await session.ask(api.context(ids))).context) {
					titles.set(id, title);
				}
			}
		},
	};
}

export function activityView({ session, store, say }, route) {
	let filter = filterOf(route);
	let entries = []; /* newest first */
	let next = null;
	let loaded = false;
	const titles = titleKeeper(session);
	const rows = new Map();
	const list = h('ol', { class: 'list-group activity' });
	const empty = h('p', { class: 'empty' }, 'Loading…');
	const failure = notice();
	const filters = filterRow(session, (changes) => {
		const href = linkTo({ ...filter, ...changes });
		if (href !== linkTo(filter)) {
			go(href);
		}
	});
	const more = h('button', { type: 'button', class: 'btn btn-outline-secondary more', hidden: true, onclick: () => whileBusy(more, () => attempt(showMore)) }, 'Show older entries');
	const save = h('button', { type: 'button', class: 'btn btn-outline-secondary', hidden: true, onclick: () => whileBusy(save, () => attempt(async () => {
		say(await saveFile(session, filter, titles) ? 'The file is saved.' : `The file holds the newest ${FILE_PAGE * FILE_PAGES} entries; choose a month for older ones.`);
	})) }, 'Download CSV');

	async function attempt(action) {
		try {
			await action();
			failure.show(null);
		} catch (problem) {
			failure.show(problem.message);
		}
	}

	function row(one) {
		const title = titles.of(one.book_request_id);
		return h('li', { class: 'list-group-item entry', 'data-id': one.id },
			h('p', {}, h('a', { href: linkTo({ ...filter, actorId: one.actor.id }) }, h('strong', {}, one.actor.username)), ` ${deedInWords(one)} `,
				one.book_request_id === null ? null : h('a', { href: link('request', { id: one.book_request_id }) }, title === null ? `request ${one.book_request_id}` : `“${title}”`),
				one.action === 'responded' && one.details?.previous_status !== undefined && one.details.previous_status !== one.details.status
					? h('span', { class: 'facts' }, ` (was ${STATUS_NAMES[one.details.previous_status]?.toLowerCase() ?? one.details.previous_status})`) : null),
			h('p', { class: 'facts' }, ago(one.at)));
	}

	function show() {
		arrange(list, entries.map((one) => {
			if (!rows.has(one.id)) {
				rows.set(one.id, row(one));
			}
			return rows.get(one.id);
		}));
		list.hidden = entries.length === 0;
		empty.hidden = entries.length > 0;
		empty.textContent = loaded ? 'Nothing like that was done.' : 'Loading…';
		more.hidden = next === null;
		save.hidden = entries.length === 0;
	}

	async function showMore() {
		const asked = filter;
		const page = await session.ask(api.activity(filter, next, PAGE));
		await titles.bring(page.activity);
		if (asked === filter) {
			entries = [...entries, ...page.activity];
			({ next } = page);
			show();
		}
	}

	/* The newest ones; older ones that are shown already stay where nothing is missing between. */
	async function load() {
		const asked = filter;
		const page = await session.ask(api.activity(filter, null, PAGE));
		await titles.bring(page.activity);
		if (asked !== filter) {
			return;
		}
		const oldest = page.activity.at(-1)?.id ?? 0;
		const rest = entries.findIndex((one) => one.id <= oldest);
		if (rest === -1) {
			entries = page.activity;
			({ next } = page);
		} else {
			entries = [...page.activity, ...entries.slice(rest).filter((one) => one.id < oldest)];
			next = entries.length > page.activity.length ? next : page.next;
		}
		loaded = true;
		failure.show(null);
		show();
	}

	const fresh = keepFresh(() => load().catch(view.failed));
	const view = {
		title: 'Activity',
		element: h('section', { class: 'main-column' }, h('header', { class: 'page-head' }, h('h1', {}, 'Activity'), save), filters.element, failure.element, empty, list, more),
		load,
		failed: (problem) => failure.show(problem.message),
		navigate(now) {
			filter = filterOf(now);
			entries = [];
			next = null;
			loaded = false;
			rows.clear();
			show();
		},
		update() {
			filters.show(filter);
			fresh.changed(store.changes);
		},
		unmount: fresh.stop,
	};
	return view;
}
