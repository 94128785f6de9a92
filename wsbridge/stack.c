/* A stack near everything else; see stack.h. */
#include "config.h"

#include "wsbridge/stack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define STACK_BYTES (64 * 1024)    /* hiredis reads into a buffer of 16 KiB, and nothing goes deeper */
#define OLD_BYTES (1024ul * 1024)  /* more than the old one ever had, and far less than the kernel keeps free below it */
#define CALL_BYTES 512             /* the frames of stack_trim() and madvise(), and what the ABI gives them below (128 bytes on AMD64) */

static unsigned char *stack; /* NULL: there was no move */
static uintptr_t old_end;    /* of the stack that the kernel made; 0: not known, it is kept */

/*
 * The end of the stack that this is called on: behind the program's name, as execve() gives it, is one pointer's room (Linux, fs/exec.c). 0: it
 * is not so.
 */
static uintptr_t
find_end(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), end;

	if (name == NULL)
		return 0;
	end = (uintptr_t)name + strlen(name) + 1 + sizeof(void *);
	return end % PAGE_BYTES == 0 && here < end && end - here < OLD_BYTES ? end : 0;
}

/* The first function on the new stack. */
static _Noreturn __attribute__((noinline, used)) void
begin(int (*serve)(void))
{
	static char *nothing[] = { NULL };

	if (old_end != 0) {
		environ = nothing;
		(void)munmap((void *)(old_end - OLD_BYTES), OLD_BYTES);
	}
	exit(serve());
}

/* The lowest byte above its guard page. */
static unsigned char *
new_stack(void)
{
	unsigned char *p = mmap(NULL, PAGE_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p, PAGE_BYTES, PROT_NONE) != 0) {
		(void)munmap(p, PAGE_BYTES + STACK_BYTES);
		return NULL;
	}
	return p + PAGE_BYTES;
}

/* Calls begin() on the new stack; returns where the architecture is not known. */
static void
enter(unsigned char *end, int (*serve)(void))
{
#if defined(__x86_64__)
	__asm__ volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tcall *%1" : : "r"(end), "r"(begin), "D"(serve) : "memory");
	__builtin_unreachable();
#elif defined(__aarch64__)
	register int (*argument)(void) __asm__("x0") = serve;

	__asm__ volatile("mov sp, %0\n\tmov x29, xzr\n\tmov x30, xzr\n\tbr %1" : : "r"(end), "r"(begin), "r"(argument) : "memory");
	__builtin_unreachable();
#else
	(void)end;
	(void)serve;
#endif
}

_Noreturn void
stack_move(int (*serve)(void))
{
	old_end = find_end();
	stack = new_stack();
	if (stack != NULL)
		enter(stack + STACK_BYTES, serve);
	stack = NULL;
	exit(serve());
}

void
stack_trim(void)
{
	uintptr_t lowest = (uintptr_t)stack, end = ((uintptr_t)__builtin_frame_address(0) - CALL_BYTES) / PAGE_BYTES * PAGE_BYTES;

	/* refused, it costs memory and nothing else */
	if (stack != NULL && end > lowest)
		(void)madvise(stack, end - lowest, MADV_DONTNEED);
}
