/* Strict readers: what they take, and above all what they refuse. */
#include "config.h"

#include "lib/str.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static bool
reads(const char *s, int64_t min, int64_t max, int64_t expected)
{
	int64_t n;

	return str_to_i64(s, strlen(s), min, max, &n) && n == expected;
}

static bool
refuses(const char *s, int64_t min, int64_t max)
{
	int64_t n;

	return !str_to_i64(s, strlen(s), min, max, &n);
}

static void
test_numbers(void)
{
	static const char *const refused[] = { "", " 1", "1 ", "1x", "x", "+1", "007", "00", "-0", "-", "--1", "1-", "1.0", "0x10", "1e3", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "\xd9\xa1" };
	size_t i;
	int64_t n;

	ok(reads("0", 0, 9, 0) && reads("42", 0, 100, 42) && reads("-7", -10, 0, -7), "small numbers");
	ok(reads("9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX), "the greatest");
	ok(reads("-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN), "the least");
	ok(reads("5", 5, 5, 5) && refuses("4", 5, 5) && refuses("6", 5, 5), "limits are inclusive");
	ok(refuses("-1", 0, 9), "below the limit");
	for (i = 0; i < sizeof refused / sizeof refused[0]; i++)
		ok(refuses(refused[i], INT64_MIN, INT64_MAX), "refused: \"%s\"", refused[i]);
	ok(!str_to_i64("1\0", 2, 0, 9, &n), "refused: NUL");
	ok(str_to_i64("123", 2, 0, 99, &n) && n == 12, "only as long as it is said to be");
}

/* Reads from memory that ends with the text: the sanitizer sees a step too far. */
static bool
utf8(const char *s, size_t len, size_t expected)
{
	char *copy = malloc(len > 0 ? len : 1);
	size_t count = 0;
	bool valid;

	if (copy == NULL)
		return false;
	memcpy(copy, s, len);
	valid = str_utf8_count(copy, len, &count) && count == expected;
	free(copy);
	return valid;
}

static void
test_utf8(void)
{
	static const char *const invalid[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xc3\xa9\xa9", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xe2\x82", "\xe2\x82\x41", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xfe", "\xff", "a\xe2\x82" };
	size_t i, count;

	ok(utf8("", 0, 0) && utf8("abc", 3, 3) && utf8("a\0b", 3, 3), "ASCII");
	ok(utf8("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, 3), "two, three and four bytes");
	ok(utf8("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 24, 8), "the limits of each length");
	for (i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
		ok(!str_utf8_count(invalid[i], strlen(invalid[i]), &count), "invalid: sequence %zu", i);
	ok(!utf8("\xe2\x82\xac", 2, 1), "cut short");
}

static bool
decodes(const char *s, bool plus, const char *expected)
{
	char out[64];
	size_t len = 0;

	return str_percent_decode(s, strlen(s), plus, out, &len) && len == strlen(expected) && memcmp(out, expected, len) == 0;
}

static void
test_percent(void)
{
	static const char *const broken[] = { "%", "%1", "%1g", "%g1", "%%41", "a%", "%u0041", "%+1", "% 1" };
	char out[8] = "%41%00b";
	size_t i, len;

	ok(decodes("", true, "") && decodes("a%20b", true, "a b") && decodes("%c3%A9", true, "\xc3\xa9"), "escapes in both cases");
	ok(decodes("a+b%2b", true, "a b+") && decodes("a+b", false, "a+b"), "plus is a space in forms only");
	ok(str_percent_decode(out, 7, true, out, &len) && len == 3 && memcmp(out, "A\0b", 3) == 0, "in place, with a NUL");
	for (i = 0; i < sizeof broken / sizeof broken[0]; i++)
		ok(!str_percent_decode(broken[i], strlen(broken[i]), true, (char[16]){ 0 }, &len), "broken: %s", broken[i]);
}

static void
test_pieces(void)
{
	struct span rest = { "a,,b", 4 }, piece = { NULL, 0 };

	ok(str_equal(str_trim(" \t\r\n\v\fa b\f ", 11), "a b"), "white space at both ends");
	ok(str_trim(" \n ", 3).len == 0 && str_trim("", 0).len == 0, "nothing but white space");
	ok(str_equal(str_trim("\xc2\xa0", 2), "\xc2\xa0"), "ASCII white space only");
	ok(str_take(&rest, ',', &piece) && str_equal(piece, "a") && str_equal(rest, ",b"), "up to a separator");
	ok(str_take(&rest, ',', &piece) && piece.len == 0 && str_equal(rest, "b"), "an empty piece");
	ok(!str_take(&rest, ',', &piece) && str_equal(rest, "b"), "no separator: nothing is taken");
	rest = (struct span){ NULL, 0 };
	ok(!str_take(&rest, ',', &piece), "from nothing nothing");
	ok(str_equal((struct span){ "abc", 3 }, "abc") && !str_equal((struct span){ "abc", 2 }, "abc") && !str_equal((struct span){ "abc", 3 }, "ab"), "equal");
	ok(str_equal_nocase((struct span){ "aBc", 3 }, "AbC") && !str_equal_nocase((struct span){ "abc", 3 }, "abd"), "equal but for case");
	ok(str_starts("abc", "ab") && str_starts("abc", "") && !str_starts("ab", "abc"), "starts");
}

int
main(void)
{
	test_numbers();
	test_utf8();
	test_percent();
	test_pieces();
	return done();
}
