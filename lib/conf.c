/* The settings table and its readers; see conf.h. */
#include "config.h"

#include "lib/conf.h"

#include "lib/str.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE SYSCONFDIR "/bookreq/bookreq.conf"
#define FILE_MAX_BYTES 65536
#define PREFIX "BOOKREQ_"

enum type { TYPE_STRING, TYPE_BOOL, TYPE_NUMBER, TYPE_LEVEL, TYPE_FORMAT };

struct setting {
	const char *name;
	enum type type;
	size_t offset; /* of the member of struct conf */
	const char *fallback;
	int64_t min, max; /* numbers: limits; strings: length in bytes */
	const char *help;
};

#define AT(member) offsetof(struct conf, member)

static const struct setting settings[] = {
	{ "database_url", TYPE_STRING, AT(database_url), "postgresql:///bookreq", 1, 2000, "PostgreSQL: a libpq URI" },
	{ "redis_url", TYPE_STRING, AT(redis_url), "", 0, 1000, "redis://host:port/0, unix:///path or sentinel://host:port/name; empty: no Redis, sockets poll" },
	{ "redis_prefix", TYPE_STRING, AT(redis_prefix), "bookreq", 1, 64, "first part of every channel's name" },
	{ "bridge_socket", TYPE_STRING, AT(bridge_socket), "/run/bookreq/bridge.sock", 1, 107, "unix socket of the bridges' application pool" },
	{ "metrics_file", TYPE_STRING, AT(metrics_file), "", 0, 1000, "file in which the workers of one machine count together; empty: each alone" },
	{ "sql_dir", TYPE_STRING, AT(sql_dir), PKGDATADIR "/sql", 1, 1000, "directory with migrations/ and functions/" },
	{ "app_role", TYPE_STRING, AT(app_role), "bookreq_app", 1, 63, "database role of the workers, granted by migrate where it exists" },
	{ "trust_remote_user", TYPE_BOOL, AT(trust_remote_user), "no", 0, 0, "the web server's REMOTE_USER names the user" },
	{ "prepared_statements", TYPE_BOOL, AT(prepared_statements), "yes", 0, 0, "no: behind PgBouncer in transaction mode" },
	{ "session_hours", TYPE_NUMBER, AT(session_hours), "720", 1, 87600, "how long a log-in lasts" },
	{ "max_sockets_per_user", TYPE_NUMBER, AT(max_sockets_per_user), "20", 1, 1000000, "open WebSockets of one user, over all nodes" },
	{ "heartbeat_seconds", TYPE_NUMBER, AT(heartbeat_seconds), "60", 1, 3600, "between two checks of an open socket against the database" },
	{ "ping_seconds", TYPE_NUMBER, AT(ping_seconds), "30", 1, 3600, "of a client's silence before the server's ping" },
	{ "poll_ms", TYPE_NUMBER, AT(poll_ms), "2000", 100, 60000, "between two questions of a socket while Redis is away" },
	{ "slow_reader_seconds", TYPE_NUMBER, AT(slow_reader_seconds), "60", 1, 3600, "without reading before a client is disconnected" },
	{ "publish_ms", TYPE_NUMBER, AT(publish_ms), "50", 1, 10000, "deadline of a worker's publish" },
	{ "statement_ms", TYPE_NUMBER, AT(statement_ms), "5000", 100, 600000, "deadline of one database call" },
	{ "bridge_call_ms", TYPE_NUMBER, AT(bridge_call_ms), "2000", 100, 60000, "deadline of a bridge's question to the application" },
	{ "log_level", TYPE_LEVEL, AT(log_level), "info", 0, 0, "error, warn, info or debug" },
	{ "log_format", TYPE_FORMAT, AT(log_format), "text", 0, 0, "text or json" },
};

#define N_SETTINGS (sizeof settings / sizeof settings[0])

static bool
set_string(struct conf *conf, const struct setting *s, struct span value)
{
	char **member = (char **)((char *)conf + s->offset), *copy;

	if (value.len < (size_t)s->min || value.len > (size_t)s->max || memchr(value.p, '\0', value.len) != NULL)
		return false;
	copy = strndup(value.p, value.len);
	if (copy == NULL)
		return false;
	free(*member);
	*member = copy;
	return true;
}

static bool
set_bool(struct conf *conf, const struct setting *s, struct span value)
{
	bool *member = (bool *)((char *)conf + s->offset);
	bool yes = str_equal(value, "yes") || str_equal(value, "true") || str_equal(value, "1");

	if (!yes && !str_equal(value, "no") && !str_equal(value, "false") && !str_equal(value, "0"))
		return false;
	*member = yes;
	return true;
}

static bool
set_level(struct conf *conf, const struct setting *s, struct span value)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	enum log_level *member = (enum log_level *)((char *)conf + s->offset);
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_equal(value, names[i])) {
			*member = (enum log_level)i;
			return true;
		}
	return false;
}

static bool
set_format(struct conf *conf, const struct setting *s, struct span value)
{
	enum log_format *member = (enum log_format *)((char *)conf + s->offset);
	bool json = str_equal(value, "json");

	if (!json && !str_equal(value, "text"))
		return false;
	*member = json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
	return true;
}

static bool
set_value(struct conf *conf, const struct setting *s, struct span value)
{
	switch (s->type) {
	case TYPE_STRING: return set_string(conf, s, value);
	case TYPE_BOOL: return set_bool(conf, s, value);
	case TYPE_LEVEL: return set_level(conf, s, value);
	case TYPE_FORMAT: return set_format(conf, s, value);
	case TYPE_NUMBER: return str_to_i64(value.p, value.len, s->min, s->max, (int64_t *)((char *)conf + s->offset));
	}
	return false;
}

