/*
 * What a client says; see command.h. A scanner that walks over a JSON text of at most one frame without building anything: the one
 * value wanted is the outermost object's "type".
 */
#include "config.h"

#include "wsbridge/command.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 32 /* the bits of `objects` */
#define TYPE_SIZE 24 /* more than any type that matters */

/* Where the scanner is; p never passes end. */
struct scan {
	const char *p, *end;
};

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

/* Takes the character `c`, after white space. */
static bool
take(struct scan *s, char c)
{
	skip_space(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
take_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return false;
	s->p += len;
	return true;
}

/* \uXXXX: its value, or -1. */
static int
take_hex(struct scan *s)
{
	int value = 0, i;

	if (s->end - s->p < 4)
		return -1;
	for (i = 0; i < 4; i++, s->p++) {
		const char *digit = memchr("0123456789abcdefABCDEF", *s->p, 22);

		if (digit == NULL)
			return -1;
		value = value * 16 + (*s->p <= '9' ? *s->p - '0' : (*s->p | 0x20) - 'a' + 10);
	}
	return value;
}

/* The character at the scanner, of which only ASCII is told apart: -1 for none, 0x100 for anything else. */
static int
take_char(struct scan *s)
{
	static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int c;

	if (s->p == s->end || (unsigned char)*s->p < 0x20)
		return -1;
	c = (unsigned char)*s->p++;
	if (c != '\\')
		return c < 0x80 ? c : 0x100;
	if (s->p == s->end)
		return -1;
	c = *s->p++;
	if (c == 'u') {
		c = take_hex(s);
		return c < 0x80 ? c : 0x100;
	}
	found = c != '\0' ? strchr(escapes, c) : NULL;
	return found != NULL ? meant[found - escapes] : -1;
}

/* Takes a string; its text goes to `out`, cut at `size`: a longer one is none of those that matter. */
static bool
take_string(struct scan *s, char *out, size_t size)
{
	size_t n = 0;
	int c;

	if (!take(s, '"'))
		return false;
	for (;;) {
		if (s->p < s->end && *s->p == '"')
			break;
		c = take_char(s);
		if (c < 0)
			return false;
		if (n + 1 < size)
			out[n++] = c < 0x80 && c != 0 ? (char)c : '?';
	}
	s->p++;
	out[n] = '\0';
	return true;
}

static size_t
take_digits(struct scan *s)
{
	const char *begin = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - begin);
}

static bool
take_number(struct scan *s)
{
	const char *begin;
	size_t digits;

	if (s->p < s->end && *s->p == '-')
		s->p++;
	begin = s->p;
	digits = take_digits(s);
	if (digits == 0 || (digits > 1 && *begin == '0'))
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (take_digits(s) == 0)
			return false;
	}
	if (s->p == s->end || (*s->p | 0x20) != 'e')
		return true;
	s->p++;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		s->p++;
	return take_digits(s) > 0;
}

/* A value that is no object and no array; a string's text goes to `out`. */
static bool
take_scalar(struct scan *s, char *out, size_t size)
{
	out[0] = '\0';
	skip_space(s);
	if (s->p < s->end && *s->p == '"')
		return take_string(s, out, size);
	return take_word(s, "true") || take_word(s, "false") || take_word(s, "null") || take_number(s);
}

/* What is open where the scanner stands. */
struct nesting {
	uint32_t objects; /* bit n: level n is an object, else an array */
	int depth;
};

static bool
in_object(const struct nesting *n)
{
	return (n->objects >> (n->depth - 1) & 1) != 0;
}

static bool
nest(struct nesting *n, bool object)
{
	if (n->depth == DEPTH_MAX)
		return false;
	n->objects &= ~(UINT32_C(1) << n->depth);
	n->objects |= (uint32_t)object << n->depth;
	n->depth++;
	return true;
}

/* Takes the value at the scanner; of an object or array only its beginning, and then *opened is set. */
static bool
take_value(struct scan *s, struct nesting *n, char *text, size_t size, bool *opened)
{
	bool object = take(s, '{');

	text[0] = '\0';
	*opened = object || take(s, '[');
	return *opened ? nest(n, object) : take_scalar(s, text, size);
}

/* After a value: closes what ends here; *more: another member or element follows. */
static bool
take_ends(struct scan *s, struct nesting *n, bool *more)
{
	while (n->depth > 0) {
		*more = take(s, ',');
		if (*more)
			return true;
		if (!take(s, in_object(n) ? '}' : ']'))
			return false;
		n->depth--;
	}
	*more = false;
	return true;
}

/* Whether the whole of `s` is one JSON object; its own "type", where that is a string, goes to `type`. */
static bool
read_type(struct scan *s, char type[TYPE_SIZE])
{
	struct nesting n = { .depth = 0 };
	char key[8], text[TYPE_SIZE];
	bool opened, more = true;

	type[0] = '\0';
	if (!take(s, '{') || !nest(&n, true))
		return false;
	opened = true;
	while (more) {
		/* an object or array that is empty ends at once */
		if (opened && take(s, in_object(&n) ? '}' : ']')) {
			n.depth--;
		} else {
			bool own = n.depth == 1;

			key[0] = '\0';
			if (in_object(&n) && (!take_string(s, key, sizeof key) || !take(s, ':')))
				return false;
			if (!take_value(s, &n, text, sizeof text, &opened))
				return false;
			if (own && strcmp(key, "type") == 0)
				memcpy(type, text, TYPE_SIZE);
			if (opened)
				continue;
		}
		opened = false;
		if (!take_ends(s, &n, &more))
			return false;
	}
	skip_space(s);
	return s->p == s->end;
}

enum command
command_read(struct span line)
{
	struct scan s = { line.p, line.p + line.len };
	char type[TYPE_SIZE];

	if (str_equal(line, "ping"))
		return COMMAND_PING;
	if (!read_type(&s, type))
		return COMMAND_NONE;
	if (strcmp(type, "refresh_quota") == 0)
		return COMMAND_REFRESH_QUOTA;
	return strcmp(type, "refresh_pending") == 0 ? COMMAND_REFRESH_PENDING : COMMAND_NONE;
}
