/*
 * Sessions; see auth.h. A password costs two calls, with argon2id between them: the first reserves the attempt as a
 * failure, so that attempts side by side cannot pass the limit; the second, on success, takes that back.
 */
#include "config.h"

#include "fcgi/auth.h"

#include "fcgi/origin.h"
#include "fcgi/route.h"
#include "lib/log.h"
#include "lib/password.h"
#include "lib/str.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COOKIE "bookreq_session"

const struct field login_fields[] = {
	{ "username", FIELD_TEXT, .required = true, .min = 1, .max = 320 },
	{ "password", FIELD_PASSWORD, .required = true, .min = 1, .max = PASSWORD_MAX },
	{ 0 },
};

const struct field password_fields[] = {
	{ "current_password", FIELD_PASSWORD, .required = true, .min = 1, .max = PASSWORD_MAX },
	{ "new_password", FIELD_PASSWORD, .required = true, .min = PASSWORD_MIN, .max = PASSWORD_MAX },
	{ 0 },
};

/* Takes a token's text over; false where it cannot be one. */
static bool
set_token(struct credential *c, const char *text, size_t len, enum credential_kind kind)
{
	unsigned char hash[TOKEN_HASH_SIZE];
	int64_t creator;

	c->kind = kind;
	if (!token_parse(text, len, &creator, hash))
		return false;
	(void)snprintf(c->creator, sizeof c->creator, "%lld", (long long)creator);
	memcpy(c->hash, "\\x", 2);
	(void)sodium_bin2hex(c->hash + 2, sizeof c->hash - 2, hash, sizeof hash);
	return true;
}

/* The cookie's value (RFC 6265, section 4.2); websocketd joins several Cookie headers with ", ". */
static struct span
find_cookie(const char *header, const char *name)
{
	size_t name_len = strlen(name);

	while (*header != '\0') {
		struct span part;

		header += strspn(header, "; ,\t");
		part = str_trim(header, strcspn(header, ";,"));
		header += strcspn(header, ";,");
		if (part.len > name_len && part.p[name_len] == '=' && memcmp(part.p, name, name_len) == 0)
			return (struct span){ part.p + name_len + 1, part.len - name_len - 1 };
	}
	return (struct span){ NULL, 0 };
}

/*
 * The user whom the web server authenticated, NULL without one. Through websocketd, which has a REMOTE_USER of its own that is
 * always empty, the name comes as a header; from anybody but a bridge that header is the client's own claim. Names are UTF-8: bytes that
 * are none name nobody.
 */
static const char *
remote_user(const struct exchange *x)
{
	bool bridge = exchange_param(x, "BOOKREQ_BRIDGE")[0] != '\0';
	const char *name = exchange_param(x, bridge ? "HTTP_X_REMOTE_USER" : "REMOTE_USER");
	size_t length;

	return x->conf->trust_remote_user && name[0] != '\0' && str_utf8_count(name, strlen(name), &length) ? name : NULL;
}

void
auth_read_credential(struct exchange *x)
{
	const char *authorization = exchange_param(x, "HTTP_AUTHORIZATION");
	struct span cookie = find_cookie(exchange_param(x, "HTTP_COOKIE"), COOKIE);

	x->credential = (struct credential){ .kind = CREDENTIAL_NONE };
	if (strncasecmp(authorization, "Bearer ", 7) == 0) {
		struct span token = str_trim(authorization + 7, strlen(authorization + 7));

		(void)set_token(&x->credential, token.p, token.len, CREDENTIAL_BEARER);
		return;
	}
	x->credential.remote_user = remote_user(x);
	if (cookie.p != NULL && set_token(&x->credential, cookie.p, cookie.len, CREDENTIAL_COOKIE))
		return;
	x->credential.kind = x->credential.remote_user != NULL ? CREDENTIAL_REMOTE : CREDENTIAL_NONE;
}

static void
set_cookie(struct exchange *x, const char *value, int64_t max_age)
{
	buf_addf(&x->headers, "Set-Cookie: " COOKIE "=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s\r\n", value, (long long)max_age, origin_is_https(x) ? "; Secure" : "");
}

