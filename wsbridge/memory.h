/* malloc() of bookreq-ws where it is linked with musl; see memory.c. */
#ifndef BOOKREQ_WSBRIDGE_MEMORY_H
#define BOOKREQ_WSBRIDGE_MEMORY_H

/* Gives the pages of what was freed back to the kernel; the next pieces cost a page fault each. */
void memory_trim(void);

#endif
