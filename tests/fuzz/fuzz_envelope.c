/*
 * Messages from Redis, separated by NULs. Each has one way to be written, so what is read is written back as it was; and whatever comes,
 * in whatever order, the feed writes events of its audience one after the other, none twice, none left out.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/envelope.h"
#include "tests/fuzz/fuzz.h"
#include "wsbridge/feed.h"

#include <inttypes.h>

#define EPOCH "ab"
#define PAGE "bookreq-bridge 1\nstream " EPOCH "-7-1\naudience 7\nuser 7\nposition 5\nlast 5\nterms 2025-11/5/10\nchannel {3}:user:7\n"

static int64_t
write_lines(struct buf *out, struct span lines)
{
	struct envelope_event event;
	int64_t n;

	for (n = 0; envelope_next(&lines, &event); n++) {
		CHECK(event.to >= 0 && memchr(event.frame.p, '\n', event.frame.len) == NULL && memchr(event.frame.p, '\0', event.frame.len) == NULL);
		buf_addf(out, "%" PRId64 " ", event.to);
		buf_add(out, event.frame.p, event.frame.len);
		buf_addc(out, '\n');
	}
	CHECK(lines.len == 0);
	return n;
}

static void
check_message(struct span text)
{
	struct buf again, lines;
	struct envelope e;
	enum envelope_kind kind = envelope_read(text.p, text.len, &e);
	int epoch = (int)e.epoch.len;

	buf_init(&again, 1024 * 1024);
	buf_init(&lines, 1024 * 1024);
	switch (kind) {
	case ENVELOPE_EVENTS:
		CHECK(e.first >= 1 && e.last >= e.first && write_lines(&lines, e.lines) == e.last - e.first + 1);
		buf_addf(&again, "1 events %.*s %" PRId64 " %" PRId64 " %" PRId64 "\n", epoch, e.epoch.p, e.audience, e.first, e.last - e.first + 1);
		break;
	case ENVELOPE_POKE: buf_addf(&again, "1 poke %.*s %" PRId64 " %" PRId64 "\n", epoch, e.epoch.p, e.audience, e.last); break;
	case ENVELOPE_CHECK: buf_addf(&again, "1 check %.*s\n", epoch, e.epoch.p); break;
	case ENVELOPE_STATE:
		CHECK(write_lines(&lines, e.lines) == 1);
		buf_addf(&again, "1 state %.*s %" PRId64 " %" PRId64 " %" PRId64 " ", epoch, e.epoch.p, e.audience, e.last, e.version);
		buf_add(&again, e.terms.p, e.terms.len);
		buf_addc(&again, '\n');
		break;
	case ENVELOPE_UNKNOWN:
	case ENVELOPE_NEWER:
	case ENVELOPE_BROKEN: break;
	}
	buf_add(&again, buf_str(&lines), lines.len);
	if (again.len > 0)
		CHECK(fuzz_same((struct span){ again.data, again.len }, text));
	buf_free(&again);
	buf_free(&lines);
}

/* The reader of the feed: `written` is the last event's number. */
struct reader {
	const struct feed *feed;
	int64_t written;
	int room;
};

static bool
take(void *arg, struct span json, const char *cursor)
{
	struct reader *r = arg;
	struct cursor c;

	CHECK(json.len >= 2 && json.p[0] == '{' && json.p[json.len - 1] == '}');
	if (r->room == 0)
		return false;
	r->room--;
	if (cursor == NULL)
		return true;
	CHECK(cursor_read(&c, (struct span){ cursor, strlen(cursor) }) && c.user == 7 && c.seq == r->feed->position);
	CHECK(c.seq > r->written);
	r->written = c.seq;
	return true;
}

static void
check_feed(struct span messages, int room)
{
	static const char page[] = PAGE;
	struct feed f;
	struct reader reader = { .feed = &f, .written = 5, .room = room };
	struct feed_sink sink = { take, &reader };
	struct answer a;
	struct span message;
	int64_t before;

	feed_init(&f);
	CHECK(answer_read(&a, (struct span){ page, sizeof page - 1 }));
	feed_page(&f, &a, &sink);
	while (str_take(&messages, '\0', &message)) {
		before = f.position;
		(void)feed_message(&f, message, &sink);
		CHECK(f.position >= before && f.position >= reader.written);
		CHECK(f.ask != 0 || f.behind || f.newest <= f.position);
	}
	feed_free(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = fuzz_copy(data, len);
	struct span rest = { copy, len }, message;

	while (str_take(&rest, '\0', &message))
		check_message(message);
	check_message(rest);
	check_feed((struct span){ copy, len }, -1);
	check_feed((struct span){ copy, len }, 1);
	free(copy);
	return 0;
}
