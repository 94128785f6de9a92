/*
 * bookreqctl migrate: everything in one transaction under one lock, so it may run twice and from two places at once.
 * Migrations are numbered and applied once; functions and grants are replaced as a whole whenever their files changed.
 * What was applied is remembered in bookreq.meta.schema_version and, as a digest of the files, in the schema's comment.
 */
#include "config.h"

#include "ctl/ctl.h"
#include "ctl/db.h"
#include "ctl/output.h"
#include "ctl/sqlfiles.h"
#include "lib/str.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_DIGITS 4 /* of NNNN_name.sql */
#define DIGEST_SIZE (crypto_hash_sha256_BYTES * 2 + 1)

struct work {
	struct ctl *ctl;
	struct sqlfiles migrations, functions, grants;
	int64_t known;             /* number of the newest migration file */
	int64_t present;           /* version of the database; 0: empty */
	char digest[DIGEST_SIZE];  /* of the files that are replaced as a whole */
	bool functions_current;    /* the database has exactly these */
	int applied;               /* migrations of this run */
	struct buf why;
};

static bool
complain(struct work *w)
{
	note("%s", buf_ok(&w->why) ? buf_str(&w->why) : "out of memory");
	return false;
}

/* The number that a migration's name begins with, or 0. */
static int64_t
migration_number(const struct sqlfile *file)
{
	const char *p = file->name;
	int64_t number;

	while (*p == '0')
		p++;
	if (file->name[NUMBER_DIGITS] != '_' || !str_to_i64(p, (size_t)(file->name + NUMBER_DIGITS - p), 1, 9999, &number))
		return 0;
	return number;
}

static bool
check_numbers(struct work *w)
{
	size_t i;

	for (i = 0; i < w->migrations.count; i++) {
		const struct sqlfile *file = &w->migrations.items[i];
		int64_t number = strlen(file->name) > NUMBER_DIGITS ? migration_number(file) : 0;

		if (number == 0) {
			buf_addf(&w->why, "%s is not named NNNN_what.sql", file->path);
			return complain(w);
		}
		if (number == w->known) {
			buf_addf(&w->why, "%s has a number that another migration has", file->path);
			return complain(w);
		}
		w->known = number;
	}
	if (w->known == 0) {
		buf_addf(&w->why, "%s/migrations holds no migrations (setting sql_dir)", w->ctl->conf.sql_dir);
		return complain(w);
	}
	return true;
}

static bool
read_files(struct work *w)
{
	const char *directory = w->ctl->conf.sql_dir;

	if (!sqlfiles_read(directory, "migrations", &w->migrations, &w->why) ||
		!sqlfiles_read(directory, "functions", &w->functions, &w->why) ||
		!sqlfiles_read_one(directory, "grants.sql", &w->grants, &w->why))
		return complain(w);
	return check_numbers(w);
}

/* NULs included, so that no two lists of names and texts give the same bytes. */
static void
digest_add(crypto_hash_sha256_state *state, const char *text)
{
	crypto_hash_sha256_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static void
digest_files(crypto_hash_sha256_state *state, const struct sqlfiles *files)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		digest_add(state, files->items[i].name);
		digest_add(state, files->items[i].text);
	}
}

/* `role_oid`: grants are due again when the application's role was made after the last run. */
static void
make_digest(struct work *w, const char *role_oid)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	digest_files(&state, &w->functions);
	digest_files(&state, &w->grants);
	digest_add(&state, w->ctl->conf.app_role);
	digest_add(&state, role_oid);
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(w->digest, sizeof w->digest, hash, sizeof hash);
}

static bool
statement(struct work *w, const char *sql, int count, const char *const *values)
{
	PGresult *result = db_query(w->ctl, sql, count, values);

	PQclear(result);
	return result != NULL;
}

/* READ COMMITTED: what another run committed while this one waited for the lock must be seen. */
static bool
begin(struct work *w)
{
	const char *role[] = { w->ctl->conf.app_role };

	return statement(w, "BEGIN ISOLATION LEVEL READ COMMITTED", 0, NULL) &&
		/* a migration may work long, but must not wait long for a lock that the running system holds */
		statement(w, "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '60s', true), "
			     /* functions may call others that come later in the alphabet */
			     "set_config('check_function_bodies', 'off', true), set_config('bookreq.app_role', $1, true)",
			1, role) &&
		statement(w, "SELECT pg_advisory_xact_lock(7305796)", 0, NULL);
}

static bool
read_version(struct work *w)
{
	PGresult *result = db_query(w->ctl, "SELECT schema_version FROM bookreq.meta", 0, NULL);
	const char *text;
	bool ok;

	if (!result)
		return false;
	text = PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "";
	ok = str_to_i64(text, strlen(text), 0, INT64_MAX, &w->present);
	PQclear(result);
	if (!ok)
		note("the table bookreq.meta does not hold one schema version");
	return ok;
}

