/* Strict readers of text from outside; see str.h. */
#include "config.h"

#include "lib/str.h"

#include <string.h>
#include <strings.h>

bool
str_to_i64(const char *s, size_t len, int64_t min, int64_t max, int64_t *out)
{
	bool negative = len > 0 && s[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t n = 0;

	if (i == len || (s[i] == '0' && (len > i + 1 || negative)))
		return false;
	for (; i < len; i++) {
		int digit = s[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* counts downwards: INT64_MIN has no positive counterpart */
		if (n < (INT64_MIN + digit) / 10)
			return false;
		n = n * 10 - digit;
	}
	if (!negative && n == INT64_MIN)
		return false;
	if (!negative)
		n = -n;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

/* The bytes of the UTF-8 sequence at `s`, 0 if it is none. */
static size_t
utf8_sequence(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf; /* limits of the second byte: RFC 3629, section 4 */
	size_t need, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		need = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		need = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (need > len)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

bool
str_utf8_count(const char *s, size_t len, size_t *count)
{
	size_t i = 0, n = 0, step;

	for (; i < len; i += step, n++) {
		step = utf8_sequence((const unsigned char *)s + i, len - i);
		if (step == 0)
			return false;
	}
	*count = n;
	return true;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span
str_trim(const char *s, size_t len)
{
	while (len > 0 && is_space(s[len - 1]))
		len--;
	while (len > 0 && is_space(s[0])) {
		s++;
		len--;
	}
	return (struct span){ s, len };
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
str_percent_decode(const char *s, size_t len, bool plus, char *out, size_t *out_len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		int high, low;

		if (s[i] != '%') {
			out[n++] = plus && s[i] == '+' ? ' ' : s[i];
			continue;
		}
		if (len - i < 3)
			return false;
		high = hex_digit(s[i + 1]);
		low = hex_digit(s[i + 2]);
		if (high < 0 || low < 0)
			return false;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*out_len = n;
	return true;
}

bool
str_take(struct span *rest, char end, struct span *piece)
{
	const char *found = rest->len > 0 ? memchr(rest->p, end, rest->len) : NULL;

	if (found == NULL)
		return false;
	*piece = (struct span){ rest->p, (size_t)(found - rest->p) };
	rest->p += piece->len + 1;
	rest->len -= piece->len + 1;
	return true;
}

bool
str_equal(struct span a, const char *b)
{
	return strlen(b) == a.len && memcmp(a.p, b, a.len) == 0;
}

bool
str_equal_nocase(struct span a, const char *b)
{
	return strlen(b) == a.len && strncasecmp(a.p, b, a.len) == 0;
}

bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}
