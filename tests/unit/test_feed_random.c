/* The delivery state machine in random histories, against a simple oracle. Each rule by itself is in test_feed.c. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Two audiences, the user's own (index 0) and the admins' (index 1), grow; the user moves between them. Events are published,
 * or not, late, twice, in the wrong order, several together. What the user must have got in the end is what `expected` lists.
 */
#define EVENTS 400
#define MOVES 8
#define NETWORK 16
#define LABEL_SIZE 64

struct world {
	int to[2][EVENTS + 1]; /* of each event: 0, 7 (the user) or 8 */
	int last[2];           /* numbers 1 to last exist */
	int membership;        /* from 1 on; odd: the own audience */
	int from[MOVES + 2], until[MOVES + 2]; /* positions where each membership begins and ends */
	char network[NETWORK][600];
	int on_the_way;
	char got[2 * EVENTS][LABEL_SIZE];
	int n_got;
	int room;
	unsigned seed;
};

static int
below(struct world *w, int n)
{
	w->seed = w->seed * 1103515245u + 12345u;
	return (int)(w->seed >> 16 & 0x7fff) % n;
}

static int
side(int membership)
{
	return membership % 2 == 1 ? 0 : 1;
}

static bool
note(void *arg, struct span json, const char *cursor)
{
	struct world *w = arg;

	if (w->room == 0)
		return false;
	w->room--;
	/* the frame says which event it is, and its cursor must say the same */
	if (w->n_got < 2 * EVENTS && cursor != NULL)
		(void)snprintf(w->got[w->n_got++], LABEL_SIZE, "%.*s %s", (int)json.len, json.p, cursor + strlen("ab-7-"));
	return true;
}

static void
publish(struct world *w, const char *text)
{
	if (w->on_the_way == NETWORK)
		return; /* Redis lost it */
	(void)snprintf(w->network[w->on_the_way++], sizeof w->network[0], "%s", text);
}

static void
commit(struct world *w, int audience)
{
	int count = 1 + below(w, 3), i;
	char text[600];
	size_t n;

	if (w->last[audience] + count > EVENTS)
		return;
	n = (size_t)snprintf(text, sizeof text, "1 events ab %d %d %d\n", audience == 0 ? 7 : 0, w->last[audience] + 1, count);
	for (i = 0; i < count; i++) {
		int seq = ++w->last[audience], to = audience == 0 ? 0 : below(w, 3);

		w->to[audience][seq] = to == 0 ? 0 : 6 + to;
		n += (size_t)snprintf(text + n, sizeof text - n, "%d {%d:%d}\n", w->to[audience][seq], audience, seq);
	}
	if (below(w, 5) == 0)
		return; /* the worker died between commit and publish */
	publish(w, text);
	if (below(w, 6) == 0)
		publish(w, text);
}

static void
poke(struct world *w)
{
	int audience = below(w, 2);
	char text[64];

	(void)snprintf(text, sizeof text, "1 poke ab %d %d\n", audience == 0 ? 7 : 0, w->last[audience]);
	publish(w, text);
}

static void
deliver(struct world *w, struct feed *f)
{
	struct feed_sink sink = { note, w };
	int which;

	if (w->on_the_way == 0)
		return;
	which = below(w, 4) == 0 ? below(w, w->on_the_way) : 0;
	(void)feed_message(f, (struct span){ w->network[which], strlen(w->network[which]) }, &sink);
	memmove(w->network[which], w->network[which + 1], sizeof w->network[0] * (size_t)(w->on_the_way - which - 1));
	w->on_the_way--;
}

/* The user joins or leaves the team; only from a stream that the feed has reached: an older one would not be recoverable. */
static void
move(struct world *w, const struct feed *f)
{
	char stream[32];

	(void)snprintf(stream, sizeof stream, "ab-7-%d", w->membership);
	if (w->membership > MOVES || strcmp(stream, f->stream) != 0)
		return;
	w->until[w->membership] = w->last[side(w->membership)];
	w->membership++;
	w->from[w->membership] = w->last[side(w->membership)];
	if (below(w, 3) > 0)
		publish(w, "1 check ab\n");
}

