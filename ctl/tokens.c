/* token: bearer tokens for programs. The database gets only the hash; the text is printed once and kept nowhere. */
#include "config.h"

#include "ctl/tokens.h"

#include "ctl/output.h"
#include "lib/str.h"

#include <sodium.h>
#include <string.h>

/* A token's text begins with the id of the user's creator. */
static bool
find_owner(struct ctl *ctl, const char *name, struct token *token)
{
	PGresult *result = db_query(ctl, "SELECT body->>'creator_id', body->>'id' FROM bookreq_ctl.user_find($1)", 1, &name);
	bool ok;

	if (!result)
		return false;
	ok = PQntuples(result) == 1 && (size_t)PQgetlength(result, 0, 0) < sizeof token->creator &&
	     (size_t)PQgetlength(result, 0, 1) < sizeof token->user;
	if (ok) {
		strcpy(token->creator, PQgetvalue(result, 0, 0));
		strcpy(token->user, PQgetvalue(result, 0, 1));
	} else {
		note("the database does not say who \"%s\" is", name);
	}
	PQclear(result);
	return ok;
}

static bool
make(struct token *token)
{
	unsigned char hash[TOKEN_HASH_SIZE];
	int64_t creator;

	if (!str_to_i64(token->creator, strlen(token->creator), 1, INT64_MAX, &creator) ||
		!token_make(creator, token->text, sizeof token->text) || !token_parse(token->text, strlen(token->text), &creator, hash)) {
		note("a token cannot be made");
		return false;
	}
	memcpy(token->hash, "\\x", 2);
	sodium_bin2hex(token->hash + 2, sizeof token->hash - 2, hash, sizeof hash);
	return true;
}

bool
token_new(struct ctl *ctl, const char *name, const char *days, struct token *token, struct answer *answer)
{
	const char *values[] = { name, token->hash, days };

	return find_owner(ctl, name, token) && make(token) && db_call(ctl, "token_add", NULL, 3, values, answer);
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
	struct answer answer;
	struct token token;
	int status;

	if (!token_new(ctl, args->operand, args_value(args, "days"), &token, &answer))
		return EXIT_REFUSED;
	if (!answer.body || answer.body[0] != '{')
		status = refuse("the database did not say when the token ends");
	else
		status = show(ctl, token.text, answer.body);
	PQclear(answer.result);
	return status;
}

int
token_revoke(struct ctl *ctl, const struct args *args)
{
	const char *values[] = { args->operand };

	return db_act(ctl, "token_revoke", NULL, 1, values);
}
