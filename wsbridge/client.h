/*
 * The client, as websocketd shows it: a line of standard input is a frame from it, a line of standard output one to it. Neither side
 * ever blocks.
 */
#ifndef BOOKREQ_WSBRIDGE_CLIENT_H
#define BOOKREQ_WSBRIDGE_CLIENT_H

#include "lib/buf.h"
#include "lib/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_FRAME_MAX 4096   /* bytes of a frame from the client */
#define CLIENT_RATE 20          /* frames from the client in a second */
#define CLIENT_QUEUE_MAX 65536  /* bytes held for the client; a single longer frame may have the queue for itself */

enum client_state {
	CLIENT_OPEN,
	CLIENT_GONE,      /* end of file, or nobody reads any more */
	CLIENT_TOO_LARGE, /* a frame above CLIENT_FRAME_MAX */
	CLIENT_TOO_MANY   /* more than CLIENT_RATE frames in a second */
};

struct client {
	int in, out;                /* not owned, non-blocking */
	struct buf line;            /* the beginning of a frame whose end has not come */
	struct buf queue;           /* lines for the client; a failed one ends the connection */
	size_t sent;                /* bytes of `queue` that are written already */
	bool split;                 /* the first waiting line is partly written */
	int64_t progress_ms;        /* clock: since when something waits, or when some of it was last taken */
	int64_t heard_ms;           /* clock: at the last frame from the client */
	int64_t times[CLIENT_RATE]; /* clock: at each of the last frames */
	size_t next_time;           /* index of the oldest of them */
};

/* Called for each text frame, without its newline; untrusted in every byte. */
typedef void client_frame_fn(void *arg, struct span frame);

/* Makes both descriptors non-blocking; false on failure (errno). */
bool client_init(struct client *c, int in, int out, int64_t now_ms) __attribute__((warn_unused_result));
void client_free(struct client *c);

/* Reads all that is there. A binary frame counts like any other, and is otherwise ignored. */
enum client_state client_read(struct client *c, int64_t now_ms, client_frame_fn *fn, void *arg);

/*
 * Queues a frame; where `cursor` is not NULL, `json` is an object that gets it as its last member. False, and nothing is queued, when
 * the queue has no room; `always` makes room (up to memory's end) for what is bounded otherwise.
 */
bool client_write(struct client *c, struct span json, const char *cursor, bool always) __attribute__((warn_unused_result));
/* Writes what the client takes now. */
enum client_state client_flush(struct client *c, int64_t now_ms);
bool client_waiting(const struct client *c);
/* The last words: after a line that is partly written nothing but `json` follows; waits at most `wait_ms` for the client to take it and to fall silent. */
void client_finish(struct client *c, const char *json, int64_t wait_ms);

#endif
