/* What is around every page: the bar on top, the title and the app's badge. */

import { arrange, h, svg, whileBusy } from './dom.js';
import { PAGES } from './pages.js';
import { link } from './router.js';
import { plural } from './text.js';

const LIVE_WORDS = {
	connecting: 'Connecting…', catching: 'Catching up…', live: 'Live', polling: 'Polling', offline: 'Offline, retrying',
};
const LIVE_HINTS = {
	connecting: 'Opening the connection.',
	catching: 'Loading what happened meanwhile.',
	live: 'Changes appear by themselves, at once.',
	polling: 'Changes appear by themselves, after some seconds: no live connection could be opened.',
	offline: 'The server cannot be reached. What is shown may be old; nothing that you type is lost.',
};
const THEMES = [['system', 'System'], ['light', 'Light'], ['dark', 'Dark']];

const at = (id) => document.getElementById(id);

function icon(path) {
	return svg('svg', { viewBox: '0 0 16 16', width: 20, height: 20, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' },
		svg('path', { d: path }));
}

const BELL = 'M8 1.8v1M3.6 11.6h8.8c-1-1-1.2-2-1.2-4.4 0-2.4-1.3-4.4-3.2-4.4S4.8 4.8 4.8 7.2c0 2.4-.2 3.4-1.2 4.4zM6.6 13.6c.6.8 2.2.8 2.8 0';
const PERSON = 'M8 8a2.8 2.8 0 1 0 0-5.6a2.8 2.8 0 0 0 0 5.6zM2.6 14c.5-2.8 2.7-4.2 5.4-4.2s4.9 1.4 5.4 4.2';

function themeSwitch() {
	return h('fieldset', { class: 'theme-switch' }, h('legend', { class: 'form-label' }, 'Colours'),
		h('div', { class: 'btn-group' }, ...THEMES.flatMap(([value, words]) => [
			h('input', {
				type: 'radio', class: 'btn-check', name: 'theme', id: `theme-${value}`, value,
				checked: globalThis.theme.choice === value, onchange: () => globalThis.theme.choose(value),
			}),
			h('label', { class: 'btn btn-sm btn-outline-secondary', for: `theme-${value}` }, words),
		])));
}

/* A menu without script of its own but to close: <details> is opened and closed by keyboard and screen readers alike. */
function menu(label, ...items) {
	const details = h('details', { class: 'menu' }, h('summary', { class: 'bar-button', 'aria-label': label }, icon(PERSON)),
		h('div', { class: 'dropdown-menu show' }, ...items));
	addEventListener('click', (event) => {
		if (!details.contains(event.target) || event.target.closest('a, button') !== null) {
			details.open = false;
		}
	});
	details.addEventListener('keydown', (event) => {
		if (event.key === 'Escape' && details.open) {
			details.open = false;
			details.firstElementChild.focus();
		}
	});
	return details;
}

/* onLogout(): returns a promise. */
export function shell(onLogout) {
	const live = h('p', { id: 'live', class: 'live', role: 'status', hidden: true });
	const nav = h('nav', { id: 'nav', class: 'pages', 'aria-label': 'Pages' });
	const count = h('span', { class: 'bell-count', hidden: true });
	const bell = h('a', { href: link('notifications'), class: 'bar-button bell', hidden: true }, icon(BELL), count);
	const who = h('p', { class: 'dropdown-header who' });
	const logout = h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => whileBusy(logout, onLogout) }, 'Log out');
	const password = h('a', { href: link('password'), class: 'btn btn-outline-secondary' }, 'Change password');
	const account = h('div', { class: 'menu-part', hidden: true }, who, password, logout);
	const links = PAGES.filter((one) => one.nav !== null).map((one) => {
		const number = h('span', { class: 'badge rounded-pill', hidden: true });
		return { one, number, element: h('a', { href: link(one.page), class: 'page-link-top' }, one.nav, ' ', number) };
	});
	let revealed = null; /* the page whose link was last brought into sight: from then on the row is the user's to move */
	at('top').replaceChildren(h('div', { class: 'container-xl top-inner' },
		h('a', { class: 'brand', href: '#/' }, h('img', { src: '/favicon.svg', alt: '', width: 28, height: 28 }), h('span', {}, 'bookreq')),
		nav, live, bell, menu('Menu', h('div', { class: 'menu-part' }, themeSwitch()), account)));

	function showNumber(element, n) {
		element.hidden = n === 0;
		element.textContent = n > 99 ? '99+' : n;
	}

	/* Where not all links fit, the one to the page that is shown is in sight. */
	function reveal() {
		const current = nav.querySelector('[aria-current]');
		if (current !== null) {
			nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
		}
	}
	addEventListener('resize', reveal);

	return {
		showLive(state) {
			live.hidden = false;
			live.className = `live ${state}`;
			live.textContent = LIVE_WORDS[state];
			live.title = LIVE_HINTS[state];
		},

		/* What is shown now, to whom: the store is null when nobody is logged in. */
		update(store, page, title) {
			const unread = store?.unread ?? 0;
			document.title = `${unread > 0 ? `(${unread}) ` : ''}${title} · bookreq`;
			/* Some browsers refuse where the page is not installed: then there is no badge to be wrong. */
			navigator.setAppBadge?.(unread).catch(() => {});
			const shown = store === null ? [] : links.filter(({ one }) => one.mayOpen(store));
			arrange(nav, shown.map(({ element }) => element));
			for (const { one, number, element } of shown) {
				showNumber(number, one.count?.(store) ?? 0);
				element.toggleAttribute('aria-current', one.page === page);
				if (one.page === page) {
					element.setAttribute('aria-current', 'page');
				}
			}
			if (page !== revealed) {
				revealed = page;
				reveal();
			}
			live.hidden = live.hidden || store === null;
			account.hidden = store === null;
			bell.hidden = store === null;
			who.textContent = store?.user.username ?? '';
			showNumber(count, unread);
			bell.setAttribute('aria-label', unread === 0 ? 'Notifications' : `Notifications: ${plural(unread, 'unread', 'unread')}`);
			bell.toggleAttribute('aria-current', page === 'notifications');
			if (page === 'notifications') {
				bell.setAttribute('aria-current', 'page');
			}
		},
	};
}
