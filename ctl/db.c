#include "config.h"

#include "ctl/db.h"

#include "ctl/output.h"
#include "ctl/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a call's rows: the answer in each, one thing to publish per row. */
enum { COLUMN_BODY, COLUMN_FIELD, COLUMN_PUBLISH };

/* What libpq says ends in newlines, and may have several lines; a reason is one line. */
static void
add_line(struct buf *out, const char *text)
{
	size_t len = strlen(text), i;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	for (i = 0; i < len; i++)
		buf_addc(out, text[i] == '\n' || text[i] == '\t' ? ' ' : text[i]);
}

static bool
is_state(const char *state, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(state, *list) == 0)
			return true;
	return false;
}

void
db_message(const PGconn *db, const PGresult *result, struct buf *out)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

	add_line(out, message ? message : PQerrorMessage(db));
	if (detail) {
		buf_adds(out, ": ");
		add_line(out, detail);
	}
}

/* What a person can do about it; NULL where PostgreSQL's message has to do. */
static const char *
advice(const char *state)
{
	/* a schema, function, table or column is missing, or a function has other parameters */
	static const char *const outdated[] = { "3F000", "42883", "42P01", "42703", NULL };
	static const char *const late[] = { "57014", "55P03", NULL };

	if (!state || strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0)
		return "the connection to the database was lost";
	if (is_state(state, outdated))
		return "the database is not at this version (bookreqctl migrate brings it there)";
	if (strcmp(state, "42501") == 0)
		return "the role of database_url may not do this";
	return is_state(state, late) ? "the database took too long" : NULL;
}

/* A refusal by our own functions (SQLSTATE BR…) is a sentence already; the rest of it is for programs. */
static void
complain(struct ctl *ctl, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	struct buf why;

	buf_init(&why, 8192);
	if (state && strncmp(state, "BR", 2) == 0) {
		add_line(&why, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	} else {
		const char *what = advice(state);

		buf_addf(&why, "%s: ", what ? what : "the database refused");
		db_message(ctl->db, result, &why);
	}
	note("%s", buf_ok(&why) ? buf_str(&why) : "the database refused");
	buf_free(&why);
}

static void
ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

bool
db_deadline(struct ctl *ctl, int64_t milliseconds)
{
	char sql[64];
	PGresult *result;
	bool ok;

	snprintf(sql, sizeof sql, "SET statement_timeout = %" PRId64, milliseconds);
	result = PQexec(ctl->db, sql);
	ok = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!ok)
		complain(ctl, result);
	PQclear(result);
	return ok;
}

/* Begins with the workers' deadline, so that a stuck lock ends in a sentence. */
bool
db_open(struct ctl *ctl)
{
	/* What comes before dbname is a default that the URI may override. A peer that went silent is given up after 30 s. */
	const char *const names[] = { "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
		"dbname", "application_name", "client_encoding", NULL };
	const char *const values[] = { "5", "15", "5", "3", "30000", ctl->conf.database_url, "bookreqctl", "UTF8", NULL };
	struct buf why;

	ctl->db = PQconnectdbParams(names, values, 1);
	if (PQstatus(ctl->db) == CONNECTION_OK) {
		PQsetNoticeReceiver(ctl->db, ignore_notice, NULL);
		return db_deadline(ctl, ctl->conf.statement_ms);
	}
	buf_init(&why, 8192);
	buf_adds(&why, "the database of database_url cannot be reached: ");
	add_line(&why, PQerrorMessage(ctl->db));
	note("%s", buf_str(&why));
	buf_free(&why);
	return false;
}

PGresult *
db_query(struct ctl *ctl, const char *sql, int count, const char *const *values)
{
	PGresult *result;

	if (!ctl->db && !db_open(ctl))
		return NULL;
	result = PQexecParams(ctl->db, sql, count, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	complain(ctl, result);
	PQclear(result);
	return NULL;
}

static void
publish_rows(const struct ctl *ctl, const PGresult *result)
{
	int rows = PQntuples(result), count = 0, i;
	const char **texts;

	if (ctl->dry_run)
		return;
	texts = calloc((size_t)rows, sizeof *texts);
	if (!texts) {
		note("done, but there is no memory to tell Redis");
		return;
	}
	for (i = 0; i < rows; i++)
		if (!PQgetisnull(result, i, COLUMN_PUBLISH))
			texts[count++] = PQgetvalue(result, i, COLUMN_PUBLISH);
	publish(&ctl->conf, count, texts);
	free(texts);
}

static const char *
value(const PGresult *result, int column)
{
	return PQgetisnull(result, 0, column) ? NULL : PQgetvalue(result, 0, column);
}

bool
db_call(struct ctl *ctl, const char *function, const char *field, int count, const char *const *values, struct answer *answer)
{
	struct buf sql;
	int i;

	buf_init(&sql, 1024);
	buf_addf(&sql, "SELECT f.body, f.body->>'%s', p.item FROM bookreq_ctl.%s(", field ? field : "", function);
	for (i = 1; i <= count; i++)
		buf_addf(&sql, "%s$%d", i > 1 ? ", " : "", i);
	buf_adds(&sql, ") AS f LEFT JOIN LATERAL unnest(f.publish) WITH ORDINALITY AS p (item, place) ON true ORDER BY p.place");
	answer->result = buf_ok(&sql) ? db_query(ctl, buf_str(&sql), count, values) : NULL;
	buf_free(&sql);
	if (!answer->result)
		return false;
	if (PQntuples(answer->result) == 0) {
		note("the database gave no answer");
		PQclear(answer->result);
		return false;
	}
	answer->body = value(answer->result, COLUMN_BODY);
	answer->field = value(answer->result, COLUMN_FIELD);
	publish_rows(ctl, answer->result);
	return true;
}

int
db_act(struct ctl *ctl, const char *function, const char *field, int count, const char *const *values)
{
	struct answer answer;

	if (!db_call(ctl, function, field, count, values, &answer))
		return EXIT_REFUSED;
	output(ctl, answer.body ? answer.body : "{}", answer.field);
	PQclear(answer.result);
	return EXIT_DONE;
}
