/* The bridge's malloc(), in place of this program's own: what is freed goes back, and what is not keeps its content. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECES 120 /* more than the arena has room for */
#define ROUNDS 20000

static bool
is_mapped(uintptr_t at)
{
	unsigned char resident;

	return mincore((void *)(at & ~(uintptr_t)4095), 1, &resident) == 0 || errno != ENOMEM;
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

/* Something kept before and after some pages that are not. */
static void
test_trim(void)
{
	unsigned char *before = malloc(100), *between[10], *after;
	volatile unsigned char *inside;
	size_t i;

	for (i = 0; i < 10; i++) {
		between[i] = malloc(3000);
		if (between[i] != NULL)
			memset(between[i], 1, 3000);
	}
	after = malloc(3000);
	if (!ok(before != NULL && after != NULL && between[5] != NULL && after > between[9], "pieces in a row"))
		return;
	memset(before, 2, 100);
	memset(after, 3, 3000);
	inside = (volatile unsigned char *)(uintptr_t)between[5];
	for (i = 0; i < 10; i++)
		free(between[i]);
	memory_trim();
	ok(inside[1500] == 0, "the pages of those that were freed went back");
	ok(holds(before, 100, 2) && holds(after, 3000, 3), "nothing else did");
	free(before);
	free(after);
}

static void
test_freed_twice(void)
{
	void *volatile p = malloc(100);
	pid_t child;
	int status = 0;

	free(p);
	child = fork();
	if (child == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		free(p);
		_exit(0);
	}
	ok(child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "what is freed twice ends the process");
}

int
main(void)
{
	test_large();
	test_too_large();
	test_contents();
	test_trim();
	test_freed_twice();
	return done();
}
