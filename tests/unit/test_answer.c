/* The application's answers, channel names and cursors. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "bookreq-bridge 1\nstream 0a-7-2\naudience 7\nuser 7\nposition 5\nlast 9\n"
#define USER "channel {3}:user:7\n"

static struct span
text(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static bool
reads(const char *s)
{
	struct answer a;

	return answer_read(&a, text(s));
}

static void
test_whole(void)
{
	struct answer a;
	struct answer_frame f;
	struct span frames;

	ok(answer_read(&a, text(HEAD USER "channel {3}:admins\nframe - {\"a\":1}\nframe 0a-7-2-5 {}\nframe = {\"b\":2}\n")), "a whole answer");
	ok(str_equal(a.stream, "0a-7-2") && a.audience == 7 && a.user == 7 && a.position == 5 && a.last == 9, "its head");
	ok(a.names.n == 2 && strcmp(a.names.name[0], "{3}:user:7") == 0 && strcmp(a.names.name[1], "{3}:admins") == 0, "its channels");
	frames = a.frames;
	ok(answer_next(&frames, &f) && f.kind == FRAME_AS_IS && str_equal(f.json, "{\"a\":1}"), "a frame as it is");
	ok(answer_next(&frames, &f) && f.kind == FRAME_EVENT && str_equal(f.cursor.text, "0a-7-2-5") && str_equal(f.cursor.stream, "0a-7-2") &&
			f.cursor.seq == 5,
		"an event with its cursor");
	ok(answer_next(&frames, &f) && f.kind == FRAME_PRESENT, "a frame with the present cursor");
	ok(!answer_next(&frames, &f), "no more");
	ok(str_equal(stream_epoch(a.stream), "0a"), "the stream's epoch");
	ok(reads(HEAD USER), "no frames");
}

static void
test_garbage(void)
{
	static const char *const garbage[] = {
		"",
		"\n",
		"bookreq-bridge 2\n",
		"bookreq-bridge 1\n",
		HEAD,                                    /* no channel */
		HEAD "channel {3}:admins\n",             /* not the user's first */
		HEAD USER "channel {4}:admins\n",        /* of another creator */
		HEAD USER USER,
		HEAD USER "frame - {}",                  /* no line end */
		HEAD USER "frame - \n",
		HEAD USER "frame {}\n",
		HEAD USER "frame - [1]\n",
		HEAD USER "frame - {\"a\":\"\t\"}\n",
		HEAD USER "frame x {}\n",
		HEAD USER "frame 0a-7-2-05 {}\n",
		HEAD USER "frame 0a-8-2-5 {}\n",         /* another user's */
		HEAD USER "frame 0a-7-2 {}\n",
		HEAD USER "hello\n",
		HEAD USER "frame - {}\n\n",
		HEAD USER "frame - {}\nchannel {3}:admins\n",
		"bookreq-bridge 1\nstream 0a-7\naudience 7\nuser 7\nposition 5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream -7-2\naudience 7\nuser 7\nposition 5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream 0A-7-2\naudience 7\nuser 7\nposition 5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream 0a-8-2\naudience 7\nuser 7\nposition 5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream 0a-7-2\naudience 8\nuser 7\nposition 5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream 0a-7-2\naudience 7\nuser 7\nposition -5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream 0a-7-2\naudience 7\nuser 7\nlast 9\nposition 5\n" USER,
		"bookreq-bridge 1\naudience 7\nuser 7\nposition 5\nlast 9\n" USER,
		"bookreq-bridge 1\nstream 000000000000000000000000000000001-7-2\naudience 7\nuser 7\nposition 5\nlast 9\n" USER,
	};
	size_t i;

	for (i = 0; i < sizeof garbage / sizeof garbage[0]; i++)
		ok(!reads(garbage[i]), "refused: answer %zu", i);
}

