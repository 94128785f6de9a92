/*
 * The WebSocket: one connection at a time, opened again with the last cursor whenever it ends.
 *
 *   connecting ──initial_data──▶ catching up ──everything shown──▶ live
 *       ▲                              │                             │
 *       └───── back-off ◀── offline ◀──┴──────── any failure ◀───────┘
 *                              │ ▲
 *                              ▼ │  asking works where sockets do not (poll.js); the socket is tried all the same
 *                            polling
 *
 * websocketd sends no close frame: why a connection ended is known from its `error` frame, or not at all.
 */

import { Poll } from './poll.js';

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 30000;
/* A connection that lasted this long was a good one: the next failure starts from the shortest wait. */
const STABLE_MS = 10000;
const CONNECT_DEADLINE_MS = 10000;
const PING_EVERY_MS = 25000;
const PONG_DEADLINE_MS = 10000;
/* While the system says that there is no network. */
const OFFLINE_PING_EVERY_MS = 3000;
const OFFLINE_PONG_DEADLINE_MS = 1500;
/* A replay has no end mark: it is taken to be over after a pause, or after so long that live frames must be among it. */
const REPLAY_PAUSE_MS = 300;
const REPLAY_MOST_MS = 5000;

export class Live {
	#userId;
	#isAdmin;
	#callbacks;
	#cursor = null;
	#socket = null;
	#failures = 0;
	#stopped = true;
	#state = 'offline';
	#shown = null;
	#polled = false; /* the last question without a socket was answered */
	#poll;
	#retryMs = null;
	#replaying = false;
	#timers = {};

