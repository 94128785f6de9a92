/* Connecting to Redis; see redis.h. */
#include "config.h"

#include "lib/redis.h"

#include "lib/str.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#define DEFAULT_PORT 6379

struct address {
	char path[108]; /* unix socket, or "" */
	char host[256];
	char password[256]; /* "" for none */
	int port;
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

/* [:password@]host[:port][/0] */
static bool
parse_tcp(const char *s, struct address *a)
{
	const char *at = strrchr(s, '@'), *host = at != NULL ? at + 1 : s;
	size_t host_len = strcspn(host, ":/");
	const char *rest = host + host_len;
	int64_t port = DEFAULT_PORT;

	if (at != NULL && (s[0] != ':' || !copy(a->password, sizeof a->password, s + 1, (size_t)(at - s) - 1)))
		return false;
	if (host_len == 0 || !copy(a->host, sizeof a->host, host, host_len))
		return false;
	if (*rest == ':') {
		size_t port_len = strcspn(++rest, "/");

		if (!str_to_i64(rest, port_len, 1, 65535, &port))
			return false;
		rest += port_len;
	}
	a->port = (int)port;
	/* pub/sub knows no databases, so no other number can be meant */
	return *rest == '\0' || strcmp(rest, "/") == 0 || strcmp(rest, "/0") == 0;
}

static bool
parse_url(const char *url, struct address *a)
{
	*a = (struct address){ .port = 0 };
	if (str_starts(url, "unix://"))
		return url[7] == '/' && copy(a->path, sizeof a->path, url + 7, strlen(url + 7));
	return str_starts(url, "redis://") && parse_tcp(url + 8, a);
}

static bool
authenticate(redisContext *c, const char *password)
{
	redisReply *reply = redisCommand(c, "AUTH %s", password);
	bool ok = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	if (reply != NULL)
		freeReplyObject(reply);
	return ok;
}

struct redisContext *
redis_open(const char *url, int64_t timeout_ms, const char **why)
{
	static char message[160];
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct address a;
	redisContext *c;

	*why = message;
	if (!parse_url(url, &a)) {
		*why = "the URL is not redis://host:port/0 or unix:///path";
		return NULL;
	}
	c = a.path[0] != '\0' ? redisConnectUnixWithTimeout(a.path, timeout) : redisConnectWithTimeout(a.host, a.port, timeout);
	if (c == NULL) {
		*why = "out of memory";
		return NULL;
	}
	if (c->err != 0)
		(void)snprintf(message, sizeof message, "cannot connect to Redis: %.100s", c->errstr);
	else if (redisSetTimeout(c, timeout) != REDIS_OK)
		(void)snprintf(message, sizeof message, "cannot set a deadline: %.100s", c->errstr);
	else if (a.password[0] != '\0' && !authenticate(c, a.password))
		(void)snprintf(message, sizeof message, "Redis refuses the password");
	else
		return c;
	redisFree(c);
	return NULL;
}
