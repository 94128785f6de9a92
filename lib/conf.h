/*
 * Settings: one table (conf.c) gives name, type, default, limits and help. A setting comes from the file
 * (`name = value` lines, `#` comments), and an environment variable BOOKREQ_NAME overrides the file.
 */
#ifndef BOOKREQ_CONF_H
#define BOOKREQ_CONF_H

#include "lib/buf.h"
#include "lib/log.h"

#include <stdbool.h>
#include <stdint.h>

struct conf {
	char *database_url;        /* libpq URI of the application's (bookreqctl: the owner's) role */
	char *redis_url;           /* as redis_open() takes it; "": no Redis, sockets poll */
	char *redis_prefix;        /* first part of every channel's name */
	char *bridge_socket;       /* unix socket of the bridges' own application pool */
	char *metrics_file;        /* where the workers of one machine count together; "": each alone */
	char *sql_dir;             /* where migrations/ and functions/ are */
	char *app_role;            /* database role that may call bookreq_api; granted by migrate where it exists */
	bool trust_remote_user;    /* REMOTE_USER from the web server names the user */
	bool prepared_statements;  /* no: behind PgBouncer in transaction mode */
	int64_t session_hours;     /* how long a log-in lasts */
	int64_t max_sockets_per_user;
	int64_t heartbeat_seconds; /* between two tail checks of an open socket */
	int64_t ping_seconds;      /* of the client's silence before `ping` */
	int64_t poll_ms;           /* between two questions of a socket while Redis is away */
	int64_t slow_reader_seconds; /* without reading anything before a client is disconnected */
	int64_t publish_ms;        /* deadline of Redis in a worker */
	int64_t statement_ms;      /* deadline of one database call */
	int64_t bridge_call_ms;    /* deadline of a bridge's question */
	enum log_level log_level;
	enum log_format log_format;
};

/*
 * Fills *conf from the defaults, the file at `path` (NULL: BOOKREQ_CONFIG, else /etc/bookreq/bookreq.conf where that exists) and the environment.
 * On failure false, and *why has one sentence naming the setting, the value and the file and line or variable.
 */
bool conf_load(struct conf *conf, const char *path, struct buf *why) __attribute__((warn_unused_result));
void conf_free(struct conf *conf);

/* Appends the table for --help: name, help, default and a number's limits, a line each. */
void conf_help(struct buf *out);

#endif
