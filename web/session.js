/*
 * One logged-in user: joins the API, the socket and the store. The order that loses nothing: the socket first, then
 * the lists; what arrives meanwhile is merged by version. A socket that goes on from its cursor needs no lists.
 */

import { api, ApiError } from './api.js';
import { Live } from './live.js';
import { Store } from './store.js';
import { arrivalInWords, plural } from './text.js';

/* Where no socket comes up (a proxy without WebSockets), what is looked at is loaded all the same. */
const SOCKET_PATIENCE_MS = 1500;
const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30000;
const RECOUNT_DELAY_MS = 600;
/* Without a socket nobody tells of numbers that change without an event: a tier's limits, a new month. */
const NUMBERS_EVERY_MS = 30000;

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Session {
	store;
	#live;
	#callbacks;
	#ended = false;
	#run = 0; /* counts loads: the answers of an older one are not used */
	#view = null; /* {load(), failed(problem)} of the page that is looked at */
	#resync = false; /* all that is known may be old: forget what the next load does not bring */
	#liveState = 'connecting';
	#membership = null;
	#missed = 0; /* what arrived while catching up, told in one sentence */
	#failing = false; /* the last load did not work and waits for its next try */
	#patience = null;
	#recount = null;
	#numbersAt = 0;
	#frames = 0; /* how many came */
	#again = null;
	#otherTabs = new BroadcastChannel('bookreq');

	/*
	 * callbacks: onEnded(message): log in again; onUserChanged(user): another user or role; onLive(state);
	 * onArrival(text, requestId): something for the user happened.
	 */
	constructor(user, callbacks) {
		this.#callbacks = callbacks;
		this.store = new Store(user, () => this.#recountSoon());
		this.#live = new Live({
			userId: user.id,
			isAdmin: this.store.isAdmin,
			onFrame: (frame) => this.#frame(frame),
			onState: (state) => this.#liveChanged(state),
			onRefused: (message) => this.#end(message),
			onFailed: () => this.checkUser(),
			onPolled: (recovered) => this.#polled(recovered),
		});
		this.#otherTabs.onmessage = ({ data }) => this.#toldByTab(data);
	}

	start() {
		this.#live.start();
		document.addEventListener('visibilitychange', this.#lookedAt);
		this.#patience = setTimeout(() => {
			this.#bringNumbers();
			this.#reload();
		}, SOCKET_PATIENCE_MS);
	}

	stop() {
		this.#ended = true;
		document.removeEventListener('visibilitychange', this.#lookedAt);
		this.#run++;
		clearTimeout(this.#patience);
		clearTimeout(this.#recount);
		clearTimeout(this.#again);
		this.#otherTabs.close();
		this.#live.stop();
	}

	/* The server has been heard of since the connection was lost. */
	get isConnected() {
		return ['catching', 'live', 'polling'].includes(this.#liveState);
	}

	#end(message) {
		if (!this.#ended) {
			this.stop();
			this.#callbacks.onEnded(message);
		}
	}

	/*
	 * What is looked at: view.load() brings it, now and whenever something may have been missed; view.failed(problem) is
	 * told when that did not work, and it is tried again. Both may be absent.
	 */
	show(view) {
		this.#view = view;
		/* Before the first load there is nothing to add to: start() and the socket see to it. */
		if (this.#run > 0) {
			this.#load();
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
			this.#again = setTimeout(() => this.#bringNumbers(), RECOUNT_DELAY_MS);
		} else if (run === this.#run) {
			this.#showNumbers(answer);
		}
		return answer;
	}

	#showNumbers({ quota, unread_count: unread, counts }) {
		if (quota !== undefined) {
			this.store.setQuota(quota);
		}
		if (unread !== undefined) {
			this.store.setUnread(unread);
		}
		if (counts !== undefined) {
			this.store.setCounts(counts);
		}
	}

	/* The first page of a list (store.js: filter), or with more its next one. */
	async loadList(filter, { more = false } = {}) {
		const run = this.#run;
		const before = more ? this.store.list(filter).next : null;
		const page = await this.read(() => (filter.scope === 'mine' ? api.ownRequests(filter, before) : api.adminRequests(filter, before)));
		if (run !== this.#run) {
			return;
		}
		this.store.mergeList(page.book_requests);
		this.store.setList(filter, { loaded: true, next: page.next, total: page.total ?? null, problem: null });
	}

	/* The next page of a list; what went wrong is told in its place. */
	async loadMore(filter) {
		try {
			await this.ask(this.loadList(filter, { more: true }));
		} catch (problem) {
			this.store.setList(filter, { problem: problem.message });
		}
	}

	/* A page of the notifications. */
	async loadNotifications({ more = false } = {}) {
		const run = this.#run;
		const page = await this.read(() => api.notifications(more ? this.store.list('notifications').next : null));
		if (run !== this.#run) {
			return;
		}
		this.store.mergeNotifications(page.notifications);
		this.store.setList('notifications', { loaded: true, next: page.next, problem: null });
	}

	/* One request; null where there is none within the user's sight. */
	async loadRequest(id) {
		const run = this.#run;
		try {
			const { book_request: request } = await api.request(id);
			if (run === this.#run) {
				this.store.mergeList([request]);
			}
			return request;
		} catch (error) {
			if (error.status === 404 || error.status === 403) {
				return null;
			}
			throw error;
		}
	}

	/* Runs something that asks the server; a refusal that concerns the session is seen to before it is passed on. */
	async ask(promise) {
		try {
			return await promise;
		} catch (error) {
			this.#judge(error);
			throw error;
		}
	}

	#reload() {
		clearTimeout(this.#patience);
		this.#resync = true;
		this.store.beginLoad();
		this.#load();
	}

	async #load() {
		const run = ++this.#run;
		this.#failing = false;
		for (let wait = RETRY_FIRST_MS; run === this.#run; wait = Math.min(2 * wait, RETRY_MOST_MS)) {
			try {
				await this.#view?.load?.();
				break;
			} catch (error) {
				this.#judge(error);
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
			this.store.endLoad();
			this.#live.caughtUp();
		}
	}

	#polled(recovered) {
		if (!recovered) {
			this.#reload();
		}
		if (!recovered || Date.now() - this.#numbersAt > NUMBERS_EVERY_MS) {
			this.#bringNumbers();
		}
	}

	/* What was read on another device is not told: it is asked for when somebody comes back to this page. */
	#lookedAt = () => {
		if (!document.hidden) {
			this.#bringNumbers();
		}
	};

	/* What frames without a place in the stream tell where there is a socket. */
	async #bringNumbers() {
		this.#numbersAt = Date.now();
		try {
			await this.read(async () => {
				const [quota, { unread_count: unread }, { counts }] = await Promise.all([api.quota(), api.notifications(null, 1),
					this.store.isAdmin ? api.adminRequests({}, null, 1) : {}, this.checkUser()]);
				return { quota, unread_count: unread, counts };
			});
		} catch (error) {
			this.#judge(error);
		}
	}

	#recountSoon() {
		clearTimeout(this.#recount);
		this.#recount = setTimeout(async () => {
			try {
				await this.read(() => api.adminRequests({}, null, 1));
			} catch (error) {
				this.#judge(error);
			}
		}, RECOUNT_DELAY_MS);
	}

	#liveChanged(state) {
		this.#liveState = state;
		if (state === 'live' && this.#missed > 0) {
			this.#callbacks.onArrival(`${plural(this.#missed, 'change', 'changes')} while you were away.`, null);
			this.#missed = 0;
		}
		if (this.#failing && this.isConnected) {
			this.#load();
		}
		this.#callbacks.onLive(state);
	}

	#arrived(text, requestId) {
		if (text === null) {
			return;
		}
		if (this.#liveState === 'live' || this.#liveState === 'polling') {
			this.#callbacks.onArrival(text, requestId);
		} else {
			this.#missed++;
		}
	}

	/* All of a cursor but its end names the membership: another one means another role (docs/design.md, "Cursor"). */
	#checkMembership(cursor) {
		const membership = cursor.slice(0, cursor.lastIndexOf('-'));
		if (this.#membership !== null && membership !== this.#membership) {
			this.checkUser();
		}
		this.#membership = membership;
	}

	#frame(frame) {
		this.#frames++;
		if (frame.cursor !== undefined) {
			this.#checkMembership(frame.cursor);
		}
		switch (frame.type) {
		case 'initial_data':
			this.store.setQuota(frame.quota);
			this.store.setPendingCount(frame.pending_count);
			this.store.setUnread(frame.unread_count);
			if (!frame.recovered) {
				this.#reload();
			}
			break;
		case 'book_request_update':
			this.#changed(frame);
			break;
		case 'quota_update':
			this.store.setQuota(frame.quota);
			break;
		case 'pending_count_update':
			this.store.setPendingCount(frame.pending_count);
			if (!this.store.isAdmin) {
				this.checkUser();
			}
			break;
		case 'notification':
			this.#notified(frame);
			break;
		default: /* connected, heartbeat, and what later versions may add: the cursor is all there is to them */
		}
	}

	#notified({ notification, unread_count: unread }) {
		const known = this.store.notifications.has(notification.id);
		this.store.mergeNotifications([notification]);
		this.store.setUnread(unread);
		if (!known) {
			this.#arrived(notification.message, notification.book_request_id);
		}
	}

	#changed({ book_request: request, action }) {
		const me = this.store.user.id;
		const own = request.user_id === me;
		if (!own && !this.store.isAdmin) {
			this.checkUser(); /* an admin's frame: the user has joined the team */
			return;
		}
		const news = this.store.mergeChange(request) !== request;
		/* The owner, and the admin who answered, get a notification of their own. */
		if (news && !own && !(action === 'reply_added' && request.responded_by_id === me)) {
			this.#arrived(arrivalInWords(action, request), request.id);
		}
	}

	/* Is this still the same user in the same role? */
	async checkUser() {
		try {
			const { user } = await api.me();
			const known = this.store.user;
			const same = user.id === known.id && user.is_team === known.is_team && user.is_creator === known.is_creator;
			if (!same && !this.#ended) {
				this.stop();
				this.#callbacks.onUserChanged(user);
			}
		} catch (error) {
			this.#judge(error);
		}
	}

	/* What a refusal says about the session. */
	#judge(error) {
		if (!(error instanceof ApiError)) {
			throw error;
		}
		if (error.code === 'unauthenticated') {
			this.#end('Your session has ended. Please log in again.');
		} else if (error.code === 'forbidden') {
			this.checkUser();
		}
	}

	/* Runs a change; its answer is shown at once, whether the frame comes before or after it. */
	async #change(promise, id = null) {
		try {
			const answer = await promise;
			this.store.mergeChange(answer.book_request);
			if (answer.quota !== undefined) {
				this.store.setQuota(answer.quota);
			}
			return answer.book_request;
		} catch (error) {
			this.#judge(error);
			if (error.bookRequest !== null) {
				this.store.mergeChange(error.bookRequest);
			} else if (error.status === 409 && id !== null) {
				await this.#refetch(id);
			}
			throw error;
		}
	}

	/* The state did not allow a change, so the request is not what the page shows. */
	async #refetch(id) {
		try {
			this.store.mergeChange((await api.request(id)).book_request);
		} catch (error) {
			this.#judge(error);
		}
	}

	create(fields, key) {
		return this.#change(api.create(fields, key));
	}

	respond(id, fields, key) {
		return this.#change(api.respond(id, fields, key), id);
	}

	accept(id, key) {
		return this.#change(api.accept(id, key), id);
	}

	fulfill(id, key) {
		return this.#change(api.fulfill(id, key), id);
	}

	reply(id, fields, key) {
		return this.#change(api.reply(id, fields, key), id);
	}

	/* ids: a list, or null for all. The user's other tabs are told. */
	async markRead(ids) {
		const { unread_count: unread } = await this.ask(api.readNotifications(ids));
		const told = { userId: this.store.user.id, readIds: ids, at: new Date().toISOString(), unread };
		this.#toldByTab(told);
		this.#otherTabs.postMessage(told);
	}

	#toldByTab({ userId, readIds, at, unread }) {
		if (userId === this.store.user.id) {
			this.store.markRead(readIds, at);
			this.store.setUnread(unread);
		}
	}
}
