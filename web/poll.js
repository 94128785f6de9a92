/*
 * The same delivery without a WebSocket: asks for what came after the cursor, again and again. It begins by itself while no
 * socket comes up, and ends with the first that does.
 */

import { api, ApiError } from './api.js';

const BEGIN_AFTER_MS = 3000;
const EVERY_MS = 4000;

export class Poll {
	#callbacks;
	#run = 0; /* what an older run brings is not used */
	#timer = null;

	/*
	 * callbacks: cursor() gives the position to go on from, or null; onAnswer({cursor, recovered, messages}) acts on it all
	 * and keeps its cursor; onFailed(error): asking does not work either.
	 */
	constructor(callbacks) {
		this.#callbacks = callbacks;
	}

	get running() {
		return this.#timer !== null;
	}

	start() {
		if (!this.running) {
			this.#next(++this.#run, BEGIN_AFTER_MS);
		}
	}

	stop() {
		this.#run++;
		clearTimeout(this.#timer);
		this.#timer = null;
	}

	#next(run, wait) {
		this.#timer = setTimeout(() => this.#ask(run), wait * (0.75 + Math.random() / 2));
	}

	async #ask(run) {
		let wait = EVERY_MS;
		try {
			const answer = await api.events(this.#callbacks.cursor());
			if (run === this.#run) {
				this.#callbacks.onAnswer(answer);
				wait = answer.messages.length > 0 ? 0 : EVERY_MS;
			}
		} catch (error) {
			if (!(error instanceof ApiError)) {
				throw error;
			}
			if (run === this.#run) {
				wait = error.retryAfterMs ?? 2 * EVERY_MS;
				this.#callbacks.onFailed(error);
			}
		}
		if (run === this.#run) {
			this.#next(run, wait);
		}
	}
}