/* The hash of a password that nobody has: an unknown name must take as long as a known one. */
static const char *
nobodys_hash(void)
{
	static char hash[crypto_pwhash_STRBYTES];
	char password[32];

	if (hash[0] == '\0') {
		randombytes_buf(password, sizeof password);
		if (!password_hash(password, sizeof password, hash))
			log_error("no memory to hash a password");
	}
	return hash;
}

/* The row whose password this is, -1 for none. Always verifies at least once. */
static int
find_candidate(const struct rows *rows, const char *password)
{
	int i;

	for (i = 0; i < rows->count; i++) {
		const char *hash = rows_get(rows, i, 3);
		bool right = password_verify(hash != NULL ? hash : nobodys_hash(), password, strlen(password));

		if (right && hash != NULL)
			return i;
	}
	return -1;
}

/* Puts the token into the answer's object, which the database made without knowing it. */
static void
finish_login(struct exchange *x, const char *token)
{
	if (x->answer.body.len < 2)
		return;
	buf_addf(&x->content, "{\"token\":\"%s\",", token);
	buf_add(&x->content, x->answer.body.p + 1, x->answer.body.len - 1);
	x->status = x->answer.status;
	x->content_type = "application/json";
	set_cookie(x, token, x->conf->session_hours * 3600);
}

static void
start_session(struct exchange *x, const struct rows *rows, int row)
{
	char token[TOKEN_SIZE], hours[24];
	struct credential c = { 0 };
	int64_t creator;
	const char *id = rows_get(rows, row, 1);
	const char *params[] = { rows_get(rows, row, 0), id, rows_get(rows, row, 2), rows_get(rows, row, 3), c.hash, hours };

	(void)snprintf(hours, sizeof hours, "%lld", (long long)x->conf->session_hours);
	if (!str_to_i64(id, strlen(id), 1, INT64_MAX, &creator) || !token_make(creator, token, sizeof token) || !set_token(&c, token, strlen(token), CREDENTIAL_COOKIE)) {
		exchange_fail(x, PROBLEM_UNAVAILABLE, "No session can be made at the moment.");
		return;
	}
	if (!db_call(x->db, "login_finish", 6, params, &x->answer, &x->problem)) {
		exchange_refuse(x);
		return;
	}
	finish_login(x, token);
}

void
handle_login(struct exchange *x)
{
	const char *params[] = { exchange_param(x, "REMOTE_ADDR"), x->values.at[0] };
	struct rows rows;
	int row;

	if (!db_rows(x->db, "login_begin", 2, params, &rows, &x->problem)) {
		exchange_refuse(x);
		return;
	}
	row = find_candidate(&rows, x->values.at[1]);
	if (row >= 0)
		start_session(x, &rows, row);
	else
		exchange_fail(x, PROBLEM_INVALID_CREDENTIALS, "The name or the password is wrong.");
	rows_free(&rows);
}

void
handle_logout(struct exchange *x)
{
	handle_call(x);
	if (x->status == 204)
		set_cookie(x, "", 0);
}

static void
change_password(struct exchange *x, const struct rows *rows)
{
	char hash[crypto_pwhash_STRBYTES];
	const char *params[6];
	int n = exchange_caller(x, "any", params);

	if (!password_hash(x->values.at[1], strlen(x->values.at[1]), hash)) {
		exchange_fail(x, PROBLEM_UNAVAILABLE, "The password cannot be changed at the moment.");
		return;
	}
	params[n++] = rows_get(rows, 0, 0);
	params[n++] = hash;
	if (!db_call(x->db, "password_finish", n, params, &x->answer, &x->problem)) {
		exchange_refuse(x);
		return;
	}
	exchange_answer(x);
}

void
handle_password(struct exchange *x)
{
	const char *params[5];
	int n = exchange_caller(x, "any", params);
	struct rows rows;

	params[n++] = exchange_param(x, "REMOTE_ADDR");
	if (!db_rows(x->db, "password_begin", n, params, &rows, &x->problem)) {
		exchange_refuse(x);
		return;
	}
	if (find_candidate(&rows, x->values.at[0]) >= 0)
		change_password(x, &rows);
	else
		exchange_fail(x, PROBLEM_INVALID_CREDENTIALS, "The current password is wrong.");
	rows_free(&rows);
}
