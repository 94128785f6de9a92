/* PostgreSQL for the commands: connecting, calling the functions of the schema bookreq_ctl, and saying what went wrong. */
#ifndef BOOKREQ_CTL_DB_H
#define BOOKREQ_CTL_DB_H

#include "ctl/ctl.h"

/* Connects as conf.database_url says; false after a line on standard error. */
bool db_open(struct ctl *ctl) __attribute__((warn_unused_result));
/* Another deadline than conf.statement_ms for what follows on the open connection. */
bool db_deadline(struct ctl *ctl, int64_t milliseconds) __attribute__((warn_unused_result));

/*
 * Runs one statement with its parameters as text (NULL: SQL null); opens the connection where there is none. A result to be
 * freed with PQclear(), or NULL after a line on standard error.
 */
PGresult *db_query(struct ctl *ctl, const char *sql, int count, const char *const *values) __attribute__((warn_unused_result));

/* Appends PostgreSQL's own message and detail of a failed result, in one line. */
void db_message(const PGconn *db, const PGresult *result, struct buf *out);

/* What a function of bookreq_ctl answers. */
struct answer {
	PGresult *result;
	const char *body;  /* JSON object; owned by the result, as is */
	const char *field; /* one member of it as text, or NULL */
};

/*
 * Calls bookreq_ctl.FUNCTION and, once it is committed, publishes what it asks for. `field` names the member wanted
 * apart, or is NULL. False after a line on standard error. Free with PQclear(answer->result).
 */
bool db_call(struct ctl *ctl, const char *function, const char *field, int count, const char *const *values, struct answer *answer)
	__attribute__((warn_unused_result));
/* The same, and shows the answer: the whole, or `field` as the bare value. Returns the exit status. */
int db_act(struct ctl *ctl, const char *function, const char *field, int count, const char *const *values);

#endif
