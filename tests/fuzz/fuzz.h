/* What the fuzz targets share: libFuzzer's entry point, and checks that end the process when a promise of a parser does not hold. */
#ifndef BOOKREQ_FUZZ_H
#define BOOKREQ_FUZZ_H

#include "lib/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHECK(promise) ((promise) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #promise))

static inline void
fuzz_fail(const char *file, int line, const char *promise)
{
	(void)fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
	abort();
}

/* A copy of exactly `len` bytes, so that the address sanitizer sees a read behind its end. To be freed. */
static inline char *
fuzz_copy(const void *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	CHECK(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

/* The same as a C string: up to the first NUL. */
static inline char *
fuzz_string(struct span s)
{
	char *copy = s.len > 0 ? strndup(s.p, s.len) : strdup("");

	CHECK(copy != NULL);
	return copy;
}

static inline bool
fuzz_inside(struct span outer, struct span inner)
{
	return inner.p >= outer.p && inner.p <= outer.p + outer.len && inner.len <= (size_t)(outer.p + outer.len - inner.p);
}

static inline bool
fuzz_same(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Takes the first byte, which decides something about the rest; 0 where there is none. */
static inline uint8_t
fuzz_take_byte(const uint8_t **data, size_t *len)
{
	if (*len == 0)
		return 0;
	(*len)--;
	return *(*data)++;
}

/*
 * Cuts `all` into pieces: `seed` and the place decide how long each is, so that one input is read in many ways. Returns the length of the
 * piece at `at`, from 1 on.
 */
static inline size_t
fuzz_piece(size_t all, size_t at, uint8_t seed)
{
	size_t want = seed == 0 ? all : 1 + (at * 31 + seed * 7u) % (seed < 128 ? 7 : 1500);

	return want < all - at ? want : all - at;
}

#endif
