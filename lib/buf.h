/* A byte string that grows up to a cap and remembers failure: append freely, check buf_ok() once at the end. */
#ifndef BOOKREQ_BUF_H
#define BOOKREQ_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;  /* owned; NUL-terminated whenever not NULL */
	size_t len;  /* bytes, without the NUL */
	size_t cap;  /* bytes allocated */
	size_t max;  /* len never exceeds this */
	bool failed; /* an append did not fit or memory ran out; the content is not to be used */
};

/* An empty buffer of at most `max` bytes; allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer is empty and usable again. Accepts a zeroed struct. */
void buf_free(struct buf *b);
/* Empties it and forgets a failure; keeps the memory. */
void buf_clear(struct buf *b);

/* Makes room for `more` bytes at once. */
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends `s` as a JSON string with its quotes (RFC 8259, section 7). `s` must be valid UTF-8. */
void buf_add_json(struct buf *b, const char *s, size_t len);
/* Removes the first `n` bytes; n must not exceed len. */
void buf_consume(struct buf *b, size_t n);

/* Whether every append since the last clear succeeded. */
bool buf_ok(const struct buf *b) __attribute__((warn_unused_result));
/* The content as a C string; "" when nothing was ever added. Owned by the buffer. */
const char *buf_str(const struct buf *b);

#endif