/* Every single byte of an answer replaced by each of some bytes: never a crash, and no control byte in a frame. */
static void
test_damage(void)
{
	static const char whole[] = HEAD USER "frame - {\"a\":1}\nframe 0a-7-2-5 {\"b\":2}\n", bytes[] = "\0\n\r {}-=0z\x80\xff";
	char *copy = malloc(sizeof whole - 1); /* no NUL after it: a reader that goes too far is seen by the sanitizer */
	struct answer a;
	struct answer_frame f;
	size_t i, k, len = sizeof whole - 1;
	int bad = 0;

	for (i = 0; copy != NULL && i < len; i++)
		for (k = 0; k < sizeof bytes - 1; k++) {
			struct span frames;

			memcpy(copy, whole, len);
			copy[i] = bytes[k];
			if (!answer_read(&a, (struct span){ copy, len }))
				continue;
			for (frames = a.frames; answer_next(&frames, &f);)
				bad += memchr(f.json.p, '\n', f.json.len) != NULL || f.json.p[0] != '{' || f.json.p[f.json.len - 1] != '}';
		}
	ok(copy != NULL && bad == 0, "damaged at every byte");
	for (i = 0, bad = 0; copy != NULL && i < len; i++) {
		memcpy(copy, whole, i);
		bad += answer_read(&a, (struct span){ copy, i }) && whole[i - 1] != '\n';
	}
	ok(bad == 0, "cut at every byte: only whole lines pass");
	free(copy);
}

static void
test_refresh(void)
{
	struct answer a;
	struct span error = text("{\"type\":\"error\",\"code\":\"forbidden\"}\n");

	ok(answer_read_frames(&a, text("bookreq-bridge 1\nframe = {}\n")), "an answer to refresh");
	ok(answer_read_frames(&a, text("bookreq-bridge 1\n")), "an empty one");
	ok(!answer_read_frames(&a, text("bookreq-bridge 1\nstream 0a-7-2\n")), "with a head it is none");
	ok(!answer_read_frames(&a, text("bookreq-bridge 1\nframe 0a-7-2-5 {}\n")), "it has no events");
	ok(answer_is_error(&error) && error.p[error.len - 1] == '}', "an error frame, without its line end");
	error = text("{\"type\":\"error\",\"a\":1}\n{}\n");
	ok(!answer_is_error(&error), "two lines are none");
	error = text("<html>Bad Gateway</html>");
	ok(!answer_is_error(&error), "a page is none");
	error = text("");
	ok(!answer_is_error(&error), "nothing is none");
}

static bool
names_of(const char *list)
{
	struct names names;

	return names_read(&names, text(list));
}

static void
test_names(void)
{
	static const char *const refused[] = { "", " ", "{3}:admins", "{3}:user:7 ", " {3}:user:7", "{3}:user:7  {3}:admins", "{3}:user:7 {3}:user:8",
		"{3}:user:7 {33}:admins", "{3}:user:7 {3}:admins {3}:admins", "{0}:user:7", "{3}:user:0", "{3}:user:07", "{3}:user:", "{3}:user:7x",
		"{}:user:7", "3:user:7", "{3:user:7", "{3}user:7", "{99999999999999999999}:user:7", "{3}:user:7\n", "*", "{3}:user:*" };
	struct names a, b;
	size_t i;

	ok(names_of("{3}:user:7"), "a subscriber's channel");
	ok(names_of("{3}:user:7 {3}:subscribers sockets") && names_of("{3}:user:7 {3}:admins sockets") && names_of("{3}:user:7 sockets"), "all that there are");
	ok(!names_of("sockets") && !names_of("{3}:user:7 sockets sockets") && !names_of("{3}:user:7 {3}:admins {3}:subscribers") && !names_of("{3}:user:7 sockets {3}:x"), "but not in any other way");
	ok(names_of("{9223372036854775807}:user:9223372036854775807 {9223372036854775807}:admins"), "an admin's, with the longest numbers");
	for (i = 0; i < sizeof refused / sizeof refused[0]; i++)
		ok(!names_of(refused[i]), "refused: \"%s\"", strcmp(refused[i], "{3}:user:7\n") == 0 ? "a line end" : refused[i]);
	ok(names_read(&a, text("{3}:user:7 {3}:admins")) && names_read(&b, text("{3}:user:7")) && !names_equal(&a, &b), "different channels");
	ok(names_add(&b, text("{3}:admins")) && names_equal(&a, &b), "the same channels");
	ok(names_have(&a, "{3}:admins") && !names_have(&a, "{3}:admin"), "one of them");
}

int
main(void)
{
	test_whole();
	test_garbage();
	test_damage();
	test_refresh();
	test_names();
	return done();
}
