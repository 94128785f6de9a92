/*
 * Frames from a client. Cut into pieces at any place they are the same frames, within the limits of size and number; what the bridge
 * understands is what a JSON parser understands.
 */
#include "config.h"

#include "lib/buf.h"
#include "tests/fuzz/fuzz.h"
#include "wsbridge/client.h"
#include "wsbridge/command.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <unistd.h>

/* Whether json-c finds an object of that type, too. */
static bool
is_typed(struct span frame, const char *wanted)
{
	json_tokener *tok = json_tokener_new_ex(64);
	json_object *root, *type;
	bool is;

	CHECK(tok != NULL);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tok, frame.p, (int)frame.len);
	is = json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "type", &type) &&
	     json_object_is_type(type, json_type_string) && strcmp(json_object_get_string(type), wanted) == 0;
	json_object_put(root);
	json_tokener_free(tok);
	return is;
}

static void
take_frame(void *arg, struct span frame)
{
	struct buf *frames = arg;
	char *copy = fuzz_copy(frame.p, frame.len);
	enum command command = command_read((struct span){ copy, frame.len });

	CHECK((command == COMMAND_PING) == str_equal(frame, "ping"));
	CHECK(command != COMMAND_REFRESH_STATE);
	CHECK(command != COMMAND_REFRESH_QUOTA || is_typed(frame, "refresh_quota"));
	CHECK(command != COMMAND_REFRESH_PENDING || is_typed(frame, "refresh_pending"));
	buf_add(frames, frame.p, frame.len);
	buf_addc(frames, '\n');
	free(copy);
}

/* Where the piece that begins at `at` ends that `n` bytes are not to cut a line. */
static size_t
whole_lines(const char *data, size_t len, size_t at, size_t n)
{
	const char *newline = memchr(data + at + n - 1, '\n', len - at - n + 1);

	return newline != NULL ? (size_t)(newline + 1 - data) - at : len - at;
}

/* All of it through a pipe, `seed` deciding about the pieces: of whole lines where the clock stands still, else it goes on by `step` with each. */
static enum client_state
read_all(struct buf *frames, const char *data, size_t len, uint8_t seed, int64_t step)
{
	enum client_state state = CLIENT_OPEN;
	struct client client;
	int64_t now = 1000;
	size_t at, n;
	int ends[2];

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	buf_init(frames, 1024 * 1024);
	CHECK(client_init(&client, ends[0], ends[1], now));
	for (at = 0; at < len && state == CLIENT_OPEN; at += n, now += step) {
		n = fuzz_piece(len, at, seed);
		n = step == 0 ? whole_lines(data, len, at, n) : n;
		CHECK(write(ends[1], data + at, n) == (ssize_t)n);
		state = client_read(&client, now, take_frame, frames);
		CHECK(client.line.len <= CLIENT_FRAME_MAX && (state != CLIENT_OPEN || client.line.len == 0));
	}
	client_free(&client);
	CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
	return state;
}

/* What of a line is behind the last byte that cannot be in a text. */
static struct span
text_of(struct span line)
{
	size_t i, from = 0;

	for (i = 0; i < line.len; i++)
		if (memchr("\xc0\xc1\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff", line.p[i], 13) != NULL || ((line.p[i] & 0xe0) == 0 && line.p[i] != '\t' && line.p[i] != '\r'))
			from = i + 1;
	return (struct span){ line.p + from, line.len - from };
}

/* What all of it at one moment must come to, said in another way: lines, up to the first that is too long or one too many; the rest is a binary frame. */
static enum client_state
expect(struct buf *frames, struct span all)
{
	struct span line;
	int n = 0;

	buf_init(frames, 1024 * 1024);
	while (str_take(&all, '\n', &line)) {
		if (line.len > CLIENT_FRAME_MAX)
			return CLIENT_TOO_LARGE;
		if (n++ == CLIENT_RATE)
			return CLIENT_TOO_MANY;
		line = text_of(line);
		buf_add(frames, line.p, line.len);
		buf_addc(frames, '\n');
	}
	if (all.len > CLIENT_FRAME_MAX)
		return CLIENT_TOO_LARGE;
	return all.len > 0 && n == CLIENT_RATE ? CLIENT_TOO_MANY : CLIENT_OPEN;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t seed = fuzz_take_byte(&data, &len);
	enum client_state wanted, found;
	char *copy = fuzz_copy(data, len);
	struct buf a, b;

	wanted = expect(&a, (struct span){ copy, len });
	found = read_all(&b, copy, len, seed, 0);
	CHECK(wanted == found && fuzz_same((struct span){ buf_str(&a), a.len }, (struct span){ buf_str(&b), b.len }));
	buf_free(&a);
	buf_free(&b);
	/* a byte a second: never too many */
	CHECK(read_all(&a, copy, len < 200 ? len : 200, 1, 1000) != CLIENT_TOO_MANY);
	buf_free(&a);
	free(copy);
	return 0;
}
