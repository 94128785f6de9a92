/* The application's answers; see answer.h. */
#include "config.h"

#include "wsbridge/answer.h"

#include <string.h>

/* EPOCH-USER-MEMBERSHIP */
static bool
read_stream(struct span text, int64_t *user)
{
	struct span epoch, number;
	int64_t membership;

	return str_take(&text, '-', &epoch) && envelope_is_epoch(epoch) && str_take(&text, '-', &number) &&
	       str_to_i64(number.p, number.len, 1, INT64_MAX, user) && str_to_i64(text.p, text.len, 0, INT64_MAX, &membership);
}

bool
cursor_read(struct cursor *c, struct span text)
{
	const char *dash = text.len > 0 ? memrchr(text.p, '-', text.len) : NULL;

	if (dash == NULL)
		return false;
	c->text = text;
	c->stream = (struct span){ text.p, (size_t)(dash - text.p) };
	return str_to_i64(dash + 1, text.len - c->stream.len - 1, 0, INT64_MAX, &c->seq) && read_stream(c->stream, &c->user);
}

struct span
stream_epoch(struct span stream)
{
	struct span epoch;

	return str_take(&stream, '-', &epoch) ? epoch : (struct span){ stream.p, 0 };
}

/* One line, without control bytes: it becomes one line of standard output, which is one WebSocket message. */
static bool
is_object(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20)
			return false;
	return s.len >= 2 && s.p[0] == '{' && s.p[s.len - 1] == '}';
}

/* Takes the line "NAME VALUE" off *rest; with another name nothing is taken. */
static bool
take_field(struct span *rest, const char *name, struct span *value)
{
	struct span ahead = *rest, line, word;

	if (!str_take(&ahead, '\n', &line) || !str_take(&line, ' ', &word) || !str_equal(word, name))
		return false;
	*value = line;
	*rest = ahead;
	return true;
}

static bool
take_number(struct span *rest, const char *name, int64_t min, int64_t *out)
{
	struct span value;

	return take_field(rest, name, &value) && str_to_i64(value.p, value.len, min, INT64_MAX, out);
}

bool
answer_next(struct span *frames, struct answer_frame *frame)
{
	struct span value, cursor;

	if (!take_field(frames, "frame", &value) || !str_take(&value, ' ', &cursor) || !is_object(value))
		return false;
	*frame = (struct answer_frame){ .kind = FRAME_EVENT, .json = value };
	if (str_equal(cursor, "-"))
		frame->kind = FRAME_AS_IS;
	else if (str_equal(cursor, "="))
		frame->kind = FRAME_PRESENT;
	else
		return cursor_read(&frame->cursor, cursor);
	return true;
}

/* The rest of an answer is frames, all of them this user's (0: of nobody in particular). */
static bool
read_frames(struct answer *a, struct span rest)
{
	struct answer_frame frame;

	a->frames = rest;
	while (rest.len > 0)
		if (!answer_next(&rest, &frame) || (frame.kind == FRAME_EVENT && frame.cursor.user != a->user))
			return false;
	return true;
}

static bool
take_version(struct span *rest)
{
	struct span version;

	return take_field(rest, "bookreq-bridge", &version) && str_equal(version, "1");
}

bool
answer_read(struct answer *a, struct span text)
{
	int64_t user;
	struct span name;

	*a = (struct answer){ .audience = 0 };
	if (!take_version(&text) || !take_field(&text, "stream", &a->stream) || a->stream.len >= STREAM_SIZE || !read_stream(a->stream, &user))
		return false;
	if (!take_number(&text, "audience", 0, &a->audience) || !take_number(&text, "user", 1, &a->user) ||
		!take_number(&text, "position", 0, &a->position) || !take_number(&text, "last", 0, &a->last))
		return false;
	if (take_field(&text, "terms", &a->terms) && (a->terms.len == 0 || a->terms.len >= TERMS_SIZE))
		return false;
	if (a->user != user || (a->audience != 0 && a->audience != user))
		return false;
	while (take_field(&text, "channel", &name))
		if (!names_add(&a->names, name))
			return false;
	return a->names.n > 0 && read_frames(a, text);
}

bool
answer_read_frames(struct answer *a, struct span text)
{
	*a = (struct answer){ .audience = 0 };
	return take_version(&text) && read_frames(a, text);
}

bool
answer_is_error(struct span *text)
{
	static const char begin[] = "{\"type\":\"error\",";

	if (text->len > 0 && text->p[text->len - 1] == '\n')
		text->len--;
	return text->len > sizeof begin && memcmp(text->p, begin, sizeof begin - 1) == 0 && is_object(*text);
}
