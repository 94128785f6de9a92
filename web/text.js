/* Words for what the API says in codes. */

export const STATUS_NAMES = {
	pending: 'Pending', approved: 'Approved', fulfilled: 'Fulfilled', rejected: 'Rejected',
};

/* What a status means to the subscriber. */
export function statusInWords(request) {
	switch (request.status) {
	case 'pending':
		return request.accepted_by_id === null ? 'Waiting for an answer.' : 'Somebody is looking into it.';
	case 'approved':
		return 'Approved: it will be recorded.';
	case 'fulfilled':
		return 'Done: your book is there.';
	case 'rejected':
		return 'Rejected. It does not count against your quota.';
	default:
		return request.status;
	}
}

export function monthName(monthYear) {
	const [year, month] = monthYear.split('-').map(Number);
	return new Date(Date.UTC(year, month - 1, 1)).toLocaleString('en-GB', {
		month: 'long', year: 'numeric', timeZone: 'UTC',
	});
}

function nextMonthName(monthYear) {
	const [year, month] = monthYear.split('-').map(Number);
	return new Date(Date.UTC(year, month, 1)).toLocaleString('en-GB', { month: 'long', timeZone: 'UTC' });
}

export function plural(n, one, many) {
	return `${n} ${n === 1 ? one : many}`;
}

export function quotaInWords(quota) {
	const { requests_allowed: allowed, requests_remaining: left } = quota;
	if (allowed === 0) {
		return 'Your tier includes no book requests.';
	}
	if (left === 0) {
		return `You have used all of your ${plural(allowed, 'request', 'requests')}. `
			+ `New ones come on 1 ${nextMonthName(quota.current_month)}.`;
	}
	return `You can still ask for ${plural(left, 'book', 'books')} this month.`;
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
