/* Strict readers of text from outside: numbers, UTF-8, percent-encoding. Lengths in bytes unless said. */
#ifndef BOOKREQ_STR_H
#define BOOKREQ_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of somebody else's memory. */
struct span {
	const char *p;
	size_t len;
};

/* Decimal integer within [min, max]. Refuses "", " 1", "1x", "+1", "007", "-0" and what does not fit. */
bool str_to_i64(const char *s, size_t len, int64_t min, int64_t max, int64_t *out) __attribute__((warn_unused_result));
/* Whether `s` is UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF); the code points in *count. */
bool str_utf8_count(const char *s, size_t len, size_t *count) __attribute__((warn_unused_result));
/* `s` without ASCII white space (space, \t \n \v \f \r) at both ends. */
struct span str_trim(const char *s, size_t len);
/*
 * Decodes %XX, and '+' as a space when `plus`, from `s` into `out` (room for `len` bytes; may be `s` itself).
 * Returns false for a broken escape (RFC 3986, section 2.1). *out_len gets the bytes written; no NUL is added.
 */
bool str_percent_decode(const char *s, size_t len, bool plus, char *out, size_t *out_len) __attribute__((warn_unused_result));
/* Takes what stands before the first `end` off *rest, and `end` too; false, and nothing is taken, where there is none. */
bool str_take(struct span *rest, char end, struct span *piece) __attribute__((warn_unused_result));
bool str_equal(struct span a, const char *b);
bool str_equal_nocase(struct span a, const char *b); /* ASCII only */
bool str_starts(const char *s, const char *prefix);

#endif
