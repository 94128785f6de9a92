/* The route table: method, path, role, fields and handler of every endpoint, in one place. */
#ifndef BOOKREQ_ROUTE_H
#define BOOKREQ_ROUTE_H

#include "fcgi/exchange.h"
#include "fcgi/field.h"

enum role { ROLE_NOBODY, ROLE_ANY, ROLE_ADMIN, ROLE_CREATOR };

enum route_flag {
	ROUTE_KEY = 1,     /* takes an Idempotency-Key */
	ROUTE_BRIDGE = 2,  /* exists for bridges only */
	ROUTE_LENIENT = 4, /* a query that cannot be decoded is taken as it stands */
	ROUTE_PAGE = 8,    /* refuses a page of another origin whatever the credential: browsers send no preflight here */
	ROUTE_LOGIN = 16,  /* makes a session: refuses another origin where the client names one */
	ROUTE_UPGRADE = 32 /* the web server's question before an upgrade: a client that asks by itself has not understood */
};

struct route {
	enum method method;
	const char *path;            /* ":id" stands for a positive integer */
	enum role role;              /* ROLE_NOBODY: needs no session */
	const struct field *fields;  /* of the query (GET) or the body; NULL for none */
	const char *function;        /* of bookreq_api, for the handler */
	void (*handle)(struct exchange *x);
	unsigned flags;
};

/*
 * Finds the route. NULL when the path is unknown (*allowed 0) or has no such method (*allowed: the methods it has).
 * OPTIONS finds none, with *allowed.
 */
const struct route *route_find(enum method method, const char *path, bool bridge, int64_t *id, unsigned *allowed);
/* The name that bookreq_api knows the role by. */
const char *role_name(enum role role);
/* Row `i` of the table, NULL behind its end; and the row of a route, METRICS_NO_ROUTE for NULL. */
const struct route *route_at(size_t i);
size_t route_index(const struct route *r);

/* Calls the route's function with caller, key, id and fields, publishes, and answers: all that most routes do. */
void handle_call(struct exchange *x);

#endif
