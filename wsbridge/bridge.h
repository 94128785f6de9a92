/*
 * One connection: brings together the client, the feed, Redis and the application, and knows what is due when. bridge_turn() and the
 * input functions do what can be done now; the caller polls and calls again.
 */
#ifndef BOOKREQ_WSBRIDGE_BRIDGE_H
#define BOOKREQ_WSBRIDGE_BRIDGE_H

#include "lib/conf.h"
#include "wsbridge/app.h"
#include "wsbridge/channels.h"
#include "wsbridge/client.h"
#include "wsbridge/command.h"
#include "wsbridge/feed.h"

#include <stdbool.h>
#include <stdint.h>

#define BRIDGE_ASKS CLIENT_RATE /* refreshes that wait for the application */

enum bridge_stage {
	BRIDGE_JOINING, /* subscribing to what the handshake check named */
	BRIDGE_OPENED,  /* the application answered; subscribing to what it named instead */
	BRIDGE_LIVE,
	BRIDGE_ENDED
};

struct bridge {
	const struct conf *conf;
	enum bridge_stage stage;
	struct client client;
	struct channels channels;
	struct app app;
	struct watch watch;
	struct feed feed;
	char *query; /* the handshake's; NULL once it was asked */
	unsigned char asks[BRIDGE_ASKS]; /* enum command: refreshes that wait, in their order */
	size_t n_asks;
	int64_t tidy_after_ms; /* how long it must be quiet before memory goes back */
	/* clock, all of them */
	int64_t heartbeat_ms; /* next heartbeat */
	int64_t poll_ms;      /* next question while Redis is away */
	int64_t retry_ms;     /* no question to the application before */
	int64_t backoff_ms;   /* wait after its next failure */
	int64_t hole_ms;      /* until when what is missing may still come by itself; 0: nothing is missing */
	int64_t calm_ms;      /* no question because of a gap before: the last one found nothing */
	int64_t ping_ms;      /* next ping if the client stays silent */
	int64_t tidy_ms;      /* when memory goes back; 0: there is none to give */
};

/*
 * The connection whose handshake is in the environment (CGI variables, as websocketd sets them), which is not needed any more after this. False
 * (errno) when the descriptors cannot be used or memory ran out.
 */
bool bridge_init(struct bridge *b, const struct conf *conf, int in, int out) __attribute__((warn_unused_result));
void bridge_free(struct bridge *b);

/* Something can be read from the client, from Redis. */
void bridge_read_client(struct bridge *b);
void bridge_read_redis(struct bridge *b);
/* Does what is due, and writes what the client takes. */
void bridge_turn(struct bridge *b);
/* When bridge_turn() is due again by itself. */
int64_t bridge_due(const struct bridge *b);
/* The operator ends the program: says so to the client. */
void bridge_end(struct bridge *b);

#endif
