/*
 * Which page is shown, with its filters, is in the URL's hash: #/request/17, #/requests?status=pending. So a link to it can
 * be sent, and Back works, whatever web server delivers the files.
 */

/* {page, id, query}: the first two parts of the path and the filters; page is null where the hash names none. */
export function parseHash(hash) {
	const [path, search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
	const [page = '', id = null] = path.split('/').map(decoded);
	return { page: page === '' ? null : page, id: id === '' ? null : id, query: Object.fromEntries(new URLSearchParams(search)) };
}

function decoded(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/* The link to a page; filters that are null or empty are left out. */
export function link(page, { id = null, ...query } = {}) {
	const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
	const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
	return `#/${page}${id === null ? '' : `/${encodeURIComponent(id)}`}${search}`;
}

/* Goes to a link; replace: without a step for Back, as while typing in a filter. */
export function go(href, { replace = false } = {}) {
	if (replace) {
		location.replace(href);
	} else {
		location.hash = href;
	}
}

/* Calls onRoute(route) now and whenever the hash changes, and brings Back to where its page had been scrolled to. */
export function followHash(onRoute) {
	const scrolled = new Map();
	let shown = location.hash;
	let forward = false;
	history.scrollRestoration = 'manual';
	addEventListener('click', (event) => {
		forward = event.target instanceof Element && event.target.closest('a[href^="#/"]') !== null;
	}, true);
	addEventListener('hashchange', () => {
		const { page } = parseHash(shown);
		scrolled.set(shown, scrollY);
		const route = parseHash(location.hash);
		shown = location.hash;
		onRoute(route);
		if (!forward) {
			scrollTo(0, scrolled.get(shown) ?? 0);
		} else if (route.page !== page) {
			scrollTo(0, 0);
		}
		forward = false;
	});
	onRoute(parseHash(location.hash));
}
