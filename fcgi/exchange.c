/*
 * The way of one request; see exchange.h. What is wrong with a request is found in the order of SPEC section 9, and the
 * first fault is kept in x->problem. A fault that comes after 401 and 403 is told only to who passes those, so then the
 * one call to the database is `authorize` instead of the route's function.
 */
#include "config.h"

#include "fcgi/exchange.h"

#include "fcgi/auth.h"
#include "fcgi/bridge.h"
#include "fcgi/metrics.h"
#include "fcgi/origin.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/route.h"
#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/log.h"
#include "lib/str.h"

#include <fcgiapp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LOGGED_PATH_BYTES 1024

/* As FCGX_GetParam() does, but most of the two dozen parameters are told apart by their first character. */
const char *
exchange_find_param(const struct exchange *x, const char *name)
{
	size_t len = strlen(name);
	char *const *p;

	for (p = x->params; p != NULL && *p != NULL; p++)
		if (**p == *name && strncmp(*p, name, len) == 0 && (*p)[len] == '=')
			return *p + len + 1;
	return NULL;
}

const char *
exchange_param(const struct exchange *x, const char *name)
{
	const char *value = exchange_find_param(x, name);

	return value != NULL ? value : "";
}

/* The seconds that the database asks a client to wait; one where it does not say. */
static int64_t
retry_after(const struct buf *extra)
{
	static const char name[] = "\"retry_after\":";
	size_t skip = sizeof name - 1;
	int64_t seconds;

	if (str_starts(buf_str(extra), name) && str_to_i64(extra->data + skip, extra->len - skip, 1, 86400, &seconds))
		return seconds;
	return 1;
}

void
exchange_refuse(struct exchange *x)
{
	x->status = problem_status(x->problem.code);
	x->content_type = "application/problem+json";
	buf_clear(&x->content);
	problem_json(&x->problem, &x->content);
	if (x->problem.code == PROBLEM_TOO_MANY_ATTEMPTS || x->problem.code == PROBLEM_UNAVAILABLE)
		buf_addf(&x->headers, "Retry-After: %lld\r\n", (long long)retry_after(&x->problem.extra));
	if (x->problem.code == PROBLEM_UNAUTHENTICATED)
		buf_adds(&x->headers, "WWW-Authenticate: Bearer realm=\"bookreq\"\r\n");
}

void
exchange_fail(struct exchange *x, enum problem_code code, const char *detail)
{
	problem_set(&x->problem, code, detail);
	exchange_refuse(x);
}

void
exchange_answer(struct exchange *x)
{
	if (x->answer.publish.p != NULL)
		FAULT("worker.after_commit");
	publish_answer(x->publisher, &x->answer);
	if (x->answer.publish.p != NULL)
		FAULT("worker.after_publish");
	x->status = x->answer.status;
	x->content_type = x->answer.body.p != NULL ? "application/json" : NULL;
	if (x->answer.replayed)
		buf_adds(&x->headers, "Idempotency-Replayed: true\r\n");
}

int
exchange_caller(const struct exchange *x, const char *role, const char **params)
{
	const struct credential *c = &x->credential;

	params[0] = c->creator[0] != '\0' ? c->creator : NULL;
	params[1] = c->hash[0] != '\0' ? c->hash : NULL;
	params[2] = c->remote_user;
	params[3] = role;
	return 4;
}

/* SHA-256 over path and checked fields: what makes two requests the same under one Idempotency-Key. All that take one are POSTs. */
static void
hash_request(const struct exchange *x, char hex[2 + 2 * crypto_hash_sha256_BYTES + 1])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	size_t i;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const unsigned char *)x->path.data, x->path.len + 1);
	for (i = 0; i < x->values.count; i++) {
		const char *value = x->values.at[i];

		/* a NUL ends each value, which has none itself; absence differs from everything */
		if (value != NULL)
			(void)crypto_hash_sha256_update(&state, (const unsigned char *)value, strlen(value));
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)(value != NULL ? "\0v" : "\0a"), 2);
	}
	(void)crypto_hash_sha256_final(&state, hash);
	memcpy(hex, "\\x", 2);
	(void)sodium_bin2hex(hex + 2, 2 * sizeof hash + 1, hash, sizeof hash);
}

