/* Connecting to Redis; see redis.h. */
#include "config.h"

#include "lib/redis.h"

#include "lib/clock.h"
#include "lib/str.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define REDIS_PORT 6379
#define SENTINEL_PORT 26379
#define REDIS "redis://"
#define SENTINEL "sentinel://"
#define LATE_MAX 2 /* attempts that a slow master is given before it is passed by: all should be at the same one */

struct host {
	char name[256];
	int port;
};

struct address {
	char path[108];     /* unix socket, or "" */
	char password[256]; /* "" for none */
	struct span hosts;  /* host[:port],…: of Redis or, with a master's name, of Sentinels */
	char master[128];   /* "" for no Sentinels */
};

/* Copies a part of the URL; a part that does not fit is an error, never a shorter part. */
static bool
copy(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

/* host[:port] */
static bool
parse_host(struct span text, int port, struct host *h)
{
	const char *colon = memchr(text.p, ':', text.len);
	size_t len = colon != NULL ? (size_t)(colon - text.p) : text.len;
	int64_t number = port;

	if (colon != NULL && !str_to_i64(colon + 1, text.len - len - 1, 1, 65535, &number))
		return false;
	h->port = (int)number;
	return len > 0 && copy(h->name, sizeof h->name, text.p, len);
}

static int
default_port(const struct address *a)
{
	return a->master[0] != '\0' ? SENTINEL_PORT : REDIS_PORT;
}

/* The host of this number, from 0; false behind the last one, and where it is none. */
static bool
nth_host(const struct address *a, unsigned number, struct host *h)
{
	struct span rest = a->hosts, one;

	for (; number > 0; number--)
		if (!str_take(&rest, ',', &one))
			return false;
	if (!str_take(&rest, ',', &one))
		one = rest;
	return parse_host(one, default_port(a), h);
}

static unsigned
count_hosts(const struct address *a)
{
	struct span rest = a->hosts, one;
	unsigned n = 1;

	while (str_take(&rest, ',', &one))
		n++;
	return n;
}

/* [:password@]host[:port][,…][/what] */
static bool
parse_tcp(const char *s, struct address *a)
{
	const char *at = strrchr(s, '@'), *slash;
	struct host h;
	unsigned i;

	if (at != NULL && (s[0] != ':' || !copy(a->password, sizeof a->password, s + 1, (size_t)(at - s) - 1)))
		return false;
	s = at != NULL ? at + 1 : s;
	slash = strchr(s, '/');
	a->hosts = (struct span){ s, slash != NULL ? (size_t)(slash - s) : strlen(s) };
	for (i = 0; i < count_hosts(a); i++)
		if (!nth_host(a, i, &h))
			return false;
	return true;
}

static bool
parse_url(const char *url, struct address *a)
{
	const char *name = strrchr(url, '/');

	*a = (struct address){ .hosts = { NULL, 0 } };
	if (str_starts(url, "unix://"))
		return url[7] == '/' && copy(a->path, sizeof a->path, url + 7, strlen(url + 7));
	if (str_starts(url, SENTINEL))
		return name >= url + strlen(SENTINEL) && name[1] != '\0' && copy(a->master, sizeof a->master, name + 1, strlen(name + 1)) &&
		       parse_tcp(url + strlen(SENTINEL), a);
	if (!str_starts(url, REDIS) || !parse_tcp(url + strlen(REDIS), a))
		return false;
	name = a->hosts.p + a->hosts.len;
	/* pub/sub knows no databases, so no other number can be meant */
	return *name == '\0' || strcmp(name, "/") == 0 || strcmp(name, "/0") == 0;
}

static int64_t
left(const struct redis_dial *d)
{
	int64_t ms = d->deadline_ms - clock_ms();

	return ms > 0 ? ms : 0;
}

/* hiredis itself would read through 16 KiB of stack, which stay dirty in every bridge. */
static redisReply *
receive(redisContext *c, const struct redis_dial *d)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	void *reply = NULL;
	char chunk[256];
	ssize_t n;

	while (redisReaderGetReply(c->reader, &reply) == REDIS_OK && reply == NULL) {
		n = poll(&p, 1, (int)left(d)) > 0 ? read(c->fd, chunk, sizeof chunk) : -1;
		if (n <= 0 || redisReaderFeed(c->reader, chunk, (size_t)n) != REDIS_OK)
			return NULL;
	}
	return reply;
}

/* Sends what was appended and waits for the answer, to be freed; NULL when none comes in time. */
static redisReply *
ask(redisContext *c, const struct redis_dial *d)
{
	int done = 0;

	while (!done)
		if (redisBufferWrite(c, &done) != REDIS_OK)
			return NULL;
	return receive(c, d);
}

static bool
authenticate(redisContext *c, const char *password, const struct redis_dial *d)
{
	redisReply *reply = redisAppendCommand(c, "AUTH %s", password) == REDIS_OK ? ask(c, d) : NULL;
	bool ok = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	freeReplyObject(reply);
	return ok;
}

static bool
is_master(redisContext *c, const struct redis_dial *d)
{
	redisReply *reply = redisAppendCommand(c, "ROLE") == REDIS_OK ? ask(c, d) : NULL;
	bool ok = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && reply->element[0]->type == REDIS_REPLY_STRING &&
		  strcmp(reply->element[0]->str, "master") == 0;

	freeReplyObject(reply);
	return ok;
}

