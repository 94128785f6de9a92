/*
 * The worker's one connection to PostgreSQL. Every call has a deadline; a connection that broke while idle is noticed
 * before the next call and made anew, and one that cannot be made is tried again after a moment only.
 */
#ifndef BOOKREQ_DB_H
#define BOOKREQ_DB_H

#include "fcgi/problem.h"
#include "lib/conf.h"
#include "lib/str.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct metrics;
struct pg_result;

/* NULL when memory is out. Does not connect yet. `conf` and `metrics` are kept. */
struct db *db_new(const struct conf *conf, struct metrics *metrics);
void db_free(struct db *db);

/* One row of bookreq.answer; the spans point into `result`. */
struct answer {
	struct pg_result *result; /* owned */
	int status;
	struct span body;         /* p is NULL where there is none */
	bool replayed;
	struct span publish;      /* the array as PostgreSQL sends it; read it with array_next() */
};

void answer_free(struct answer *a);

/* Walks a text[] in PostgreSQL's binary form; start with *at = 0. False at its end, or where it is malformed. */
bool array_next(struct span array, size_t *at, struct span *element) __attribute__((warn_unused_result));

/*
 * Calls bookreq_api.FUNCTION with `n` text parameters (NULL: SQL null). True with the answer, or false with the
 * refusal in *problem: what the function raised, or PROBLEM_UNAVAILABLE.
 */
bool db_call(struct db *db, const char *function, int n, const char *const *params, struct answer *out, struct problem *problem)
	__attribute__((warn_unused_result));

/* The same for functions that return plain rows (text columns), at least one. *out must be freed with rows_free(). */
struct rows {
	struct pg_result *result; /* owned */
	int count;
};
bool db_rows(struct db *db, const char *function, int n, const char *const *params, struct rows *out, struct problem *problem)
	__attribute__((warn_unused_result));
/* The value as text, NULL for SQL null; owned by the rows. */
const char *rows_get(const struct rows *rows, int row, int column);
void rows_free(struct rows *rows);

/*
 * The calls that follow are for this request: PostgreSQL knows them by it (application_name; column request_id of the events they write).
 * The id stays the caller's; NULL: for no request.
 */
void db_begin(struct db *db, const char *request_id);

/* Id of the user whom the calls since db_begin() found to be calling; "" while they found none. */
const char *db_user(const struct db *db);

/* Whether the database answers now. */
bool db_ready(struct db *db);

#endif
