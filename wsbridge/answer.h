/*
 * The application's answers to a bridge (docs/design.md, "Bridge → application"), read strictly and where they lie: nothing of an
 * answer is used unless all of it is in order.
 */
#ifndef BOOKREQ_WSBRIDGE_ANSWER_H
#define BOOKREQ_WSBRIDGE_ANSWER_H

#include "lib/envelope.h"
#include "lib/str.h"
#include "wsbridge/names.h"

#include <stdbool.h>
#include <stdint.h>

#define STREAM_SIZE 80 /* EPOCH-USER-MEMBERSHIP: EPOCH_DIGITS, two numbers of 19 digits and the NUL */
#define CURSOR_SIZE (STREAM_SIZE + 21)

/* EPOCH-USER-MEMBERSHIP-SEQ */
struct cursor {
	struct span text;
	struct span stream; /* what stands before the last '-' */
	int64_t user, seq;
};

enum frame_kind {
	FRAME_EVENT,  /* gets its own cursor spliced in */
	FRAME_AS_IS,  /* is written unchanged */
	FRAME_PRESENT /* gets the connection's present cursor */
};

struct answer_frame {
	enum frame_kind kind;
	struct cursor cursor; /* of a FRAME_EVENT */
	struct span json;     /* an object: begins with { and ends with } */
};

/* Points into the answer's text. */
struct answer {
	struct span stream;
	int64_t audience, user, position, last;
	struct span terms;  /* what the quota depends on besides events; p is NULL where it is not said */
	struct names names; /* all channels to be subscribed to */
	struct span frames; /* what answer_next() reads */
};

/* Reads an answer to open or fetch. */
bool answer_read(struct answer *a, struct span text) __attribute__((warn_unused_result));
/* Reads an answer to refresh, which has frames alone. */
bool answer_read_frames(struct answer *a, struct span text) __attribute__((warn_unused_result));
/* Takes the next frame; false when there is none left. */
bool answer_next(struct span *frames, struct answer_frame *frame) __attribute__((warn_unused_result));
/* Whether `text` is one `error` frame, as answers with another status are; its trailing newline is taken off. */
bool answer_is_error(struct span *text) __attribute__((warn_unused_result));

bool cursor_read(struct cursor *c, struct span text) __attribute__((warn_unused_result));
/* The EPOCH of a stream that was read before. */
struct span stream_epoch(struct span stream);

#endif