void
handle_call(struct exchange *x)
{
	const char *params[4 + 2 + 1 + FIELD_MAX], *key = exchange_param(x, "HTTP_IDEMPOTENCY_KEY");
	char hex[2 + 2 * crypto_hash_sha256_BYTES + 1], id[24];
	int n = exchange_caller(x, role_name(x->route->role), params);
	size_t i;

	if ((x->route->flags & ROUTE_KEY) != 0) {
		if (key[0] != '\0')
			hash_request(x, hex);
		params[n++] = key[0] != '\0' ? key : NULL;
		params[n++] = key[0] != '\0' ? hex : NULL;
	}
	if (x->id != 0) {
		(void)snprintf(id, sizeof id, "%lld", (long long)x->id);
		params[n++] = id;
	}
	for (i = 0; i < x->values.count; i++)
		params[n++] = x->values.at[i];
	if (db_call(x->db, x->route->function, n, params, &x->answer, &x->problem)) {
		exchange_answer(x);
		return;
	}
	/* the connection may have been lost between the commit and its answer */
	if (x->problem.code == PROBLEM_UNAVAILABLE)
		publish_owe(x->publisher);
	exchange_refuse(x);
}

/* The CSRF check: whether a browser may have been made to send this by a page that is not ours. */
static bool
is_cross_origin(const struct exchange *x)
{
	enum origin origin = origin_of(x);
	bool ambient = x->credential.kind == CREDENTIAL_COOKIE || x->credential.kind == CREDENTIAL_REMOTE;

	if ((x->route->flags & (ROUTE_PAGE | ROUTE_LOGIN)) != 0)
		return origin == ORIGIN_OTHER;
	return ambient && x->method != METHOD_GET && origin != ORIGIN_SAME;
}

static void
refuse(struct exchange *x)
{
	if ((x->route->flags & ROUTE_BRIDGE) != 0)
		bridge_refuse(x);
	else
		exchange_refuse(x);
}

/* Asks the database for 401 and 403 alone; on success the fault that was found before is the answer. */
static void
refuse_after_login(struct exchange *x, enum role role)
{
	const char *params[4];
	struct problem found = x->problem;
	int n = exchange_caller(x, role_name(role), params);

	problem_init(&x->problem);
	if (db_call(x->db, "authorize", n, params, &x->answer, &x->problem)) {
		answer_free(&x->answer);
		problem_free(&x->problem);
		x->problem = found;
	} else {
		problem_free(&found);
	}
	refuse(x);
}

static void
dispatch(struct exchange *x)
{
	bool cross = is_cross_origin(x);

	if (x->route->role != ROLE_NOBODY && x->credential.hash[0] == '\0' && x->credential.remote_user == NULL) {
		problem_set(&x->problem, PROBLEM_UNAUTHENTICATED, "Please log in.");
		refuse(x);
		return;
	}
	if (cross)
		problem_set(&x->problem, PROBLEM_CROSS_ORIGIN, "This request comes from a page of another site.");
	if (x->problem.code == PROBLEM_NONE)
		x->route->handle(x);
	else if (x->route->role == ROLE_NOBODY)
		refuse(x);
	else
		refuse_after_login(x, cross ? ROLE_ANY : x->route->role);
}

static void
add_allow(struct exchange *x, unsigned allowed)
{
	buf_addf(&x->headers, "Allow: %s%s%sOPTIONS\r\n", (allowed & METHOD_GET) != 0 ? "GET, HEAD, " : "", (allowed & METHOD_POST) != 0 ? "POST, " : "", (allowed & METHOD_DELETE) != 0 ? "DELETE, " : "");
}

