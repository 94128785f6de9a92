/* A worker's connection to PostgreSQL, every wait with a deadline: through the servers of the URL in turn, each with its part of the time. */
#ifndef BOOKREQ_FCGI_CONNECTION_H
#define BOOKREQ_FCGI_CONNECTION_H

#include "fcgi/hosts.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct conf;

/* What the server and its pg_stat_activity know us by between calls. */
#define CONNECTION_NAME "bookreq"

struct connection {
	const struct conf *conf;
	struct hosts hosts;      /* of the URL */
	PGconn *pg;              /* NULL while there is none */
	int64_t clock_offset_ms; /* the database's clock (Unix epoch) minus our monotonic one */
	int64_t retry_ms;        /* clock: before which no new connection is tried */
};

void connection_init(struct connection *c, const struct conf *conf);
void connection_free(struct connection *c);
/*
 * Makes sure that there is one; *anew when it is another than before, without what was prepared on the last. False, after a line in the log,
 * when no server can be reached now.
 */
bool connection_ensure(struct connection *c, bool *anew) __attribute__((warn_unused_result));
/* Gives it up; there may be none. */
void connection_drop(struct connection *c);
/* The last result of the command that was sent, to be cleared; NULL when the deadline (clock) passed. */
PGresult *connection_finish(struct connection *c, int64_t deadline_ms);

#endif
