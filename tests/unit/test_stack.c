/* The bridge's stack, in processes of their own: there is no way back. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/stack.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define DEEP_BYTES (40 * 1024)

static uintptr_t old; /* the address of a variable of the stack that was left */

/* What `serve`, on the new stack, makes of the process: its exit status, or the number of the signal that ended it plus 1000. */
static int
after_move(int (*serve)(void))
{
	int status = 0, here = 0;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		old = (uintptr_t)&here;
		stack_move(serve);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool
is_mapped(uintptr_t at)
{
	unsigned char resident;

	return mincore((void *)(at / PAGE_BYTES * PAGE_BYTES), 1, &resident) == 0;
}

static int
the_old_one_is_gone(void)
{
	_exit(!is_mapped(old) && is_mapped((uintptr_t)__builtin_frame_address(0)) && getenv("PATH") == NULL ? 7 : 1);
}

static int
answer(void)
{
	return 42;
}

/* Where it left something, DEEP_BYTES below. */
static __attribute__((noinline)) uintptr_t
go_deep(void)
{
	volatile unsigned char room[DEEP_BYTES];

	room[0] = 1;
	return (uintptr_t)room;
}

static int
trimming(void)
{
	uintptr_t at = go_deep();
	volatile const unsigned char *left = (volatile const unsigned char *)at;
	volatile int mine = 5;

	if (*left != 1)
		_exit(1);
	stack_trim();
	_exit(*left == 0 && mine == 5 ? 7 : 2);
}

static int
use_pages(int pages)
{
	volatile unsigned char page[PAGE_BYTES];

	page[0] = 1;
	return pages > 0 ? use_pages(pages - 1) + page[0] : 0;
}

static int
too_deep(void)
{
	return use_pages(100);
}

int
main(void)
{
	ok(after_move(the_old_one_is_gone) == 7, "the old stack is gone, and the environment with it");
	ok(after_move(answer) == 42, "what is done there is the exit status");
	ok(after_move(trimming) == 7, "what deeper calls left goes back, what is in use does not");
	ok(after_move(too_deep) == 1000 + SIGSEGV, "a call too deep ends the process");
	return done();
}
