/* Password hashes: argon2id strings (PHC format) through libsodium. */
#ifndef BOOKREQ_PASSWORD_H
#define BOOKREQ_PASSWORD_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>

/* Accepted lengths, in Unicode code points, and what the longest takes in bytes. */
#define PASSWORD_MIN 10
#define PASSWORD_MAX 256
#define PASSWORD_MAX_BYTES (PASSWORD_MAX * 4)

/* Writes a NUL-terminated hash with a fresh salt; false when memory for the work is not to be had. */
bool password_hash(const char *pw, size_t len, char out[crypto_pwhash_STRBYTES]) __attribute__((warn_unused_result));
/* Whether `pw` has the NUL-terminated `hash`; also false for a hash that is none. Takes as long as hashing. */
bool password_verify(const char *hash, const char *pw, size_t len) __attribute__((warn_unused_result));

#endif
