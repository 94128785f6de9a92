/* Words for what the API says in codes. */

export const STATUS_NAMES = {
	pending: 'Pending', approved: 'Approved', fulfilled: 'Fulfilled', rejected: 'Rejected',
};

/* A request's status in the words of who asked. */
export function statusInWords(request) {
	switch (request.status) {
	case 'pending':
		return request.accepted_by_id === null ? 'Waiting for review' : 'Being looked into';
	case 'approved':
		return 'Approved';
	case 'fulfilled':
		return 'Ready';
	case 'rejected':
		return 'Not approved';
	default:
		return request.status;
	}
}

/* The same as a filter. */
export const STATUS_FILTERS = { pending: 'Waiting', approved: 'Approved', fulfilled: 'Ready', rejected: 'Not approved' };

export function monthName(monthYear) {
	const [year, month] = monthYear.split('-').map(Number);
	return new Date(Date.UTC(year, month - 1, 1)).toLocaleString('en-GB', {
		month: 'long', year: 'numeric', timeZone: 'UTC',
	});
}

/* Whether a text, such as from the URL, names a month. */
export function isMonth(text) {
	return /^\d{4}-(0[1-9]|1[0-2])$/.test(text ?? '');
}

/* Whether it may be somebody's id. */
export function isId(text) {
	return /^[1-9]\d{0,17}$/.test(text ?? '');
}

/* The current month and those before it, newest first, and one more that is looked at. */
export function lastMonths(current, also = null) {
	const [year, month] = current.split('-').map(Number);
	const months = Array.from({ length: 12 }, (_, back) => new Date(Date.UTC(year, month - 1 - back, 1)).toISOString().slice(0, 7));
	return also === null || months.includes(also) ? months : [...months, also];
}

/* The day on which the next month's quota comes. Months are the server's, in UTC. */
export function renewalDay(monthYear) {
	const [year, month] = monthYear.split('-').map(Number);
	return new Date(Date.UTC(year, month, 1)).toLocaleString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
}

export function plural(n, one, many) {
	return `${n} ${n === 1 ? one : many}`;
}

export function quotaInWords(quota) {
	const { requests_allowed: allowed, requests_remaining: left } = quota;
	const renewal = renewalDay(quota.current_month);
	if (allowed === 0) {
		return 'Your tier includes no book requests.';
	}
	if (left === 0) {
		return `None left. ${allowed === 1 ? 'The next comes' : 'New ones come'} on ${renewal}.`;
	}
	return `${left} of ${allowed} left, renews on ${renewal}`;
}

/* What another admin did to a request between two versions of it. */
export function rivalInWords(before, now, nameOf) {
	if (now.response_date !== before.response_date && now.responder !== null) {
		return `${now.responder.username} was faster: it is now ${now.status}.`;
	}
	if (now.accepted_at !== before.accepted_at) {
		return `${nameOf(now.accepted_by_id)} accepted it in the meantime.`;
	}
	if (now.user_reply !== before.user_reply) {
		return `${now.user.username} replied in the meantime.`;
	}
	return `It changed in the meantime and is now ${now.status}.`;
}

/* What a frame's action means to an admin who sees it arrive. */
export function arrivalInWords(action, request) {
	switch (action) {
	case 'created':
		return `${request.user.username} asks for “${request.title}”.`;
	case 'reply_added':
		return `${request.user.username} replied about “${request.title}”.`;
	default:
		return null;
	}
}

export function mayReply(request) {
	return request.response_date !== null && request.status !== 'rejected' && request.user_reply === null;
}

/* Why there is no reply box. */
export function whyNoReply(request) {
	if (request.user_reply !== null) {
		return 'You have replied. One reply is possible.';
	}
	if (request.status === 'rejected') {
		return 'A request that was not approved takes no reply. You can ask again, with more about the book.';
	}
	return 'As soon as somebody has answered, you can reply here.';
}
