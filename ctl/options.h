/* The command line: a table of commands, and a strict parse by it. */
#ifndef BOOKREQ_CTL_OPTIONS_H
#define BOOKREQ_CTL_OPTIONS_H

#include "lib/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAX 5

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_NUMBER_OR_NONE };

struct option {
	const char *name;  /* without its dashes; NULL ends a list */
	const char *value; /* what the help calls the value; NULL for a flag */
	enum option_kind kind;
	bool required;
	int64_t min, max; /* of a number */
};

struct ctl;
struct args;

struct command {
	const char *group;   /* first word */
	const char *verb;    /* second word, or NULL */
	const char *operand; /* what the help calls the one argument that is no option; NULL: there is none */
	struct option options[OPTIONS_MAX + 1];
	const char *help; /* one line */
	int (*run)(struct ctl *ctl, const struct args *args); /* returns the exit status */
};

/* A parsed command line; the strings are argv's. */
struct args {
	const struct command *command; /* NULL when there is only --help or --version */
	const char *operand;
	const char *values[OPTIONS_MAX]; /* by the option's place in the table: NULL when not given, "" for a flag */
	const char *config;              /* --config, or NULL */
	bool json, help, version;
};

/* `commands` ends with an entry whose group is NULL. On failure false and one sentence in *why. */
bool args_parse(int argc, char *const *argv, const struct command *commands, struct args *args, struct buf *why)
	__attribute__((warn_unused_result));
/* The value of an option of the command, or NULL when it was not given. */
const char *args_value(const struct args *args, const char *name);

/* Appends "tier set TITLE --creator C …". */
void command_usage(const struct command *command, struct buf *out);

#endif
