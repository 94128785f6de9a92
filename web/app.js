/* Start: joins session, pages, router and what is around the pages. */

import { api } from './api.js';
import { h } from './dom.js';
import { dropDrafts } from './drafts.js';
import { pageFor } from './pages.js';
import { followHash, link, parseHash } from './router.js';
import { Session } from './session.js';
import { shell } from './shell.js';
import { say, silence } from './toast.js';
import { loginView } from './view-login.js';

const main = document.getElementById('main');
const frame = shell(logOut);

let session = null;
let shown = null; /* {page, id, view} */

function updateFrame() {
	frame.update(session?.store ?? null, shown.page, shown.view.title);
}

function mount(page, id, view) {
	shown?.view.unmount?.();
	shown = { page, id, view };
	main.replaceChildren(view.element);
	view.update();
	updateFrame();
	session?.loader.show(view);
}

/* The page that the URL names; the same one goes on when only its filters changed. */
function showRoute(route, { moved = false } = {}) {
	if (session === null) {
		return;
	}
	const { page, view } = pageFor(route, session.store);
	if (shown.page === page && shown.id === route.id && shown.view.navigate !== undefined) {
		shown.view.navigate(route);
		shown.view.update();
		updateFrame();
		session.loader.show(shown.view);
		return;
	}
	mount(page, route.id, view({ session, store: session.store, say }, route));
	if (moved) {
		focusPage();
	}
}

/* After a change of page the keyboard, and a screen reader's voice, go on at its beginning. */
function focusPage() {
	if (shown.view.focus !== undefined) {
		shown.view.focus();
		return;
	}
	const heading = main.querySelector('h1');
	heading?.setAttribute('tabindex', '-1');
	(heading ?? main).focus({ preventScroll: true });
}

function endSession() {
	session?.stop();
	session = null;
	silence();
}

function showLogin(message) {
	endSession();
	mount('login', null, loginView(message, async () => {
		await start();
		main.focus({ preventScroll: true });
	}));
	focusPage();
}

function startSession(user) {
	endSession();
	const mine = new Session(user, {
		onEnded: showLogin,
		onUserChanged(now) {
			startSession(now);
			say(now.is_team ? 'You are on the team now.' : 'You are no longer on the team.');
		},
		onLive(state) {
			frame.showLive(state);
			shown.view.update?.();
		},
		onArrival: (text, id) => say(text, id === null ? null : { href: link('request', { id }), text: 'Show' }),
	});
	session = mine;
	shown?.view.unmount?.();
	shown = { page: null, id: null, view: { title: '' } };
	mine.store.subscribe(() => {
		if (session !== mine) {
			return;
		}
		/* What a user may open can depend on what has just come. */
		if (pageFor(parseHash(location.hash), mine.store).page !== shown.page) {
			showRoute(parseHash(location.hash));
		}
		shown.view.update();
		updateFrame();
	});
	showRoute(parseHash(location.hash));
	mine.start();
}

/* With a session to its owner's page, without one to the log-in page. */
async function start() {
	const { user } = await api.me();
	startSession(user);
}

function showProblem(problem) {
	mount('problem', null, {
		title: 'Out of reach',
		element: h('section', { class: 'card card-body login' },
			h('h1', {}, 'bookreq cannot be reached'),
			h('p', { class: 'alert alert-danger', role: 'alert' }, problem.message),
			h('button', { type: 'button', class: 'btn btn-primary', onclick: firstStart }, 'Try again')),
		update() {},
	});
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

async function logOut() {
	const userId = session.store.user.id;
	try {
		await api.logout();
	} catch (problem) {
		if (problem.status !== 401) {
			say(problem.message);
			return;
		}
	}
	dropDrafts(userId);
	location.hash = '';
	showLogin('You have logged out.');
}

/* The page may be older than the server, or wrong: say so instead of doing nothing. */
function sayBroken() {
	say('Something on this page does not work. Reload it, please.');
}
addEventListener('unhandledrejection', sayBroken);
addEventListener('error', ({ error }) => {
	if (error !== null) { /* a ResizeObserver that needs another round tells so by an event without one */
		sayBroken();
	}
});
/* The hash is the route: the jump to the content must not be one. */
document.getElementById('skip').addEventListener('click', (event) => {
	event.preventDefault();
	main.focus();
});
followHash((route) => showRoute(route, { moved: true }));
firstStart();
