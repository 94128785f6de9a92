/*
 * Bearer tokens: "{creator id}.{256 random bits in base64url}" (RFC 4648, section 5, without padding). The creator's id
 * lets a session be looked up by the tenant's key; only the SHA-256 of the whole text is ever stored.
 */
#ifndef BOOKREQ_TOKEN_H
#define BOOKREQ_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_SIZE 64 /* 19 digits, the dot, 43 characters and the NUL */
#define TOKEN_HASH_SIZE 32

/* Writes a new token with its NUL; false when `creator_id` is not positive, `size` too small or no randomness to be had. */
bool token_make(int64_t creator_id, char *text, size_t size) __attribute__((warn_unused_result));
/* False for anything that token_make() could not have written. */
bool token_parse(const char *text, size_t len, int64_t *creator_id, unsigned char hash[TOKEN_HASH_SIZE])
	__attribute__((warn_unused_result));

#endif
