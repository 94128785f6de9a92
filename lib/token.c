#include "config.h"

#include "lib/token.h"

#include "lib/str.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SECRET_BYTES 32
#define SECRET_CHARS 43

bool
token_make(int64_t creator_id, char *text, size_t size)
{
	unsigned char secret[SECRET_BYTES];
	char encoded[SECRET_CHARS + 1];
	int n;

	if (creator_id <= 0 || sodium_init() < 0)
		return false;
	randombytes_buf(secret, sizeof secret);
	sodium_bin2base64(encoded, sizeof encoded, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	n = snprintf(text, size, "%" PRId64 ".%s", creator_id, encoded);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(encoded, sizeof encoded);
	return n > 0 && (size_t)n < size;
}

/* The decoder also refuses a last character with bits that no secret has: one secret, one text. */
static bool
is_secret(const char *s, size_t len)
{
	unsigned char secret[SECRET_BYTES];
	size_t got;
	int rc;

	if (len != SECRET_CHARS)
		return false;
	rc = sodium_base642bin(secret, sizeof secret, s, len, NULL, &got, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof secret);
	return rc == 0 && got == sizeof secret;
}

bool
token_parse(const char *text, size_t len, int64_t *creator_id, unsigned char hash[TOKEN_HASH_SIZE])
{
	const char *dot = memchr(text, '.', len);
	size_t digits;

	if (!dot || sodium_init() < 0)
		return false;
	digits = (size_t)(dot - text);
	if (!str_to_i64(text, digits, 1, INT64_MAX, creator_id) || !is_secret(dot + 1, len - digits - 1))
		return false;
	crypto_hash_sha256(hash, (const unsigned char *)text, len);
	return true;
}
