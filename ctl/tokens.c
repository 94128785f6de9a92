/* token: bearer tokens for programs. The database gets only the hash; the text is printed once and kept nowhere. */
#include "config.h"

#include "ctl/ctl.h"
#include "ctl/db.h"
#include "ctl/output.h"
#include "lib/str.h"
#include "lib/token.h"

#include <sodium.h>
#include <string.h>

/* A token's text begins with the id of the user's creator. */
static bool
find_creator(struct ctl *ctl, const char *name, int64_t *creator)
{
	struct answer answer;
	bool ok;

	if (!db_call(ctl, "user_find", "creator_id", 1, &name, &answer))
		return false;
	ok = answer.field && str_to_i64(answer.field, strlen(answer.field), 1, INT64_MAX, creator);
	PQclear(answer.result);
	if (!ok)
		note("the database does not say whose user \"%s\" is", name);
	return ok;
}

/* `hash` gets PostgreSQL's hexadecimal form of bytea. */
static bool
make(int64_t creator, char token[TOKEN_SIZE], char hash[3 + 2 * TOKEN_HASH_SIZE])
{
	unsigned char bytes[TOKEN_HASH_SIZE];

	if (!token_make(creator, token, TOKEN_SIZE) || !token_parse(token, strlen(token), &creator, bytes)) {
		note("a token cannot be made");
		return false;
	}
	memcpy(hash, "\\x", 2);
	sodium_bin2hex(hash + 2, 2 * TOKEN_HASH_SIZE + 1, bytes, sizeof bytes);
	return true;
}

/* The database's answer with the token as its first member. */
static int
show(const struct ctl *ctl, const char *token, const char *body)
{
	struct buf json;
	bool ok;

	buf_init(&json, 4096);
	buf_addf(&json, "{\"token\": \"%s\", %s", token, body + 1);
	ok = buf_ok(&json);
	if (ok)
		output(ctl, buf_str(&json), token);
	buf_free(&json);
	return ok ? EXIT_DONE : refuse("out of memory");
}

int
token_add(struct ctl *ctl, const struct args *args)
{
	char token[TOKEN_SIZE], hash[3 + 2 * TOKEN_HASH_SIZE];
	const char *values[] = { args->operand, hash, args_value(args, "days") };
	struct answer answer;
	int64_t creator;
	int status;

	if (!find_creator(ctl, args->operand, &creator) || !make(creator, token, hash))
		return EXIT_REFUSED;
	if (!db_call(ctl, "token_add", "expires_at", 3, values, &answer))
		return EXIT_REFUSED;
	if (!answer.body || answer.body[0] != '{')
		status = refuse("the database did not say when the token ends");
	else
		status = show(ctl, token, answer.body);
	PQclear(answer.result);
	return status;
}

int
token_revoke(struct ctl *ctl, const struct args *args)
{
	const char *values[] = { args->operand };

	return db_act(ctl, "token_revoke", NULL, 1, values);
}
