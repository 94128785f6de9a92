/* Growing byte strings; see buf.h. */
#include "config.h"

#include "lib/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
check(const struct buf *b)
{
	assert(b->len <= b->max);
	assert(b->data == NULL ? b->cap == 0 && b->len == 0 : b->len < b->cap);
}

/* Makes room for `more` bytes and the NUL. */
static bool
reserve(struct buf *b, size_t more)
{
	size_t cap, need;
	char *data;

	if (b->failed || more > b->max - b->len) {
		b->failed = true;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap - 1 > b->max)
		cap = b->max + 1;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_reserve(struct buf *b, size_t more)
{
	(void)reserve(b, more);
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	check(b);
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	size_t room;
	va_list ap;
	int n;

	if (b->failed)
		return;
	do { /* most texts fit at once, the others in the room that is made for them */
		room = b->cap - b->len;
		va_start(ap, format);
		n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, format, ap);
		va_end(ap);
	} while (n >= 0 && (size_t)n >= room && reserve(b, (size_t)n));
	if (n < 0 || b->failed) {
		b->failed = true;
		if (room > 0)
			b->data[b->len] = '\0';
		return;
	}
	b->len += (size_t)n;
	check(b);
}

static void
add_json_char(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"': buf_adds(b, "\\\""); break;
	case '\\': buf_adds(b, "\\\\"); break;
	case '\n': buf_adds(b, "\\n"); break;
	case '\r': buf_adds(b, "\\r"); break;
	case '\t': buf_adds(b, "\\t"); break;
	default: buf_addf(b, "\\u%04x", c);
	}
}

void
buf_add_json(struct buf *b, const char *s, size_t len)
{
	size_t i, plain = 0; /* start of the run that needs no escape */

	buf_addc(b, '"');
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(b, s + plain, i - plain);
		add_json_char(b, c);
		plain = i + 1;
	}
	buf_add(b, s + plain, len - plain);
	buf_addc(b, '"');
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
