/*
 * malloc() for one of thousands of processes, each with a few KiB that it keeps and a few more while a message passes through. Small pieces
 * lie side by side in an arena beside the program's variables: no pages and no page tables of a heap's own, and no call of the kernel for
 * a frame. A piece of about a page or more is mapped by itself and goes back when it is freed. musl would map and unmap groups of pieces at
 * each message (a third of what the message costs), and keep the pages of others.
 *
 * The linker sends the calls of the whole program here (ld's --wrap), those of the C library included.
 */
#include "config.h"

#include "wsbridge/memory.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA_BYTES (64 * 1024) /* many times what is in use at a time; a piece that finds no room is mapped by itself */
#define LARGE_BYTES 4000        /* above the buffer of most frames */
#define ALIGNMENT 16
#define PAGE_BYTES 4096

void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
void __wrap_free(void *p);

/* Stands before each piece. In the arena one piece follows the other; what is free of it are pieces, too. */
struct piece {
	alignas(ALIGNMENT) size_t len; /* of what follows, a multiple of the alignment */
	bool used;
};

/* Behind all other variables, the C library's too (ld puts a section there that its script does not know): what is used of it shares their last page. */
static alignas(ALIGNMENT) unsigned char arena[ARENA_BYTES] __attribute__((section(".noinit")));

static struct piece *
first(void)
{
	struct piece *piece = (struct piece *)(void *)arena;

	if (piece->len == 0)
		piece->len = sizeof arena - sizeof *piece;
	return piece;
}

static unsigned char *
end_of(const struct piece *piece)
{
	return (unsigned char *)(uintptr_t)(piece + 1) + piece->len;
}

/* NULL after the last one. */
static struct piece *
next(const struct piece *piece)
{
	unsigned char *end = end_of(piece);

	return end < arena + sizeof arena ? (struct piece *)(void *)end : NULL;
}

static bool
is_in_arena(const struct piece *piece)
{
	uintptr_t at = (uintptr_t)piece, begin = (uintptr_t)arena;

	return at >= begin && at < begin + sizeof arena;
}

/* A free piece becomes one with the free ones that follow. */
static void
absorb(struct piece *piece)
{
	const struct piece *following;

	while ((following = next(piece)) != NULL && !following->used)
		piece->len += sizeof *following + following->len;
}

static void
split(struct piece *piece, size_t len)
{
	struct piece *rest = (struct piece *)(void *)((unsigned char *)(piece + 1) + len);

	if (piece->len < len + sizeof *rest + ALIGNMENT)
		return;
	*rest = (struct piece){ .len = piece->len - len - sizeof *rest };
	piece->len = len;
}

/* The first that is large enough, so that what is kept lies at the beginning. NULL: there is none. */
static struct piece *
take(size_t len)
{
	struct piece *piece;

	for (piece = first(); piece != NULL; piece = next(piece)) {
		if (piece->used)
			continue;
		absorb(piece);
		if (piece->len >= len) {
			split(piece, len);
			return piece;
		}
	}
	return NULL;
}

static struct piece *
map(size_t len)
{
	struct piece *piece = mmap(NULL, sizeof *piece + len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (piece == MAP_FAILED)
		return NULL;
	piece->len = len;
	return piece;
}

static struct piece *
remap(struct piece *piece, size_t len)
{
	piece = mremap(piece, sizeof *piece + piece->len, sizeof *piece + len, MREMAP_MAYMOVE);
	if (piece == MAP_FAILED)
		return NULL;
	piece->len = len;
	return piece;
}

/* To the next multiple of the alignment, and never nothing; false when there is no such number. */
static bool
round_up(size_t *len)
{
	if (*len > PTRDIFF_MAX - PAGE_BYTES)
		return false;
	*len = *len == 0 ? ALIGNMENT : (*len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return true;
}

/* What free() and realloc() were given; that it is none ends the process. */
static struct piece *
piece_of(void *p)
{
	struct piece *piece = (struct piece *)p - 1;

	if (!piece->used)
		abort();
	return piece;
}

void *
__wrap_malloc(size_t len)
{
	struct piece *piece = NULL;

	if (round_up(&len)) {
		if (len < LARGE_BYTES)
			piece = take(len);
		if (piece == NULL)
			piece = map(len);
	}
	if (piece == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	piece->used = true;
	return piece + 1;
}

void *
__wrap_calloc(size_t n, size_t len)
{
	void *p;

	if (n > 0 && len > SIZE_MAX / n) {
		errno = ENOMEM;
		return NULL;
	}
	p = __wrap_malloc(n * len);
	if (p != NULL && is_in_arena(piece_of(p)))
		memset(p, 0, n * len);
	return p;
}

void
__wrap_free(void *p)
{
	struct piece *piece;

	if (p == NULL)
		return;
	piece = piece_of(p);
	piece->used = false;
	if (!is_in_arena(piece))
		(void)munmap(piece, sizeof *piece + piece->len);
}

static void *
move(struct piece *piece, size_t len)
{
	void *moved = __wrap_malloc(len);

	if (moved == NULL)
		return NULL;
	memcpy(moved, piece + 1, piece->len < len ? piece->len : len);
	__wrap_free(piece + 1);
	return moved;
}

void *
__wrap_realloc(void *p, size_t len)
{
	struct piece *piece;

	if (p == NULL)
		return __wrap_malloc(len);
	piece = piece_of(p);
	if (!round_up(&len)) {
		errno = ENOMEM;
		return NULL;
	}
	if (!is_in_arena(piece) && len >= LARGE_BYTES) {
		piece = remap(piece, len);
		return piece != NULL ? piece + 1 : NULL;
	}
	return is_in_arena(piece) && len <= piece->len ? p : move(piece, len);
}

void
memory_trim(void)
{
	struct piece *piece;
	uintptr_t begin, end;

	for (piece = first(); piece != NULL; piece = next(piece)) {
		if (piece->used)
			continue;
		absorb(piece);
		begin = ((uintptr_t)(piece + 1) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
		end = (uintptr_t)end_of(piece) / PAGE_BYTES * PAGE_BYTES;
		/* refused, it costs memory and nothing else */
		if (begin < end)
			(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
}
