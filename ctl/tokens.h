/* Making bearer tokens. */
#ifndef BOOKREQ_CTL_TOKENS_H
#define BOOKREQ_CTL_TOKENS_H

#include "ctl/db.h"
#include "lib/token.h"

struct token {
	char text[TOKEN_SIZE];
	char hash[3 + 2 * TOKEN_HASH_SIZE]; /* PostgreSQL's hexadecimal form of bytea */
	char creator[24], user[24];         /* ids */
};

/* A token for the user of that name, kept in the database; `days` may be NULL. False after a line on standard error. */
bool token_new(struct ctl *ctl, const char *name, const char *days, struct token *token, struct answer *answer)
	__attribute__((warn_unused_result));

#endif