/* Says what would be accepted; `where` is a file's line or a variable. */
static bool
complain(struct buf *why, const struct setting *s, struct span value, const char *where)
{
	buf_clear(why);
	buf_addf(why, "%s: setting %s has the value \"%.*s\", but takes ", where, s->name, (int)(value.len < 80 ? value.len : 80), value.p);
	switch (s->type) {
	case TYPE_STRING: buf_addf(why, "a text of %lld to %lld bytes", (long long)s->min, (long long)s->max); break;
	case TYPE_BOOL: buf_adds(why, "yes or no"); break;
	case TYPE_LEVEL:
	case TYPE_FORMAT: buf_adds(why, s->help); break;
	case TYPE_NUMBER: buf_addf(why, "a whole number from %lld to %lld", (long long)s->min, (long long)s->max); break;
	}
	return false;
}

static const struct setting *
find(struct span name)
{
	size_t i;

	for (i = 0; i < N_SETTINGS; i++)
		if (str_equal(name, settings[i].name))
			return &settings[i];
	return NULL;
}

static bool
load_line(struct conf *conf, struct span line, const char *where, struct buf *why)
{
	const char *equals;
	const struct setting *s;
	struct span name, value;

	line = str_trim(line.p, line.len);
	if (line.len == 0 || line.p[0] == '#')
		return true;
	equals = memchr(line.p, '=', line.len);
	if (equals == NULL) {
		buf_addf(why, "%s: a line is \"name = value\" or begins with #", where);
		return false;
	}
	name = str_trim(line.p, (size_t)(equals - line.p));
	value = str_trim(equals + 1, line.len - (size_t)(equals + 1 - line.p));
	s = find(name);
	if (s == NULL) {
		buf_addf(why, "%s: there is no setting \"%.*s\"", where, (int)(name.len < 80 ? name.len : 80), name.p);
		return false;
	}
	return set_value(conf, s, value) || complain(why, s, value, where);
}

static bool
load_text(struct conf *conf, const char *path, const char *text, size_t len, struct buf *why)
{
	char where[512];
	size_t at = 0;
	int line;

	for (line = 1; at < len; line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end != NULL ? (size_t)(end - text) - at : len - at;

		(void)snprintf(where, sizeof where, "%s:%d", path, line);
		if (!load_line(conf, (struct span){ text + at, line_len }, where, why))
			return false;
		at += line_len + 1;
	}
	return true;
}

/* Fills `text` up to `size`; the bytes read, or -1. Without stdio, whose buffers would outlive it in every bridge. */
static ssize_t
read_file(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 && len < size);
	return n < 0 ? -1 : (ssize_t)len;
}

static bool
load_file(struct conf *conf, const char *path, bool required, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = false;
	char *text;
	ssize_t len;

	if (fd < 0) {
		if (!required && errno == ENOENT)
			return true;
		buf_addf(why, "%s: cannot be read: %s", path, strerror(errno));
		return false;
	}
	text = malloc(FILE_MAX_BYTES);
	len = text != NULL ? read_file(fd, text, FILE_MAX_BYTES) : -1;
	if (len < 0)
		buf_addf(why, "%s: cannot be read", path);
	else if (len == FILE_MAX_BYTES)
		buf_addf(why, "%s: longer than %d bytes", path, FILE_MAX_BYTES - 1);
	else
		ok = load_text(conf, path, text, (size_t)len, why);
	free(text);
	(void)close(fd);
	return ok;
}

static void
variable_name(const struct setting *s, char *out, size_t size)
{
	size_t i;

	(void)snprintf(out, size, PREFIX "%s", s->name);
	for (i = 0; out[i] != '\0'; i++)
		out[i] = (char)toupper((unsigned char)out[i]);
}

static bool
load_environment(struct conf *conf, struct buf *why)
{
	char name[64];
	size_t i;

	for (i = 0; i < N_SETTINGS; i++) {
		const char *value;
		struct span v;

		variable_name(&settings[i], name, sizeof name);
		value = getenv(name);
		if (value == NULL)
			continue;
		v = (struct span){ value, strlen(value) };
		if (!set_value(conf, &settings[i], v))
			return complain(why, &settings[i], v, name);
	}
	return true;
}

bool
conf_load(struct conf *conf, const char *path, struct buf *why)
{
	const char *named = path != NULL ? path : getenv(PREFIX "CONFIG");
	size_t i;

	*conf = (struct conf){ 0 };
	for (i = 0; i < N_SETTINGS; i++) {
		struct span fallback = { settings[i].fallback, strlen(settings[i].fallback) };

		if (!set_value(conf, &settings[i], fallback))
			return complain(why, &settings[i], fallback, "default");
	}
	if (!load_file(conf, named != NULL ? named : DEFAULT_FILE, named != NULL, why))
		return false;
	return load_environment(conf, why);
}

void
conf_free(struct conf *conf)
{
	size_t i;

	for (i = 0; i < N_SETTINGS; i++)
		if (settings[i].type == TYPE_STRING)
			free(*(char **)((char *)conf + settings[i].offset));
	*conf = (struct conf){ 0 };
}

void
conf_help(struct buf *out)
{
	size_t i;

	for (i = 0; i < N_SETTINGS; i++) {
		const struct setting *s = &settings[i];

		buf_addf(out, "  %-22s %s [%s", s->name, s->help, s->fallback);
		if (s->type == TYPE_NUMBER)
			buf_addf(out, "; %lld to %lld", (long long)s->min, (long long)s->max);
		buf_adds(out, "]\n");
	}
}
