/* Connecting to Redis by URL, every wait with a deadline. */
#ifndef BOOKREQ_REDIS_H
#define BOOKREQ_REDIS_H

#include <stdbool.h>
#include <stdint.h>

struct redisContext;

/* One user's attempts to connect; zeros before the first. */
struct redis_dial {
	unsigned first;      /* number of the host to begin with */
	unsigned late;       /* attempts in a row that this host let run out of time */
	int64_t deadline_ms; /* clock: where every wait of this attempt ends */
	char why[160];       /* a sentence when it failed */
};

/*
 * Connects within `timeout_ms` (which is also the deadline of each later read and write), authenticates, and returns a
 * context to be freed with redisFree(); NULL on failure, which d->why explains.
 *
 *	unix:///path
 *	redis://[:password@]host[:port][/0]
 *	redis://[:password@]host[:port],host[:port],…[/0]	the first of them that answers and is no replica
 *	sentinel://[:password@]host[:port],…/name		the master of that name, as the first Sentinel that answers says
 *
 * The password is Redis'. A host that let attempts run out of time is passed by from then on.
 */
struct redisContext *redis_open(struct redis_dial *d, const char *url, int64_t timeout_ms);

/* Whether another server may be the right one while a connection to the one before still answers. */
bool redis_may_move(const char *url);

/* Tells the servers of one URL apart. */
uint32_t redis_server(const struct redisContext *c);

#endif
