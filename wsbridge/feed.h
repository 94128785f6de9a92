/*
 * The delivery of one connection: which event is written, which was already, which is missing. No input or output of its own:
 * messages and pages go in, frames come out through a sink, and `ask` tells when to fetch from the present cursor.
 */
#ifndef BOOKREQ_WSBRIDGE_FEED_H
#define BOOKREQ_WSBRIDGE_FEED_H

#include "lib/buf.h"
#include "lib/str.h"
#include "wsbridge/answer.h"

#include <stdbool.h>
#include <stdint.h>

/* Why to ask the application for what comes after the cursor. */
enum feed_ask {
	FEED_ASK_NEXT = 1,    /* something is missing, and it can be read already */
	FEED_ASK_STRANGE = 2, /* a message of another epoch or audience, a broken one, or one of a later version: are we who we think we are? */
	FEED_ASK_CHECK = 4,   /* somebody says that our rights may have changed */
	FEED_ASK_HOLE = 8     /* as NEXT, but the missing message may be on its way: two workers' publishes can overtake each other */
};

/* Takes one frame; `cursor` is to be spliced into it, NULL leaves it as it is. False: no room, nothing was taken. */
struct feed_sink {
	bool (*frame)(void *arg, struct span json, const char *cursor);
	void *arg;
};

#define FEED_EARLY 4 /* messages kept until it is their turn */

struct feed {
	char stream[STREAM_SIZE]; /* "" before the first page */
	int64_t user;
	int64_t audience; /* 0: the creator's admins */
	int64_t position; /* the last event in `stream` that was written or did not concern the user */
	int64_t newest;   /* the newest number of the audience that was heard of */
	struct buf early[FEED_EARLY]; /* events that came before their turn, each empty or a whole message */
	unsigned ask;     /* enum feed_ask, or'ed; cleared by a page */
	int64_t version;  /* of the newest state message; two workers' publishes may overtake each other */
	char terms[TERMS_SIZE]; /* month and limits of the quota that the client knows, "" before the first page */
	bool stale;       /* the quota may differ from what the client knows; to be asked for once in step, cleared by who asks */
	bool behind;      /* the rest comes by pages, each once the reader has taken the one before */
};

void feed_init(struct feed *f);
void feed_free(struct feed *f);
/* The present cursor as a client knows it. */
void feed_cursor(const struct feed *f, char out[CURSOR_SIZE]);
/* A message from Redis; false when it could not be read. */
bool feed_message(struct feed *f, struct span message, const struct feed_sink *sink);
/* An answer to open or fetch. */
void feed_page(struct feed *f, const struct answer *a, const struct feed_sink *sink);
/* The frames of an answer to refresh. */
void feed_frames(const struct feed *f, const struct answer *a, const struct feed_sink *sink);
/* The reader has taken everything that was written. */
void feed_drained(struct feed *f);

#endif
