/* What frames do to the store, and which of them are told to the user. */

import { arrivalInWords, plural } from './text.js';

export class Incoming {
	#store;
	#callbacks;
	#membership = null;
	#missed = 0; /* what arrived while catching up, told in one sentence */
	#telling = false;

	/*
	 * callbacks: onUnrecovered(): frames were missed that will not come any more; checkUser(): the user's role may be another now;
	 * onArrival(text, requestId): something for the user happened, requestId may be null.
	 */
	constructor(store, callbacks) {
		this.#store = store;
		this.#callbacks = callbacks;
	}

	/* The connection's state (live.js). */
	liveChanged(state) {
		this.#telling = state === 'live' || state === 'polling';
		if (state === 'live' && this.#missed > 0) {
			this.#callbacks.onArrival(`${plural(this.#missed, 'change', 'changes')} while you were away.`, null);
			this.#missed = 0;
		}
	}

	act(frame) {
		if (frame.cursor !== undefined) {
			this.#checkMembership(frame.cursor);
		}
		switch (frame.type) {
		case 'initial_data':
			this.#store.setQuota(frame.quota);
			this.#store.setPendingCount(frame.pending_count);
			this.#store.setUnread(frame.unread_count);
			if (!frame.recovered) {
				this.#callbacks.onUnrecovered();
			}
			break;
		case 'book_request_update':
			this.#changed(frame);
			break;
		case 'quota_update':
			this.#store.setQuota(frame.quota);
			break;
		case 'pending_count_update':
			this.#store.setPendingCount(frame.pending_count);
			if (!this.#store.isAdmin) {
				this.#callbacks.checkUser();
			}
			break;
		case 'notification':
			this.#notified(frame);
			break;
		default: /* connected, heartbeat, and what later versions may add: the cursor is all there is to them */
		}
	}

	/* All of a cursor but its end names the membership: another one means another role (docs/design.md, "Cursor"). */
	#checkMembership(cursor) {
		const membership = cursor.slice(0, cursor.lastIndexOf('-'));
		if (this.#membership !== null && membership !== this.#membership) {
			this.#callbacks.checkUser();
		}
		this.#membership = membership;
	}

	#arrived(text, requestId) {
		if (text === null) {
			return;
		}
		if (this.#telling) {
			this.#callbacks.onArrival(text, requestId);
		} else {
			this.#missed++;
		}
	}

	#notified({ notification, unread_count: unread }) {
		const known = this.#store.notifications.has(notification.id);
		this.#store.mergeNotifications([notification]);
		this.#store.setUnread(unread);
		if (!known) {
			this.#arrived(notification.message, notification.book_request_id);
		}
	}

	#changed({ book_request: request, action }) {
		const me = this.#store.user.id;
		const own = request.user_id === me;
		if (!own && !this.#store.isAdmin) {
			this.#callbacks.checkUser(); /* an admin's frame: the user has joined the team */
			return;
		}
		const news = this.#store.mergeChange(request) !== request;
		/* The owner, and the admin who answered, get a notification of their own. */
		if (news && !own && !(action === 'reply_added' && request.responded_by_id === me)) {
			this.#arrived(arrivalInWords(action, request), request.id);
		}
	}
}
