/* Connecting to PostgreSQL and waiting for it; see connection.h. */
#include "config.h"

#include "fcgi/connection.h"

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRY_MS 200
#define CONNECT_MS 2000 /* to all servers of the URL together */

void
connection_init(struct connection *c, const struct conf *conf)
{
	*c = (struct connection){ .conf = conf };
	hosts_init(&c->hosts, conf->database_url);
}

void
connection_drop(struct connection *c)
{
	PQfinish(c->pg); /* accepts NULL */
	c->pg = NULL;
}

void
connection_free(struct connection *c)
{
	connection_drop(c);
	hosts_free(&c->hosts);
}

/* Waits until the socket is ready or the deadline (monotonic ms) has passed. */
static bool
wait_socket(PGconn *pg, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = PQsocket(pg), .events = events };
	int64_t left = deadline_ms - clock_ms();

	return p.fd >= 0 && left > 0 && poll(&p, 1, (int)left) > 0;
}

/* The next result; NULL at the end of a command or when the deadline passed (then *late). */
static PGresult *
next_result(PGconn *pg, int64_t deadline_ms, bool *late)
{
	while (PQisBusy(pg)) {
		if (!wait_socket(pg, POLLIN, deadline_ms)) {
			*late = true;
			return NULL;
		}
		if (PQconsumeInput(pg) == 0)
			break; /* PQgetResult makes the error result */
	}
	return PQgetResult(pg);
}

PGresult *
connection_finish(struct connection *c, int64_t deadline_ms)
{
	PGresult *last = NULL, *r;
	bool late = false;

	while ((r = next_result(c->pg, deadline_ms, &late)) != NULL) {
		PQclear(last);
		last = r;
	}
	if (late) {
		PQclear(last);
		return NULL;
	}
	return last;
}

static bool
connect_by(PGconn *pg, int64_t deadline_ms)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (PQstatus(pg) != CONNECTION_BAD && state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
		if (!wait_socket(pg, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms))
			return false;
		state = PQconnectPoll(pg);
	}
	return state == PGRES_POLLING_OK;
}

/*
 * Session settings: durable commits, deadlines inside the server a little before ours, no JIT for calls of a millisecond. The answer is the
 * server's clock, for the deadline that goes with each call.
 */
static bool
set_session(struct connection *c, int64_t deadline_ms)
{
	int64_t before = clock_ms();
	char sql[400];
	PGresult *r;
	bool ok;

	(void)snprintf(sql, sizeof sql,
	    "SET synchronous_commit = on; SET jit = off; SET statement_timeout = %lld; SET lock_timeout = %lld; "
	    "SET client_min_messages = error; SELECT extract(epoch FROM clock_timestamp())::float8",
	    (long long)c->conf->statement_ms, (long long)c->conf->statement_ms);
	if (PQsendQuery(c->pg, sql) == 0)
		return false;
	r = connection_finish(c, deadline_ms);
	ok = PQresultStatus(r) == PGRES_TUPLES_OK;
	if (ok)
		c->clock_offset_ms = (int64_t)(strtod(PQgetvalue(r, 0, 0), NULL) * 1000) - before;
	PQclear(r);
	return ok;
}

static bool
connect_to(struct connection *c, const struct host *h)
{
	/* what stands behind dbname overrides the URL */
	const char *const keys[] = { "dbname", "host", "hostaddr", "port", "application_name", "client_encoding", NULL };
	const char *const values[] = { c->conf->database_url, h->host, h->hostaddr, h->port, CONNECTION_NAME, "UTF8", NULL };
	int64_t deadline_ms = clock_ms() + CONNECT_MS / (int64_t)c->hosts.n;

	c->pg = PQconnectStartParams(keys, values, 1);
	if (c->pg != NULL && connect_by(c->pg, deadline_ms) && set_session(c, deadline_ms))
		return true;
	log_error("cannot connect to the database: %s", c->pg != NULL ? PQerrorMessage(c->pg) : "out of memory");
	connection_drop(c);
	return false;
}

static bool
connect_now(struct connection *c)
{
	size_t i;

	if (clock_ms() < c->retry_ms)
		return false;
	for (i = 0; i < c->hosts.n; i++) {
		if (connect_to(c, &c->hosts.host[c->hosts.first]))
			return true;
		c->hosts.first = (c->hosts.first + 1) % c->hosts.n;
	}
	c->retry_ms = clock_ms() + RETRY_MS;
	return false;
}

/*
 * A server that went away while we were idle has left an end-of-file, or a farewell that libpq would take for a notice. Nothing else is sent
 * to an idle connection of ours but news of settings, so that anything to read costs a new connection.
 */
static bool
still_connected(struct connection *c)
{
	struct pollfd p = { .events = POLLIN };

	if (c->pg == NULL)
		return false;
	p.fd = PQsocket(c->pg);
	return p.fd >= 0 && poll(&p, 1, 0) == 0;
}

bool
connection_ensure(struct connection *c, bool *anew)
{
	*anew = !still_connected(c);
	if (!*anew)
		return true;
	connection_drop(c);
	return connect_now(c);
}
