/*
 * Names of channels without their prefix, as the handshake check and the application give them: "{C}:user:U", then "{C}:admins" or
 * "{C}:subscribers", then "sockets", which everybody shares.
 */
#ifndef BOOKREQ_WSBRIDGE_NAMES_H
#define BOOKREQ_WSBRIDGE_NAMES_H

#include "lib/str.h"

#include <stdbool.h>
#include <stddef.h>

#define NAMES_MAX 3
#define NAME_SIZE 48 /* two numbers of 19 digits, "{}:user:" and the NUL */

/* All of one creator and one user, the user's own channel first; n is 0 for none. */
struct names {
	size_t n;
	char name[NAMES_MAX][NAME_SIZE];
};

/* Adds one name; false when it is not of the form above, or does not belong beside those there. */
bool names_add(struct names *names, struct span name) __attribute__((warn_unused_result));
/* Reads names with a space between them, at least one. */
bool names_read(struct names *names, struct span list) __attribute__((warn_unused_result));
bool names_have(const struct names *names, const char *name);
bool names_equal(const struct names *a, const struct names *b);

#endif
