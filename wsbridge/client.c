/* Frames in and out; see client.h. */
#include "config.h"

#include "wsbridge/client.h"

#include "lib/clock.h"
#include "lib/fault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define QUEUE_FIRST_BYTES 2000 /* most frames; large enough not to be kept by malloc for itself */
#define SILENCE_MS 20
#define QUEUE_LIMIT (2 * 1024 * 1024) /* of the buffer: a page and a frame above CLIENT_QUEUE_MAX fit */

static bool
unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

bool
client_init(struct client *c, int in, int out, int64_t now_ms)
{
	*c = (struct client){ .in = in, .out = out, .heard_ms = now_ms, .progress_ms = now_ms };
	buf_init(&c->line, CLIENT_FRAME_MAX);
	buf_init(&c->queue, QUEUE_LIMIT);
	return unblock(in) && unblock(out);
}

void
client_free(struct client *c)
{
	buf_free(&c->line);
	buf_free(&c->queue);
}

/* Whether this frame is one too many within a second. */
static bool
floods(struct client *c, int64_t now_ms)
{
	int64_t *oldest = &c->times[c->next_time];
	bool flood = *oldest != 0 && now_ms - *oldest < 1000;

	*oldest = now_ms;
	c->next_time = (c->next_time + 1) % CLIENT_RATE;
	return flood;
}

/* A frame of that many bytes has come. */
static enum client_state
judge(struct client *c, size_t len, int64_t now_ms)
{
	if (len > CLIENT_FRAME_MAX)
		return CLIENT_TOO_LARGE;
	if (floods(c, now_ms))
		return CLIENT_TOO_MANY;
	c->heard_ms = now_ms;
	return CLIENT_OPEN;
}

