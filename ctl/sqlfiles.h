/* The SQL files of a directory, read into memory in the order of their names. */
#ifndef BOOKREQ_CTL_SQLFILES_H
#define BOOKREQ_CTL_SQLFILES_H

#include "lib/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct sqlfile {
	char *path; /* for messages */
	char *name; /* last part of path */
	char *text; /* NUL-terminated, holds no other NUL */
};

struct sqlfiles {
	struct sqlfile *items;
	size_t count;
};

/*
 * Reads every *.sql of DIRECTORY/SUBDIRECTORY, or the one file DIRECTORY/NAME, into *files. On failure false and
 * one sentence in *why. *files begins zeroed; sqlfiles_free() is due in either case.
 */
bool sqlfiles_read(const char *directory, const char *subdirectory, struct sqlfiles *files, struct buf *why)
	__attribute__((warn_unused_result));
bool sqlfiles_read_one(const char *directory, const char *name, struct sqlfiles *files, struct buf *why)
	__attribute__((warn_unused_result));
void sqlfiles_free(struct sqlfiles *files);

#endif
