/* A reader of comma-separated values (RFC 4180), row by row. */
#ifndef BOOKREQ_CTL_CSV_H
#define BOOKREQ_CTL_CSV_H

#include "lib/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_FIELDS_MAX 256
#define CSV_ROW_MAX_BYTES (256 * 1024)

struct csv {
	FILE *file; /* not owned */
	int line;   /* that is read next, from 1 */

	/* the present row */
	int row_line; /* where it begins */
	struct buf text;
	size_t starts[CSV_FIELDS_MAX]; /* of the fields, in text; each ends with a NUL */
	size_t count;
	const char *error; /* why the row cannot be used, or NULL; what comes after it can be read on */
};

void csv_open(struct csv *csv, FILE *file);
void csv_close(struct csv *csv);
/*
 * Reads the next row that is not empty; false at the end of the file or when it cannot be read (ferror). A byte order mark
 * at the beginning is passed over; a row ends with LF, CRLF or the file.
 */
bool csv_next(struct csv *csv) __attribute__((warn_unused_result));
/* A field of the present row, which stays valid until the next is read; NULL where the row is shorter. */
const char *csv_field(const struct csv *csv, size_t index);

#endif
