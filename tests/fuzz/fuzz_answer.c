/*
 * The application's answers as the bridge reads them. Each has one way to be written, so what is read is written back as it was; and no
 * frame of it can become two lines of output.
 */
#include "config.h"

#include "lib/buf.h"
#include "tests/fuzz/fuzz.h"
#include "wsbridge/answer.h"
#include "wsbridge/feed.h"

#include <inttypes.h>

static void
write_head(struct buf *out, const struct answer *a)
{
	size_t i;

	buf_addf(out, "stream %.*s\naudience %" PRId64 "\nuser %" PRId64 "\n", (int)a->stream.len, a->stream.p, a->audience, a->user);
	buf_addf(out, "position %" PRId64 "\nlast %" PRId64 "\n", a->position, a->last);
	if (a->terms.p != NULL) {
		buf_adds(out, "terms ");
		buf_add(out, a->terms.p, a->terms.len);
		buf_addc(out, '\n');
	}
	for (i = 0; i < a->names.n; i++)
		buf_addf(out, "channel %s\n", a->names.name[i]);
}

static void
write_frames(struct buf *out, struct span frames)
{
	struct answer_frame f;

	while (answer_next(&frames, &f)) {
		CHECK(f.json.p[0] == '{' && memchr(f.json.p, '\n', f.json.len) == NULL);
		buf_adds(out, "frame ");
		if (f.kind == FRAME_EVENT)
			buf_add(out, f.cursor.text.p, f.cursor.text.len);
		else
			buf_addc(out, f.kind == FRAME_AS_IS ? '-' : '=');
		buf_addc(out, ' ');
		buf_add(out, f.json.p, f.json.len);
		buf_addc(out, '\n');
	}
	CHECK(frames.len == 0);
}

static void
check_same(const struct answer *a, bool head, struct span text)
{
	struct buf again;

	buf_init(&again, 1024 * 1024);
	buf_adds(&again, "bookreq-bridge 1\n");
	if (head)
		write_head(&again, a);
	write_frames(&again, a->frames);
	CHECK(fuzz_same((struct span){ buf_str(&again), again.len }, text));
	buf_free(&again);
}

static bool
take(void *arg, struct span json, const char *cursor)
{
	int *room = arg;

	CHECK(json.len >= 2 && (cursor == NULL || strlen(cursor) < CURSOR_SIZE));
	return (*room)-- > 0;
}

/* The feed takes every answer, whatever room there is, and stands nowhere before its beginning. */
static void
feed(const struct answer *a, int room)
{
	struct feed_sink sink = { take, &room };
	char cursor[CURSOR_SIZE];
	struct cursor c;
	struct feed f;

	feed_init(&f);
	feed_page(&f, a, &sink);
	feed_frames(&f, a, &sink);
	feed_drained(&f);
	feed_cursor(&f, cursor);
	CHECK(f.behind || cursor_read(&c, (struct span){ cursor, strlen(cursor) }));
	CHECK(f.behind || f.position >= a->position || !fuzz_same(a->stream, c.stream));
	feed_free(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = fuzz_copy(data, len);
	struct span text = { copy, len };
	struct answer a;

	if (answer_read(&a, text)) {
		check_same(&a, true, text);
		feed(&a, 1000);
		feed(&a, 1);
	}
	if (answer_read_frames(&a, text))
		check_same(&a, false, text);
	if (answer_is_error(&text))
		CHECK(text.len >= len - 1 && memchr(text.p, '\n', text.len) == NULL && text.p[text.len - 1] == '}');
	free(copy);
	return 0;
}