/*
 * The path is unknown, or known with other methods. A bridge's question of another version gets an answer that ends the connection, so that the
 * client comes back to another bridge, or another worker.
 */
static void
serve_without_route(struct exchange *x, unsigned allowed)
{
	if (exchange_param(x, "BOOKREQ_BRIDGE")[0] != '\0') {
		problem_set(&x->problem, PROBLEM_GOING_AWAY, "The server is being upgraded.");
		bridge_refuse(x);
		return;
	}
	if (allowed == 0) {
		exchange_fail(x, PROBLEM_NOT_FOUND, "There is nothing at this address.");
		return;
	}
	if (x->method == METHOD_OPTIONS)
		x->status = 204;
	else
		exchange_fail(x, PROBLEM_METHOD_NOT_ALLOWED, "This address does not know that method.");
	add_allow(x, allowed);
}

static void
init(struct exchange *x, FCGX_Request *fcgi)
{
	x->params = fcgi->envp;
	x->status = 503;
	buf_init(&x->path, REQUEST_PATH_MAX);
	buf_init(&x->query, REQUEST_QUERY_MAX);
	buf_init(&x->body, REQUEST_BODY_MAX);
	buf_init(&x->headers, 4096);
	buf_init(&x->content, 1024 * 1024);
	form_init(&x->form);
	values_init(&x->values);
	problem_init(&x->problem);
}

static void
clean(struct exchange *x)
{
	answer_free(&x->answer);
	values_free(&x->values);
	form_free(&x->form);
	problem_free(&x->problem);
	buf_free(&x->path);
	buf_free(&x->query);
	buf_free(&x->body);
	buf_free(&x->headers);
	buf_free(&x->content);
}

/* One line a request; those of the bridges, which ask about every idle socket, only for who looks for them. */
static void
log_exchange(const struct exchange *x, int64_t took)
{
	bool bridge = x->route != NULL && (x->route->flags & ROUTE_BRIDGE) != 0;
	const char *uri = exchange_param(x, "REQUEST_URI");
	char path[LOGGED_PATH_BYTES];
	struct log_request r = { exchange_param(x, "REQUEST_METHOD"), path, x->status, x->status >= 400 ? problem_name(x->problem.code) : "", took };

	/* as it came, without the query: what was decoded could look like the rest of the line */
	(void)snprintf(path, sizeof path, "%.*s", (int)strcspn(uri, "?"), uri);
	log_context(x->request_id, db_user(x->db));
	log_request(x->status >= 500 ? LOG_LEVEL_WARN : bridge ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, &r);
}

/* Bridges have routes of their own, in the version that they say (docs/design.md, "Bridge → application"). */
static const struct route *
find_route(struct exchange *x, unsigned *allowed)
{
	const char *bridge = exchange_param(x, "BOOKREQ_BRIDGE");

	if (bridge[0] != '\0' && strcmp(bridge, "1") != 0)
		return NULL;
	return route_find(x->method, x->path.data, bridge[0] != '\0', &x->id, allowed);
}

void
exchange_serve(struct exchange *x, FCGX_Request *fcgi)
{
	int64_t start = clock_us(), took;
	unsigned allowed = 0;
	bool known;

	init(x, fcgi);
	known = request_read(x, fcgi->in);
	log_context(x->request_id, "");
	db_begin(x->db, x->request_id);
	if (known)
		x->route = find_route(x, &allowed);
	if (x->route == NULL) {
		serve_without_route(x, allowed);
	} else {
		auth_read_credential(x);
		request_check(x);
		dispatch(x);
	}
	response_send(x, fcgi->out);
	took = clock_us() - start;
	metrics_request(x->metrics, route_index(x->route), x->status, took);
	log_exchange(x, took);
	FCGX_Finish_r(fcgi); /* frees the parameters */
	publish_settle(x->publisher);
	log_context("", "");
	db_begin(x->db, NULL);
	clean(x);
}
