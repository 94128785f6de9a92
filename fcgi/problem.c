/* The refusals of the API; see problem.h. */
#include "config.h"

#include "fcgi/problem.h"

#include <string.h>

#define DETAIL_MAX 1000
#define EXTRA_MAX (512 * 1024)

struct row {
	const char *name;
	int status;
	const char *sqlstate; /* "" where the database never says it */
	const char *title;
};

static const struct row rows[] = {
	[PROBLEM_NONE] = { "none", 200, "", "No problem" },
	[PROBLEM_BAD_REQUEST] = { "bad_request", 400, "", "The request cannot be read" },
	[PROBLEM_UNAUTHENTICATED] = { "unauthenticated", 401, "BR101", "Not logged in" },
	[PROBLEM_INVALID_CREDENTIALS] = { "invalid_credentials", 401, "BR102", "Wrong name or password" },
	[PROBLEM_FORBIDDEN] = { "forbidden", 403, "BR201", "Not allowed" },
	[PROBLEM_NOT_OWNER] = { "not_owner", 403, "BR202", "Not yours" },
	[PROBLEM_QUOTA_EXCEEDED] = { "quota_exceeded", 403, "BR203", "No book requests left this month" },
	[PROBLEM_CROSS_ORIGIN] = { "cross_origin", 403, "", "Request from another site" },
	[PROBLEM_NOT_FOUND] = { "not_found", 404, "BR301", "Not found" },
	[PROBLEM_METHOD_NOT_ALLOWED] = { "method_not_allowed", 405, "", "Method not allowed" },
	[PROBLEM_ALREADY_ACCEPTED] = { "already_accepted", 409, "BR401", "Already accepted" },
	[PROBLEM_NOT_APPROVED] = { "not_approved", 409, "BR402", "Not approved" },
	[PROBLEM_NO_RESPONSE_YET] = { "no_response_yet", 409, "BR403", "No response yet" },
	[PROBLEM_REQUEST_REJECTED] = { "request_rejected", 409, "BR404", "The request was rejected" },
	[PROBLEM_ALREADY_REPLIED] = { "already_replied", 409, "BR405", "Already replied" },
	[PROBLEM_DUPLICATE_REQUEST] = { "duplicate_request", 409, "BR406", "Already requested" },
	[PROBLEM_STALE] = { "stale", 409, "BR407", "Changed by somebody else" },
	[PROBLEM_EPOCH_CHANGED] = { "epoch_changed", 409, "BR701", "The database was replaced" },
	[PROBLEM_GOING_AWAY] = { "going_away", 410, "BR702", "The position cannot be continued from" },
	[PROBLEM_TOO_LARGE] = { "too_large", 413, "", "Body too large" },
	[PROBLEM_UNSUPPORTED_MEDIA_TYPE] = { "unsupported_media_type", 415, "", "Unsupported content type" },
	[PROBLEM_INVALID] = { "invalid", 422, "BR501", "Invalid fields" },
	[PROBLEM_IDEMPOTENCY_MISMATCH] = { "idempotency_mismatch", 422, "BR502", "The key belongs to another request" },
	[PROBLEM_TOO_MANY_ATTEMPTS] = { "too_many_attempts", 429, "BR601", "Too many attempts" },
	[PROBLEM_UNAVAILABLE] = { "unavailable", 503, "", "Temporarily unavailable" },
};

#define N_ROWS (sizeof rows / sizeof rows[0])

void
problem_init(struct problem *p)
{
	p->code = PROBLEM_NONE;
	buf_init(&p->detail, DETAIL_MAX);
	buf_init(&p->extra, EXTRA_MAX);
}

void
problem_free(struct problem *p)
{
	buf_free(&p->detail);
	buf_free(&p->extra);
	p->code = PROBLEM_NONE;
}

void
problem_set(struct problem *p, enum problem_code code, const char *detail)
{
	p->code = code;
	buf_clear(&p->detail);
	buf_clear(&p->extra);
	buf_adds(&p->detail, detail);
}

int
problem_status(enum problem_code code)
{
	return rows[code].status;
}

const char *
problem_name(enum problem_code code)
{
	return rows[code].name;
}

enum problem_code
problem_from_sqlstate(const char *sqlstate)
{
	size_t i;

	if (strncmp(sqlstate, "BR", 2) == 0)
		for (i = 0; i < N_ROWS; i++)
			if (strcmp(rows[i].sqlstate, sqlstate) == 0)
				return (enum problem_code)i;
	return PROBLEM_UNAVAILABLE;
}

void
problem_json(const struct problem *p, struct buf *out)
{
	const struct row *row = &rows[p->code];

	/* "about:blank" would demand the status's own phrase as title, so each code is a type of its own */
	buf_addf(out, "{\"type\":\"urn:bookreq:problem:%s\",\"title\":\"%s\",\"status\":%d,\"detail\":", row->name, row->title, row->status);
	buf_add_json(out, buf_str(&p->detail), p->detail.len);
	buf_addf(out, ",\"code\":\"%s\"", row->name);
	if (p->extra.len > 0 && buf_ok(&p->extra)) {
		buf_addc(out, ',');
		buf_add(out, p->extra.data, p->extra.len);
	}
	buf_addc(out, '}');
}
