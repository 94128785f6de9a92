/*
 * One logged-in user: joins the API, the socket and the store. The order that loses nothing: the socket first, then
 * the lists; what arrives meanwhile is merged by version. A socket that goes on from its cursor needs no lists.
 */

import { api, ApiError } from './api.js';
import { Incoming } from './incoming.js';
import { Live } from './live.js';
import { Loader } from './loader.js';
import { Store } from './store.js';

/* Where no socket comes up (a proxy without WebSockets), what is looked at is loaded all the same. */
const SOCKET_PATIENCE_MS = 1500;

export class Session {
	store;
	loader;
	#live;
	#incoming;
	#callbacks;
	#ended = false;
	#liveState = 'connecting';
	#patience = null;
	#otherTabs = new BroadcastChannel('bookreq');

	/*
	 * callbacks: onEnded(message): log in again; onUserChanged(user): another user or role; onLive(state);
	 * onArrival(text, requestId): something for the user happened.
	 */
	constructor(user, callbacks) {
		const checkUser = () => this.#checkUser();
		this.#callbacks = callbacks;
		this.store = new Store(user, () => this.loader.recountSoon());
		this.loader = new Loader(this.store, {
			judge: (error) => this.#judge(error),
			checkUser,
			onAnew: () => this.#live.caughtUp(),
		});
		this.#incoming = new Incoming(this.store, {
			onUnrecovered: () => this.#reload(),
			checkUser,
			onArrival: (text, requestId) => callbacks.onArrival(text, requestId),
		});
		this.#live = new Live({
			userId: user.id,
			isAdmin: this.store.isAdmin,
			onFrame: (frame) => {
				this.loader.frameCame();
				this.#incoming.act(frame);
			},
			onState: (state) => this.#liveChanged(state),
			onRefused: (message) => this.#end(message),
			onFailed: checkUser,
			onPolled: (recovered) => this.#polled(recovered),
		});
		this.#otherTabs.onmessage = ({ data }) => this.#toldByTab(data);
	}

	start() {
		this.#live.start();
		document.addEventListener('visibilitychange', this.#lookedAt);
		this.#patience = setTimeout(() => {
			this.loader.numbers();
			this.#reload();
		}, SOCKET_PATIENCE_MS);
	}

	stop() {
		this.#ended = true;
		document.removeEventListener('visibilitychange', this.#lookedAt);
		clearTimeout(this.#patience);
		this.loader.stop();
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

	#reload() {
		clearTimeout(this.#patience);
		this.loader.reload();
	}

	#polled(recovered) {
		if (recovered) {
			this.loader.numbersNowAndThen();
		} else {
			this.#reload();
			this.loader.numbers();
		}
	}

	/* What was read on another device is not told: it is asked for when somebody comes back to this page. */
	#lookedAt = () => {
		if (!document.hidden) {
			this.loader.numbers();
		}
	};

	#liveChanged(state) {
		this.#liveState = state;
		this.#incoming.liveChanged(state);
		if (this.isConnected) {
			this.loader.hurry();
		}
		this.#callbacks.onLive(state);
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

	/* Runs something that asks the server; a refusal that concerns the session is seen to before it is passed on. */
	async ask(promise) {
		try {
			return await promise;
		} catch (error) {
			this.#judge(error);
			throw error;
		}
	}

	/* Runs a change; its answer is shown at once, whether the frame comes before or after it. */
	async #change(promise, id = null) {
		try {
			const answer = await this.ask(promise);
			this.store.mergeChange(answer.book_request);
			if (answer.quota !== undefined) {
				this.store.setQuota(answer.quota);
			}
			return answer.book_request;
		} catch (error) {
			if (error.bookRequest) {
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
