/* The application's calls of PostgreSQL; see db.h. */
#include "config.h"

#include "fcgi/db.h"

#include "fcgi/connection.h"
#include "fcgi/metrics.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_MS 1000 /* within which the server must have begun a call; its own time-out bounds the rest */
#define PREPARED_MAX 64
#define PARAMS_MAX 20
#define OWN_PARAMS 2 /* deadline and name, which each call carries behind the function's own */
#define SQL_BYTES 512
#define TEXT_RESULT 0
#define BINARY_RESULT 1

struct db {
	const struct conf *conf;
	struct metrics *metrics;
	struct connection server;
	const char *prepared[PREPARED_MAX];  /* functions prepared on this connection; static strings */
	size_t n_prepared;
	char user[24];                       /* who calls, "" while that is not known */
	const char *request_id;              /* of the request being served; the caller's, NULL between requests */
};

struct db *
db_new(const struct conf *conf, struct metrics *metrics)
{
	struct db *db = calloc(1, sizeof *db);

	if (db == NULL)
		return NULL;
	db->conf = conf;
	db->metrics = metrics;
	connection_init(&db->server, conf);
	return db;
}

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	connection_free(&db->server);
	free(db);
}

static bool
ensure_connected(struct db *db)
{
	bool anew, connected = connection_ensure(&db->server, &anew);

	if (anew)
		db->n_prepared = 0;
	return connected;
}

static bool
is_prepared(const struct db *db, const char *name)
{
	size_t i;

	for (i = 0; i < db->n_prepared; i++)
		if (strcmp(db->prepared[i], name) == 0)
			return true;
	return false;
}

/*
 * `SELECT columns, user FROM bookreq_api.function($1, …) WHERE …`; authenticate() sets the user. PostgreSQL tests conditions that need no row
 * before it calls the function: the time by which the call must have begun, and, as a sub-select, since set_config() alone would count as
 * volatile and come last, the name under which its log and pg_stat_activity know the call.
 */
static bool
build_sql(char *sql, size_t size, const char *columns, const char *function, int n)
{
	int i, len = snprintf(sql, size, "SELECT %s, current_setting('bookreq.user', true) FROM bookreq_api.%s(", columns, function);

	for (i = 1; i <= n && len > 0 && (size_t)len < size; i++)
		len += snprintf(sql + len, size - (size_t)len, i > 1 ? ",$%d" : "$%d", i);
	if (len > 0 && (size_t)len < size)
		len += snprintf(sql + len, size - (size_t)len,
		    ") WHERE statement_timestamp() < to_timestamp($%d) AND (SELECT set_config('application_name', $%d, false)) IS NOT NULL", n + 1, n + 2);
	return len > 0 && (size_t)len < size;
}

struct statement {
	const char *columns;
	const char *function; /* static string: its name is the prepared statement's, too */
	int n;
	const char *const *params;
	int format;
};

static PGresult *
prepare(struct db *db, const struct statement *s, int64_t deadline)
{
	char sql[SQL_BYTES];
	PGresult *r;

	if (!build_sql(sql, sizeof sql, s->columns, s->function, s->n) || PQsendPrepare(db->server.pg, s->function, sql, 0, NULL) == 0)
		return NULL;
	r = connection_finish(&db->server, deadline);
	if (PQresultStatus(r) == PGRES_COMMAND_OK)
		db->prepared[db->n_prepared++] = s->function;
	return r;
}

static bool
send_unprepared(struct db *db, const struct statement *s, int n, const char *const *params)
{
	char sql[SQL_BYTES];

	return build_sql(sql, sizeof sql, s->columns, s->function, s->n) && PQsendQueryParams(db->server.pg, sql, n, NULL, params, NULL, NULL, s->format) != 0;
}

/*
 * Sends the call and waits; NULL when the connection or the deadline failed. The call carries the time by which it must have begun: a server
 * that stood still must not do afterwards what the client was told has failed. Then no row comes back.
 */
