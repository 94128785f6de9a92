/* The password that a command reads from standard input. */
#ifndef BOOKREQ_CTL_PASSWORDS_H
#define BOOKREQ_CTL_PASSWORDS_H

#include "lib/password.h"

/* Hashes the first line of standard input, without its newline; false after a line on standard error. */
bool password_read(char hash[crypto_pwhash_STRBYTES]) __attribute__((warn_unused_result));

#endif
