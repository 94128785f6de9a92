#include "config.h"

#include "ctl/publish.h"

#include "ctl/ctl.h"
#include "lib/clock.h"
#include "lib/redis.h"

#include <hiredis/hiredis.h>
#include <string.h>

#define STEP_MS 200   /* for connecting, and for each answer */
#define TOTAL_MS 5000 /* a list may have one message for each of a tier's users */

static bool
append(redisContext *redis, const char *prefix, const char *channel, const char *message)
{
	return redisAppendCommand(redis, "PUBLISH %s:%s %b", prefix, channel, message, strlen(message)) == REDIS_OK;
}

/* Reads one answer; a refusal of Redis (no rights, no memory) is a failure too. */
static bool
confirmed(redisContext *redis)
{
	redisReply *reply = NULL;
	bool ok = redisGetReply(redis, (void **)&reply) == REDIS_OK && reply && reply->type == REDIS_REPLY_INTEGER;

	if (!ok)
		note("%s", reply && reply->type == REDIS_REPLY_ERROR ? reply->str : redis->errstr);
	if (reply)
		freeReplyObject(reply);
	return ok;
}

static bool
send_all(redisContext *redis, const char *prefix, int count, const char *const *texts)
{
	int64_t end = clock_ms() + TOTAL_MS;
	int i;

	for (i = 0; i + 1 < count; i += 2)
		if (!append(redis, prefix, texts[i], texts[i + 1]))
			return false;
	for (i = 0; i + 1 < count; i += 2)
		if (clock_ms() > end || !confirmed(redis))
			return false;
	return true;
}

void
publish(const struct conf *conf, int count, const char *const *texts)
{
	struct redis_dial dial = { 0 };
	redisContext *redis;
	bool ok;

	if (count == 0 || conf->redis_url[0] == '\0')
		return;
	redis = redis_open(&dial, conf->redis_url, STEP_MS);
	if (!redis)
		note("%s", dial.why);
	ok = redis && send_all(redis, conf->redis_prefix, count, texts);
	if (!ok)
		note("done, but Redis was not told: open sockets see the change at their next check of the database");
	if (redis)
		redisFree(redis);
}
