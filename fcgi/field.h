/* Fields: what a route takes, and the check that turns pairs of text into typed, limited values. */
#ifndef BOOKREQ_FIELD_H
#define BOOKREQ_FIELD_H

#include "fcgi/form.h"
#include "fcgi/problem.h"
#include "lib/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define FIELD_MAX 8 /* fields of one route */

enum field_type {
	FIELD_TEXT,     /* trimmed; min and max in code points */
	FIELD_PASSWORD, /* as it is; min and max in code points */
	FIELD_LINK,     /* an http or https URL */
	FIELD_CHOICE,   /* one of `choices`, separated by spaces */
	FIELD_INTEGER,  /* min and max */
	FIELD_BOOLEAN,
	FIELD_MONTH,    /* YYYY-MM */
	FIELD_IDS,      /* list of positive integers */
	FIELD_CURSOR    /* never refused: what cannot be one becomes "?" */
};

struct field {
	const char *name; /* NULL ends a table */
	enum field_type type;
	bool required;
	int64_t min, max;
	const char *choices;
	const char *fallback; /* value of an absent field; NULL: SQL null */
};

/* The fields of a route that gives pages, newest first. */
#define FIELD_PAGE { "limit", FIELD_INTEGER, .min = 1, .max = 500, .fallback = "100" }, { "before", FIELD_INTEGER, .min = 1, .max = INT64_MAX }

/* The checked values in the order of the table: C strings for the database, NULL for absent ones. */
struct values {
	const char *at[FIELD_MAX];
	struct buf text; /* holds them */
	size_t count;
};

void values_init(struct values *v);
void values_free(struct values *v);

/*
 * Checks all fields of the table. On failure `problem` is PROBLEM_INVALID with every bad field in `errors`, or PROBLEM_UNAVAILABLE
 * when memory ran out, and false is returned. The values stay valid until values_free().
 */
bool fields_check(const struct field *table, const struct form *form, struct values *values, struct problem *problem)
	__attribute__((warn_unused_result));

/* Adds one entry to the problem's `errors`, making it PROBLEM_INVALID. `message` is a sentence. */
void field_error(struct problem *problem, const char *field, const char *message);

#endif
