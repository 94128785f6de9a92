/* One request and its response: what the web server sent, who asks, and the answer being made. */
#ifndef BOOKREQ_EXCHANGE_H
#define BOOKREQ_EXCHANGE_H

#include "fcgi/db.h"
#include "fcgi/field.h"
#include "fcgi/form.h"
#include "fcgi/problem.h"
#include "fcgi/publish.h"
#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/token.h"

#include <stdbool.h>
#include <stdint.h>

#define REQUEST_ID_MAX 64

struct FCGX_Request;
struct metrics;
struct route;

enum method { METHOD_GET = 1, METHOD_POST = 2, METHOD_DELETE = 4, METHOD_OPTIONS = 8, METHOD_OTHER = 16 };

/* How the client shows who it is. A browser sends cookies and REMOTE_USER's credentials by itself, a bearer token never. */
enum credential_kind { CREDENTIAL_NONE, CREDENTIAL_COOKIE, CREDENTIAL_BEARER, CREDENTIAL_REMOTE };

struct credential {
	enum credential_kind kind;
	char creator[24];                          /* decimal, "" for CREDENTIAL_REMOTE and _NONE */
	char hash[2 + 2 * TOKEN_HASH_SIZE + 1];    /* bytea as text, "" likewise */
	const char *remote_user;                   /* the web server's, else NULL; also beside a cookie, which may have died */
};

struct exchange {
	/* the worker's, not owned */
	const struct conf *conf;
	struct db *db;
	struct publisher *publisher;
	struct metrics *metrics;
	char **params; /* FastCGI parameters, "NAME=value" */

	/* the request */
	enum method method;
	bool head;         /* HEAD, handled as GET */
	const struct route *route;
	int64_t id;        /* the path's id, 0 where the route has none */
	struct buf path;   /* decoded, without a trailing slash */
	struct buf query;  /* raw; form points into it */
	struct buf body;   /* raw; form points into it */
	struct form form;
	struct values values;
	struct credential credential;
	char request_id[REQUEST_ID_MAX + 1];
	struct problem problem; /* the first thing wrong with the request */

	/* the response */
	int status;
	const char *content_type; /* static; NULL without a body */
	struct buf headers;       /* further header lines, each with its CRLF */
	struct buf content;       /* the body, unless `answer` has it */
	struct answer answer;     /* what the database said */
};

/* The FastCGI parameter's value, NULL or "" where it is missing. Owned by the web server's request. */
const char *exchange_find_param(const struct exchange *x, const char *name);
const char *exchange_param(const struct exchange *x, const char *name);

/* Ends the exchange with the refusal in x->problem. */
void exchange_refuse(struct exchange *x);
/* Sets x->problem and ends with it. */
void exchange_fail(struct exchange *x, enum problem_code code, const char *detail);
/* Ends with what the database said: its status and JSON. */
void exchange_answer(struct exchange *x);

/*
 * The parameters that every authenticated bookreq_api function begins with: creator, token, remote user, role.
 * Returns their number. The strings are the exchange's.
 */
int exchange_caller(const struct exchange *x, const char *role, const char **params);

/* Serves one request from its parameters and input to a finished response. */
void exchange_serve(struct exchange *x, struct FCGX_Request *fcgi);

#endif
