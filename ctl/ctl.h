/* What the commands of bookreqctl share. */
#ifndef BOOKREQ_CTL_H
#define BOOKREQ_CTL_H

#include "ctl/options.h"
#include "lib/conf.h"

#include <libpq-fe.h>
#include <stdbool.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct ctl {
	struct conf conf;
	bool json;
	bool dry_run; /* what is done is rolled back, so nobody is told */
	PGconn *db;   /* NULL until db_open() */
};

/* A command refuses by one line on standard error and this status. */
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line on standard error for the person who looks on. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

int migrate(struct ctl *ctl, const struct args *args);
int creator_add(struct ctl *ctl, const struct args *args);
int tier_set(struct ctl *ctl, const struct args *args);
int user_add(struct ctl *ctl, const struct args *args);
int user_set(struct ctl *ctl, const struct args *args);
int user_passwd(struct ctl *ctl, const struct args *args);
int user_activate(struct ctl *ctl, const struct args *args);
int user_deactivate(struct ctl *ctl, const struct args *args);
int user_list(struct ctl *ctl, const struct args *args);
int user_import(struct ctl *ctl, const struct args *args);
int team_add(struct ctl *ctl, const struct args *args);
int team_remove(struct ctl *ctl, const struct args *args);
int token_add(struct ctl *ctl, const struct args *args);
int token_revoke(struct ctl *ctl, const struct args *args);
int tail(struct ctl *ctl, const struct args *args);
int doctor(struct ctl *ctl, const struct args *args);
int prune(struct ctl *ctl, const struct args *args);
int epoch(struct ctl *ctl, const struct args *args);

#endif
