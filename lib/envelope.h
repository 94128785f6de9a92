/*
 * What Redis carries from the database to the bridges (docs/design.md, "Database → bridges"), read where it lies.
 * Messages are lines, each ended by '\n':
 *
 *	1 events EPOCH AUDIENCE FIRST COUNT	and COUNT lines "TO FRAME"
 *	1 poke EPOCH AUDIENCE LAST
 *	1 check EPOCH
 *	1 state EPOCH AUDIENCE SEQ VERSION TERMS	and one line "TO FRAME"
 */
#ifndef BOOKREQ_ENVELOPE_H
#define BOOKREQ_ENVELOPE_H

#include "lib/str.h"

#include <stdbool.h>
#include <stdint.h>

#define EPOCH_DIGITS 32 /* at most */
#define TERMS_SIZE 32   /* with a NUL */

enum envelope_kind {
	ENVELOPE_UNKNOWN, /* another kind, or no message of ours: to be ignored */
	ENVELOPE_NEWER,   /* of a later version, from workers that were upgraded already: something happened, so ask */
	ENVELOPE_BROKEN,  /* a known kind that cannot be read: something happened, so ask */
	ENVELOPE_EVENTS,
	ENVELOPE_POKE,
	ENVELOPE_CHECK,
	ENVELOPE_STATE
};

/* Points into the message. */
struct envelope {
	struct span epoch;   /* as envelope_is_epoch() takes it */
	int64_t audience;    /* 0: the creator's admins, else a user's id; not for check */
	int64_t first, last; /* sequence numbers: of the events; poke and state: `last` alone */
	int64_t version;     /* state: later changes have higher ones */
	struct span terms;   /* state: what the quota depends on besides events, as an answer's `terms` has it */
	struct span lines;   /* events and state: what envelope_next() reads */
};

struct envelope_event {
	int64_t to;        /* 0: for everybody in the audience, else a user's id */
	struct span frame; /* a JSON object without its cursor: begins with { and ends with } */
};

/* Checks the whole message; *e is filled for the known kinds only. */
enum envelope_kind envelope_read(const char *message, size_t len, struct envelope *e);
/* Whether `s` is the name of a database's incarnation: hexadecimal digits in lower case, 1 to EPOCH_DIGITS. */
bool envelope_is_epoch(struct span s);
/* Takes the next event off `lines`; false when there is none left. */
bool envelope_next(struct span *lines, struct envelope_event *event) __attribute__((warn_unused_result));

#endif
