/*
 * The subscription to Redis. Redis may be away or frozen at any time: then this reconnects by itself, and says so, because messages
 * were missed. Apart from connecting (CONNECT_MS at most) nothing blocks.
 */
#ifndef BOOKREQ_WSBRIDGE_CHANNELS_H
#define BOOKREQ_WSBRIDGE_CHANNELS_H

#include "lib/redis.h"
#include "lib/str.h"
#include "lib/watch.h"
#include "wsbridge/names.h"

#include <stdbool.h>
#include <stdint.h>

enum channels_state {
	CHANNELS_IDLE,    /* nothing to subscribe to, or no Redis is configured */
	CHANNELS_AWAY,    /* no connection: the next attempt comes when it is due */
	CHANNELS_JOINING, /* acknowledgements are to come */
	CHANNELS_LIVE     /* subscribed to all that is wanted, and to nothing else */
};

struct channels {
	const char *url, *prefix;   /* not owned */
	struct names wanted;
	enum channels_state state;
	struct redis_dial dial;
	struct redisContext *redis; /* NULL unless joining or live */
	struct redisReply *reply;   /* what channels_next() returned points into it; NULL for none */
	unsigned acks;              /* that are to come */
	bool counting;              /* count the user's subscribers just before subscribing */
	int64_t subscribers;        /* of the user's channel before us, in the whole system; -1: not known */
	const struct watch *watch;  /* whether another process watches Redis; not owned */
	bool watched;               /* it does */
	int64_t heard_ms;           /* clock: at the last byte from Redis */
	int64_t check_ms;           /* clock: when to make sure that Redis is alive; live only */
	int64_t deadline_ms;        /* clock: until when an acknowledgement or a pong must have come; 0: none is to come */
	int64_t retry_ms;           /* clock: when to connect again */
	int64_t backoff_ms;         /* wait before the attempt after that */
	bool joined, lost;          /* happened; the reader clears them */
};

void channels_init(struct channels *c, const char *url, const char *prefix, const struct watch *watch);
void channels_free(struct channels *c);
/* From here on `names` are subscribed to; goes through JOINING, also where nothing changes. */
void channels_want(struct channels *c, const struct names *names, int64_t now_ms);
/* The same on a new connection, where the user's subscribers are counted first. */
void channels_begin(struct channels *c, const struct names *names, int64_t now_ms);
/* Does what is due: connecting, pinging, giving up on a silent Redis. */
void channels_step(struct channels *c, int64_t now_ms);
/* When channels_step() has something to do; INT64_MAX: not by itself. */
int64_t channels_due(const struct channels *c);
/* The descriptor to poll for input, -1 for none. */
int channels_fd(const struct channels *c);
/* The descriptor whose POLLHUP says that nobody watches Redis for us any more, -1 for none; and what to do then. */
int channels_watch_fd(const struct channels *c);
void channels_unwatched(struct channels *c, int64_t now_ms);
/* Reads once; afterwards channels_next() must be called until it has nothing: poll() does not know what was read already. */
void channels_read(struct channels *c, int64_t now_ms);
/* The next message, good until the next call of any of these. */
bool channels_next(struct channels *c, int64_t now_ms, struct span *message) __attribute__((warn_unused_result));

#endif