static PGresult *
execute(struct db *db, const struct statement *s)
{
	int64_t now = clock_ms(), deadline = now + db->conf->statement_ms + START_MS;
	const char *params[PARAMS_MAX + OWN_PARAMS];
	int64_t latest = now + START_MS + db->server.clock_offset_ms;
	bool prepared = db->conf->prepared_statements && is_prepared(db, s->function), sent;
	char start_by[32];
	PGresult *r;
	int n = s->n + OWN_PARAMS;

	if (s->n > PARAMS_MAX)
		return NULL;
	(void)snprintf(start_by, sizeof start_by, "%lld.%03d", (long long)(latest / 1000), (int)(latest % 1000));
	if (s->n > 0)
		memcpy(params, s->params, (size_t)s->n * sizeof *params);
	params[s->n] = start_by;
	params[s->n + 1] = db->request_id != NULL ? db->request_id : CONNECTION_NAME;
	if (!prepared && db->conf->prepared_statements && db->n_prepared < PREPARED_MAX) {
		r = prepare(db, s, deadline);
		prepared = PQresultStatus(r) == PGRES_COMMAND_OK;
		if (!prepared)
			return r;
		PQclear(r);
	}
	if (prepared)
		sent = PQsendQueryPrepared(db->server.pg, s->function, n, params, NULL, NULL, s->format) != 0;
	else
		sent = send_unprepared(db, s, n, params);
	return sent ? connection_finish(&db->server, deadline) : NULL;
}

/* Copies the members of the JSON object in DETAIL without its braces. */
static void
set_extra(struct problem *problem, const char *detail)
{
	size_t len = detail != NULL ? strlen(detail) : 0;

	if (len > 2 && detail[0] == '{' && detail[len - 1] == '}')
		buf_add(&problem->extra, detail + 1, len - 2);
}

static const char *
field_of(const PGresult *r, int code)
{
	const char *s = r != NULL ? PQresultErrorField(r, code) : NULL;

	return s != NULL ? s : "";
}

/*
 * Deadlocks cannot come from our lock order, but serialisation by an operator's hand can; replaced functions and plans neither. A server that is
 * read-only (25006) did nothing, and another one of the URL may have become the one that writes.
 */
static bool
worth_another_try(const char *sqlstate)
{
	static const char *const transient[] = { "40001", "40P01", "26000", "0A000", "42883", "25006" };
	size_t i;

	for (i = 0; i < sizeof transient / sizeof transient[0]; i++)
		if (strcmp(sqlstate, transient[i]) == 0)
			return true;
	return false;
}

static void
set_user(struct db *db, const char *user, size_t len)
{
	if (len > 0 && len < sizeof db->user)
		(void)snprintf(db->user, sizeof db->user, "%.*s", (int)len, user);
}

void
db_begin(struct db *db, const char *request_id)
{
	db->user[0] = '\0';
	db->request_id = request_id;
}

const char *
db_user(const struct db *db)
{
	return db->user;
}

static void
refuse(struct db *db, const PGresult *r, const struct statement *s, struct problem *problem)
{
	const char *message = field_of(r, PG_DIAG_MESSAGE_PRIMARY), *state = field_of(r, PG_DIAG_SQLSTATE);
	enum problem_code code = problem_from_sqlstate(state);

	if (code != PROBLEM_UNAVAILABLE) {
		problem_set(problem, code, message);
		set_extra(problem, field_of(r, PG_DIAG_MESSAGE_DETAIL));
		set_user(db, field_of(r, PG_DIAG_MESSAGE_HINT), strlen(field_of(r, PG_DIAG_MESSAGE_HINT)));
		return;
	}
	metrics_add(db->metrics, METRIC_DATABASE_ERRORS, 1);
	problem_set(problem, code, "The database cannot be reached at the moment; nothing was changed. Please try again soon.");
	if (db->server.pg != NULL)
		log_error("%s failed: %s %s", s->function, state, message[0] != '\0' ? message : PQerrorMessage(db->server.pg));
}

/* No row where there must be one: the call was not begun, since it came too late or the server's clock was set anew. */
static bool
is_done(const PGresult *r)
{
	return PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0;
}

