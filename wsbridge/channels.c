/*
 * The subscription to Redis; see channels.h.
 *
 *              connected, commands sent        all acknowledged
 *   ┌──────┐ ─────────────────────────▶ ┌─────────┐ ─────────▶ ┌──────┐
 *   │ away │                            │ joining │            │ live │ ◀─▶ PING when nobody else watches Redis
 *   └──────┘ ◀───────────────────────── └─────────┘ ◀───────── └──────┘
 *       ▲       error, deadline                  wanted changed    │
 *       └──────────────────────────────────────────────────────────┘ error, no pong
 */
#include "config.h"

#include "wsbridge/channels.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/redis.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 250
#define ANSWER_MS 500   /* for acknowledgements and pongs */
#define CHECK_MS 1700    /* of silence, then a PING; with ANSWER_MS what a frozen Redis costs before polling begins */
/*
 * The same while another process watches Redis. That says nothing of our own connection; but what is lost with it without a word is found at the
 * next heartbeat, and the connection here.
 */
#define WATCHED_MS 300000
#define SPREAD_MS 200    /* over which the bridges are spread when that ends */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 2000
#define UNREAD_MAX_BYTES (8 * 1024 * 1024) /* of one reply: far above any message */
#define COMMANDS_MAX_BYTES 4000            /* of a few names */
#define ELEMENTS_MAX 8                     /* of an array; Redis tells a bridge nothing of more than three */
#define KEPT_BYTES 1024                    /* of the reader's buffer while it is empty */

void
channels_init(struct channels *c, const char *url, const char *prefix, const struct watch *watch)
{
	*c = (struct channels){ .url = url, .prefix = prefix, .subscribers = -1, .backoff_ms = BACKOFF_FIRST_MS, .watch = watch };
}

static void
disconnect(struct channels *c)
{
	freeReplyObject(c->reply);
	c->reply = NULL;
	if (c->redis != NULL)
		redisFree(c->redis);
	c->redis = NULL;
	c->acks = 0;
	c->deadline_ms = 0;
}

void
channels_free(struct channels *c)
{
	disconnect(c);
	c->state = CHANNELS_IDLE;
}

static void
lose(struct channels *c, int64_t now_ms, const char *why)
{
	/* the first time of a series is news; a thousand bridges would say the rest a thousand times */
	if (c->backoff_ms == BACKOFF_FIRST_MS)
		log_info("Redis is away: %s", why);
	disconnect(c);
	c->state = CHANNELS_AWAY;
	c->lost = true;
	c->retry_ms = now_ms + clock_jitter(c->backoff_ms / 2, c->backoff_ms);
	c->backoff_ms = c->backoff_ms * 2 < BACKOFF_MAX_MS ? c->backoff_ms * 2 : BACKOFF_MAX_MS;
}

/* Appends a command of one argument, a channel's name, in Redis' protocol (RESP2). */
static void
add_command(const struct channels *c, struct buf *out, const char *words, const char *name)
{
	buf_addf(out, "%s$%zu\r\n%s:%s\r\n", words, strlen(c->prefix) + 1 + strlen(name), c->prefix, name);
}

/* Sends commands; the few bytes that do not fit into an empty socket buffer mean that nobody reads them. */
static void
send_commands(struct channels *c, const char *commands, size_t len, int64_t now_ms)
{
	if (write(c->redis->fd, commands, len) == (ssize_t)len)
		c->deadline_ms = now_ms + ANSWER_MS;
	else
		lose(c, now_ms, "it takes no commands");
}

