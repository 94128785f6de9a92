/* The refusals of the API: one table of codes with their status, SQLSTATE and title. */
#ifndef BOOKREQ_PROBLEM_H
#define BOOKREQ_PROBLEM_H

#include "lib/buf.h"

enum problem_code {
	PROBLEM_NONE,
	PROBLEM_BAD_REQUEST,
	PROBLEM_UNAUTHENTICATED,
	PROBLEM_INVALID_CREDENTIALS,
	PROBLEM_FORBIDDEN,
	PROBLEM_NOT_OWNER,
	PROBLEM_QUOTA_EXCEEDED,
	PROBLEM_CROSS_ORIGIN,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD_NOT_ALLOWED,
	PROBLEM_ALREADY_ACCEPTED,
	PROBLEM_NOT_APPROVED,
	PROBLEM_NO_RESPONSE_YET,
	PROBLEM_REQUEST_REJECTED,
	PROBLEM_ALREADY_REPLIED,
	PROBLEM_DUPLICATE_REQUEST,
	PROBLEM_STALE,
	PROBLEM_EPOCH_CHANGED,
	PROBLEM_GOING_AWAY,
	PROBLEM_TOO_LARGE,
	PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	PROBLEM_INVALID,
	PROBLEM_IDEMPOTENCY_MISMATCH,
	PROBLEM_TOO_MANY_ATTEMPTS,
	PROBLEM_UNAVAILABLE
};

/* A refusal as it is found: nothing is allocated but the two texts. */
struct problem {
	enum problem_code code;
	struct buf detail; /* a sentence for a person */
	struct buf extra;  /* further members: `"name":value,…` without braces, or empty */
};

void problem_init(struct problem *p);
void problem_free(struct problem *p);
/* Sets code and sentence, forgetting what was there. */
void problem_set(struct problem *p, enum problem_code code, const char *detail);

int problem_status(enum problem_code code);
/* The `code` member: "quota_exceeded". */
const char *problem_name(enum problem_code code);
/* The code that an SQLSTATE of class BR stands for; PROBLEM_UNAVAILABLE for any other. */
enum problem_code problem_from_sqlstate(const char *sqlstate);
/* Appends the problem document (RFC 9457, section 3). */
void problem_json(const struct problem *p, struct buf *out);

#endif
