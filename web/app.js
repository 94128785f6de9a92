/* Start and routing: log-in page, a user's own page, the admins' queue. The page of the moment is in the URL's hash. */

import { api } from './api.js';
import { h, whileBusy } from './dom.js';
import { Session } from './session.js';
import { STATUSES } from './store.js';
import { loginView } from './view-login.js';
import { queueView } from './view-queue.js';
import { subscriberView } from './view-subscriber.js';

const TOAST_MS = 7000;
const TOASTS_MOST = 3;
const LIVE_WORDS = { connecting: 'Connecting…', catching: 'Catching up…', live: 'Live', offline: 'Offline, retrying' };

const at = (id) => document.getElementById(id);
const [main, nav, live, who, logout, toasts] = ['main', 'nav', 'live', 'who', 'logout', 'toasts'].map(at);

let session = null;
let view = null;

/* Tells of something that happened; read aloud, and gone after a while. */
function say(text) {
	const toast = h('p', { class: 'toast' }, h('span', {}, text),
		h('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss', onclick: () => toast.remove() }, '×'));
	toasts.append(toast);
	while (toasts.children.length > TOASTS_MOST) {
		toasts.firstElementChild.remove();
	}
	setTimeout(() => toast.remove(), TOAST_MS);
}

function showLive(state) {
	live.hidden = false;
	live.className = `live ${state}`;
	live.textContent = LIVE_WORDS[state];
}

/* The page that the hash asks for, as far as the user may see it. */
function route() {
	const [, page, status] = location.hash.split('/');
	if (!session.store.isAdmin || page === 'mine') {
		return 'mine';
	}
	return STATUSES.includes(status) ? status : 'pending';
}

/* A creator has no tier to ask with: the own page is for those who have, or have had, a quota. */
function hasOwnPage(store) {
	return store.user.is_team || (store.quota?.requests_allowed ?? 0) > 0;
}

function updateFrame() {
	const { store } = session;
	const pending = store.isAdmin ? store.counts?.pending ?? 0 : 0;
	document.title = `${pending > 0 ? `(${pending}) ` : ''}${view.title} · bookreq`;
	const links = store.isAdmin && hasOwnPage(store) ? [['#/queue', 'Queue'], ['#/mine', 'My requests']] : [];
	if (nav.childElementCount !== links.length) {
		nav.replaceChildren(...links.map(([href, text]) => h('a', { href }, text)));
	}
	for (const link of nav.children) {
		if ((link.hash === '#/mine') === (route() === 'mine')) {
			link.setAttribute('aria-current', 'page');
		} else {
			link.removeAttribute('aria-current');
		}
	}
}

function show(next) {
	view = next;
	main.replaceChildren(view.element);
	view.update();
	view.focus?.();
}

function showRoute() {
	if (session === null) {
		return;
	}
	const name = route();
	session.show(name);
	show(name === 'mine' ? subscriberView(session, say) : queueView(session, say, name));
	updateFrame();
}

/* The tab that was pressed is a new element by now: the keyboard goes on from it. */
function routeChanged() {
	const inside = main.contains(document.activeElement);
	showRoute();
	if (inside) {
		main.querySelector('.tabs [aria-current]')?.focus();
	}
}

function endSession() {
	session?.stop();
	session = null;
	nav.replaceChildren();
	who.textContent = '';
	live.hidden = true;
	logout.hidden = true;
	toasts.replaceChildren();
}

function showLogin(message) {
	endSession();
	show(loginView(message, async () => {
		await start();
		main.focus();
	}));
	document.title = 'Log in · bookreq';
}

function startSession(user) {
	endSession();
	const mine = new Session(user, 'mine', {
		onEnded: showLogin,
		onUserChanged: startSession,
		onLive: showLive,
		onArrival: say,
	});
	session = mine;
	who.textContent = user.username;
	logout.hidden = false;
	mine.store.subscribe(() => {
		if (session === mine) {
			view.update();
			updateFrame();
		}
	});
	showRoute();
	mine.start();
}

/* With a session to its owner's page, without one to the log-in page. */
async function start() {
	const { user } = await api.me();
	startSession(user);
}

function showProblem(problem) {
	main.replaceChildren(h('section', { class: 'card login' },
		h('h1', {}, 'bookreq cannot be reached'),
		h('p', { class: 'notice error' }, problem.message),
		h('button', { type: 'button', class: 'primary', onclick: firstStart }, 'Try again')));
}

async function firstStart() {
	try {
		await start();
	} catch (problem) {
		if (problem.status === 401) {
			showLogin(null);
		} else {
			showProblem(problem);
		}
	}
}

logout.addEventListener('click', () => whileBusy(logout, async () => {
	try {
		await api.logout();
		showLogin('You have logged out.');
	} catch (problem) {
		if (problem.status === 401) {
			showLogin('You have logged out.');
		} else {
			say(problem.message);
		}
	}
}));
/* The hash is the route: the jump to the content must not be one. */
at('skip').addEventListener('click', (event) => {
	event.preventDefault();
	main.focus();
});
addEventListener('hashchange', routeChanged);
firstStart();
