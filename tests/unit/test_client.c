/* The client's frames in and out, through real pipes. */
#include "config.h"

#include "lib/clock.h"
#include "tests/unit/tap.h"
#include "wsbridge/client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIG (CLIENT_QUEUE_MAX + 1000)

struct rig {
	struct client client;
	int in, out;      /* the other ends of the pipes */
	char frames[200]; /* what came, each in angle brackets; a long one as its length */
};

static void
note(void *arg, struct span frame)
{
	struct rig *r = arg;
	size_t len = strlen(r->frames);

	if (frame.len > 20)
		(void)snprintf(r->frames + len, sizeof r->frames - len, "<%zu>", frame.len);
	else
		(void)snprintf(r->frames + len, sizeof r->frames - len, "<%.*s>", (int)frame.len, frame.p);
}

static void
set(struct rig *r)
{
	int in[2], out[2];

	if (pipe(in) != 0 || pipe(out) != 0 || fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 || !client_init(&r->client, in[0], out[1], 1000))
		abort();
	r->in = in[1];
	r->out = out[0];
	r->frames[0] = '\0';
}

static void
unset(struct rig *r)
{
	client_free(&r->client);
	(void)close(r->client.in);
	(void)close(r->client.out);
	(void)close(r->in);
	(void)close(r->out);
}

/* The client says `data`, all of it is read. */
static enum client_state
says(struct rig *r, const char *data, size_t len, int64_t now)
{
	if (write(r->in, data, len) != (ssize_t)len)
		abort();
	return client_read(&r->client, now, note, r);
}

static bool
came(struct rig *r, const char *frames)
{
	bool same = strcmp(r->frames, frames) == 0;

	if (!same)
		diag("came %s", r->frames);
	r->frames[0] = '\0';
	return same;
}

static void
test_frames_in(void)
{
	struct rig r;
	char big[CLIENT_FRAME_MAX + 2];

	set(&r);
	memset(big, 'x', sizeof big);
	ok(client_read(&r.client, 1000, note, &r) == CLIENT_OPEN && came(&r, ""), "nothing there");
	ok(says(&r, "ping\n", 5, 2000) == CLIENT_OPEN && came(&r, "<ping>") && r.client.heard_ms == 2000, "a frame");
	ok(says(&r, "a\n\nb\n", 5, 3000) == CLIENT_OPEN && came(&r, "<a><><b>"), "three, one of them empty");
	ok(says(&r, "\t\xc3\xa9\r\n", 5, 7000) == CLIENT_OPEN && came(&r, "<\t\xc3\xa9\r>"), "whatever text may have in it");
	big[CLIENT_FRAME_MAX] = '\n';
	ok(says(&r, big, CLIENT_FRAME_MAX + 1, 8000) == CLIENT_OPEN && came(&r, "<4096>"), "the longest frame");
	big[CLIENT_FRAME_MAX] = 'x';
	big[CLIENT_FRAME_MAX + 1] = '\n';
	ok(says(&r, big, sizeof big, 9000) == CLIENT_TOO_LARGE && came(&r, ""), "one byte more");
	unset(&r);

	set(&r);
	memset(big, 'x', sizeof big);
	ok(says(&r, big, CLIENT_FRAME_MAX + 1, 1000) == CLIENT_TOO_LARGE, "too long a frame is refused before its end");
	(void)close(r.in);
	unset(&r);

	set(&r);
	(void)close(r.in);
	ok(client_read(&r.client, 1000, note, &r) == CLIENT_GONE, "end of file");
	unset(&r);
}

/* websocketd passes them on without a newline. */
static void
test_binary_frames(void)
{
	struct rig r;
	char big[CLIENT_FRAME_MAX + 1];

	set(&r);
	memset(big, 'x', sizeof big);
	ok(says(&r, "he", 2, 4000) == CLIENT_OPEN && came(&r, "") && r.client.heard_ms == 4000, "heard, but ignored");
	ok(says(&r, "ping\n", 5, 5000) == CLIENT_OPEN && came(&r, "<ping>"), "the next one is itself");
	ok(says(&r, big, CLIENT_FRAME_MAX, 6000) == CLIENT_OPEN && says(&r, "ping\n", 5, 6000) == CLIENT_OPEN && came(&r, "<ping>"), "as long as it may be");
	ok(says(&r, "\1\0ping\n", 7, 7000) == CLIENT_OPEN && came(&r, "<ping>"), "read with the next one");
	ok(says(&r, "\xffping\n{}\n", 9, 8000) == CLIENT_OPEN && came(&r, "<ping><{}>"), "and with two");
	ok(says(&r, big, sizeof big, 9000) == CLIENT_TOO_LARGE, "too long a one");
	unset(&r);
}

