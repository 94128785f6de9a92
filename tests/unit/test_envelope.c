/* Messages from Redis: well-formed, broken, and cut at every byte. */
#include "config.h"

#include "lib/envelope.h"
#include "tests/unit/tap.h"

#include <inttypes.h>
#include <string.h>

static enum envelope_kind
read_text(const char *text, struct envelope *e)
{
	return envelope_read(text, strlen(text), e);
}

static void
test_events(void)
{
	struct envelope e;
	struct envelope_event event;
	struct span lines;

	ok(read_text("1 events 00ab 7 41 2\n0 {\"a\":1}\n9 {}\n", &e) == ENVELOPE_EVENTS, "two events");
	ok(str_equal(e.epoch, "00ab") && e.audience == 7 && e.first == 41 && e.last == 42, "their epoch, audience and numbers");
	lines = e.lines;
	ok(envelope_next(&lines, &event) && event.to == 0 && str_equal(event.frame, "{\"a\":1}"), "the first, for everybody");
	ok(envelope_next(&lines, &event) && event.to == 9 && str_equal(event.frame, "{}"), "the second, for one user");
	ok(!envelope_next(&lines, &event), "no third");
	ok(read_text("1 events ab 0 9223372036854775807 1\n0 {}\n", &e) == ENVELOPE_EVENTS && e.last == INT64_MAX, "the greatest number");
}

static void
test_others(void)
{
	struct envelope e;

	ok(read_text("1 poke ab 0 17\n", &e) == ENVELOPE_POKE && e.audience == 0 && e.last == 17, "poke");
	ok(read_text("1 poke ab 7 0\n", &e) == ENVELOPE_POKE && e.last == 0, "poke of an empty audience");
	ok(read_text("1 check ab\n", &e) == ENVELOPE_CHECK && str_equal(e.epoch, "ab"), "check");
	ok(read_text("2 events ab 7 1 1\n0 {}\n", &e) == ENVELOPE_NEWER, "a later version");
	ok(read_text("10\n", &e) == ENVELOPE_NEWER, "a much later one, whatever it says");
	ok(read_text("0 events ab 7 1 1\n0 {}\n", &e) == ENVELOPE_UNKNOWN && read_text("2x\n", &e) == ENVELOPE_UNKNOWN, "no version at all");
	ok(read_text("1 dance ab\n", &e) == ENVELOPE_UNKNOWN, "another kind is ignored");
	ok(read_text("", &e) == ENVELOPE_UNKNOWN, "nothing is ignored");
	ok(read_text("1 check ab", &e) == ENVELOPE_UNKNOWN, "a line without its end is none");
}

static void
test_broken(void)
{
	static const char *const broken[] = {
		"1 events ab 7 1 2\n0 {}\n",                       /* one frame too few */
		"1 events ab 7 1 1\n0 {}\n0 {}\n",                 /* one too many */
		"1 events ab 7 1 1\n0 {}",                         /* no line end */
		"1 events ab 7 0 1\n0 {}\n",                       /* numbers begin at 1 */
		"1 events ab 7 1 0\n",                             /* no events */
		"1 events ab 7 9223372036854775807 2\n0 {}\n0 {}\n", /* beyond the greatest number */
		"1 events ab 7 1 1 1\n0 {}\n",                     /* a word too many */
		"1 events ab 7 1\n0 {}\n",                         /* a word too few */
		"1 events AB 7 1 1\n0 {}\n",                       /* no epoch */
		"1 events  7 1 1\n0 {}\n",                         /* an empty one */
		"1 events 000000000000000000000000000000001 7 1 1\n0 {}\n", /* too long a one */
		"1 events ab -7 1 1\n0 {}\n",                      /* no audience */
		"1 events ab 7 1 1\nx {}\n",                       /* no user */
		"1 events ab 7 1 1\n-1 {}\n",
		"1 events ab 7 1 1\n0 []\n",                       /* no object */
		"1 events ab 7 1 1\n0 {\n",
		"1 events ab 7 1 1\n0 {} \n",
		"1 events ab 7 1 99999999999\n0 {}\n",
		"1 poke ab 7 x\n",
		"1 poke ab 7\n",
		"1 poke ab 7 1\nmore\n",
		"1 check\n",
		"1 state ab 7 5 2 t\n",
		"1 state ab 7\n7 {}\n",
		"1 state ab 7 5 2\n7 {}\n",
		"1 state ab 7 5 t\n7 {}\n",
		"1 state ab 7 5 2 t t\n7 {}\n",
		"1 state ab 7 5 2 01234567890123456789012345678901\n7 {}\n",
		"1 state ab 7 5 2 t\n7 {}\n7 {}\n",
		"1 state ab 7 5 2 t\n7 []\n",
		"1 check ab x\n",
		"1 check ab \n",
		"1 poke ab 7 9 \n",
		"1 check xy\n",
	};
	struct envelope e;
	size_t i;

	for (i = 0; i < sizeof broken / sizeof broken[0]; i++)
		ok(read_text(broken[i], &e) == ENVELOPE_BROKEN, "broken: message %zu", i);
	ok(envelope_read("1 events ab 7 1 1\n0 {\0}\n", 24, &e) == ENVELOPE_BROKEN, "broken: NUL in a frame");
}

static void
test_cuts(void)
{
	static const char whole[] = "1 events 00ab 7 41 2\n0 {\"a\":1}\n9 {}\n";
	struct envelope e;
	size_t len;
	int bad = 0;

	for (len = 0; len < sizeof whole - 1; len++)
		bad += envelope_read(whole, len, &e) == ENVELOPE_EVENTS;
	ok(bad == 0, "no beginning of a message passes for the whole");
}

int
main(void)
{
	test_events();
	test_others();
	test_broken();
	test_cuts();
	return done();
}
