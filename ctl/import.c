/*
 * user import: members from a CSV export. The rows go to the database in batches, each one transaction; a bad row is
 * named with its line and the rest goes on. The key is the e-mail address, so an interrupted import is simply run again.
 */
#include "config.h"

#include "ctl/csv.h"
#include "ctl/ctl.h"
#include "ctl/db.h"
#include "ctl/output.h"
#include "lib/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_ROWS 200
#define BATCH_BYTES (1024 * 1024)
#define ESCAPED_MAX 6 /* bytes of JSON for one */
#define BATCH_MS 60000
#define ERRORS_MAX_BYTES (64u * 1024 * 1024)
#define BAR_WIDTH 40

enum { NAME, EMAIL, TIER, STATUS, COLUMNS };
enum { ADDED, MOVED, ACTIVATED, DEACTIVATED, COUNTS };

static const char *const titles[COLUMNS] = { "Name", "Email", "Tier", "Patron Status" };
static const char *const keys[COLUMNS] = { "name", "email", "tier", "status" };

struct import {
	struct ctl *ctl;
	const char *creator;
	struct csv csv;
	size_t columns[COLUMNS]; /* where each stands in a row */
	struct buf batch;        /* JSON array, without its end */
	int rows;                /* in the batch */
	int64_t read;            /* rows so far */
	int64_t counts[COUNTS];
	struct buf errors; /* JSON array, without its end */
	int bad;           /* rows */
	int64_t size;      /* of the file in bytes; 0: no progress is shown */
};

/* A bar on a terminal. What else is said there begins by clearing it. */
static void
show_progress(const struct import *in)
{
	long at = ftell(in->csv.file);
	int done;

	if (in->size == 0 || at < 0)
		return;
	done = (int)(at >= in->size ? BAR_WIDTH : at * BAR_WIDTH / in->size);
	fprintf(stderr, "\r[%.*s%*s] %lld rows", done, "########################################", BAR_WIDTH - done, "", (long long)in->read);
}

static void
clear_progress(const struct import *in)
{
	if (in->size != 0)
		fputs("\r\033[K", stderr);
}

static void
add_error(struct import *in, const char *line, const char *message)
{
	buf_addf(&in->errors, "%s{\"line\": %s, \"message\": ", in->bad++ > 0 ? ", " : "", line);
	buf_add_json(&in->errors, message, strlen(message));
	buf_addc(&in->errors, '}');
	clear_progress(in);
	note("line %s: %s", line, message);
}

static bool
find_columns(struct import *in)
{
	size_t i, at;

	if (!csv_next(&in->csv) || in->csv.error) {
		if (ferror(in->csv.file))
			note("the file cannot be read: %s", strerror(errno));
		else
			note("the first line is no header: %s", in->csv.error ? in->csv.error : "the file is empty");
		return false;
	}
	for (i = 0; i < COLUMNS; i++) {
		in->columns[i] = CSV_FIELDS_MAX;
		for (at = in->csv.count; at-- > 0;) {
			const char *field = csv_field(&in->csv, at);

			if (str_equal_nocase(str_trim(field, strlen(field)), titles[i]))
				in->columns[i] = at;
		}
		if (in->columns[i] == CSV_FIELDS_MAX) {
			note("the first line names no column \"%s\"", titles[i]);
			return false;
		}
	}
	return true;
}

/* Adds the counts of a batch, and names its bad rows and, where nothing is really done, its changes. */
static bool
add_results(struct import *in, const char *body)
{
	static const char counts_sql[] = "SELECT b->>'added', b->>'moved', b->>'activated', b->>'deactivated' FROM (SELECT $1::json AS b) x";
	static const char errors_sql[] = "SELECT e->>'line', e->>'message' FROM json_array_elements($1::json->'errors') e";
	static const char changes_sql[] = "SELECT json_array_elements_text($1::json->'changes')";
	PGresult *counts = db_query(in->ctl, counts_sql, 1, &body), *errors = db_query(in->ctl, errors_sql, 1, &body);
	PGresult *changes = in->ctl->dry_run ? db_query(in->ctl, changes_sql, 1, &body) : NULL;
	bool ok = counts && errors && (changes || !in->ctl->dry_run);
	int64_t count;
	int i;

	for (i = 0; ok && i < COUNTS; i++) {
		ok = str_to_i64(PQgetvalue(counts, 0, i), (size_t)PQgetlength(counts, 0, i), 0, INT32_MAX, &count);
		in->counts[i] += ok ? count : 0;
	}
	for (i = 0; ok && i < PQntuples(errors); i++)
		add_error(in, PQgetvalue(errors, i, 0), PQgetvalue(errors, i, 1));
	for (i = 0; ok && changes && i < PQntuples(changes); i++)
		output(in->ctl, NULL, PQgetvalue(changes, i, 0));
	PQclear(counts);
	PQclear(errors);
	PQclear(changes);
	return ok;
}

static bool
command(struct ctl *ctl, const char *sql)
{
	PGresult *result = db_query(ctl, sql, 0, NULL);

	PQclear(result);
	return result != NULL;
}

