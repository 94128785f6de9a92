/*
 * The client side of FastCGI 1.0 (responder role): encoding a request without a body, reading the answer record by record, and a
 * call over a unix socket that does both within one deadline. Connections are not kept: libfcgi serves a kept one alone.
 */
#ifndef BOOKREQ_FASTCGI_H
#define BOOKREQ_FASTCGI_H

#include "lib/buf.h"
#include "lib/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends one name-value pair (section 3.4). */
void fastcgi_add_param(struct buf *params, struct span name, struct span value);
/* Appends the records of a whole request: begin, `params`, no body. Check buf_ok(out). */
void fastcgi_add_request(struct buf *out, const struct buf *params);

enum fastcgi_progress {
	FASTCGI_MORE,  /* the answer goes on */
	FASTCGI_DONE,  /* it is complete */
	FASTCGI_FAILED /* no FastCGI, an answer refused by the application, or more than `out` holds */
};

/* Reads the record stream in pieces of any size. */
struct fastcgi_reader {
	struct buf *out;         /* gets what came on STDOUT; not owned */
	unsigned char header[8]; /* of the record under way */
	unsigned char end[8];    /* the body of END_REQUEST */
	size_t have;             /* bytes of the header */
	size_t content, padding; /* bytes of the record still to come */
	size_t end_have;         /* bytes of `end` */
	enum fastcgi_progress progress;
};

void fastcgi_reader_init(struct fastcgi_reader *r, struct buf *out);
/* Once done or failed it stays so and ignores further bytes. */
enum fastcgi_progress fastcgi_read(struct fastcgi_reader *r, const char *data, size_t len);

/* Splits a CGI response (RFC 3875, section 6) into status (200 without a Status field) and body; false when it is none. */
bool fastcgi_split(const struct buf *response, int *status, struct span *body) __attribute__((warn_unused_result));

enum fastcgi_result {
	FASTCGI_ANSWERED, /* `response` is complete */
	FASTCGI_BROKEN,   /* nobody there, or the connection ended early */
	FASTCGI_TIMEOUT,
	FASTCGI_ABORTED /* the other end of `abort_fd` is gone */
};

/*
 * Asks the responder on the unix socket `path` and appends its response. Returns within `timeout_ms`, or at once when the peer of
 * `abort_fd` (-1 for none) hangs up while it waits for the answer.
 */
enum fastcgi_result fastcgi_call(const char *path, const struct buf *params, int64_t timeout_ms, int abort_fd, struct buf *response);

#endif
