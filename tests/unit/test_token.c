/* Bearer tokens. */
#include "config.h"

#include "lib/token.h"
#include "tests/unit/tap.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" /* bytes 0 to 31 */

static void
test_made(int64_t creator)
{
	char text[TOKEN_SIZE], again[TOKEN_SIZE];
	unsigned char hash[TOKEN_HASH_SIZE], wanted[TOKEN_HASH_SIZE];
	int64_t parsed = 0;

	ok(token_make(creator, text, sizeof text), "a token of creator %" PRId64, creator);
	ok(token_parse(text, strlen(text), &parsed, hash) && parsed == creator, "is parsed");
	(void)crypto_hash_sha256(wanted, (const unsigned char *)text, strlen(text));
	ok(memcmp(hash, wanted, sizeof hash) == 0, "its hash is the SHA-256 of the text");
	ok(token_make(creator, again, sizeof again) && strcmp(text, again) != 0, "the next one differs");
	ok(!token_make(creator, again, strlen(text)), "and needs room for its end");
}

static void
refused(const char *text, size_t len)
{
	unsigned char hash[TOKEN_HASH_SIZE];
	int64_t creator;

	ok(!token_parse(text, len, &creator, hash), "refused: \"%.*s\"", (int)len, text);
}

int
main(void)
{
	static const char *const bad[] = { "", ".", "1", "1.", "." SECRET, "0." SECRET, "-1." SECRET, "+1." SECRET, "01." SECRET, " 1." SECRET,
		"1 ." SECRET, "x." SECRET, "1.1." SECRET, "9223372036854775808." SECRET, "1." SECRET "A", "1." SECRET "=", "1." SECRET " ",
		"1. " SECRET, "1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", "1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh",
		"1.+AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "1./AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" };
	unsigned char hash[TOKEN_HASH_SIZE];
	char none[TOKEN_SIZE];
	int64_t creator;
	size_t i;

	test_made(1);
	test_made(INT64_MAX);
	ok(!token_make(0, none, sizeof none) && !token_make(-1, none, sizeof none), "no token of no creator");
	ok(token_parse("42." SECRET, 46, &creator, hash) && creator == 42, "a known text");
	ok(token_parse("42." SECRET "tail", 46, &creator, hash), "the length counts, not an end");
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(bad[i], strlen(bad[i]));
	refused("1." SECRET "\0", 46);
	return done();
}
