/* One connection; see bridge.h. */
#include "config.h"

#include "wsbridge/bridge.h"

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/log.h"
#include "wsbridge/memory.h"
#include "wsbridge/stack.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MAX_MS 3000
#define CALM_MS 1000
#define HOLE_MS 5 /* a publish that was overtaken comes by then, or the worker was killed before it */
#define LAST_WORDS_MS 250
#define TIDY_FIRST_MS 500 /* after the last message memory goes back, not in all bridges at once; after an answer at the end of the turn */
#define TIDY_LAST_MS 2000
#define AT_ONCE 1

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Up to a fifth less than `ms`, so that thousands of bridges started by one event do not stay in step: `ms` itself is promised. */
static int64_t
jittered(int64_t ms)
{
	return clock_jitter(ms - ms / 5, ms);
}

/* Not later than promised. */
static int64_t
heartbeat_after(const struct bridge *b, int64_t now)
{
	return clock_together(now + jittered(b->conf->heartbeat_seconds * 1000));
}

/* Not earlier. */
static int64_t
ping_after(const struct bridge *b, int64_t heard_ms)
{
	return clock_together(heard_ms + b->conf->ping_seconds * 1000 + CLOCK_TOGETHER_MS - 1);
}

static void
finish(struct bridge *b, const char *frame)
{
	client_finish(&b->client, frame, LAST_WORDS_MS);
	b->stage = BRIDGE_ENDED;
}

static void
finish_error(struct bridge *b, const char *code, const char *message, int64_t retry_ms)
{
	char frame[256];

	(void)snprintf(frame, sizeof frame, "{\"type\":\"error\",\"code\":\"%s\",\"message\":\"%s\",\"retry_ms\":%lld}", code, message, (long long)retry_ms);
	finish(b, frame);
}

static void
obey(struct bridge *b, enum client_state state)
{
	switch (state) {
	case CLIENT_OPEN: break;
	case CLIENT_GONE: b->stage = BRIDGE_ENDED; break;
	case CLIENT_TOO_LARGE: finish_error(b, "too_large", "A frame may have 4096 bytes.", 1000); break;
	case CLIENT_TOO_MANY: finish_error(b, "too_many_frames", "There may be 20 frames in a second.", 1000); break;
	}
}

bool
bridge_init(struct bridge *b, const struct conf *conf, int in, int out)
{
	const char *hint = getenv("HTTP_X_BOOKREQ_CHANNELS"), *query = getenv("QUERY_STRING");
	int64_t now = clock_ms();
	struct names names;

	*b = (struct bridge){ .conf = conf, .backoff_ms = BACKOFF_FIRST_MS };
	b->ping_ms = ping_after(b, now);
	b->tidy_after_ms = clock_jitter(TIDY_FIRST_MS, TIDY_LAST_MS);
	watch_open(&b->watch, conf->bridge_socket);
	channels_init(&b->channels, conf->redis_url, conf->redis_prefix, &b->watch);
	app_init(&b->app, conf->bridge_socket, conf->bridge_call_ms, in);
	feed_init(&b->feed);
	if (hint != NULL && names_read(&names, (struct span){ hint, strlen(hint) }))
		channels_begin(&b->channels, &names, now);
	b->query = strdup(query != NULL ? query : "");
	return client_init(&b->client, in, out, now) && b->query != NULL;
}

void
bridge_free(struct bridge *b)
{
	client_free(&b->client);
	feed_free(&b->feed);
	channels_free(&b->channels);
	app_close(&b->app);
	free(b->query);
	watch_close(&b->watch);
}

static bool
write_live(void *arg, struct span json, const char *cursor)
{
	struct bridge *b = arg;

	return client_write(&b->client, json, cursor, false);
}

/* The first page is written whole whatever its size: its initial_data and the position belong together. The answer's size bounds it. */
static bool
write_opening(void *arg, struct span json, const char *cursor)
{
	struct bridge *b = arg;

	return client_write(&b->client, json, cursor, true);
}

/* Frames of our own may be dropped when the client does not read: they carry no events. */
static void
say(struct bridge *b, const char *json, const char *cursor)
{
	if (!client_write(&b->client, (struct span){ json, strlen(json) }, cursor, false))
		log_debug("no room for %s", json);
}

/* The application did not answer: later, and not all bridges at once. */
static void
back_off(struct bridge *b, int64_t now)
{
	b->retry_ms = now + clock_jitter(b->backoff_ms / 2, b->backoff_ms);
	b->backoff_ms = earlier(b->backoff_ms * 2, BACKOFF_MAX_MS);
}

/* The client gets its first frames. */
static void
start(struct bridge *b)
{
	struct feed_sink sink = { write_opening, b };
	int64_t now = clock_ms();

	if (b->channels.subscribers >= b->conf->max_sockets_per_user) {
		finish_error(b, "too_many_connections", "This user has too many open connections.", clock_jitter(4500, 5500));
		return;
	}
	b->channels.counting = false;
	b->channels.joined = b->channels.lost = false;
	feed_page(&b->feed, &b->app.answer, &sink);
	if (b->stage == BRIDGE_OPENED)
		b->feed.ask |= FEED_ASK_CHECK;
	app_free(&b->app);
	b->stage = BRIDGE_LIVE;
	b->heartbeat_ms = heartbeat_after(b, now);
	b->poll_ms = now + jittered(b->conf->poll_ms);
}