static void
test_rate(void)
{
	struct rig r;
	int i, open = 0;

	set(&r);
	for (i = 0; i < CLIENT_RATE; i++)
		open += says(&r, "\n", 1, 5000) == CLIENT_OPEN;
	ok(open == CLIENT_RATE, "20 frames at once");
	ok(says(&r, "\n", 1, 5999) == CLIENT_TOO_MANY, "one more within the second");
	unset(&r);
	set(&r);
	for (i = 0, open = 0; i < 100; i++)
		open += says(&r, "\n", 1, 5000 + i * 50) == CLIENT_OPEN;
	ok(open == 100, "20 in each second, for five seconds");
	ok(says(&r, "x", 1, 9950) == CLIENT_TOO_MANY, "one between them, though binary");
	unset(&r);
}

static bool
writes(struct rig *r, const char *json, const char *cursor)
{
	return client_write(&r->client, (struct span){ json, strlen(json) }, cursor, false);
}

/* What the client gets now. */
static bool
gets(struct rig *r, const char *expected)
{
	static char data[BIG];
	ssize_t n = read(r->out, data, sizeof data);

	return n == (ssize_t)strlen(expected) && memcmp(data, expected, (size_t)n) == 0;
}

static void
test_frames_out(void)
{
	struct rig r;

	set(&r);
	ok(writes(&r, "ping", NULL) && writes(&r, "{\"a\":1}", "ab-7-1-3") && writes(&r, "{}", "c"), "three frames");
	ok(client_waiting(&r.client) && client_flush(&r.client, 1000) == CLIENT_OPEN && !client_waiting(&r.client), "are written");
	ok(gets(&r, "ping\n{\"a\":1,\"cursor\":\"ab-7-1-3\"}\n{\"cursor\":\"c\"}\n"), "with their cursors, one line each");
	(void)close(r.out);
	r.out = -1;
	ok(writes(&r, "{}", NULL) && client_flush(&r.client, 1000) == CLIENT_GONE, "nobody reads any more");
	unset(&r);
}

/* A frame of `len` bytes; not to be freed. */
static const char *
frame_of(size_t len)
{
	static char text[BIG + 1];

	memset(text, 'x', len);
	text[0] = '{';
	text[len - 1] = '}';
	text[len] = '\0';
	return text;
}

/* Reads everything, and whether it is lines of `{x…}` or the last words, none of them broken. */
static bool
whole_lines(struct rig *r, size_t *lines)
{
	static char data[4 * BIG];
	size_t len = 0;
	struct span rest, line;
	ssize_t n;

	while ((n = read(r->out, data + len, sizeof data - len)) > 0) {
		len += (size_t)n;
		(void)client_flush(&r->client, 2000);
	}
	rest = (struct span){ data, len };
	for (*lines = 0; str_take(&rest, '\n', &line); ++*lines)
		if (line.len < 2 || line.p[0] != '{' || line.p[line.len - 1] != '}' || memchr(line.p + 1, '{', line.len - 1) != NULL)
			return false;
	return rest.len == 0;
}

static void
test_queue(void)
{
	struct rig r;
	size_t written = 0, lines;

	set(&r);
	while (writes(&r, frame_of(1000), NULL))
		written++;
	ok(written == CLIENT_QUEUE_MAX / 1001, "64 KiB wait, and not one frame more");
	ok(client_write(&r.client, (struct span){ "{}", 2 }, NULL, true), "but what is bounded otherwise");
	(void)client_flush(&r.client, 1500);
	ok(whole_lines(&r, &lines) && lines == written + 1 && !client_waiting(&r.client), "all of them arrive");

	ok(writes(&r, frame_of(BIG), NULL), "a frame above the cap may have the queue for itself");
	ok(!writes(&r, "{}", NULL), "and nothing beside it");
	r.client.progress_ms = 0;
	ok(client_flush(&r.client, 1700) == CLIENT_OPEN && client_waiting(&r.client) && r.client.split, "it is written in part");
	ok(r.client.progress_ms == 1700, "which is progress");
	(void)client_flush(&r.client, 1800);
	ok(r.client.progress_ms == 1700, "trying is none");
	ok(whole_lines(&r, &lines) && lines == 1, "until it is whole");
	unset(&r);
}

static void
test_last_words(void)
{
	struct rig r;
	size_t lines;
	int i;

	set(&r);
	client_finish(&r.client, "{bye}", 0);
	ok(gets(&r, "{bye}\n"), "last words");
	unset(&r);

	set(&r);
	for (i = 0; i < 100; i++) {
		(void)writes(&r, frame_of(30000), NULL);
		(void)client_flush(&r.client, 1000);
	}
	ok(r.client.split, "a line is partly written");
	client_finish(&r.client, "{bye}", 0);
	ok(whole_lines(&r, &lines) && lines == 4, "it is completed before the last words, what waited behind it is dropped");
	unset(&r);
}

int
main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	test_frames_in();
	test_binary_frames();
	test_rate();
	test_frames_out();
	test_queue();
	test_last_words();
	return done();
}
