/* creator, user and team. */
#include "config.h"

#include "ctl/ctl.h"
#include "ctl/db.h"
#include "ctl/output.h"
#include "ctl/passwords.h"

#include <string.h>

/* A password is asked for before the database is, so that a bad one changes nothing. NULL hash: none was given. */
static bool
optional_password(const struct args *args, char store[crypto_pwhash_STRBYTES], const char **hash)
{
	*hash = NULL;
	if (!args_value(args, "password-stdin"))
		return true;
	*hash = store;
	return password_read(store);
}

int
creator_add(struct ctl *ctl, const struct args *args)
{
	char store[crypto_pwhash_STRBYTES];
	const char *values[] = { args->operand, args_value(args, "email"), NULL };

	if (!optional_password(args, store, &values[2]))
		return EXIT_REFUSED;
	return db_act(ctl, "creator_add", "id", 3, values);
}

int
user_add(struct ctl *ctl, const struct args *args)
{
	char store[crypto_pwhash_STRBYTES];
	const char *values[] = { args->operand, args_value(args, "creator"), args_value(args, "tier"), args_value(args, "email"), NULL };

	if (!optional_password(args, store, &values[4]))
		return EXIT_REFUSED;
	return db_act(ctl, "user_add", "id", 5, values);
}

/* "" and "none" take a value away. */
static const char *
or_null(const char *value, const char *nothing)
{
	return value && strcmp(value, nothing) == 0 ? NULL : value;
}

static const char *
truth(bool value)
{
	return value ? "true" : "false";
}

int
user_set(struct ctl *ctl, const struct args *args)
{
	const char *tier = args_value(args, "tier"), *allowance = args_value(args, "allowance"), *email = args_value(args, "email");
	const char *values[] = { args->operand, or_null(tier, ""), truth(tier), or_null(allowance, "none"), truth(allowance),
		or_null(email, ""), truth(email) };

	if (!tier && !allowance && !email) {
		note("user set needs one of --tier, --allowance, --email");
		return EXIT_USAGE;
	}
	return db_act(ctl, "user_set", NULL, 7, values);
}

int
user_passwd(struct ctl *ctl, const struct args *args)
{
	char store[crypto_pwhash_STRBYTES];
	const char *values[] = { args->operand, store };

	return password_read(store) ? db_act(ctl, "user_passwd", NULL, 2, values) : EXIT_REFUSED;
}

static int
set_active(struct ctl *ctl, const struct args *args, bool active)
{
	const char *values[] = { args->operand, truth(active) };

	return db_act(ctl, "user_active", NULL, 2, values);
}

int
user_activate(struct ctl *ctl, const struct args *args)
{
	return set_active(ctl, args, true);
}

int
user_deactivate(struct ctl *ctl, const struct args *args)
{
	return set_active(ctl, args, false);
}

int
team_add(struct ctl *ctl, const struct args *args)
{
	const char *values[] = { args_value(args, "creator"), args->operand };

	return db_act(ctl, "team_add", NULL, 2, values);
}

int
team_remove(struct ctl *ctl, const struct args *args)
{
	const char *values[] = { args_value(args, "creator"), args->operand };

	return db_act(ctl, "team_remove", NULL, 2, values);
}

/* One user a line, tab-separated, for people, cut and awk. */
static const char list_sql[] =
	"SELECT concat_ws(E'\\t', u->>'id', u->>'username',"
	" CASE WHEN (u->>'is_creator')::boolean THEN 'creator' WHEN (u->>'is_team')::boolean THEN 'team' ELSE 'subscriber' END,"
	" coalesce(u->'tier'->>'title', '-'), coalesce(u->>'allowance', '-'),"
	" CASE WHEN (u->>'is_active')::boolean THEN 'active' ELSE 'inactive' END, coalesce(u->>'email', '-'))"
	" FROM json_array_elements($1::json->'users') WITH ORDINALITY AS l (u, place) ORDER BY place";

static int
print_users(struct ctl *ctl, const char *users)
{
	PGresult *result = db_query(ctl, list_sql, 1, &users);
	int i;

	if (!result)
		return EXIT_REFUSED;
	for (i = 0; i < PQntuples(result); i++)
		output(ctl, NULL, PQgetvalue(result, i, 0));
	PQclear(result);
	return EXIT_DONE;
}

int
user_list(struct ctl *ctl, const struct args *args)
{
	const char *values[] = { args_value(args, "creator") };
	struct answer answer;
	int status;

	if (ctl->json)
		return db_act(ctl, "user_list", NULL, 1, values);
	if (!db_call(ctl, "user_list", NULL, 1, values, &answer))
		return EXIT_REFUSED;
	status = print_users(ctl, answer.body);
	PQclear(answer.result);
	return status;
}
