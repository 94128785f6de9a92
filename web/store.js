/*
 * What the page knows. Requests come from lists, answers and frames in any order; the one with the higher version
 * stays. Listeners are called once for any number of changes made together.
 */

/* A frame this soon after the counts were read may already be in them. */
const COUNTS_UNSURE_MS = 500;

export const STATUSES = ['pending', 'approved', 'fulfilled', 'rejected'];

export class Store {
	user = null;
	quota = null;
	counts = null; /* per status, admins only */
	requests = new Map(); /* id → {request, load}; load: the number of the load that last saw it */
	#lists = new Map();
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

	/* Newest first. */
	#sorted(filter) {
		return [...this.requests.values()].map((entry) => entry.request).filter(filter).sort((a, b) => b.id - a.id);
	}

	ownRequests() {
		return this.#sorted((request) => request.user_id === this.user.id);
	}

	/* Those in a status, and some that are to stay although they left it. */
	queue(status, alsoIds) {
		return this.#sorted((request) => request.status === status || alsoIds.has(request.id));
	}

	nameOf(userId) {
		return userId === this.user.id ? 'you' : this.#names.get(userId) ?? 'a colleague';
	}

	list(name) {
		return this.#lists.get(name) ?? { loaded: false, next: null, problem: null };
	}

	/* How much of a list is here: next is the `before` of its next page, problem a sentence for a person. */
	setList(name, state) {
		this.#lists.set(name, { ...this.list(name), ...state });
		this.#changed();
	}

	setQuota(quota) {
		this.quota = quota;
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

	/* Everything is about to be loaded again: what neither the load nor a frame names until endLoad() is forgotten. */
	beginLoad() {
		this.#load++;
		for (const [name, state] of this.#lists) {
			this.#lists.set(name, { ...state, loaded: false });
		}
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
		if (before !== request && this.isAdmin) {
			this.#count(before, request);
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
