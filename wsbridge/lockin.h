/*
 * What a bridge gives up before it reads the first byte from its client: whoever finds a mistake in it gains no files, no programs, no
 * processes and no rights, only the two connections that it has anyway.
 */
#ifndef BOOKREQ_WSBRIDGE_LOCKIN_H
#define BOOKREQ_WSBRIDGE_LOCKIN_H

#include <stdbool.h>

/*
 * For good: no new privileges, limits on descriptors, processes and memory, and a filter under which any system call that a bridge does
 * not need ends the process (SIGSYS). False (errno) where the kernel refuses. Built with sanitizers, which need more, it does nothing.
 */
bool lockin(void) __attribute__((warn_unused_result));

#endif