static bool
is_no_text(char c)
{
	unsigned char byte = (unsigned char)c;

	return (byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0xc0 || byte == 0xc1 || byte >= 0xf5;
}

/*
 * A text frame that was written before the binary one in front of it was read shares its line. Where the latter ends is known only if it ends in
 * what no text frame of ours has: control characters, or bytes that UTF-8 has not.
 */
static struct span
without_binary(struct span line)
{
	size_t i = line.len;

	while (i > 0 && !is_no_text(line.p[i - 1]))
		i--;
	return (struct span){ line.p + i, line.len - i };
}

/* A piece of input: the end of the line under way, whole lines, the beginning of the next. */
static enum client_state
split(struct client *c, struct span data, int64_t now_ms, client_frame_fn *fn, void *arg)
{
	struct span piece;

	while (str_take(&data, '\n', &piece)) {
		enum client_state state = judge(c, c->line.len + piece.len, now_ms);

		if (state != CLIENT_OPEN)
			return state;
		if (c->line.len > 0) {
			buf_add(&c->line, piece.p, piece.len);
			piece = (struct span){ c->line.data, c->line.len };
		}
		if (buf_ok(&c->line))
			fn(arg, without_binary(piece));
		buf_free(&c->line);
	}
	if (data.len > CLIENT_FRAME_MAX - c->line.len)
		return CLIENT_TOO_LARGE;
	buf_add(&c->line, data.p, data.len);
	return buf_ok(&c->line) ? CLIENT_OPEN : CLIENT_GONE;
}

/*
 * Nothing more is there: what has no newline is a binary frame, which websocketd passes on without one, while it writes a text frame
 * with its newline at once. It must not become the beginning of the next frame.
 */
static enum client_state
drop_binary(struct client *c, int64_t now_ms)
{
	enum client_state state = c->line.len > 0 ? judge(c, c->line.len, now_ms) : CLIENT_OPEN;

	buf_free(&c->line);
	return state;
}

enum client_state
client_read(struct client *c, int64_t now_ms, client_frame_fn *fn, void *arg)
{
	enum client_state state;
	char chunk[1024];
	ssize_t n;

	do {
		n = read(c->in, chunk, sizeof chunk);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return CLIENT_GONE;
		state = n > 0 ? split(c, (struct span){ chunk, (size_t)n }, now_ms, fn, arg) : CLIENT_OPEN;
	} while (state == CLIENT_OPEN && n == (ssize_t)sizeof chunk);
	return state == CLIENT_OPEN ? drop_binary(c, now_ms) : state;
}

static void
add_line(struct buf *b, struct span json, const char *cursor)
{
	if (cursor == NULL) {
		buf_add(b, json.p, json.len);
	} else {
		assert(json.len >= 2 && json.p[json.len - 1] == '}');
		buf_add(b, json.p, json.len - 1);
		buf_adds(b, json.len > 2 ? ",\"cursor\":\"" : "\"cursor\":\"");
		buf_adds(b, cursor);
		buf_adds(b, "\"}");
	}
	buf_addc(b, '\n');
}

bool
client_write(struct client *c, struct span json, const char *cursor, bool always)
{
	size_t line = json.len + (cursor != NULL ? strlen(cursor) + sizeof ",\"cursor\":\"\"" : 0) + 1, waiting;

	buf_consume(&c->queue, c->sent);
	c->sent = 0;
	waiting = c->queue.len;
	if (!always && waiting > 0 && (waiting > CLIENT_QUEUE_MAX || line > CLIENT_QUEUE_MAX - waiting))
		return false;
	if (waiting == 0) {
		c->progress_ms = clock_ms();
		buf_reserve(&c->queue, QUEUE_FIRST_BYTES);
	}
	add_line(&c->queue, json, cursor);
	return buf_ok(&c->queue);
}

bool
client_waiting(const struct client *c)
{
	return c->queue.len > c->sent;
}

enum client_state
client_flush(struct client *c, int64_t now_ms)
{
	ssize_t n;

	if (!buf_ok(&c->queue))
		return CLIENT_GONE; /* memory ran out in the middle of a line */
	while (client_waiting(c)) {
		n = write(c->out, c->queue.data + c->sent, FAULT_HALF("bridge.half_frame", c->queue.len - c->sent));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? CLIENT_OPEN : CLIENT_GONE;
		c->sent += (size_t)n;
		c->split = c->queue.data[c->sent - 1] != '\n';
		c->progress_ms = now_ms;
		if (c->split)
			FAULT("bridge.half_frame");
	}
	/* nothing waits most of the time: the memory goes back */
	buf_free(&c->queue);
	c->sent = 0;
	return CLIENT_OPEN;
}

/* What waits is dropped, up to the end of a line that is partly written: its beginning cannot be taken back. */
static void
cut_queue(struct client *c)
{
	struct span rest = { buf_str(&c->queue) + c->sent, c->queue.len - c->sent }, line;
	struct buf kept;

	buf_init(&kept, c->queue.max);
	if (c->split && str_take(&rest, '\n', &line))
		buf_add(&kept, line.p, line.len + 1);
	buf_free(&c->queue);
	c->queue = kept;
	c->sent = 0;
}

/* Takes what the client still sends: a connection that is closed with unread input is reset, and that can overtake the last words. */
static void
drain(struct client *c, int64_t deadline)
{
	struct pollfd p = { .fd = c->in, .events = POLLIN };
	char chunk[1024];

	while (clock_ms() < deadline && poll(&p, 1, SILENCE_MS) > 0 && read(c->in, chunk, sizeof chunk) > 0)
		;
}

void
client_finish(struct client *c, const char *json, int64_t wait_ms)
{
	struct pollfd p = { .fd = c->out, .events = POLLOUT };
	int64_t deadline = clock_ms() + wait_ms;

	if (client_flush(c, clock_ms()) != CLIENT_OPEN)
		return;
	cut_queue(c);
	add_line(&c->queue, (struct span){ json, strlen(json) }, NULL);
	while (client_flush(c, clock_ms()) == CLIENT_OPEN && client_waiting(c)) {
		int64_t left = deadline - clock_ms();

		if (left <= 0 || poll(&p, 1, (int)left) < 0)
			return;
	}
	drain(c, deadline);
}
