/*
 * Points at which tests kill or stall a process; see docs/faults.md. They are compiled in by --enable-fault alone.
 *
 * The environment's BOOKREQ_FAULT_DIR names a directory. A point is armed by a file of its name there that holds "kill" or "stall MS".
 * The first process that passes it removes the file and is struck: whoever armed it sees that by the file being gone, and no process is
 * struck twice.
 */
#ifndef BOOKREQ_FAULT_H
#define BOOKREQ_FAULT_H

#ifdef BOOKREQ_FAULT

#include <stddef.h>

#define FAULT(point) fault_pass(point)
/* As many bytes of a write as are to be written when `point` is armed. Strikes nothing by itself. */
#define FAULT_HALF(point, len) fault_half(point, len)

void fault_pass(const char *point);
size_t fault_half(const char *point, size_t len);

#else

#define FAULT(point) ((void)0)
#define FAULT_HALF(point, len) (len)

#endif

#endif