/*
 * The answer confirms the channels of the hint, or names the right ones: then nothing is written before we are subscribed to them and know
 * how many sockets the user has; what happened since the answer is fetched right after it is written.
 */
static void
opened(struct bridge *b)
{
	const struct names *right = &b->app.answer.names, *hinted = &b->channels.wanted;
	int64_t now = clock_ms();

	if (names_equal(right, hinted)) {
		start(b);
		return;
	}
	b->stage = BRIDGE_OPENED;
	if (hinted->n > 0 && names_have(right, hinted->name[0]))
		channels_want(&b->channels, right, now);
	else
		channels_begin(&b->channels, right, now);
	channels_step(&b->channels, now);
}

static enum app_result
ask(struct bridge *b, enum app_question question, const char *query)
{
	b->tidy_ms = AT_ONCE;
	return app_ask(&b->app, question, query);
}

static void
open_connection(struct bridge *b)
{
	enum app_result result = ask(b, APP_OPEN, b->query);

	free(b->query);
	b->query = NULL;
	switch (result) {
	case APP_OK: opened(b); break;
	case APP_REFUSED: finish(b, b->app.error); break;
	case APP_STRANGE:
	case APP_AWAY: finish_error(b, "unavailable", "The service is not available now.", clock_jitter(1000, 10000)); break;
	case APP_GONE: b->stage = BRIDGE_ENDED; break;
	}
}

/* Whether the subscription is as good as it gets for now. */
static bool
is_settled(const struct bridge *b)
{
	return b->channels.state != CHANNELS_JOINING && (b->channels.state != CHANNELS_AWAY || b->channels.lost);
}

/* The page of an answer to fetch, and what else it says. */
static void
fetched(struct bridge *b, const char *before, bool gap)
{
	struct feed_sink sink = { write_live, b };
	int64_t now = clock_ms();
	char after[CURSOR_SIZE];

	FAULT("bridge.after_fetch");
	feed_page(&b->feed, &b->app.answer, &sink);
	feed_cursor(&b->feed, after);
	/* a gap that is none, such as messages of another system on the same Redis, must not become a busy loop */
	b->calm_ms = gap && strcmp(before, after) == 0 ? now + CALM_MS : 0;
	if (!names_equal(&b->app.answer.names, &b->channels.wanted))
		channels_want(&b->channels, &b->app.answer.names, now);
	app_free(&b->app);
	b->hole_ms = 0;
	b->retry_ms = 0;
	b->backoff_ms = BACKOFF_FIRST_MS;
	b->poll_ms = now + jittered(b->conf->poll_ms);
	if (now >= b->heartbeat_ms) {
		say(b, "{\"type\":\"heartbeat\"}", after);
		b->heartbeat_ms = heartbeat_after(b, now);
	}
}

static void
fetch(struct bridge *b)
{
	char cursor[CURSOR_SIZE], query[CURSOR_SIZE + 8];
	bool gap = (b->feed.ask & (FEED_ASK_NEXT | FEED_ASK_STRANGE | FEED_ASK_HOLE)) != 0;

	feed_cursor(&b->feed, cursor);
	(void)snprintf(query, sizeof query, "cursor=%s", cursor);
	switch (ask(b, APP_FETCH, query)) {
	case APP_OK: fetched(b, cursor, gap); break;
	case APP_REFUSED: finish(b, b->app.error); break;
	case APP_STRANGE: bridge_end(b); break; /* the client's next bridge is of the new version */
	case APP_AWAY: back_off(b, clock_ms()); break;
	case APP_GONE: b->stage = BRIDGE_ENDED; break;
	}
}

/* Answers the oldest of the refreshes that wait. */
static void
refresh(struct bridge *b)
{
	static const char *const questions[] = {
		[COMMAND_REFRESH_QUOTA] = "what=quota", [COMMAND_REFRESH_PENDING] = "what=pending", [COMMAND_REFRESH_STATE] = "what=state"
	};
	struct feed_sink sink = { write_live, b };

	switch (ask(b, APP_REFRESH, questions[b->asks[0]])) {
	case APP_OK:
		feed_frames(&b->feed, &b->app.answer, &sink);
		app_free(&b->app);
		memmove(b->asks, b->asks + 1, --b->n_asks);
		break;
	case APP_REFUSED: finish(b, b->app.error); break;
	case APP_STRANGE: bridge_end(b); break; /* the client's next bridge is of the new version */
	case APP_AWAY: back_off(b, clock_ms()); break;
	case APP_GONE: b->stage = BRIDGE_ENDED; break;
	}
}

