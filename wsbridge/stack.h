/*
 * The stack of bookreq-ws where it is linked with musl. The kernel's own lies hundreds of gigabytes away from everything else of the
 * process, so that three pages of page tables serve it alone; and it
 * begins with the environment, which is a page or two more. One that is mapped beside the program needs a page.
 */
#ifndef BOOKREQ_WSBRIDGE_STACK_H
#define BOOKREQ_WSBRIDGE_STACK_H

/*
 * Goes on with `serve` on a stack of 64 KiB, with a guard page below it, and gives back the one that the kernel made, with
 * all that lay there: arguments, environment (getenv() finds nothing any more), variables of the callers. Exits with what `serve` returns. Where the
 * architecture is not known or the kernel refuses, `serve` is called, and that is all.
 */
_Noreturn void stack_move(int (*serve)(void));

/* Gives the pages back that deeper calls used; nothing where there was no move. */
void stack_trim(void);

#endif
