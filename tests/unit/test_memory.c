/* The bridge's malloc(), in front of this program's own: large pieces go back when they are freed, and none loses its content. */
#include "config.h"

#include "tests/unit/tap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PIECES 40 /* more than have an entry of their own */
#define ROUNDS 20000

static bool
is_mapped(uintptr_t at)
{
	return msync((void *)(at & ~(uintptr_t)4095), 1, MS_ASYNC) == 0 || errno != ENOMEM;
}

static void
test_large(void)
{
	unsigned char *p = malloc(9000);
	uintptr_t at = (uintptr_t)p;
	bool zero = true;
	size_t i;

	ok(p != NULL && is_mapped(at), "a large piece");
	free(p);
	ok(!is_mapped(at), "is gone when it is freed");
	p = calloc(3, 3000);
	for (i = 0; p != NULL && i < 9000; i++)
		zero &= p[i] == 0;
	ok(p != NULL && zero, "calloc() clears it");
	free(p);
}

/* A size that no compiler can foresee, and no allocator serve. */
static void
test_too_large(void)
{
	volatile size_t most = SIZE_MAX;
	void *p = malloc(5000), *none = calloc(most / 2, 3);

	ok(none == NULL, "calloc() sees that the product is too large");
	free(none);
	none = realloc(p, most / 2);
	ok(none == NULL && is_mapped((uintptr_t)p), "what cannot grow stays");
	free(none != NULL ? none : p);
}

/* A small piece now and then, sizes from both sides of the border. */
static size_t
size_of_round(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return 1 + (*seed >> 8) % (*seed % 3 == 0 ? 20000 : 3000);
}

static bool
holds(const unsigned char *p, size_t len, unsigned char value)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != value)
			return false;
	return true;
}

static void
test_contents(void)
{
	unsigned char *p[PIECES] = { NULL };
	size_t len[PIECES] = { 0 }, n, wrong = 0;
	unsigned seed = 1, round, i;

	for (round = 0; round < ROUNDS; round++) {
		i = round * 7 % PIECES;
		n = size_of_round(&seed);
		wrong += !holds(p[i], len[i], (unsigned char)i);
		if (round % 5 == 0) {
			free(p[i]);
			p[i] = NULL;
			len[i] = 0;
		}
		p[i] = realloc(p[i], n);
		if (p[i] == NULL)
			break;
		wrong += !holds(p[i], len[i] < n ? len[i] : n, (unsigned char)i);
		memset(p[i], (int)i, n);
		len[i] = n;
	}
	ok(round == ROUNDS && wrong == 0, "%d pieces that grow, shrink and go, again and again, keep what they hold", PIECES);
	for (i = 0; i < PIECES; i++)
		free(p[i]);
}

int
main(void)
{
	test_large();
	test_too_large();
	test_contents();
	return done();
}