/* The application's answer to a fetch: up to `limit` frames after the cursor, through the end of the former membership. */
static void
answer(struct world *w, int membership, int position, int limit, char *body, size_t size)
{
	char frames[4000] = "";
	size_t n = 0;
	int end;

	for (;;) {
		int audience = side(membership);

		end = membership == w->membership ? w->last[audience] : w->until[membership];
		for (; position < end && limit > 0; position++) {
			int to = w->to[audience][position + 1];

			if (to == 8)
				continue;
			n += (size_t)snprintf(frames + n, sizeof frames - n, "frame ab-7-%d-%d {%d:%d}\n", membership, position + 1, audience, position + 1);
			limit--;
		}
		if (position < end || membership == w->membership)
			break;
		membership++;
		position = w->from[membership];
	}
	(void)snprintf(body, size, "bookreq-bridge 1\nstream ab-7-%d\naudience %d\nuser 7\nposition %d\nlast %d\nchannel {3}:user:7\n%s", membership,
		side(membership) == 0 ? 7 : 0, position, end, frames);
}

static bool
fetch(struct world *w, struct feed *f)
{
	struct feed_sink sink = { note, w };
	char body[4400], cursor[CURSOR_SIZE];
	struct answer a;
	int membership = 1, position = 0;

	feed_cursor(f, cursor);
	if (f->stream[0] != '\0' && sscanf(cursor, "ab-7-%d-%d", &membership, &position) != 2)
		return false;
	answer(w, membership, position, 1 + below(w, 5), body, sizeof body);
	if (!answer_read(&a, (struct span){ body, strlen(body) }))
		return false;
	feed_page(f, &a, &sink);
	return true;
}

/*
 * Takes out what came to a former admin after he had left: until his bridge is told, it cannot know. (The promise is one second, not
 * none.)
 */
static void
forgive(struct world *w)
{
	int i, n = 0, membership, seq;

	for (i = 0; i < w->n_got; i++) {
		bool read = sscanf(strchr(w->got[i], ' '), "%d-%d", &membership, &seq) == 2;

		if (!read || membership == w->membership || side(membership) == 0 || seq <= w->until[membership])
			memmove(w->got[n++], w->got[i], sizeof w->got[0]);
	}
	w->n_got = n;
}

/* What the user must have got: of each membership its events, in order. */
static bool
as_expected(const struct world *w)
{
	char expected[LABEL_SIZE];
	int membership, seq, n = 0;

	for (membership = 1; membership <= w->membership; membership++) {
		int audience = side(membership), end = membership == w->membership ? w->last[audience] : w->until[membership];

		for (seq = w->from[membership] + 1; seq <= end; seq++) {
			if (w->to[audience][seq] == 8)
				continue;
			(void)snprintf(expected, sizeof expected, "{%d:%d} %d-%d", audience, seq, membership, seq);
			if (n >= w->n_got || strcmp(w->got[n], expected) != 0) {
				diag("frame %d should be %s, is %s", n, expected, n < w->n_got ? w->got[n] : "missing");
				return false;
			}
			n++;
		}
	}
	return n == w->n_got;
}

static bool
live_through(struct world *w, unsigned seed)
{
	struct feed f;
	int i;

	*w = (struct world){ .membership = 1, .seed = seed, .room = 3 };
	feed_init(&f);
	if (!fetch(w, &f))
		return false;
	for (i = 0; i < 600; i++) {
		switch (below(w, 12)) {
		case 0:
		case 1:
		case 2: commit(w, side(w->membership)); break;
		case 3: commit(w, 1); break;
		case 4: poke(w); break;
		case 5: publish(w, below(w, 2) == 0 ? "1 events cd 7 3 1\n0 {stranger}\n" : "1 events ab"); break;
		case 6: w->room = below(w, 6); break;
		case 7:
			if (below(w, 8) == 0)
				move(w, &f);
			break;
		default: deliver(w, &f);
		}
		if (w->room > 3)
			feed_drained(&f);
		if (f.ask != 0 && below(w, 2) == 0 && !fetch(w, &f))
			return false;
	}
	/* the tail check, and as many pages as it takes */
	w->room = 10000;
	do {
		if (!fetch(w, &f))
			return false;
	} while (f.behind);
	feed_free(&f);
	forgive(w);
	return as_expected(w);
}

static void
test_random(void)
{
	struct world *w = malloc(sizeof *w);
	const char *given = getenv("FEED_SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL), i;
	int events = 0;

	diag("FEED_SEED=%u repeats these histories", seed);
	for (i = 0; w != NULL && i < 2000; i++) {
		if (!live_through(w, seed + i)) {
			diag("history %u", i);
			break;
		}
		events += w->n_got;
	}
	ok(i == 2000 && events > 100000, "random histories: everything once and in order");
	free(w);
}

int
main(void)
{
	test_random();
	return done();
}
