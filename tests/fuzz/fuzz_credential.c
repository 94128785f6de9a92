/* Who a request says it comes from: lines Cookie, Authorization, REMOTE_USER, and from a bridge or not. */
#include "config.h"

#include "fcgi/auth.h"
#include "lib/buf.h"
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

/* The token's hash as the database gets it; "" where the text is no token. */
static void
hash_of(struct span token, char hex[2 + 2 * TOKEN_HASH_SIZE + 1])
{
	unsigned char hash[TOKEN_HASH_SIZE];
	int64_t creator;

	hex[0] = '\0';
	if (!token_parse(token.p, token.len, &creator, hash))
		return;
	CHECK(creator > 0 && token.len < TOKEN_SIZE && token.p[token.len - 44] == '.');
	memcpy(hex, "\\x", 3);
	(void)sodium_bin2hex(hex + 2, 2 * TOKEN_HASH_SIZE + 1, hash, sizeof hash);
}

/* The token of the session cookie that comes first, found in another way than the worker does. */
static struct span
first_cookie(const char *header)
{
	static const char name[] = "bookreq_session=";
	struct span found = { NULL, 0 }, part;
	const char *p = header;

	while (found.p == NULL && p != NULL) {
		part = str_trim(p, strcspn(p, ";,"));
		/* a separator's own spaces and tabs come off already; a form feed and the like only by the trimming */
		if (part.len >= sizeof name - 1 && memcmp(part.p, name, sizeof name - 1) == 0)
			found = (struct span){ part.p + sizeof name - 1, part.len - (sizeof name - 1) };
		p = strpbrk(p, ";,");
		p = p != NULL ? p + 1 : NULL;
	}
	return found;
}

static void
check(const struct exchange *x, const char *cookie, const char *authorization)
{
	const struct credential *c = &x->credential;
	char expected[2 + 2 * TOKEN_HASH_SIZE + 1] = "";
	struct span token = first_cookie(cookie);
	bool bearer = strncasecmp(authorization, "Bearer ", 7) == 0;

	if (bearer)
		hash_of(str_trim(authorization + 7, strlen(authorization + 7)), expected);
	else if (token.p != NULL)
		hash_of(token, expected);
	CHECK(strcmp(c->hash, expected) == 0 && (c->creator[0] != '\0') == (c->hash[0] != '\0'));
	CHECK((c->kind == CREDENTIAL_BEARER) == bearer);
	CHECK(!bearer || c->remote_user == NULL);
	CHECK(c->kind != CREDENTIAL_COOKIE || c->hash[0] != '\0');
	CHECK(c->kind != CREDENTIAL_REMOTE || (c->remote_user != NULL && c->hash[0] == '\0'));
	CHECK(c->remote_user == NULL || (x->conf->trust_remote_user && c->remote_user[0] != '\0'));
}

static char *
param(const char *name, struct span value)
{
	struct buf b;

	buf_init(&b, 1024 * 1024);
	buf_addf(&b, "%s=", name);
	buf_add(&b, value.p, value.len);
	CHECK(buf_ok(&b));
	return b.data;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "HTTP_COOKIE", "HTTP_AUTHORIZATION", "REMOTE_USER", "HTTP_X_REMOTE_USER", "BOOKREQ_BRIDGE" };
	uint8_t bits = fuzz_take_byte(&data, &len);
	struct conf conf = { .trust_remote_user = (bits & 1) != 0 };
	struct span rest = { (const char *)data, len }, line;
	char *params[6] = { NULL };
	struct exchange x = { .conf = &conf, .params = params };
	size_t i;

	for (i = 0; i < 5; i++) {
		if (!str_take(&rest, '\n', &line)) {
			line = rest;
			rest.len = 0;
		}
		params[i] = param(names[i], line);
	}
	auth_read_credential(&x);
	check(&x, params[0] + strlen("HTTP_COOKIE="), params[1] + strlen("HTTP_AUTHORIZATION="));
	for (i = 0; i < 5; i++)
		free(params[i]);
	return 0;
}