/* When to fetch. A client that must read first gets no page: only our rights and the session are still checked. */
static int64_t
fetch_at(const struct bridge *b)
{
	bool stuck = b->feed.behind && client_waiting(&b->client);
	int64_t at = b->heartbeat_ms;

	if ((b->feed.ask & FEED_ASK_CHECK) != 0)
		at = 0;
	else if (b->feed.ask == FEED_ASK_HOLE && !stuck)
		at = earlier(at, b->hole_ms > b->calm_ms ? b->hole_ms : b->calm_ms);
	else if (b->feed.ask != 0 && !stuck)
		at = earlier(at, b->calm_ms);
	if (b->channels.state != CHANNELS_LIVE && !stuck)
		at = earlier(at, b->poll_ms);
	return at > b->retry_ms ? at : b->retry_ms;
}

static int64_t
refresh_at(const struct bridge *b)
{
	return b->n_asks > 0 && !client_waiting(&b->client) ? b->retry_ms : INT64_MAX;
}

static int64_t
too_slow_at(const struct bridge *b)
{
	return client_waiting(&b->client) ? b->client.progress_ms + b->conf->slow_reader_seconds * 1000 : INT64_MAX;
}

static void
turn_live(struct bridge *b, int64_t now)
{
	if (b->channels.lost)
		b->poll_ms = now;
	if (b->channels.joined)
		b->feed.ask |= FEED_ASK_CHECK; /* what was published before the subscription was missed */
	b->channels.lost = b->channels.joined = false;
	if (now >= too_slow_at(b)) {
		finish_error(b, "slow_reader", "Nothing was read for too long.", 1000);
		return;
	}
	if (now >= b->ping_ms) {
		say(b, "ping", NULL);
		b->ping_ms = ping_after(b, now);
	}
	if (now >= fetch_at(b))
		fetch(b);
	if (b->feed.stale && b->feed.ask == 0 && !b->feed.behind && b->n_asks < BRIDGE_ASKS) {
		b->asks[b->n_asks++] = COMMAND_REFRESH_STATE;
		b->feed.stale = false;
	}
	if (b->stage == BRIDGE_LIVE && now >= refresh_at(b))
		refresh(b);
}

/* free() itself gives back large pieces only. */
static void
tidy(struct bridge *b)
{
	b->tidy_ms = 0;
#ifdef __GLIBC__
	(void)malloc_trim(0);
#else
	memory_trim();
	stack_trim();
#endif
}

void
bridge_turn(struct bridge *b)
{
	int64_t now = clock_ms();

	channels_step(&b->channels, now);
	if (b->stage == BRIDGE_JOINING && is_settled(b))
		open_connection(b);
	if (b->stage == BRIDGE_OPENED && is_settled(b))
		start(b);
	if (b->stage == BRIDGE_LIVE)
		turn_live(b, now);
	if (b->stage == BRIDGE_ENDED)
		return;
	obey(b, client_flush(&b->client, clock_ms()));
	if (!client_waiting(&b->client))
		feed_drained(&b->feed);
	if (b->tidy_ms != 0 && now >= b->tidy_ms)
		tidy(b);
}

int64_t
bridge_due(const struct bridge *b)
{
	int64_t due = channels_due(&b->channels);

	if (b->stage != BRIDGE_LIVE)
		return due;
	due = earlier(due, earlier(b->ping_ms, too_slow_at(b)));
	if (b->tidy_ms != 0)
		due = earlier(due, b->tidy_ms);
	return earlier(due, earlier(fetch_at(b), refresh_at(b)));
}

static void
take_frame(void *arg, struct span frame)
{
	struct bridge *b = arg;
	enum command command = command_read(frame);

	b->ping_ms = ping_after(b, b->client.heard_ms);
	if (command == COMMAND_PING)
		say(b, "pong", NULL);
	else if (command != COMMAND_NONE && b->n_asks < BRIDGE_ASKS)
		b->asks[b->n_asks++] = (unsigned char)command; /* beyond that, those that wait answer it as well */
}

void
bridge_read_client(struct bridge *b)
{
	obey(b, client_read(&b->client, clock_ms(), take_frame, b));
}

void
bridge_read_redis(struct bridge *b)
{
	struct feed_sink sink = { write_live, b };
	int64_t now = clock_ms();
	struct span message;

	channels_read(&b->channels, now);
	while (channels_next(&b->channels, now, &message))
		/* before that the application's answer, asked for later, knows all of it */
		if (b->stage == BRIDGE_LIVE) {
			b->tidy_ms = clock_together(now + b->tidy_after_ms);
			if (!feed_message(&b->feed, message, &sink))
				log_warn("a message from Redis cannot be read");
		}
	if ((b->feed.ask & FEED_ASK_HOLE) == 0)
		b->hole_ms = 0;
	else if (b->hole_ms == 0)
		b->hole_ms = now + HOLE_MS;
}

void
bridge_end(struct bridge *b)
{
	finish_error(b, "going_away", "The server is going away for a moment.", clock_jitter(1000, 5000));
}
