/*
 * The REST API. Every refusal becomes an ApiError that carries the problem document (RFC 9457); no answer at all is an
 * ApiError with the code `network`. The session is a cookie that scripts cannot read: the browser adds it.
 */

const DEADLINE_MS = 15000;

export class ApiError extends Error {
	constructor(status, code, detail, { errors = [], retryAfterMs = null, bookRequest = null } = {}) {
		super(detail);
		this.status = status;
		this.code = code;
		this.errors = errors;
		this.retryAfterMs = retryAfterMs;
		this.bookRequest = bookRequest;
	}
}

function retryAfterMs(response) {
	const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
	return Number.isNaN(seconds) ? null : seconds * 1000;
}

async function problemOf(response) {
	let problem = {};
	if ((response.headers.get('Content-Type') ?? '').startsWith('application/problem+json')) {
		problem = await response.json().catch(() => ({}));
	}
	return new ApiError(
		response.status,
		problem.code ?? (response.status >= 500 ? 'unavailable' : 'unknown'),
		problem.detail ?? `The server answered ${response.status}. Please try again.`,
		{ errors: problem.errors ?? [], retryAfterMs: retryAfterMs(response), bookRequest: problem.book_request ?? null },
	);
}

/* What was to be read comes by itself later; what was typed is still in its form. */
function unreachable(method) {
	const who = navigator.onLine ? 'The server could not be reached.' : 'You are offline.';
	if (method === 'GET') {
		return `${who} What belongs here is loaded as soon as that is possible.`;
	}
	return `${who} Nothing that you typed is lost: ${navigator.onLine ? 'please try again' : 'it can be sent as soon as you are online again'}.`;
}

async function call(method, path, { body = null, key = null } = {}) {
	const headers = { Accept: 'application/json' };
	if (body !== null) {
		headers['Content-Type'] = 'application/json';
	}
	if (key !== null) {
		headers['Idempotency-Key'] = key;
	}
	let response;
	let answer = null;
	try {
		response = await fetch(path, {
			method, headers, body: body === null ? null : JSON.stringify(body),
			credentials: 'same-origin', redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS),
		});
		if (response.ok && response.status !== 204) {
			answer = await response.json();
		}
	} catch {
		/* What was sent may have been done, its answer lost: the same Idempotency-Key makes it safe to send it again. */
		throw new ApiError(0, 'network', unreachable(method));
	}
	if (!response.ok) {
		throw await problemOf(response);
	}
	return answer;
}

/*
 * Keys that make a repeated form harmless: the same content gets the same key until it has been answered, so a retry
 * after a lost answer cannot act twice; other content gets a new one.
 */
export class KeyKeeper {
	#content = null;
	#key = null;

	keyFor(fields) {
		const content = JSON.stringify(fields);
		if (content !== this.#content) {
			this.#content = content;
			/* Not randomUUID(), which plain-HTTP pages do not have. */
			this.#key = [...crypto.getRandomValues(new Uint8Array(16))]
				.map((byte) => byte.toString(16).padStart(2, '0')).join('');
		}
		return this.#key;
	}

	answered() {
		this.#content = null;
	}
}

const REQUESTS = '/api/book-requests';

function query(parameters) {
	const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== '');
	return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export const api = {
	me: () => call('GET', '/api/auth/me'),
	login: (username, password) => call('POST', '/api/auth/login', { body: { username, password } }),
	logout: () => call('POST', '/api/auth/logout'),
	changePassword: (current, next) => call('POST', '/api/auth/password', { body: { current_password: current, new_password: next } }),
	ownRequests: ({ status = null, month = null }, before = null) =>
		call('GET', `${REQUESTS}${query({ status, month_year: month, before })}`),
	adminRequests: ({ status = null, month = null, userId = null, q = null }, before = null, limit = 100) =>
		call('GET', `${REQUESTS}/admin${query({ status, month_year: month, user_id: userId, q, before, limit })}`),
	similar: (title, author) => call('GET', `${REQUESTS}/similar${query({ title, author })}`),
	quota: () => call('GET', `${REQUESTS}/quota`),
	ledger: (month = null) => call('GET', `${REQUESTS}/quota/ledger${query({ month_year: month })}`),
	events: (cursor) => call('GET', `${REQUESTS}/events${query({ cursor })}`),
	notifications: (before = null, limit = 50) => call('GET', `/api/notifications${query({ before, limit })}`),
	readNotifications: (ids) => call('POST', '/api/notifications/read', { body: ids === null ? { all: true } : { ids } }),
	timeline: (id) => call('GET', `${REQUESTS}/${id}/timeline`),
	request: (id) => call('GET', `${REQUESTS}/${id}`),
	create: (fields, key) => call('POST', REQUESTS, { body: fields, key }),
	respond: (id, fields, key) => call('POST', `${REQUESTS}/${id}/respond`, { body: fields, key }),
	accept: (id, key = null) => call('POST', `${REQUESTS}/${id}/accept`, { key }),
	fulfill: (id, key = null) => call('POST', `${REQUESTS}/${id}/fulfill`, { key }),
	reply: (id, fields, key) => call('POST', `${REQUESTS}/${id}/reply`, { body: fields, key }),
	context: (ids) => call('GET', `${REQUESTS}/admin/context${query({ ids: ids.join() })}`),
	figures: (months) => call('GET', `${REQUESTS}/admin/figures${query({ months })}`),
	activity: ({ actorId = null, action = null, month = null }, before = null, limit = 100) =>
		call('GET', `${REQUESTS}/activity${query({ actor_id: actorId, action, month_year: month, before, limit })}`),
	tiers: () => call('GET', '/api/tiers'),
	setRequests: (title, n) => call('POST', `${REQUESTS}/settings`, { body: { tier_id: title, book_requests_allowed: n } }),
	setChapters: (title, n) => call('POST', `${REQUESTS}/chapters-settings`, { body: { tier_id: title, chapters_allowed_per_book_request: n } }),
	team: () => call('GET', '/api/team'),
	addToTeam: (username) => call('POST', '/api/team/add', { body: { username } }),
	removeFromTeam: (id) => call('DELETE', `/api/team/${id}`),
	users: (q = null, before = null, limit = 50) => call('GET', `/api/users${query({ q, before, limit })}`),
	setActive: (id, active) => call('POST', `/api/users/${id}/${active ? 'activate' : 'deactivate'}`),
};