	/*
	 * callbacks: onFrame(frame) acts on a frame before its cursor is kept; onState(state); onRefused(message):
	 * these credentials are of no use any more; onFailed(): a try ended before the first frame, perhaps for want of a
	 * session, which a browser does not tell from a network failure; onPolled(recovered): asking instead of listening, and
	 * whether what was missed has come.
	 */
	constructor({ userId, isAdmin, ...callbacks }) {
		this.#userId = userId;
		this.#isAdmin = isAdmin;
		this.#callbacks = callbacks;
		this.#poll = new Poll({
			cursor: () => this.#cursor,
			onAnswer: (answer) => this.#answered(answer),
			onFailed: (error) => {
				this.#polled = false;
				this.#enter(this.#state);
				if (error.code === 'unauthenticated') {
					this.#callbacks.onFailed();
				}
			},
		});
	}

	start() {
		this.#stopped = false;
		addEventListener('online', this.#hurry);
		addEventListener('offline', this.#doubt);
		document.addEventListener('visibilitychange', this.#hurry);
		this.#open();
	}

	stop() {
		this.#stopped = true;
		removeEventListener('online', this.#hurry);
		removeEventListener('offline', this.#doubt);
		document.removeEventListener('visibilitychange', this.#hurry);
		this.#poll.stop();
		this.#drop();
	}

	/* Everything from before the connection has been loaded and shown: said by who loads, after `recovered: false`. */
	caughtUp() {
		if (this.#state === 'catching') {
			this.#replaying = false;
			this.#cancel('replay', 'replayMost');
			this.#enter('live');
		}
	}

	#enter(state) {
		this.#state = state;
		const shown = this.#polled && (state === 'offline' || state === 'connecting') ? 'polling' : state;
		if (shown !== this.#shown) {
			this.#shown = shown;
			this.#callbacks.onState(shown);
		}
	}

	#after(name, ms, action) {
		clearTimeout(this.#timers[name]);
		this.#timers[name] = setTimeout(action, ms);
	}

	#cancel(...names) {
		for (const name of names) {
			clearTimeout(this.#timers[name]);
		}
	}

	#open() {
		this.#cancel('retry');
		this.#retryMs = null;
		this.#enter('connecting');
		const url = new URL('/api/book-requests/ws', location.href);
		url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
		url.searchParams.set('user_id', this.#userId);
		if (this.#cursor !== null) {
			url.searchParams.set('cursor', this.#cursor);
		}
		this.#socket = new WebSocket(url);
		this.#socket.onmessage = (event) => this.#receive(event.data);
		this.#socket.onclose = () => this.#ended();
		this.#after('deadline', CONNECT_DEADLINE_MS, () => this.#ended());
	}

	/* Lets go of the socket without waiting for the peer: a dead one would not answer the closing handshake. */
	#drop() {
		this.#cancel('deadline', 'ping', 'pong', 'retry', 'stable', 'replay', 'replayMost');
		if (this.#socket !== null) {
			this.#socket.onmessage = null;
			this.#socket.onclose = null;
			this.#socket.close();
			this.#socket = null;
		}
	}

	#ended() {
		const early = this.#state === 'connecting';
		this.#drop();
		if (this.#stopped) {
			return;
		}
		const ceiling = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** this.#failures);
		const backOff = ceiling / 2 + Math.random() * ceiling / 2;
		/* The server's own wish is a least time; the jitter keeps a crowd from coming back as one. */
		const wait = this.#retryMs === null ? backOff : Math.max(backOff, this.#retryMs * (1 + Math.random() / 4));
		this.#failures++;
		this.#enter('offline');
		this.#after('retry', wait, () => this.#open());
		this.#poll.start();
		if (early && this.#retryMs === null) {
			this.#callbacks.onFailed();
		}
	}

	#answered({ cursor, recovered, messages }) {
		this.#polled = true;
		this.#enter(this.#state);
		for (const frame of messages) {
			this.#act(frame);
		}
		if (!this.#stopped) {
			this.#cursor = cursor;
			this.#callbacks.onPolled(recovered);
		}
	}

	/* Returns whether the connection goes on. */
	#act(frame) {
		if (!this.#stopped) {
			this.#callbacks.onFrame(frame);
		}
		if (!this.#stopped && typeof frame.cursor === 'string') {
			this.#cursor = frame.cursor;
		}
		return !this.#stopped;
	}

	/* The network is back, or somebody looks at the page again: no reason to wait out the back-off. */
	#hurry = () => {
		if (this.#state === 'offline' && this.#retryMs === null && !document.hidden) {
			this.#open();
		}
	};

	#receive(text) {
		this.#cancel('pong');
		if (text === 'pong' || text === 'ping') {
			return;
		}
		let frame;
		try {
			frame = JSON.parse(text);
		} catch {
			this.#ended();
			return;
		}
		if (frame.type === 'error') {
			this.#failed(frame);
			return;
		}
		if (!this.#act(frame)) {
			return;
		}
		if (frame.type === 'initial_data') {
			this.#connected(frame.recovered);
		} else if (this.#replaying) {
			this.#awaitEndOfReplay();
		}
	}

	#failed(frame) {
		if (frame.retry_ms === null) {
			this.stop();
			this.#callbacks.onRefused(frame.message);
			return;
		}
		this.#retryMs = frame.retry_ms;
		this.#ended();
	}

	#connected(recovered) {
		this.#cancel('deadline');
		this.#poll.stop();
		this.#polled = false;
		this.#replaying = recovered;
		this.#enter('catching');
		this.#after('stable', STABLE_MS, () => { this.#failures = 0; });
		this.#after('ping', PING_EVERY_MS, () => this.#ping());
		if (recovered) {
			this.#after('replayMost', REPLAY_MOST_MS, () => this.#replayed());
			this.#awaitEndOfReplay();
		}
	}

	#awaitEndOfReplay() {
		this.#after('replay', REPLAY_PAUSE_MS, () => this.#replayed());
	}

	/*
	 * Replayed frames carry the numbers of their time, and what changed without an event (a tier's settings, a new month)
	 * is not among them: ask for today's.
	 */
	#replayed() {
		this.#send(JSON.stringify({ type: 'refresh_quota' }));
		if (this.#isAdmin) {
			this.#send(JSON.stringify({ type: 'refresh_pending' }));
		}
		this.caughtUp();
	}

	/* The system says that there is no network, which need not concern this server: ask it. */
	#doubt = () => {
		if (this.#state === 'live' || this.#state === 'catching') {
			this.#ping();
		}
	};

	#ping() {
		const [every, deadline] = navigator.onLine ? [PING_EVERY_MS, PONG_DEADLINE_MS] : [OFFLINE_PING_EVERY_MS, OFFLINE_PONG_DEADLINE_MS];
		this.#send('ping');
		this.#after('pong', deadline, () => this.#ended());
		this.#after('ping', every, () => this.#ping());
	}

	#send(text) {
		if (this.#socket?.readyState === WebSocket.OPEN) {
			this.#socket.send(text);
		}
	}
}
