/*
 * Brings what is looked at, and the numbers beside it; what does not come is asked for again. Answers that something has
 * overtaken are not used: lists of an older load, numbers that a frame may have changed meanwhile.
 */

import { api } from './api.js';

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30000;
const RECOUNT_DELAY_MS = 600;
/* Without a socket nobody tells of numbers that change without an event: a tier's limits, a new month. */
const NUMBERS_EVERY_MS = 30000;

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Loader {
	#store;
	#callbacks;
	#run = 0; /* counts loads: the answers of an older one are not used */
	#view = null; /* {load(), failed(problem)} of the page that is looked at */
	#resync = false; /* all that is known may be old: forget what the next load does not bring */
	#failing = false; /* the last load did not work and waits for its next try */
	#frames = 0; /* how many came */
	#numbersAt = 0;
	#recount = null;
	#again = null;

	/*
	 * callbacks: judge(error) sees to what a refusal says about the session, and throws what is none; checkUser() asks who the user
	 * is; onAnew(): everything that reload() asked for has come.
	 */
	constructor(store, callbacks) {
		this.#store = store;
		this.#callbacks = callbacks;
	}

	stop() {
		this.#run++;
		clearTimeout(this.#recount);
		clearTimeout(this.#again);
	}

	/*
	 * What is looked at: view.load() brings it, now and whenever something may have been missed; view.failed(problem) is
	 * told when that did not work, and it is tried again. Both may be absent.
	 */
	show(view) {
		this.#view = view;
		/* Before the first load there is nothing to add to: the session's start and the socket see to it. */
		if (this.#run > 0) {
			this.#load();
		}
	}

	/* Everything anew. */
	reload() {
		this.#resync = true;
		this.#store.beginLoad();
		this.#load();
	}

	/* The server has been heard of: what waits for its next try is tried now. */
	hurry() {
		if (this.#failing) {
			this.#load();
		}
	}

	async #load() {
		const run = ++this.#run;
		this.#failing = false;
		for (let wait = RETRY_FIRST_MS; run === this.#run; wait = Math.min(2 * wait, RETRY_MOST_MS)) {
			try {
				await this.#view?.load?.();
				break;
			} catch (error) {
				this.#callbacks.judge(error);
				if (run !== this.#run) {
					return;
				}
				this.#failing = true;
				this.#view?.failed?.(error);
				await sleep((error.retryAfterMs ?? wait) * (1 + Math.random() / 2));
			}
		}
		if (run !== this.#run) {
			return;
		}
		this.#failing = false;
		if (this.#resync) {
			this.#resync = false;
			this.#store.endLoad();
			this.#callbacks.onAnew();
		}
	}

	/* The first page of a list (store.js: filter), or with more its next one. */
	async list(filter, { more = false } = {}) {
		const run = this.#run;
		const before = more ? this.#store.list(filter).next : null;
		const page = await this.read(() => (filter.scope === 'mine' ? api.ownRequests(filter, before) : api.adminRequests(filter, before)));
		if (run !== this.#run) {
			return;
		}
		this.#store.mergeList(page.book_requests);
		this.#store.setList(filter, { loaded: true, next: page.next, total: page.total ?? null, problem: null });
	}

	/* The next page of a list; what went wrong is told in its place. */
	async more(filter) {
		try {
			await this.list(filter, { more: true });
		} catch (problem) {
			this.#callbacks.judge(problem);
			this.#store.setList(filter, { problem: problem.message });
		}
	}

	/* A page of the notifications. */
	async notifications({ more = false } = {}) {
		const run = this.#run;
		const page = await this.read(() => api.notifications(more ? this.#store.list('notifications').next : null));
		if (run !== this.#run) {
			return;
		}
		this.#store.mergeNotifications(page.notifications);
		this.#store.setList('notifications', { loaded: true, next: page.next, problem: null });
	}

	/* One request; null where there is none within the user's sight. */
	async request(id) {
		const run = this.#run;
		try {
			const { book_request: request } = await api.request(id);
			if (run === this.#run) {
				this.#store.mergeList([request]);
			}
			return request;
		} catch (error) {
			if (error.status === 404 || error.status === 403) {
				return null;
			}
			throw error;
		}
	}

	/*
	 * Asks the server; ask() returns a promise. The numbers of its answer (quota, unread_count, counts) are shown, but not where a
	 * frame came meanwhile, which may be the newer of the two: then they are asked for once more.
	 */
	async read(ask) {
		const [run, frames] = [this.#run, this.#frames];
		const answer = await ask();
		if (frames !== this.#frames) {
			clearTimeout(this.#again);
			this.#again = setTimeout(() => this.numbers(), RECOUNT_DELAY_MS);
		} else if (run === this.#run) {
			this.#showNumbers(answer);
		}
		return answer;
	}

	#showNumbers({ quota, unread_count: unread, counts }) {
		if (quota !== undefined) {
			this.#store.setQuota(quota);
		}
		if (unread !== undefined) {
			this.#store.setUnread(unread);
		}
		if (counts !== undefined) {
			this.#store.setCounts(counts);
		}
	}

	/* A frame is about to be acted on. */
	frameCame() {
		this.#frames++;
	}

	/* What frames without a place in the stream tell where there is a socket. */
	async numbers() {
		this.#numbersAt = Date.now();
		await this.#readNumbers(async () => {
			const [quota, { unread_count: unread }, { counts }] = await Promise.all([api.quota(), api.notifications(null, 1),
				this.#store.isAdmin ? api.adminRequests({}, null, 1) : {}, this.#callbacks.checkUser()]);
			return { quota, unread_count: unread, counts };
		});
	}

	/* The same where they have not been asked for lately. */
	numbersNowAndThen() {
		if (Date.now() - this.#numbersAt > NUMBERS_EVERY_MS) {
			this.numbers();
		}
	}

	recountSoon() {
		clearTimeout(this.#recount);
		this.#recount = setTimeout(() => this.#readNumbers(() => api.adminRequests({}, null, 1)), RECOUNT_DELAY_MS);
	}

	async #readNumbers(ask) {
		try {
			await this.read(ask);
		} catch (error) {
			this.#callbacks.judge(error);
		}
	}
}
