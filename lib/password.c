#include "config.h"

#include "lib/password.h"

/*
 * OWASP's least for argon2id (19 MiB, two passes): every worker may hash at the same time, and a small machine has
 * to bear that.
 */
#define PASSES 2
#define MEMORY (19u * 1024 * 1024)

bool
password_hash(const char *pw, size_t len, char out[crypto_pwhash_STRBYTES])
{
	if (sodium_init() < 0)
		return false;
	return crypto_pwhash_str_alg(out, pw, len, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool
password_verify(const char *hash, const char *pw, size_t len)
{
	if (sodium_init() < 0)
		return false;
	return crypto_pwhash_str_verify(hash, pw, len) == 0;
}
