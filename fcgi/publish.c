/*
 * Publishing; see publish.h.
 *
 *   away ──a try succeeds──▶ connected, pokes owed ──pokes acknowledged──▶ connected
 *     ▲                                                                        │
 *     └── a write fails, or no acknowledgement for PATIENCE_MS ────────────────┘
 *
 * A message to a thousand sockets keeps Redis busy for longer than a request may wait, so a late acknowledgement is not a lost Redis: it is
 * waited for once, for publish_ms, and looked for in passing after that.
 */
#include "config.h"

#include "fcgi/publish.h"

#include "fcgi/metrics.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/redis.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 1000
#define PATIENCE_MS 1000 /* with acknowledgements */
#define QUIET_MS 2000    /* without an acknowledgement: the sockets may be at another master since */
#define POKE_MARGIN_MS 5000    /* beside a statement's time: what another worker may have committed and not published before it died */
#define POKE_MAX_SECONDS 3600  /* by then every bridge has asked by itself */
#define CHANNEL_MAX 200

struct publisher {
	const struct conf *conf;
	struct db *db;
	struct metrics *metrics;
	struct redis_dial dial;
	redisContext *redis; /* NULL while away */
	int64_t retry_at;    /* monotonic ms: one try a second at most */
	int64_t away_since;  /* monotonic ms */
	bool pokes_owed;     /* and checks; until they are acknowledged */
	int unanswered;      /* messages sent whose acknowledgement was not read yet */
	int64_t late_since;  /* monotonic ms: when one was first waited for in vain; 0: none is late */
	int64_t heard_at;    /* monotonic ms: the last acknowledgement, or the connection's beginning */
};

struct publisher *
publisher_new(const struct conf *conf, struct db *db, struct metrics *metrics)
{
	struct publisher *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->conf = conf;
	p->db = db;
	p->metrics = metrics;
	p->pokes_owed = true; /* for a worker that was killed between its commit and its publish */
	p->retry_at = p->away_since = clock_ms();
	return p;
}

void
publisher_free(struct publisher *p)
{
	if (p != NULL && p->redis != NULL)
		redisFree(p->redis);
	free(p);
}

static bool
configured(const struct publisher *p)
{
	return p->conf->redis_url[0] != '\0';
}

void
publish_owe(struct publisher *p)
{
	if (!p->pokes_owed)
		p->away_since = clock_ms();
	p->pokes_owed = true;
}

static void
lose(struct publisher *p, const char *why)
{
	log_warn("publishing failed: %s; sockets poll until Redis is back", why);
	redisFree(p->redis); /* `why` may be its text */
	p->redis = NULL;
	metrics_add(p->metrics, METRIC_PUBLISH_FAILURES, p->unanswered > 0 ? (uint64_t)p->unanswered : 1);
	p->unanswered = 0;
	p->late_since = 0;
	publish_owe(p);
}

/* Writes everything queued; the socket's deadline bounds each write. */
static void
flush(struct publisher *p)
{
	int done = 0;

	while (!done)
		if (redisBufferWrite(p->redis, &done) != REDIS_OK) {
			lose(p, p->redis->errstr);
			return;
		}
}

static void
append(struct publisher *p, struct span channel, struct span message)
{
	char name[CHANNEL_MAX];
	int len = snprintf(name, sizeof name, "%s:%.*s", p->conf->redis_prefix, (int)channel.len, channel.p);

	if (len < 0 || (size_t)len >= sizeof name) {
		log_error("the channel's name is too long");
		return;
	}
	if (redisAppendCommand(p->redis, "PUBLISH %b %b", name, (size_t)len, message.p, message.len) == REDIS_OK)
		p->unanswered++;
}

static void
append_all(struct publisher *p, struct span publish)
{
	struct span channel, message;
	size_t at = 0;

	while (array_next(publish, &at, &channel) && array_next(publish, &at, &message))
		append(p, channel, message);
}

/*
 * A master that stood still while another took its place takes messages again, and acknowledges them, until its Sentinels find the time to
 * tell it. Who published meanwhile has lost it; who was quiet must not trust it. In a Cluster, all go back to the first master this way.
 */
static void
ask_again(struct publisher *p)
{
	redisContext *anew;

	if (p->redis == NULL || p->unanswered > 0 || clock_ms() - p->heard_at < QUIET_MS || !redis_may_move(p->conf->redis_url))
		return;
	anew = redis_open(&p->dial, p->conf->redis_url, p->conf->publish_ms);
	if (anew == NULL) {
		lose(p, p->dial.why);
		return;
	}
	redisFree(p->redis);
	p->redis = anew;
	p->heard_at = clock_ms();
}

