/* The tiers: what each gives, and the creator changes it for all its users at once. */

import { api } from './api.js';
import { h, whileBusy } from './dom.js';
import { field, notice, showProblem } from './form.js';
import { keepFresh, tellOtherTabs } from './fresh.js';
import { plural } from './text.js';

const MOST = 100000;
const FIELDS = [
	['book_requests_allowed', 'Requests a month', api.setRequests],
	['chapters_allowed_per_book_request', 'Chapters of each book', api.setChapters],
];

function touched(tier) {
	const who = tier.users === 0 ? 'Nobody who is active has this tier now.'
		: tier.users === 1 ? 'One active subscriber has this tier and gets the new numbers at once.'
			: `${tier.users} active subscribers have this tier and get the new numbers at once.`;
	return `${who} So does a team member of it; whoever has an allowance of his own keeps that.`;
}

function wholeNumber(text) {
	return /^\d{1,6}$/.test(text.trim()) && Number(text) <= MOST ? Number(text) : null;
}

/* The form in place of a tier's row. onClosed(changed). */
function tierForm({ session, say }, tier, onClosed) {
	const fields = FIELDS.map(([name, label]) => field(name, label, { type: 'number', min: 0, max: MOST, step: 1, inputmode: 'numeric', value: tier[name] }));
	const failure = notice();
	const form = h('form', { class: 'stack tier-form', novalidate: true, 'aria-label': `Change ${tier.title}` },
		h('div', { class: 'filter-row' }, ...fields.map(({ element }) => element)),
		h('p', { class: 'touched' }, touched(tier)), failure.element,
		h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'btn btn-primary' }, 'Save'),
			h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => onClosed(false) }, 'Cancel')));

	function check() {
		let good = true;
		for (const one of [...fields].reverse()) {
			const bad = wholeNumber(one.input.value) === null;
			one.showError(bad ? `Please give a whole number from 0 to ${MOST}.` : null);
			if (bad) {
				one.input.focus();
				good = false;
			}
		}
		return good;
	}

	async function save() {
		let updated = null;
		for (const [i, [name, , send]] of FIELDS.entries()) {
			const n = wholeNumber(fields[i].input.value);
			if (n !== tier[name]) {
				const answer = await session.ask(send(tier.title, n));
				Object.assign(tier, answer.tier);
				updated = answer.users_updated;
			}
		}
		if (updated !== null) {
			tellOtherTabs();
			say(`“${tier.title}” is changed for ${plural(updated, 'user', 'users')}.`);
		}
		onClosed(true);
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		failure.show(null);
		if (!check()) {
			return;
		}
		whileBusy(form, async () => {
			try {
				await save();
			} catch (problem) {
				failure.show(showProblem(fields, problem));
			}
		});
	});
	form.addEventListener('keydown', (event) => {
		if (event.key === 'Escape') {
			onClosed(false);
		}
	});
	return { element: form, focus: () => fields[0].input.focus() };
}

export function tiersView(context) {
	const { session, store } = context;
	const mayChange = store.user.is_creator;
	const body = h('tbody', {});
	const heading = h('h1', { tabindex: '-1' }, 'Tiers');
	const empty = h('p', { class: 'empty' }, 'Loading…');
	const table = h('div', { class: 'card', hidden: true }, h('table', { class: 'table rows' },
		h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Tier'), h('th', { scope: 'col', class: 'number' }, 'Requests a month'),
			h('th', { scope: 'col', class: 'number' }, 'Chapters of each'), h('th', { scope: 'col', class: 'number' }, 'Active subscribers'),
			mayChange ? h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Actions')) : null)), body));
	let editing = null; /* the title of the tier whose form is open */
	let shown = null;

	function row(tier) {
		const change = h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', 'aria-label': `Change ${tier.title}` }, 'Change');
		const cells = h('tr', { 'data-tier': tier.title }, h('th', { scope: 'row' }, tier.title),
			h('td', { class: 'number', 'data-label': 'Requests a month' }, tier.book_requests_allowed),
			h('td', { class: 'number', 'data-label': 'Chapters of each' }, tier.chapters_allowed_per_book_request),
			h('td', { class: 'number', 'data-label': 'Active subscribers' }, tier.users),
			mayChange ? h('td', { class: 'number' }, change) : null);
		change.addEventListener('click', () => {
			const form = tierForm(context, { ...tier }, (changed) => {
				editing = null;
				show();
				body.querySelector(`[data-tier="${CSS.escape(tier.title)}"] button`)?.focus();
				if (changed) {
					load().catch(view.failed);
				}
			});
			editing = tier.title;
			cells.replaceChildren(h('td', { colspan: 5 }, h('h2', {}, tier.title), form.element));
			form.focus();
		});
		return cells;
	}

	/* While one is being changed the table stays as it is: what is typed is not to be lost. */
	function show() {
		if (editing === null && shown !== null) {
			body.replaceChildren(...shown.map(row));
			empty.hidden = shown.length > 0;
			empty.textContent = 'There is no tier yet. They are made by the operator, or imported with the members.';
			table.hidden = shown.length === 0;
		}
	}

	async function load() {
		const { tiers } = await session.ask(api.tiers());
		const news = JSON.stringify(tiers) !== JSON.stringify(shown);
		shown = tiers;
		if (news) {
			show();
		}
	}

	const fresh = keepFresh(() => load().catch(view.failed));
	const view = {
		title: 'Tiers',
		element: h('section', { class: 'main-column' }, heading,
			h('p', { class: 'facts' }, mayChange ? 'What a tier gives holds for all its users at once, this month included.' : 'Only the creator changes them.'),
			empty, table),
		load,
		failed(problem) {
			empty.hidden = false;
			empty.textContent = problem.message;
		},
		update() {},
		unmount: fresh.stop,
	};
	return view;
}