/* One write carries the count and the subscription: nobody else's subscription comes between them. `old` is left. */
static void
join(struct channels *c, const struct names *old, int64_t now_ms)
{
	struct buf commands;
	size_t i;

	buf_init(&commands, COMMANDS_MAX_BYTES);
	buf_reserve(&commands, COMMANDS_MAX_BYTES);
	if (c->counting)
		add_command(c, &commands, "*3\r\n$6\r\nPUBSUB\r\n$6\r\nNUMSUB\r\n", c->wanted.name[0]);
	for (i = 0; i < c->wanted.n; i++, c->acks++)
		add_command(c, &commands, "*2\r\n$9\r\nSUBSCRIBE\r\n", c->wanted.name[i]);
	for (i = 0; i < old->n; i++)
		if (!names_have(&c->wanted, old->name[i])) {
			add_command(c, &commands, "*2\r\n$11\r\nUNSUBSCRIBE\r\n", old->name[i]);
			c->acks++;
		}
	c->state = CHANNELS_JOINING;
	if (buf_ok(&commands))
		send_commands(c, commands.data, commands.len, now_ms);
	else
		lose(c, now_ms, "out of memory");
	buf_free(&commands);
}

static void
connect_redis(struct channels *c, int64_t now_ms)
{
	c->redis = redis_open(&c->dial, c->url, CONNECT_MS);
	if (c->redis == NULL) {
		lose(c, now_ms, c->dial.why);
		return;
	}
	c->redis->reader->maxbuf = KEPT_BYTES;
	c->heard_ms = now_ms;
	if (fcntl(c->redis->fd, F_SETFL, O_NONBLOCK) == 0)
		join(c, &(struct names){ .n = 0 }, now_ms);
	else
		lose(c, now_ms, "the socket cannot be made non-blocking");
}

void
channels_want(struct channels *c, const struct names *names, int64_t now_ms)
{
	struct names old = c->wanted;

	c->wanted = *names;
	if (c->url[0] == '\0')
		return;
	if (c->state == CHANNELS_IDLE) {
		c->state = CHANNELS_AWAY;
		c->retry_ms = now_ms;
	}
	if (c->redis != NULL)
		join(c, &old, now_ms);
}

void
channels_begin(struct channels *c, const struct names *names, int64_t now_ms)
{
	channels_free(c);
	c->counting = true;
	c->subscribers = -1;
	c->joined = c->lost = false;
	channels_want(c, names, now_ms);
}

/* Asks Redis for a sign of life when there was none for as long as is allowed. */
static void
check(struct channels *c, int64_t now_ms)
{
	static const char ping[] = "*1\r\n$4\r\nPING\r\n";
	int64_t silence;

	c->watched = watch_covers(c->watch, redis_server(c->redis));
	silence = c->watched ? WATCHED_MS : CHECK_MS;
	c->check_ms = clock_together(c->heard_ms + silence);
	if (now_ms < c->check_ms)
		return;
	c->check_ms = clock_together(now_ms + silence);
	send_commands(c, ping, sizeof ping - 1, now_ms);
}

void
channels_step(struct channels *c, int64_t now_ms)
{
	if (c->state == CHANNELS_AWAY && now_ms >= c->retry_ms) {
		connect_redis(c, now_ms);
	} else if (c->deadline_ms != 0 && now_ms >= c->deadline_ms) {
		lose(c, now_ms, "it does not answer");
	} else if (c->state == CHANNELS_LIVE && c->deadline_ms == 0 && now_ms >= c->check_ms) {
		check(c, now_ms);
	}
}

int64_t
channels_due(const struct channels *c)
{
	if (c->state == CHANNELS_IDLE)
		return INT64_MAX;
	if (c->state == CHANNELS_AWAY)
		return c->retry_ms;
	return c->deadline_ms != 0 ? c->deadline_ms : c->check_ms;
}

int
channels_fd(const struct channels *c)
{
	return c->redis != NULL ? c->redis->fd : -1;
}

int
channels_watch_fd(const struct channels *c)
{
	return c->state == CHANNELS_LIVE && c->watched ? c->watch->fifo : -1;
}

void
channels_unwatched(struct channels *c, int64_t now_ms)
{
	c->watched = false;
	c->check_ms = clock_jitter(now_ms, now_ms + SPREAD_MS);
}

/* hiredis itself would read through 16 KiB of stack, which stay dirty in every one of some thousand processes. */
static void *(*create_any_array)(const redisReadTask *, int);

