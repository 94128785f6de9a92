/* doctor, prune, epoch: keeping an installation well. */
#include "config.h"

#include "ctl/ctl.h"
#include "ctl/db.h"
#include "ctl/output.h"
#include "lib/redis.h"
#include "lib/str.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REDIS_MS 2000
#define DOCTOR_MS 600000 /* it reads every request once */

/* "ok", "down", or "none" where no Redis is set. */
static const char *
redis_state(const struct ctl *ctl)
{
	struct redis_dial dial = { 0 };
	redisContext *redis;
	redisReply *reply;
	bool ok;

	if (ctl->conf.redis_url[0] == '\0')
		return "none";
	redis = redis_open(&dial, ctl->conf.redis_url, REDIS_MS);
	if (!redis) {
		note("%s", dial.why);
		return "down";
	}
	reply = redisCommand(redis, "PING");
	ok = reply && reply->type == REDIS_REPLY_STATUS;
	if (!ok)
		note("Redis does not answer: %s", reply && reply->type == REDIS_REPLY_ERROR ? reply->str : redis->errstr);
	if (reply)
		freeReplyObject(reply);
	redisFree(redis);
	return ok ? "ok" : "down";
}

/* Names each violation; their number, or -1. */
static int
show_violations(struct ctl *ctl, const char *body)
{
	PGresult *result = db_query(ctl, "SELECT json_array_elements_text($1::json->'violations')", 1, &body);
	int count, i;

	if (!result)
		return -1;
	count = PQntuples(result);
	for (i = 0; i < count; i++)
		note("%s", PQgetvalue(result, i, 0));
	PQclear(result);
	return count;
}

/* The state of the connections, and what the database answered behind its opening brace. */
static bool
show_json(const struct ctl *ctl, const char *redis, const char *body)
{
	struct buf json;
	bool ok;

	buf_init(&json, 64u * 1024 * 1024);
	buf_addf(&json, "{\"database\": \"ok\", \"redis\": \"%s\", ", redis);
	buf_adds(&json, body + 1);
	ok = buf_ok(&json);
	if (ok)
		output(ctl, buf_str(&json), NULL);
	buf_free(&json);
	return ok;
}

int
doctor(struct ctl *ctl, const struct args *args)
{
	const char *redis = redis_state(ctl);
	struct answer answer;
	int violations;

	(void)args;
	if (!db_open(ctl) || !db_deadline(ctl, DOCTOR_MS))
		return EXIT_REFUSED;
	if (!db_call(ctl, "doctor", "schema_version", 0, NULL, &answer))
		return EXIT_REFUSED;
	note("database: ok, schema version %s; redis: %s", answer.field ? answer.field : "unknown", redis);
	violations = answer.body && answer.body[0] == '{' ? show_violations(ctl, answer.body) : -1;
	if (violations >= 0 && ctl->json && !show_json(ctl, redis, answer.body))
		violations = -1;
	PQclear(answer.result);
	if (violations != 0 || strcmp(redis, "down") == 0)
		return EXIT_REFUSED;
	if (!ctl->json)
		output(ctl, NULL, "ok");
	return EXIT_DONE;
}

/* What prune deleted, over all its batches. */
enum { EVENTS, SESSIONS, KEYS, ATTEMPTS, NEXT_CREATOR, NEXT_USER, COLUMNS };

static bool
add_counts(const PGresult *result, int64_t *totals)
{
	int i;

	for (i = EVENTS; i <= ATTEMPTS; i++) {
		const char *text = PQgetvalue(result, 0, i);
		int64_t count;

		if (!str_to_i64(text, strlen(text), 0, INT32_MAX, &count))
			return false;
		totals[i] += count;
	}
	return true;
}

/* One batch; *next is the one after it, to be freed, or NULL at the end. */
static bool
prune_batch(struct ctl *ctl, const PGresult *previous, int64_t *totals, PGresult **next)
{
	static const char sql[] = "SELECT body->>'events', body->>'sessions', body->>'idempotency_keys', body->>'login_attempts',"
				  " body->>'next_creator', body->>'next_user' FROM bookreq_ctl.prune($1, $2)";
	const char *from[] = { previous ? PQgetvalue(previous, 0, NEXT_CREATOR) : "0", previous ? PQgetvalue(previous, 0, NEXT_USER) : "0" };
	PGresult *result = db_query(ctl, sql, 2, from);

	*next = NULL;
	if (!result)
		return false;
	if (PQnfields(result) != COLUMNS || PQntuples(result) != 1 || !add_counts(result, totals)) {
		note("the database does not say what was deleted");
		PQclear(result);
		return false;
	}
	if (PQgetisnull(result, 0, NEXT_CREATOR))
		PQclear(result);
	else
		*next = result;
	return true;
}

int
prune(struct ctl *ctl, const struct args *args)
{
	int64_t totals[ATTEMPTS + 1] = { 0 };
	PGresult *previous = NULL, *next;
	char json[256];
	bool ok;

	(void)args;
	do {
		ok = prune_batch(ctl, previous, totals, &next);
		PQclear(previous);
		previous = next;
	} while (ok && next);
	if (!ok)
		return EXIT_REFUSED;
	snprintf(json, sizeof json,
		"{\"events\": %" PRId64 ", \"sessions\": %" PRId64 ", \"idempotency_keys\": %" PRId64 ", \"login_attempts\": %" PRId64 "}",
		totals[EVENTS], totals[SESSIONS], totals[KEYS], totals[ATTEMPTS]);
	output(ctl, json, NULL);
	if (!ctl->json)
		note("deleted: %" PRId64 " events, %" PRId64 " sessions, %" PRId64 " idempotency keys, %" PRId64 " log-in attempts",
			totals[EVENTS], totals[SESSIONS], totals[KEYS], totals[ATTEMPTS]);
	return EXIT_DONE;
}

int
epoch(struct ctl *ctl, const struct args *args)
{
	const char *renew = args_value(args, "renew") ? "true" : "false";

	return db_act(ctl, "epoch", "epoch", 1, &renew);
}
