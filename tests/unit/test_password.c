/* Password hashes. */
#include "config.h"

#include "lib/password.h"
#include "tests/unit/tap.h"

#include <string.h>

int
main(void)
{
	char hash[crypto_pwhash_STRBYTES], other[crypto_pwhash_STRBYTES];
	char longest[PASSWORD_MAX_BYTES];

	memset(longest, 'x', sizeof longest);
	ok(password_hash("correct horse", 13, hash), "a password is hashed");
	ok(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "as argon2id, 19 MiB and two passes");
	ok(password_verify(hash, "correct horse", 13), "it verifies");
	ok(!password_verify(hash, "correct horsf", 13), "another does not");
	ok(!password_verify(hash, "correct horse", 12), "nor does its beginning");
	ok(!password_verify(hash, "", 0), "nor nothing");
	ok(password_hash("correct horse", 13, other) && strcmp(hash, other) != 0, "every hash has its own salt");
	ok(password_hash(longest, sizeof longest, other) && password_verify(other, longest, sizeof longest), "the longest password");
	ok(!password_verify("", "correct horse", 13), "an empty hash fits nothing");
	ok(!password_verify("$argon2id$", "correct horse", 13), "nor does half a hash");
	ok(!password_verify("plain text here", "plain text here", 15), "nor does plain text");
	return done();
}