/* Runs the statement; a result of TUPLES_OK whose last column is the user, or NULL with the refusal. */
static PGresult *
run(struct db *db, const struct statement *s, struct problem *problem)
{
	PGresult *r = NULL;
	int attempt;

	for (attempt = 0; attempt < 2; attempt++) {
		PQclear(r);
		r = NULL;
		if (!ensure_connected(db))
			break;
		r = execute(db, s);
		if (is_done(r)) {
			set_user(db, PQgetvalue(r, 0, PQnfields(r) - 1), (size_t)PQgetlength(r, 0, PQnfields(r) - 1));
			return r;
		}
		if (PQresultStatus(r) != PGRES_TUPLES_OK && !worth_another_try(field_of(r, PG_DIAG_SQLSTATE)))
			break;
		connection_drop(&db->server);
	}
	refuse(db, r, s, problem);
	if (r == NULL || (db->server.pg != NULL && PQstatus(db->server.pg) != CONNECTION_OK))
		connection_drop(&db->server);
	PQclear(r);
	return NULL;
}

static int32_t
read_int32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (int32_t)((uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3]);
}

static struct span
column(const PGresult *r, int i)
{
	if (PQgetisnull(r, 0, i))
		return (struct span){ NULL, 0 };
	return (struct span){ PQgetvalue(r, 0, i), (size_t)PQgetlength(r, 0, i) };
}

bool
db_call(struct db *db, const char *function, int n, const char *const *params, struct answer *out, struct problem *problem)
{
	struct statement s = { "status, body, replayed, publish", function, n, params, BINARY_RESULT };
	PGresult *r = run(db, &s, problem);

	*out = (struct answer){ 0 };
	if (r == NULL)
		return false;
	if (PQntuples(r) != 1 || PQnfields(r) != 5 || PQgetlength(r, 0, 0) != 4) {
		log_error("%s gave an answer of an unknown form", function);
		problem_set(problem, PROBLEM_UNAVAILABLE, "The database gave an unknown answer.");
		PQclear(r);
		return false;
	}
	out->result = (struct pg_result *)r;
	out->status = read_int32(PQgetvalue(r, 0, 0));
	out->body = column(r, 1);
	out->replayed = PQgetlength(r, 0, 2) == 1 && PQgetvalue(r, 0, 2)[0] != 0;
	out->publish = column(r, 3);
	return true;
}

void
answer_free(struct answer *a)
{
	PQclear((PGresult *)a->result);
	*a = (struct answer){ 0 };
}

/* Binary text[]: dimensions, flags, element type, then per dimension length and lower bound, then length and bytes each. */
bool
array_next(struct span array, size_t *at, struct span *element)
{
	int32_t len;

	if (*at == 0) {
		if (array.len < 20 || read_int32(array.p) != 1)
			return false;
		*at = 20;
	}
	if (array.len - *at < 4)
		return false;
	len = read_int32(array.p + *at);
	if (len < 0 || (size_t)len > array.len - *at - 4)
		return false;
	*element = (struct span){ array.p + *at + 4, (size_t)len };
	*at += 4 + (size_t)len;
	return true;
}

bool
db_rows(struct db *db, const char *function, int n, const char *const *params, struct rows *out, struct problem *problem)
{
	struct statement s = { "*", function, n, params, TEXT_RESULT };
	PGresult *r = run(db, &s, problem);

	*out = (struct rows){ (struct pg_result *)r, r != NULL ? PQntuples(r) : 0 };
	return r != NULL;
}

const char *
rows_get(const struct rows *rows, int row, int col)
{
	const PGresult *r = (const PGresult *)rows->result;

	return PQgetisnull(r, row, col) ? NULL : PQgetvalue(r, row, col);
}

void
rows_free(struct rows *rows)
{
	PQclear((PGresult *)rows->result);
	*rows = (struct rows){ 0 };
}

bool
db_ready(struct db *db)
{
	struct problem problem;
	struct rows rows;
	bool ok;

	problem_init(&problem);
	ok = db_rows(db, "ready", 0, NULL, &rows, &problem);
	if (ok)
		rows_free(&rows);
	problem_free(&problem);
	return ok;
}