/* A connection whose waits end with the attempt, or NULL with the reason. `path` NULL: to `h`. */
static redisContext *
dial(const char *path, const struct host *h, struct redis_dial *d)
{
	int64_t ms = left(d);
	struct timeval timeout = { ms / 1000, ms % 1000 * 1000 };
	redisContext *c = path != NULL ? redisConnectUnixWithTimeout(path, timeout) : redisConnectWithTimeout(h->name, h->port, timeout);

	if (c == NULL)
		(void)snprintf(d->why, sizeof d->why, "out of memory");
	else if (c->err != 0)
		(void)snprintf(d->why, sizeof d->why, "cannot connect to Redis: %.100s", c->errstr);
	else if (redisSetTimeout(c, timeout) != REDIS_OK)
		(void)snprintf(d->why, sizeof d->why, "cannot set a deadline: %.100s", c->errstr);
	else
		return c;
	if (c != NULL)
		redisFree(c);
	return NULL;
}

/* The same, authenticated, and of a master where it may be none. */
static redisContext *
dial_redis(const struct address *a, const struct host *h, bool master, struct redis_dial *d)
{
	redisContext *c = dial(h != NULL ? NULL : a->path, h, d);

	if (c == NULL)
		return NULL;
	if (a->password[0] != '\0' && !authenticate(c, a->password, d))
		(void)snprintf(d->why, sizeof d->why, "Redis refuses the password");
	else if (master && !is_master(c, d))
		(void)snprintf(d->why, sizeof d->why, "%.100s:%d is not the master", h->name, h->port);
	else
		return c;
	redisFree(c);
	return NULL;
}

/* Where the master is, as this Sentinel knows (redis.io, "Guidelines for Redis clients with support for Redis Sentinel"). */
static bool
find_master(const struct address *a, const struct host *sentinel, struct host *master, struct redis_dial *d)
{
	redisContext *c = dial(NULL, sentinel, d);
	redisReply *reply = NULL;
	int64_t port = 0;
	bool ok;

	if (c == NULL)
		return false;
	if (redisAppendCommand(c, "SENTINEL get-master-addr-by-name %s", a->master) == REDIS_OK)
		reply = ask(c, d);
	ok = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING &&
	     reply->element[1]->type == REDIS_REPLY_STRING && copy(master->name, sizeof master->name, reply->element[0]->str, reply->element[0]->len) &&
	     str_to_i64(reply->element[1]->str, reply->element[1]->len, 1, 65535, &port);
	master->port = (int)port;
	if (!ok)
		(void)snprintf(d->why, sizeof d->why, "%.60s:%d knows no master \"%.50s\"", sentinel->name, sentinel->port, a->master);
	freeReplyObject(reply);
	redisFree(c);
	return ok;
}

static redisContext *
try_host(const struct address *a, unsigned number, bool master, struct redis_dial *d)
{
	struct host h, found;

	if (!nth_host(a, number, &h))
		return NULL;
	if (a->master[0] == '\0')
		return dial_redis(a, &h, master, d);
	return find_master(a, &h, &found, d) ? dial_redis(a, &found, true, d) : NULL;
}

/* A host that says nothing takes the whole attempt; after some of them the next ones begin behind it. */
static redisContext *
try_hosts(const struct address *a, struct redis_dial *d)
{
	unsigned n = count_hosts(a), i;

	for (i = 0; i < n; i++) {
		redisContext *c = try_host(a, (d->first + i) % n, n > 1, d);

		if (c != NULL) {
			d->late = 0;
			return c;
		}
		if (left(d) > 0)
			continue;
		if (++d->late >= (a->master[0] != '\0' ? 1 : LATE_MAX)) {
			d->first = (d->first + i + 1) % n;
			d->late = 0;
		}
		break;
	}
	return NULL;
}

struct redisContext *
redis_open(struct redis_dial *d, const char *url, int64_t timeout_ms)
{
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct address a;
	redisContext *c;

	d->deadline_ms = clock_ms() + timeout_ms;
	d->why[0] = '\0';
	if (!parse_url(url, &a)) {
		(void)snprintf(d->why, sizeof d->why, "the URL is not redis://host:port/0, unix:///path or sentinel://host:port/name");
		return NULL;
	}
	c = a.path[0] != '\0' ? dial_redis(&a, NULL, false, d) : try_hosts(&a, d);
	if (c == NULL || redisSetTimeout(c, timeout) == REDIS_OK)
		return c;
	(void)snprintf(d->why, sizeof d->why, "cannot set a deadline: %.100s", c->errstr);
	redisFree(c);
	return NULL;
}

bool
redis_may_move(const char *url)
{
	return str_starts(url, SENTINEL) || (str_starts(url, REDIS) && strchr(url, ',') != NULL);
}

/* FNV-1a */
uint32_t
redis_server(const struct redisContext *c)
{
	uint32_t hash = 2166136261u;
	const char *p;

	if (c->connection_type != REDIS_CONN_TCP)
		return hash;
	for (p = c->tcp.host; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	return (hash ^ (uint32_t)c->tcp.port) * 16777619u;
}
