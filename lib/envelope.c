/* Messages from Redis; see envelope.h. */
#include "config.h"

#include "lib/envelope.h"

#include <string.h>

#define MESSAGE_VERSION 1
#define EVENTS_MAX 100000 /* of one message */

/* Takes one word off `line`: up to a single space, or all of it. An empty one, as no word is, where a space ends the line. */
static struct span
take_word(struct span *line)
{
	struct span word;

	if (!str_take(line, ' ', &word)) {
		word = *line;
		line->p += word.len;
		line->len = 0;
	} else if (line->len == 0) {
		word.len = 0;
	}
	return word;
}

static bool
take_number(struct span *line, int64_t min, int64_t *out)
{
	struct span word = take_word(line);

	return str_to_i64(word.p, word.len, min, INT64_MAX, out);
}

bool
envelope_is_epoch(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr("0123456789abcdef", s.p[i]) == NULL)
			return false;
	return s.len > 0 && s.len <= EPOCH_DIGITS;
}

static bool
take_epoch(struct span *line, struct span *epoch)
{
	*epoch = take_word(line);
	return envelope_is_epoch(*epoch);
}

static bool
is_object(struct span s)
{
	return s.len >= 2 && s.p[0] == '{' && s.p[s.len - 1] == '}' && memchr(s.p, '\0', s.len) == NULL;
}

bool
envelope_next(struct span *lines, struct envelope_event *event)
{
	struct span line;

	if (!str_take(lines, '\n', &line) || !take_number(&line, 0, &event->to) || !is_object(line))
		return false;
	event->frame = line;
	return true;
}

static bool
read_events(struct span line, struct span rest, struct envelope *e)
{
	struct envelope_event event;
	int64_t count, i;

	if (!take_epoch(&line, &e->epoch) || !take_number(&line, 0, &e->audience) || !take_number(&line, 1, &e->first) ||
		!take_number(&line, 1, &count) || line.len > 0)
		return false;
	if (count > EVENTS_MAX || count - 1 > INT64_MAX - e->first)
		return false;
	e->last = e->first + (count - 1);
	e->lines = rest;
	for (i = 0; i < count; i++)
		if (!envelope_next(&rest, &event))
			return false;
	return rest.len == 0;
}

static bool
read_poke(struct span line, struct span rest, struct envelope *e)
{
	return take_epoch(&line, &e->epoch) && take_number(&line, 0, &e->audience) && take_number(&line, 0, &e->last) && line.len == 0 &&
	       rest.len == 0;
}

static bool
read_state(struct span line, struct span rest, struct envelope *e)
{
	struct envelope_event event;

	e->lines = rest;
	if (!take_epoch(&line, &e->epoch) || !take_number(&line, 0, &e->audience) || !take_number(&line, 0, &e->last) ||
		!take_number(&line, 0, &e->version))
		return false;
	e->terms = take_word(&line);
	return e->terms.len > 0 && e->terms.len < TERMS_SIZE && line.len == 0 && envelope_next(&rest, &event) && rest.len == 0;
}

static bool
read_check(struct span line, struct span rest, struct envelope *e)
{
	return take_epoch(&line, &e->epoch) && line.len == 0 && rest.len == 0;
}

enum envelope_kind
envelope_read(const char *message, size_t len, struct envelope *e)
{
	struct span rest = { message, len }, line, kind;
	int64_t version;

	*e = (struct envelope){ .audience = 0 };
	if (!str_take(&rest, '\n', &line) || !take_number(&line, MESSAGE_VERSION, &version))
		return ENVELOPE_UNKNOWN;
	if (version > MESSAGE_VERSION)
		return ENVELOPE_NEWER;
	kind = take_word(&line);
	if (str_equal(kind, "events"))
		return read_events(line, rest, e) ? ENVELOPE_EVENTS : ENVELOPE_BROKEN;
	if (str_equal(kind, "poke"))
		return read_poke(line, rest, e) ? ENVELOPE_POKE : ENVELOPE_BROKEN;
	if (str_equal(kind, "check"))
		return read_check(line, rest, e) ? ENVELOPE_CHECK : ENVELOPE_BROKEN;
	if (str_equal(kind, "state"))
		return read_state(line, rest, e) ? ENVELOPE_STATE : ENVELOPE_BROKEN;
	return ENVELOPE_UNKNOWN;
}
