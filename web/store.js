/*
 * What the page knows. Requests come from lists, answers and frames in any order; the one with the higher version
 * stays. Listeners are called once for any number of changes made together.
 *
 * A filter says which requests a list shows: {scope: 'mine' | 'admin', status, month, userId, q}, each of the latter
 * absent or null for all. What a list shows is decided here, from all requests known, so that a frame moves a request
 * between lists.
 */

/* A frame this soon after the counts were read may already be in them. */
const COUNTS_UNSURE_MS = 500;

export const STATUSES = ['pending', 'approved', 'fulfilled', 'rejected'];

const UNKNOWN_LIST = Object.freeze({ loaded: false, next: null, total: null, problem: null });

function keyOf({ scope, status = null, month = null, userId = null, q = null }) {
	return JSON.stringify([scope, status, month, userId, q]);
}

function holds(text, part) {
	return text.toLowerCase().includes(part);
}

export class Store {
	user = null;
	quota = null;
	counts = null; /* per status, admins only */
	unread = 0; /* notifications */
	requests = new Map(); /* id → {request, load}; load: the number of the load that last saw it */
	notifications = new Map(); /* id → notification */
	changes = 0; /* how many requests changed while we looked: what is derived from them may be old */
	#lists = new Map(); /* key of a filter, or 'notifications' → {loaded, next, total, problem} */
	#load = 0;
	#countedAt = 0;
	#names = new Map();
	#listeners = new Set();
	#scheduled = false;
	#onCountsUnsure;

	/* onCountsUnsure(): the counts should be read again from the server. */
	constructor(user, onCountsUnsure) {
		this.user = user;
		this.#onCountsUnsure = onCountsUnsure;
		this.#names.set(user.id, user.username);
	}

	get isAdmin() {
		return this.user.is_creator || this.user.is_team;
	}

	/* A creator has no tier to ask with: the pages of who asks are for those who have, or have had, a quota. */
	get mayAsk() {
		return !this.user.is_creator || (this.quota?.requests_allowed ?? 0) > 0;
	}

	subscribe(listener) {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	#changed() {
		if (this.#scheduled) {
			return;
		}
		this.#scheduled = true;
		queueMicrotask(() => {
			this.#scheduled = false;
			for (const listener of this.#listeners) {
				listener();
			}
		});
	}

	#matches(filter, request) {
		const { scope, status = null, month = null, userId = null, q = null } = filter;
		const part = q?.toLowerCase();
		return (scope === 'mine' ? request.user_id === this.user.id : this.isAdmin)
			&& (status === null || request.status === status)
			&& (month === null || request.month_year === month)
			&& (userId === null || String(request.user_id) === String(userId))
			&& (q === null || holds(request.title, part) || holds(request.author, part) || holds(request.user.username, part));
	}

	/* What a list shows, newest first; alsoIds: some that are to stay although they left it. */
	select(filter, alsoIds = new Set()) {
		return [...this.requests.values()].map((entry) => entry.request)
			.filter((request) => alsoIds.has(request.id) || this.#matches(filter, request))
			.sort((a, b) => b.id - a.id);
	}

	/* The request as it is known, or null. */
	request(id) {
		return this.requests.get(Number(id))?.request ?? null;
	}

	/* people: [{id, username}] */
	learnNames(people) {
		for (const { id, username } of people) {
			this.#names.set(id, username);
		}
		this.#changed();
	}

	nameOf(userId) {
		return userId === this.user.id ? 'you' : this.#names.get(userId) ?? 'a colleague';
	}

	knownName(userId) {
		return this.#names.get(userId) ?? null;
	}

	/* How much of a list is here: next is the `before` of its next page, total the filter's count (admins), problem a sentence. */
	list(filter) {
		return this.#lists.get(typeof filter === 'string' ? filter : keyOf(filter)) ?? UNKNOWN_LIST;
	}

	setList(filter, state) {
		const key = typeof filter === 'string' ? filter : keyOf(filter);
		this.#lists.set(key, { ...this.list(filter), ...state });
		this.#changed();
	}

	setQuota(quota) {
		this.quota = quota;
		this.#changed();
	}

	setUnread(n) {
		this.unread = n;
		this.#changed();
	}

	setPendingCount(n) {
		if (this.counts !== null) {
			this.counts.pending = n;
		} else if (this.isAdmin) {
			this.counts = { pending: n };
		}
		this.#changed();
	}

	setCounts(counts) {
		this.counts = { ...counts };
		this.#countedAt = Date.now();
		this.#changed();
	}

	mergeNotifications(notifications) {
		for (const one of notifications) {
			/* Read is final: an older answer does not make one unread again. */
			if (this.notifications.get(one.id)?.read_at == null) {
				this.notifications.set(one.id, one);
			}
		}
		this.#changed();
	}

	/* ids null: all of them. */
	markRead(ids, at) {
		for (const one of this.notifications.values()) {
			if (one.read_at === null && (ids === null || ids.includes(one.id))) {
				this.notifications.set(one.id, { ...one, read_at: at });
			}
		}
		this.#changed();
	}

	/* Newest first. */
	shownNotifications() {
		return [...this.notifications.values()].sort((a, b) => b.id - a.id);
	}

	/* Everything is about to be loaded again: what neither the load nor a frame names until endLoad() is forgotten. */
	beginLoad() {
		this.#load++;
		for (const [key, state] of this.#lists) {
			this.#lists.set(key, { ...state, loaded: false });
		}
		this.notifications.clear();
	}

	endLoad() {
		for (const [id, entry] of this.requests) {
			if (entry.load !== this.#load) {
				this.requests.delete(id);
			}
		}
		this.#changed();
	}

	/* A page of a list, whose counts (if it has any) include it. */
	mergeList(requests) {
		for (const request of requests) {
			this.#merge(request);
		}
		this.#changed();
	}

	/* One changed request, from an answer or a frame: the counts follow. Returns the one that it replaced. */
	mergeChange(request) {
		const before = this.#merge(request);
		if (before !== request) {
			this.changes++;
			if (this.isAdmin) {
				this.#count(before, request);
			}
		}
		this.#changed();
		return before;
	}

	/* Returns the former request, null if there was none, or the request itself when it was no news. */
	#merge(request) {
		const known = this.requests.get(request.id);
		this.#names.set(request.user_id, request.user.username);
		if (request.responder !== null) {
			this.#names.set(request.responder.id, request.responder.username);
		}
		if (known !== undefined && known.request.version >= request.version) {
			known.load = this.#load;
			return request;
		}
		this.requests.set(request.id, { request, load: this.#load });
		return known === undefined ? null : known.request;
	}

	#count(before, after) {
		const known = before !== null || after.version === 1;
		if (this.counts === null || !known || Date.now() - this.#countedAt < COUNTS_UNSURE_MS) {
			this.#onCountsUnsure();
			return;
		}
		if (before !== null) {
			this.counts[before.status]--;
		}
		this.counts[after.status]++;
	}
}
