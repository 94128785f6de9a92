/*
 * One logged-in user: joins the API, the socket and the store. The order that loses nothing: the socket first, then
 * the lists; what arrives meanwhile is merged by version. A socket that goes on from its cursor needs no lists.
 */

import { api, ApiError } from './api.js';
import { Live } from './live.js';
import { Store } from './store.js';
import { arrivalInWords, plural } from './text.js';

/* Where no socket comes up (a proxy without WebSockets), the lists are loaded all the same. */
const SOCKET_PATIENCE_MS = 1500;
const RELOAD_FIRST_MS = 1000;
const RELOAD_MOST_MS = 30000;
const RECOUNT_DELAY_MS = 600;

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Session {
	store;
	#live;
	#callbacks;
	#ended = false;
	#run = 0; /* counts reloads: the answers of an older one are not used */
	#visible;
	#liveState = 'connecting';
	#missed = 0; /* what arrived while catching up, told in one sentence */
	#patience = null;
	#recount = null;

	/*
	 * callbacks: onEnded(message): log in again; onUserChanged(user): another user or role; onLive(state);
	 * onArrival(text): something for the user happened.
	 */
	constructor(user, visible, callbacks) {
		this.#callbacks = callbacks;
		this.#visible = visible;
		this.store = new Store(user, () => this.#recountSoon());
		this.#live = new Live({
			userId: user.id,
			isAdmin: this.store.isAdmin,
			onFrame: (frame) => this.#frame(frame),
			onState: (state) => this.#liveChanged(state),
			onRefused: (message) => this.#end(message),
			onFailed: () => this.#checkUser(),
		});
	}

	start() {
		this.#live.start();
		this.#patience = setTimeout(() => this.#reload(), SOCKET_PATIENCE_MS);
	}

	stop() {
		this.#ended = true;
		this.#run++;
		clearTimeout(this.#patience);
		clearTimeout(this.#recount);
		this.#live.stop();
	}

	#end(message) {
		if (!this.#ended) {
			this.stop();
			this.#callbacks.onEnded(message);
		}
	}

	/* The list that is looked at: 'mine' or a status. */
	show(name) {
		this.#visible = name;
		/* Before the first load there is nothing to add to: start() and the socket see to it. */
		if (this.#run > 0 && !this.store.list(name).loaded) {
			this.#loadPage(name, null).catch((error) => this.#listFailed(name, error));
		}
	}

	async loadMore(name) {
		await this.#loadPage(name, this.store.list(name).next).catch((error) => this.#listFailed(name, error));
	}

	async #loadPage(name, before) {
		const run = this.#run;
		const page = name === 'mine'
			? await api.ownRequests(before)
			: await api.adminRequests({ status: name, before });
		if (run !== this.#run) {
			return;
		}
		this.store.mergeList(page.book_requests);
		if (page.quota !== undefined) {
			this.store.setQuota(page.quota);
		}
		if (page.counts !== undefined) {
			this.store.setCounts(page.counts);
		}
		this.store.setList(name, { loaded: true, next: page.next, problem: null });
	}

	#listFailed(name, error) {
		this.#judge(error);
		this.store.setList(name, { problem: error.message });
	}

	async #reload() {
		clearTimeout(this.#patience);
		const run = ++this.#run;
		this.store.beginLoad();
		for (let wait = RELOAD_FIRST_MS; run === this.#run; wait = Math.min(2 * wait, RELOAD_MOST_MS)) {
			const name = this.#visible;
			try {
				await this.#loadPage(name, null);
				break;
			} catch (error) {
				if (run !== this.#run) {
					return;
				}
				this.#listFailed(name, error);
				await sleep((error.retryAfterMs ?? wait) * (1 + Math.random() / 2));
			}
		}
		if (run === this.#run) {
			this.store.endLoad();
			this.#live.caughtUp();
		}
	}

	#recountSoon() {
		clearTimeout(this.#recount);
		this.#recount = setTimeout(async () => {
			try {
				this.store.setCounts((await api.adminRequests({ limit: 1 })).counts);
			} catch (error) {
				this.#judge(error);
			}
		}, RECOUNT_DELAY_MS);
	}

	#liveChanged(state) {
		this.#liveState = state;
		if (state === 'live' && this.#missed > 0) {
			this.#callbacks.onArrival(`${plural(this.#missed, 'change', 'changes')} while you were away.`);
			this.#missed = 0;
		}
		this.#callbacks.onLive(state);
	}

	#arrived(text) {
		if (text === null) {
			return;
		}
		if (this.#liveState === 'live') {
			this.#callbacks.onArrival(text);
		} else {
			this.#missed++;
		}
	}

	#frame(frame) {
		switch (frame.type) {
		case 'initial_data':
			this.store.setQuota(frame.quota);
			this.store.setPendingCount(frame.pending_count);
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
				this.#checkUser();
			}
			break;
		case 'notification':
			this.#arrived(frame.notification.message);
			break;
		default: /* connected, heartbeat, and what later versions may add: the cursor is all there is to them */
		}
	}

	#changed({ book_request: request, action }) {
		const me = this.store.user.id;
		const own = request.user_id === me;
		if (!own && !this.store.isAdmin) {
			this.#checkUser(); /* an admin's frame: the user has joined the team */
			return;
		}
		const news = this.store.mergeChange(request) !== request;
		/* The owner, and the admin who answered, get a notification of their own. */
		if (news && !own && !(action === 'reply_added' && request.responded_by_id === me)) {
			this.#arrived(arrivalInWords(action, request));
		}
	}

	/* Is this still the same user in the same role? */
	async #checkUser() {
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
			this.#checkUser();
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

	accept(id) {
		return this.#change(api.accept(id), id);
	}

	fulfill(id) {
		return this.#change(api.fulfill(id), id);
	}

	reply(id, fields, key) {
		return this.#change(api.reply(id, fields, key), id);
	}
}