void
publish_answer(struct publisher *p, const struct answer *a)
{
	struct span channel;
	size_t at = 0;

	if (!configured(p) || a->publish.p == NULL || !array_next(a->publish, &at, &channel))
		return;
	publish_tick(p);
	ask_again(p);
	if (p->redis == NULL) {
		/* pokes_owed is set: the next connection tells the bridges */
		metrics_add(p->metrics, METRIC_PUBLISH_FAILURES, 1);
		return;
	}
	append_all(p, a->publish);
	if (p->unanswered > 0)
		flush(p);
}

/* Takes the acknowledgements that are in the reader already. False when what came is none. */
static bool
take_answers(struct publisher *p)
{
	void *reply = NULL;

	while (p->unanswered > 0) {
		if (redisGetReplyFromReader(p->redis, &reply) != REDIS_OK)
			return false;
		if (reply == NULL)
			return true;
		if (((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
			log_error("Redis refuses to publish: %s", ((redisReply *)reply)->str);
			freeReplyObject(reply);
			return false;
		}
		p->unanswered--;
		p->heard_at = clock_ms();
		metrics_add(p->metrics, METRIC_PUBLISH, 1);
		freeReplyObject(reply);
	}
	return true;
}

/* Nothing came: late, or later than patience lasts. */
static void
wait_on(struct publisher *p)
{
	int64_t now = clock_ms();

	if (p->late_since == 0)
		p->late_since = now;
	else if (now - p->late_since >= PATIENCE_MS)
		lose(p, "no acknowledgement");
}

void
publish_settle(struct publisher *p)
{
	while (p->redis != NULL && p->unanswered > 0) {
		struct pollfd fd = { .fd = p->redis->fd, .events = POLLIN };

		if (poll(&fd, 1, p->late_since == 0 ? (int)p->conf->publish_ms : 0) == 0) {
			wait_on(p);
			return;
		}
		if (redisBufferRead(p->redis) != REDIS_OK || !take_answers(p)) {
			lose(p, p->redis->err != 0 ? p->redis->errstr : "refused");
			return;
		}
		p->late_since = 0;
	}
}

int
publish_wait_ms(const struct publisher *p)
{
	bool settled = p->redis != NULL && !p->pokes_owed;
	int64_t at = p->late_since != 0 ? p->late_since + PATIENCE_MS : p->retry_at, left = at - clock_ms();

	if (!configured(p) || (settled && p->late_since == 0))
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Tells the bridges what they may have missed since we were last connected. */
static void
send_pokes(struct publisher *p)
{
	int64_t seconds = (clock_ms() - p->away_since + p->conf->statement_ms + POKE_MARGIN_MS) / 1000;
	struct problem problem;
	struct answer answer;
	char param[24];
	const char *const params[] = { param };

	(void)snprintf(param, sizeof param, "%lld", (long long)(seconds < POKE_MAX_SECONDS ? seconds : POKE_MAX_SECONDS));
	problem_init(&problem);
	if (db_call(p->db, "poke_recent", 1, params, &answer, &problem)) {
		append_all(p, answer.publish);
		answer_free(&answer);
		if (p->unanswered > 0)
			flush(p);
		publish_settle(p);
		p->pokes_owed = p->redis == NULL || p->unanswered > 0;
	}
	problem_free(&problem);
}

void
publish_tick(struct publisher *p)
{
	if (p->late_since != 0)
		publish_settle(p);
	if (p->late_since != 0 || publish_wait_ms(p) != 0)
		return;
	p->retry_at = clock_ms() + RETRY_MS;
	if (p->redis == NULL) {
		p->redis = redis_open(&p->dial, p->conf->redis_url, p->conf->publish_ms);
		if (p->redis == NULL) {
			log_debug("%s", p->dial.why);
			return;
		}
		p->heard_at = clock_ms();
		log_info("connected to Redis");
	}
	send_pokes(p);
}

bool
publish_ready(struct publisher *p)
{
	publish_tick(p);
	return p->redis != NULL && p->late_since == 0;
}

int64_t
publish_count(struct publisher *p, const char *channel)
{
	redisReply *reply;
	int64_t count = -1;

	/* behind a late acknowledgement the answer would be another one */
	if (!publish_ready(p) || p->unanswered > 0)
		return -1;
	ask_again(p);
	if (p->redis == NULL)
		return -1;
	reply = redisCommand(p->redis, "PUBSUB NUMSUB %s:%s", p->conf->redis_prefix, channel);
	if (reply == NULL)
		lose(p, p->redis->errstr);
	else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[1]->type == REDIS_REPLY_INTEGER)
		count = reply->element[1]->integer;
	if (reply != NULL)
		freeReplyObject(reply);
	return count;
}
