/*
 * malloc() for one of thousands of processes: a piece of about a page or more is mapped by itself, and goes back when it is freed. glibc does
 * so when it is told to (main.c); musl would keep every page that a message ever passed through, 44 KiB in the end. The linker
 * sends the calls of the whole program here (ld's --wrap), and from here those for small pieces to musl.
 */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_BYTES 4000 /* as main.c tells glibc; above the buffer of most frames, which need no call of the kernel */
#define PIECES_MAX 16 /* large ones at a time; beyond that musl has them, too */

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
void __real_free(void *p);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
void __wrap_free(void *p);

struct piece {
	void *p; /* NULL: this entry is free */
	size_t len;
};

static struct piece pieces[PIECES_MAX];

/* The entry of a large piece; of NULL: a free entry. NULL where there is none. */
static struct piece *
find(const void *p)
{
	size_t i;

	for (i = 0; i < PIECES_MAX; i++)
		if (pieces[i].p == p)
			return &pieces[i];
	return NULL;
}

/* A large piece, all zeros; NULL where it must be musl's. */
static void *
map(size_t len)
{
	struct piece *piece = len >= LARGE_BYTES ? find(NULL) : NULL;
	void *p;

	if (piece == NULL)
		return NULL;
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	*piece = (struct piece){ p, len };
	return p;
}

static void
unmap(struct piece *piece)
{
	(void)munmap(piece->p, piece->len);
	*piece = (struct piece){ NULL, 0 };
}

void *
__wrap_malloc(size_t len)
{
	void *p = map(len);

	return p != NULL ? p : __real_malloc(len);
}

void *
__wrap_calloc(size_t n, size_t len)
{
	void *p;

	if (n > 0 && len > SIZE_MAX / n) {
		errno = ENOMEM;
		return NULL;
	}
	p = map(n * len);
	return p != NULL ? p : __real_calloc(n, len);
}

void
__wrap_free(void *p)
{
	struct piece *piece = p != NULL ? find(p) : NULL;

	if (piece != NULL)
		unmap(piece);
	else
		__real_free(p);
}

static void *
remap(struct piece *piece, size_t len)
{
	void *p = mremap(piece->p, piece->len, len, MREMAP_MAYMOVE);

	if (p == MAP_FAILED)
		return NULL;
	*piece = (struct piece){ p, len };
	return p;
}

void *
__wrap_realloc(void *p, size_t len)
{
	struct piece *piece = p != NULL ? find(p) : NULL;
	size_t old;
	void *moved;

	if (piece != NULL && len >= LARGE_BYTES)
		return remap(piece, len);
	if (piece == NULL && (p == NULL || len < LARGE_BYTES))
		return p != NULL ? __real_realloc(p, len) : __wrap_malloc(len);
	/* from one kind to the other */
	old = piece != NULL ? piece->len : malloc_usable_size(p);
	moved = __wrap_malloc(len);
	if (moved == NULL)
		return NULL;
	memcpy(moved, p, old < len ? old : len);
	__wrap_free(p);
	return moved;
}
