/* The command line of a program that takes its work from elsewhere: questions about the program itself. */
#ifndef BOOKREQ_USAGE_H
#define BOOKREQ_USAGE_H

#include "lib/buf.h"

struct usage {
	const char *program;
	const char *text;                /* of --help, above the settings */
	const char *option;              /* one more that prints something; NULL for none */
	void (*print)(struct buf *out);  /* what that prints */
};

/* Answers argv[1] on standard output, anything unknown on standard error. Returns the exit status: 0, 1 for output that fails, 2 for wrong usage. */
int usage_answer(const struct usage *usage, int argc, char **argv) __attribute__((warn_unused_result));

#endif