static void *
create_array(const redisReadTask *task, int elements)
{
	return elements <= ELEMENTS_MAX ? create_any_array(task, elements) : NULL;
}

/* The reader takes memory for as many elements as are announced, millions maybe; what it gets none for, it cannot read. */
static void
bound_arrays(redisReader *reader)
{
	static redisReplyObjectFunctions bounded;

	if (reader->fn == &bounded)
		return;
	create_any_array = reader->fn->createArray;
	bounded = *reader->fn;
	bounded.createArray = create_array;
	reader->fn = &bounded;
}

void
channels_read(struct channels *c, int64_t now_ms)
{
	char chunk[1024];
	ssize_t n;

	if (c->redis == NULL)
		return;
	bound_arrays(c->redis->reader);
	n = read(c->redis->fd, chunk, sizeof chunk);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		lose(c, now_ms, n == 0 ? "it closed the connection" : strerror(errno));
	else if (redisReaderFeed(c->redis->reader, chunk, (size_t)n) != REDIS_OK || c->redis->reader->len > UNREAD_MAX_BYTES)
		lose(c, now_ms, "it sends what cannot be read");
	else
		c->heard_ms = now_ms; /* a byte: it is alive */
}

static void
acknowledge(struct channels *c)
{
	if (c->acks > 0)
		c->acks--;
	if (c->acks > 0 || c->state != CHANNELS_JOINING)
		return;
	c->state = CHANNELS_LIVE;
	check(c, c->heard_ms);
	c->joined = true;
	c->deadline_ms = 0;
	c->backoff_ms = BACKOFF_FIRST_MS;
}

static bool
is_string(const redisReply *r, const char *text)
{
	return r->type == REDIS_REPLY_STRING && strcmp(r->str, text) == 0;
}

/* The channel's name without the prefix; NULL when it has another one. */
static const char *
suffix(const struct channels *c, const redisReply *name)
{
	size_t len = strlen(c->prefix);

	if (name->type != REDIS_REPLY_STRING || strncmp(name->str, c->prefix, len) != 0 || name->str[len] != ':')
		return NULL;
	return name->str + len + 1;
}

/* Takes notice of a reply; true when it is a message of a channel that is wanted. */
static bool
take_reply(struct channels *c, const redisReply *r, struct span *message)
{
	const char *name;

	if (r->elements == 2 && r->element[1]->type == REDIS_REPLY_INTEGER) {
		c->subscribers = r->element[1]->integer;
		c->counting = false;
	} else if (r->elements == 2 && is_string(r->element[0], "pong")) {
		if (c->acks == 0)
			c->deadline_ms = 0;
	} else if (r->elements == 3 && (is_string(r->element[0], "subscribe") || is_string(r->element[0], "unsubscribe"))) {
		acknowledge(c);
	} else if (r->elements == 3 && is_string(r->element[0], "message") && r->element[2]->type == REDIS_REPLY_STRING) {
		name = suffix(c, r->element[1]);
		*message = (struct span){ r->element[2]->str, r->element[2]->len };
		return name != NULL && names_have(&c->wanted, name);
	}
	return false;
}

bool
channels_next(struct channels *c, int64_t now_ms, struct span *message)
{
	void *reply = NULL;

	while (c->redis != NULL) {
		freeReplyObject(c->reply);
		c->reply = NULL;
		if (redisReaderGetReply(c->redis->reader, &reply) != REDIS_OK) {
			lose(c, now_ms, "it sends what cannot be read");
			return false;
		}
		if (reply == NULL)
			return false;
		c->reply = reply;
		if (c->reply->type == REDIS_REPLY_ERROR) {
			log_warn("Redis refuses a subscription: %.200s", c->reply->str);
			lose(c, now_ms, "it refuses the subscription");
			return false;
		}
		if (c->reply->type == REDIS_REPLY_ARRAY && take_reply(c, c->reply, message))
			return true;
	}
	return false;
}