static bool
read_state(struct work *w)
{
	const char *role[] = { w->ctl->conf.app_role };
	PGresult *result = db_query(w->ctl,
		"SELECT to_regclass('bookreq.meta') IS NOT NULL, coalesce(obj_description(to_regnamespace('bookreq'), 'pg_namespace'), ''),"
		" coalesce((SELECT oid FROM pg_roles WHERE rolname = $1), 0)",
		1, role);
	bool exists;

	if (!result)
		return false;
	exists = PQgetvalue(result, 0, 0)[0] == 't';
	make_digest(w, PQgetvalue(result, 0, 2));
	w->functions_current = strcmp(PQgetvalue(result, 0, 1), w->digest) == 0;
	PQclear(result);
	if (exists && !read_version(w))
		return false;
	if (w->present > w->known) {
		note("the database has schema version %" PRId64 ", this program knows only up to %" PRId64 ": it needs a newer bookreq",
			w->present, w->known);
		return false;
	}
	return true;
}

/* The line of a file that PostgreSQL points to, or 0. Its position counts characters from 1. */
static int
error_line(const PGresult *result, const char *text)
{
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	int64_t left;
	int line = 1;

	if (!position || !str_to_i64(position, strlen(position), 1, INT32_MAX, &left))
		return 0;
	for (; *text && left > 1; text++) {
		line += *text == '\n';
		left -= ((unsigned char)text[1] & 0xC0) != 0x80;
	}
	return line;
}

static void
complain_file(struct work *w, const struct sqlfile *file, const PGresult *result)
{
	int line = error_line(result, file->text);

	buf_adds(&w->why, file->path);
	if (line > 0)
		buf_addf(&w->why, ":%d", line);
	buf_adds(&w->why, ": ");
	db_message(w->ctl->db, result, &w->why);
	complain(w);
}

static bool
run_file(struct work *w, const struct sqlfile *file)
{
	PGresult *result = PQexec(w->ctl->db, file->text);
	ExecStatusType status = PQresultStatus(result);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;

	if (!ok) {
		complain_file(w, file, result);
	} else if (PQtransactionStatus(w->ctl->db) != PQTRANS_INTRANS) {
		note("%s: a file must not end the transaction", file->path);
		ok = false;
	}
	PQclear(result);
	return ok;
}

static bool
run_files(struct work *w, const struct sqlfiles *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		if (!run_file(w, &files->items[i]))
			return false;
	return true;
}

static bool
run_migrations(struct work *w)
{
	size_t i;

	for (i = 0; i < w->migrations.count; i++) {
		if (migration_number(&w->migrations.items[i]) <= w->present)
			continue;
		if (!run_file(w, &w->migrations.items[i]))
			return false;
		w->applied++;
	}
	return true;
}

/*
 * Makes way for the functions' files, so that one may change its result or go away. What a table, an index, a trigger or a domain needs
 * came with a migration and stays.
 */
static bool
drop_functions(struct work *w)
{
	return statement(w,
		"DO $$ DECLARE f regprocedure; BEGIN"
		" FOR f IN SELECT p.oid FROM pg_proc p"
		"  WHERE p.pronamespace IN (to_regnamespace('bookreq'), to_regnamespace('bookreq_api'), to_regnamespace('bookreq_ctl'))"
		"  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid)"
		" LOOP EXECUTE 'DROP ROUTINE ' || f; END LOOP; END $$",
		0, NULL);
}

/* The digest is hexadecimal and the version a number: nothing needs quoting. */
static bool
remember(struct work *w)
{
	char sql[160];
	PGresult *result;
	bool ok;

	snprintf(sql, sizeof sql, "UPDATE bookreq.meta SET schema_version = %" PRId64, w->known);
	result = db_query(w->ctl, sql, 0, NULL);
	ok = result && strcmp(PQcmdTuples(result), "1") == 0;
	if (result && !ok)
		note("the table bookreq.meta does not hold one row");
	PQclear(result);
	snprintf(sql, sizeof sql, "COMMENT ON SCHEMA bookreq IS '%s'", w->digest);
	return ok && statement(w, sql, 0, NULL);
}

static bool
bring_up(struct work *w)
{
	if (w->present == w->known && w->functions_current)
		return true;
	return run_migrations(w) && drop_functions(w) && run_files(w, &w->functions) && run_files(w, &w->grants) && remember(w);
}

static int
report(const struct work *w)
{
	bool changed = w->applied > 0 || !w->functions_current;
	char bare[32], json[128];

	snprintf(bare, sizeof bare, "%" PRId64, w->known);
	snprintf(json, sizeof json, "{\"schema_version\": %" PRId64 ", \"applied\": %d, \"changed\": %s}", w->known, w->applied,
		changed ? "true" : "false");
	output(w->ctl, json, bare);
	return EXIT_DONE;
}

int
migrate(struct ctl *ctl, const struct args *args)
{
	struct work w = { .ctl = ctl };
	int status = EXIT_REFUSED;

	(void)args;
	buf_init(&w.why, 16384);
	if (read_files(&w) && begin(&w) && read_state(&w) && bring_up(&w) && statement(&w, "COMMIT", 0, NULL))
		status = report(&w);
	sqlfiles_free(&w.migrations);
	sqlfiles_free(&w.functions);
	sqlfiles_free(&w.grants);
	buf_free(&w.why);
	return status;
}
