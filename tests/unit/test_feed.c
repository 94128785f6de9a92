/* The delivery state machine: each rule by itself. Random histories are in test_feed_random.c. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was written, as "JSON@CURSOR " for each frame. */
struct paper {
	char text[4000];
	int room; /* frames that are still taken */
};

static bool
write_down(void *arg, struct span json, const char *cursor)
{
	struct paper *p = arg;
	size_t len = strlen(p->text);

	if (p->room == 0)
		return false;
	p->room--;
	(void)snprintf(p->text + len, sizeof p->text - len, "%.*s@%s ", (int)json.len, json.p, cursor != NULL ? cursor : "-");
	return true;
}

/* A feed at ab-7-1-5, of the audience of user 7, and an empty paper. */
struct table {
	struct feed feed;
	struct paper paper;
	struct feed_sink sink;
};

static void
page(struct table *t, const char *body)
{
	struct answer a;

	if (!answer_read(&a, (struct span){ body, strlen(body) }))
		abort();
	feed_page(&t->feed, &a, &t->sink);
}

#define PAGE(position, last) "bookreq-bridge 1\nstream ab-7-1\naudience 7\nuser 7\nposition " position "\nlast " last "\nchannel {3}:user:7\n"

static void
set(struct table *t)
{
	feed_free(&t->feed);
	feed_init(&t->feed);
	t->paper.text[0] = '\0';
	t->paper.room = 1000;
	t->sink = (struct feed_sink){ write_down, &t->paper };
	page(t, PAGE("5", "5"));
}

static bool
message(struct table *t, const char *text)
{
	return feed_message(&t->feed, (struct span){ text, strlen(text) }, &t->sink);
}

/* Whether `text` was written since the last time, and the feed stands where it should. */
static bool
at(struct table *t, const char *text, const char *cursor, unsigned ask)
{
	char present[CURSOR_SIZE];
	bool right;

	feed_cursor(&t->feed, present);
	right = strcmp(t->paper.text, text) == 0 && strcmp(present, cursor) == 0 && t->feed.ask == ask;
	if (!right)
		diag("written \"%s\", cursor %s, ask %u", t->paper.text, present, t->feed.ask);
	t->paper.text[0] = '\0';
	return right;
}

static void
test_in_step(void)
{
	struct table t = { 0 };

	set(&t);
	(void)message(&t, "1 events ab 7 6 1\n0 {a}\n");
	ok(at(&t, "{a}@ab-7-1-6 ", "ab-7-1-6", 0), "the next event");
	(void)message(&t, "1 events ab 7 7 2\n0 {b}\n0 {c}\n");
	ok(at(&t, "{b}@ab-7-1-7 {c}@ab-7-1-8 ", "ab-7-1-8", 0), "two of one commit");
	(void)message(&t, "1 events ab 7 7 2\n0 {b}\n0 {c}\n");
	ok(at(&t, "", "ab-7-1-8", 0), "doubles are dropped");
	(void)message(&t, "1 events ab 7 8 2\n0 {c}\n0 {d}\n");
	ok(at(&t, "{d}@ab-7-1-9 ", "ab-7-1-9", 0), "half a double");
	(void)message(&t, "1 events ab 7 10 3\n7 {e}\n8 {f}\n7 {g}\n");
	ok(at(&t, "{e}@ab-7-1-10 {g}@ab-7-1-12 ", "ab-7-1-12", 0), "what is for another admin only moves the position");
	(void)message(&t, "1 events ab 7 13 1\n8 {h}\n");
	ok(at(&t, "", "ab-7-1-13", 0), "also as the last event");
}

static void
test_end(void)
{
	struct table t = { 0 };

	set(&t);
	(void)message(&t, "1 events ab 7 6 2\n8 {}\n0 {a}\n");
	ok(at(&t, "{a}@ab-7-1-7 ", "ab-7-1-7", 0), "the end of another's membership is only passed");
	(void)message(&t, "1 events ab 7 8 2\n7 {}\n0 {b}\n");
	ok(at(&t, "", "ab-7-1-7", FEED_ASK_CHECK) && t.feed.behind, "at the end of the own one nothing more is written before the application was asked");
	(void)message(&t, "1 events ab 7 8 3\n7 {}\n0 {b}\n0 {c}\n");
	ok(at(&t, "", "ab-7-1-7", FEED_ASK_CHECK), "whatever comes");
	page(&t, "bookreq-bridge 1\nstream ab-7-2\naudience 0\nuser 7\nposition 3\nlast 3\nchannel {3}:user:7\n");
	ok(at(&t, "", "ab-7-2-3", 0) && !t.feed.behind, "the answer leads into the next membership");
}

