/* The bridges' questions; see bridge.h. */
#include "config.h"

#include "fcgi/bridge.h"

#include "fcgi/exchange.h"
#include "fcgi/metrics.h"
#include "fcgi/route.h"
#include "lib/clock.h"

#include <string.h>

/* A user_id that is missing or no number is nobody's: text here, judged by own_id(). */
const struct field socket_fields[] = {
	{ "user_id", FIELD_CURSOR },
	{ "cursor", FIELD_CURSOR },
	{ 0 },
};

const struct field refresh_fields[] = {
	{ "what", FIELD_CHOICE, .required = true, .choices = "quota pending state" },
	{ 0 },
};

static bool
is_id(const char *s)
{
	int64_t id;

	return s != NULL && str_to_i64(s, strlen(s), 1, INT64_MAX, &id);
}

/* The status by which this web server is told yes: nginx wants a 2xx, Apache an error for which it has a page. */
static int
handshake_status(const struct exchange *x)
{
	const char *given = exchange_param(x, "BOOKREQ_HANDSHAKE");
	int64_t status;

	return str_to_i64(given, strlen(given), 200, 499, &status) ? (int)status : 204;
}

void
handle_handshake(struct exchange *x)
{
	const char *params[5];
	int n = exchange_caller(x, "any", params);

	if (!is_id(x->values.at[0])) {
		exchange_fail(x, PROBLEM_FORBIDDEN, "The address needs user_id, the id of the user who is logged in.");
		return;
	}
	params[n++] = x->values.at[0];
	if (!db_call(x->db, "ws_handshake", n, params, &x->answer, &x->problem)) {
		exchange_refuse(x);
		return;
	}
	x->status = handshake_status(x);
	buf_adds(&x->headers, "X-Bookreq-Channels: ");
	buf_add(&x->headers, x->answer.body.p, x->answer.body.len);
	buf_adds(&x->headers, "\r\n");
}

/* How long to stay away, by code; 0 stands for null: do not come back with these credentials. */
static int64_t
retry_ms(enum problem_code code)
{
	switch (code) {
	case PROBLEM_UNAVAILABLE: return clock_jitter(1000, 10000);
	case PROBLEM_EPOCH_CHANGED:
	case PROBLEM_GOING_AWAY: return clock_jitter(100, 2000);
	default: return 0;
	}
}

void
bridge_refuse(struct exchange *x)
{
	int64_t retry = retry_ms(x->problem.code);

	x->status = problem_status(x->problem.code);
	x->content_type = "text/plain; charset=utf-8";
	buf_clear(&x->content);
	buf_addf(&x->content, "{\"type\":\"error\",\"code\":\"%s\",\"message\":", problem_name(x->problem.code));
	buf_add_json(&x->content, buf_str(&x->problem.detail), x->problem.detail.len);
	if (retry > 0)
		buf_addf(&x->content, ",\"retry_ms\":%lld}\n", (long long)retry);
	else
		buf_adds(&x->content, ",\"retry_ms\":null}\n");
}

/* How many events an answer carries: lines `frame CURSOR JSON`, where `-` and `=` stand for no event's cursor. */
static uint64_t
count_events(struct span body)
{
	static const char mark[] = "\nframe ";
	const char *end = body.p + body.len, *at = body.p;
	uint64_t n = 0;

	while (at != NULL && (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL) {
		at += sizeof mark - 1;
		n += at < end && *at != '-' && *at != '=';
	}
	return n;
}

void
handle_bridge(struct exchange *x)
{
	const char *params[4 + FIELD_MAX];
	int n = exchange_caller(x, "any", params);
	size_t i;

	for (i = 0; i < x->values.count; i++)
		params[n++] = x->values.at[i];
	if (!db_call(x->db, x->route->function, n, params, &x->answer, &x->problem)) {
		bridge_refuse(x);
		return;
	}
	metrics_add(x->metrics, METRIC_EVENTS_REPLAYED, count_events(x->answer.body));
	x->status = x->answer.status;
	x->content_type = "text/plain; charset=utf-8";
}

void
handle_bridge_open(struct exchange *x)
{
	if (is_id(x->values.at[0])) {
		handle_bridge(x);
		return;
	}
	problem_set(&x->problem, PROBLEM_FORBIDDEN, "The address needs user_id, the id of the user who is logged in.");
	bridge_refuse(x);
}