/* A dry run undoes each batch by itself: what a batch locks, the creator's requests and log-ins wait for. */
static bool
call(struct import *in, const char *const *values, struct answer *answer)
{
	if (in->ctl->dry_run && !command(in->ctl, "BEGIN"))
		return false;
	if (!db_call(in->ctl, "user_import", NULL, 2, values, answer))
		return false;
	if (!in->ctl->dry_run || command(in->ctl, "ROLLBACK"))
		return true;
	PQclear(answer->result);
	return false;
}

static bool
send_batch(struct import *in)
{
	const char *values[] = { in->creator, NULL };
	struct answer answer;
	bool ok;

	if (in->rows == 0)
		return true;
	buf_addc(&in->batch, ']');
	if (!buf_ok(&in->batch)) {
		note("out of memory");
		return false;
	}
	values[1] = buf_str(&in->batch);
	if (!call(in, values, &answer))
		return false;
	ok = answer.body && add_results(in, answer.body);
	PQclear(answer.result);
	buf_clear(&in->batch);
	in->rows = 0;
	show_progress(in);
	return ok;
}

static void
add_row(struct import *in)
{
	size_t i;

	buf_addf(&in->batch, "%s{\"line\": %d", in->rows++ > 0 ? ", " : "[", in->csv.row_line);
	for (i = 0; i < COLUMNS; i++) {
		const char *field = csv_field(&in->csv, in->columns[i]);
		struct span value = str_trim(field, strlen(field));

		buf_addf(&in->batch, ", \"%s\": ", keys[i]);
		buf_add_json(&in->batch, value.p, value.len);
	}
	buf_addc(&in->batch, '}');
}

/* Why the present row cannot be sent, or NULL. */
static const char *
row_error(const struct import *in)
{
	size_t i;

	if (in->csv.error)
		return in->csv.error;
	for (i = 0; i < COLUMNS; i++)
		if (!csv_field(&in->csv, in->columns[i]))
			return "the row has fewer fields than the header";
	return NULL;
}

static bool
take_row(struct import *in)
{
	const char *error = row_error(in);
	char line[16];

	in->read++;
	if (!error) {
		add_row(in);
		return (in->rows < BATCH_ROWS && in->batch.len < BATCH_BYTES) || send_batch(in);
	}
	/* what stands before is done first, so that complaints come in the order of lines */
	if (!send_batch(in))
		return false;
	(void)snprintf(line, sizeof line, "%d", in->csv.row_line);
	add_error(in, line, error);
	return true;
}

static bool
import_rows(struct import *in)
{
	while (csv_next(&in->csv))
		if (!take_row(in))
			return false;
	if (ferror(in->csv.file)) {
		note("the file cannot be read: %s", strerror(errno));
		return false;
	}
	return send_batch(in);
}

static bool
import_file(struct import *in)
{
	return find_columns(in) && db_open(in->ctl) && db_deadline(in->ctl, BATCH_MS) && import_rows(in);
}

static int
report(struct import *in)
{
	struct buf json;
	bool ok;

	buf_init(&json, ERRORS_MAX_BYTES + 1000);
	buf_addf(&json, "{\"added\": %lld, \"moved\": %lld, \"activated\": %lld, \"deactivated\": %lld, \"errors\": [",
		(long long)in->counts[ADDED], (long long)in->counts[MOVED], (long long)in->counts[ACTIVATED],
		(long long)in->counts[DEACTIVATED]);
	buf_adds(&json, buf_str(&in->errors));
	buf_adds(&json, "]}");
	ok = buf_ok(&json) && buf_ok(&in->errors);
	if (ok)
		output(in->ctl, buf_str(&json), NULL);
	buf_free(&json);
	if (!ok)
		return refuse("done, but there were too many errors to list");
	note("%s%lld added, %lld moved, %lld activated, %lld deactivated, %d bad rows", in->ctl->dry_run ? "would be: " : "",
		(long long)in->counts[ADDED], (long long)in->counts[MOVED], (long long)in->counts[ACTIVATED],
		(long long)in->counts[DEACTIVATED], in->bad);
	return in->bad == 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* For the bar: the size of a regular file, where standard error is a terminal. */
static int64_t
progress_size(FILE *file)
{
	struct stat st;

	return isatty(STDERR_FILENO) && fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

int
user_import(struct ctl *ctl, const struct args *args)
{
	struct import in = { .ctl = ctl, .creator = args_value(args, "creator") };
	FILE *file = fopen(args->operand, "re");
	int status = EXIT_REFUSED;

	if (!file)
		return refuse("%s cannot be read: %s", args->operand, strerror(errno));
	ctl->dry_run = args_value(args, "dry-run") != NULL;
	csv_open(&in.csv, file);
	buf_init(&in.batch, BATCH_BYTES + CSV_ROW_MAX_BYTES * ESCAPED_MAX);
	buf_init(&in.errors, ERRORS_MAX_BYTES);
	in.size = progress_size(file);
	if (import_file(&in)) {
		clear_progress(&in);
		status = report(&in);
	} else if (in.read > BATCH_ROWS && !ctl->dry_run) {
		note("stopped at line %d; what was done stays, and the same file may be imported again", in.csv.row_line);
	}
	buf_free(&in.batch);
	buf_free(&in.errors);
	csv_close(&in.csv);
	(void)fclose(file);
	return status;
}