static void
test_gaps(void)
{
	struct table t = { 0 };

	set(&t);
	(void)message(&t, "1 events ab 7 7 1\n0 {b}\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_HOLE), "a hole is fetched");
	(void)message(&t, "1 events ab 7 6 1\n0 {a}\n");
	ok(at(&t, "{a}@ab-7-1-6 {b}@ab-7-1-7 ", "ab-7-1-7", 0), "unless the late event comes before");
	(void)message(&t, "1 events ab 7 9 1\n0 {d}\n");
	page(&t, PAGE("8", "8") "frame ab-7-1-7 {b}\nframe ab-7-1-8 {c}\n");
	ok(at(&t, "{c}@ab-7-1-8 {d}@ab-7-1-9 ", "ab-7-1-9", 0), "of a page only what is new, then what was early");

	set(&t);
	(void)message(&t, "1 poke ab 7 5\n");
	ok(at(&t, "", "ab-7-1-5", 0), "a poke at the position is nothing new");
	(void)message(&t, "1 poke ab 7 6\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_NEXT), "a poke beyond it is fetched");
	(void)message(&t, "1 events ab 7 6 1\n0 {a}\n");
	ok(at(&t, "{a}@ab-7-1-6 ", "ab-7-1-6", 0), "unless the event comes first");
	(void)message(&t, "1 poke ab 7 4\n");
	ok(at(&t, "", "ab-7-1-6", 0), "an old poke is nothing");
	page(&t, PAGE("4", "4"));
	ok(at(&t, "", "ab-7-1-6", 0), "no answer moves the position back");
}

static void
test_early(void)
{
	static char big[20000];
	struct table t = { 0 };
	int i;

	set(&t);
	(void)message(&t, "1 events ab 7 10 1\n0 {e}\n");
	(void)message(&t, "1 events ab 7 7 2\n0 {b}\n9 {c}\n");
	(void)message(&t, "1 events ab 7 9 1\n0 {d}\n");
	(void)message(&t, "1 events ab 7 9 1\n0 {d}\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_HOLE), "several that are early, one of them twice");
	(void)message(&t, "1 events ab 7 6 1\n0 {a}\n");
	ok(at(&t, "{a}@ab-7-1-6 {b}@ab-7-1-7 {d}@ab-7-1-9 {e}@ab-7-1-10 ", "ab-7-1-10", 0), "all follow the one that was missing");
	for (i = 0; i < FEED_EARLY; i++)
		(void)message(&t, "1 events ab 7 20 1\n0 {x}\n");
	ok(at(&t, "", "ab-7-1-10", FEED_ASK_HOLE), "as many as are kept");
	(void)message(&t, "1 events ab 7 21 1\n0 {y}\n");
	ok(at(&t, "", "ab-7-1-10", FEED_ASK_HOLE | FEED_ASK_NEXT), "one more is not waited for");
	page(&t, PAGE("19", "21"));
	ok(at(&t, "", "ab-7-1-19", 0) && t.feed.behind && t.feed.early[0].len == 0, "what more pages bring is not kept");

	set(&t);
	i = snprintf(big, sizeof big, "1 events ab 7 7 1\n0 {\"filler\":\"%017000d\"}\n", 0);
	(void)message(&t, big);
	ok(i > 16384 && at(&t, "", "ab-7-1-5", FEED_ASK_NEXT), "nor is a large one");

	set(&t);
	t.paper.room = 2;
	(void)message(&t, "1 events ab 7 7 2\n0 {b}\n0 {c}\n");
	(void)message(&t, "1 events ab 7 9 1\n0 {d}\n");
	(void)message(&t, "1 events ab 7 6 1\n0 {a}\n");
	ok(at(&t, "{a}@ab-7-1-6 {b}@ab-7-1-7 ", "ab-7-1-7", FEED_ASK_HOLE) && t.feed.behind && t.feed.early[0].len == 0 && t.feed.early[1].len == 0,
		"a reader that is full in the middle of them");
}

static void
test_strange(void)
{
	struct table t = { 0 };

	set(&t);
	(void)message(&t, "1 events ac 7 6 1\n0 {a}\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_STRANGE), "another epoch");
	set(&t);
	(void)message(&t, "1 events abc 7 6 1\n0 {a}\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_STRANGE), "an epoch that only begins alike");
	set(&t);
	(void)message(&t, "1 events ab 0 6 1\n0 {a}\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_STRANGE), "another audience");
	set(&t);
	(void)message(&t, "1 poke ab 0 6\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_STRANGE), "another audience's poke");
	set(&t);
	ok(!message(&t, "1 events ab 7 6 2\n0 {a}\n") && at(&t, "", "ab-7-1-5", FEED_ASK_STRANGE), "a broken message");
	set(&t);
	ok(message(&t, "1 news\n") && message(&t, "") && at(&t, "", "ab-7-1-5", 0), "an unknown one is ignored");
	ok(message(&t, "2 events and more\n") && at(&t, "", "ab-7-1-5", FEED_ASK_STRANGE), "one of a later version is no complaint, but a question");
	page(&t, PAGE("5", "5"));
	(void)message(&t, "1 check ab\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_CHECK), "check");
	(void)message(&t, "1 check ac\n");
	page(&t, PAGE("5", "5"));
	ok(at(&t, "", "ab-7-1-5", 0), "an answer settles it");
}

static void
test_state(void)
{
	struct table t = { 0 };

	set(&t);
	(void)message(&t, "1 state ab 7 5 1 m/9\n7 {q}\n");
	ok(at(&t, "{q}@- ", "ab-7-1-5", 0) && !t.feed.stale, "a state at the position is written without a cursor");
	(void)message(&t, "1 state ab 7 5 1 m/9\n8 {q}\n");
	ok(at(&t, "", "ab-7-1-5", 0) && !t.feed.stale, "somebody else's is nothing");
	(void)message(&t, "1 state ab 7 6 1 m/9\n7 {q}\n");
	ok(at(&t, "", "ab-7-1-5", 0) && t.feed.stale, "one ahead of the position is to be asked for");
	t.feed.stale = false;
	(void)message(&t, "1 state ab 7 4 1 m/9\n7 {q}\n");
	ok(at(&t, "", "ab-7-1-5", 0) && t.feed.stale, "so is one from before it");
	t.feed.stale = false;
	(void)message(&t, "1 poke ab 7 6\n");
	(void)message(&t, "1 state ab 7 5 1 m/9\n7 {q}\n");
	ok(at(&t, "", "ab-7-1-5", FEED_ASK_NEXT) && t.feed.stale, "and one while events are missing");

	set(&t);
	(void)message(&t, "1 state ab 7 5 3 m/9\n7 {new}\n");
	(void)message(&t, "1 state ab 7 5 2 m/8\n7 {old}\n");
	ok(at(&t, "{new}@- ", "ab-7-1-5", 0) && !t.feed.stale, "one that a later one has overtaken is nothing");
	(void)message(&t, "1 state ab 7 5 3 m/7\n7 {same}\n");
	ok(at(&t, "{same}@- ", "ab-7-1-5", 0) && !t.feed.stale, "one change may tell twice");

	set(&t);
	page(&t, "bookreq-bridge 1\nstream ab-7-1\naudience 7\nuser 7\nposition 5\nlast 5\nterms 2025-11/7/2\nchannel {3}:user:7\n");
	ok(!t.feed.stale, "the first terms are no news");
	page(&t, "bookreq-bridge 1\nstream ab-7-1\naudience 7\nuser 7\nposition 5\nlast 5\nterms 2025-11/7/2\nchannel {3}:user:7\n");
	ok(!t.feed.stale, "nor are the same");
	page(&t, "bookreq-bridge 1\nstream ab-7-1\naudience 7\nuser 7\nposition 5\nlast 5\nterms 2025-12/7/2\nchannel {3}:user:7\n");
	ok(t.feed.stale, "a new month makes the quota stale");
	t.feed.stale = false;
	page(&t, "bookreq-bridge 1\nstream ab-7-1\naudience 7\nuser 7\nposition 5\nlast 5\nterms 2025-12/9/2\nchannel {3}:user:7\n");
	ok(t.feed.stale, "so does a limit that nobody told of");
	t.feed.stale = false;
	(void)message(&t, "1 state ab 7 5 1 2025-12/8/2\n7 {q}\n");
	page(&t, "bookreq-bridge 1\nstream ab-7-1\naudience 7\nuser 7\nposition 5\nlast 5\nterms 2025-12/8/2\nchannel {3}:user:7\n");
	ok(at(&t, "{q}@- ", "ab-7-1-5", 0) && !t.feed.stale, "what was told is no news");
}

static void
test_behind(void)
{
	struct table t = { 0 };

	set(&t);
	t.paper.room = 1;
	(void)message(&t, "1 events ab 7 6 3\n0 {a}\n0 {b}\n0 {c}\n");
	ok(at(&t, "{a}@ab-7-1-6 ", "ab-7-1-6", 0) && t.feed.behind, "the reader is full in the middle of a commit");
	t.paper.room = 1000;
	(void)message(&t, "1 events ab 7 7 1\n0 {b}\n");
	(void)message(&t, "1 events ab 7 9 1\n0 {d}\n");
	(void)message(&t, "1 poke ab 7 9\n");
	ok(at(&t, "", "ab-7-1-6", 0), "behind: nothing is written, nothing asked");
	(void)message(&t, "1 check ab\n");
	ok(at(&t, "", "ab-7-1-6", FEED_ASK_CHECK), "but a check is");
	feed_drained(&t.feed);
	ok((t.feed.ask & FEED_ASK_NEXT) != 0, "drained: the rest is fetched");
	page(&t, PAGE("8", "9") "frame ab-7-1-7 {b}\nframe ab-7-1-8 {c}\n");
	ok(at(&t, "{b}@ab-7-1-7 {c}@ab-7-1-8 ", "ab-7-1-8", 0) && t.feed.behind, "a page with more to come");
	feed_drained(&t.feed);
	t.paper.room = 0;
	page(&t, PAGE("9", "9") "frame ab-7-1-9 {d}\n");
	ok(at(&t, "", "ab-7-1-8", 0) && t.feed.behind, "a page for which there is no room");
	t.paper.room = 1000;
	feed_drained(&t.feed);
	page(&t, PAGE("12", "12") "frame ab-7-1-9 {d}\n");
	ok(at(&t, "{d}@ab-7-1-9 ", "ab-7-1-12", 0) && !t.feed.behind, "the last page: what follows its frames was for others");
	(void)message(&t, "1 events ab 7 13 1\n0 {e}\n");
	ok(at(&t, "{e}@ab-7-1-13 ", "ab-7-1-13", 0), "in step again");
	feed_drained(&t.feed);
	ok(t.feed.ask == 0, "in step, a drained reader needs nothing");
}

#define ADMIN "bookreq-bridge 1\nstream ab-7-2\naudience 0\nuser 7\nposition 41\nlast 41\nchannel {3}:user:7\nchannel {3}:admins\n"

static void
test_membership(void)
{
	struct table t = { 0 };

	set(&t);
	page(&t, ADMIN "frame ab-7-1-6 {a}\nframe ab-7-2-41 {x}\n");
	ok(at(&t, "{a}@ab-7-1-6 {x}@ab-7-2-41 ", "ab-7-2-41", 0), "the old stream's end, then the new stream");
	(void)message(&t, "1 events ab 7 7 1\n0 {b}\n");
	ok(at(&t, "", "ab-7-2-41", FEED_ASK_STRANGE), "the former audience is a stranger now");
	page(&t, ADMIN);
	(void)message(&t, "1 events ab 0 42 2\n9 {y}\n7 {z}\n");
	ok(at(&t, "{z}@ab-7-2-43 ", "ab-7-2-43", 0), "events of the admins");

	set(&t);
	t.paper.room = 1;
	page(&t, ADMIN "frame ab-7-1-6 {a}\nframe ab-7-1-7 {b}\nframe ab-7-2-41 {x}\n");
	ok(at(&t, "{a}@ab-7-1-6 ", "ab-7-1-6", 0) && t.feed.behind, "full in the old stream: the cursor stays there");
	t.paper.room = 1000;
	(void)message(&t, "1 events ab 0 42 1\n0 {y}\n");
	ok(at(&t, "", "ab-7-1-6", 0), "events of the new one wait");
	page(&t, ADMIN "frame ab-7-1-7 {b}\nframe ab-7-2-41 {x}\n");
	ok(at(&t, "{b}@ab-7-1-7 {x}@ab-7-2-41 ", "ab-7-2-41", 0), "and come by the next page");
}

static void
test_others(void)
{
	struct table t = { 0 };
	struct answer a;
	const char *refresh = "bookreq-bridge 1\nframe = {q}\nframe - {r}\n";

	feed_init(&t.feed);
	t.paper.text[0] = '\0';
	t.paper.room = 1000;
	t.sink = (struct feed_sink){ write_down, &t.paper };
	page(&t, PAGE("6", "9") "frame - {connected}\nframe - {initial}\nframe ab-7-1-6 {a}\n");
	ok(at(&t, "{connected}@- {initial}@- {a}@ab-7-1-6 ", "ab-7-1-6", 0) && t.feed.behind, "the first page");
	set(&t);
	ok(answer_read_frames(&a, (struct span){ refresh, strlen(refresh) }), "an answer to refresh");
	feed_frames(&t.feed, &a, &t.sink);
	ok(at(&t, "{q}@ab-7-1-5 {r}@- ", "ab-7-1-5", 0), "its frame has the present cursor");
	t.paper.room = 0;
	feed_frames(&t.feed, &a, &t.sink);
	ok(at(&t, "", "ab-7-1-5", 0) && !t.feed.behind, "without room it is dropped, and nothing is missing");
}

int
main(void)
{
	test_in_step();
	test_end();
	test_gaps();
	test_early();
	test_strange();
	test_state();
	test_behind();
	test_membership();
	test_others();
	return done();
}
