/* Growing buffers: their cap, their failure, their escapes. */
#include "config.h"

#include "lib/buf.h"
#include "tests/unit/tap.h"

#include <string.h>

static void
test_growth(void)
{
	struct buf b;
	int i;

	buf_init(&b, 10000);
	ok(b.data == NULL && buf_ok(&b) && strcmp(buf_str(&b), "") == 0, "empty, without memory");
	for (i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i % 10);
	ok(buf_ok(&b) && b.len == 2000 && memcmp(buf_str(&b) + 1994, "7,8,9,", 7) == 0, "2000 bytes, a NUL after them");
	buf_consume(&b, 1996);
	ok(strcmp(buf_str(&b), "8,9,") == 0, "the beginning taken off");
	buf_consume(&b, 4);
	buf_consume(&b, 0);
	ok(b.len == 0 && strcmp(buf_str(&b), "") == 0, "all of it taken off");
	buf_free(&b);
	buf_free(&b);
	buf_adds(&b, "again");
	ok(strcmp(buf_str(&b), "again") == 0, "usable after being freed");
	buf_free(&b);
}

static void
test_cap(void)
{
	struct buf b;

	buf_init(&b, 5);
	buf_adds(&b, "12345");
	ok(buf_ok(&b) && b.len == 5, "up to the cap");
	buf_addc(&b, '6');
	ok(!buf_ok(&b) && b.len == 5, "not beyond it");
	buf_consume(&b, 5);
	buf_adds(&b, "x");
	ok(!buf_ok(&b) && b.len == 0, "a failure is remembered");
	buf_clear(&b);
	buf_addf(&b, "%s", "123456");
	ok(!buf_ok(&b) && strcmp(buf_str(&b), "") == 0, "formatted text that does not fit: no part of it");
	buf_clear(&b);
	buf_reserve(&b, 6);
	ok(!buf_ok(&b), "a reservation above the cap");
	buf_clear(&b);
	buf_reserve(&b, 5);
	ok(buf_ok(&b) && b.len == 0 && b.cap == 6, "a reservation up to it");
	buf_add(&b, "", 0);
	buf_adds(&b, "12");
	ok(buf_ok(&b) && strcmp(buf_str(&b), "12") == 0, "forgotten after clear");
	buf_free(&b);
	buf_init(&b, 0);
	buf_add(&b, "", 0);
	ok(buf_ok(&b), "nothing fits into nothing");
	buf_addc(&b, 'x');
	ok(!buf_ok(&b), "one byte does not");
	buf_free(&b);
}

static void
test_json(void)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_add_json(&b, "a\"b\\c\n\r\t\x01\x1f\x7f/\xc3\xa9\0z", 16);
	ok(strcmp(buf_str(&b), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\\u007f/\xc3\xa9\\u0000z\"") == 0, "a JSON string: %s", buf_str(&b));
	buf_clear(&b);
	buf_add_json(&b, "", 0);
	ok(strcmp(buf_str(&b), "\"\"") == 0, "an empty one");
	buf_free(&b);
}

int
main(void)
{
	test_growth();
	test_cap();
	test_json();
	return done();
}
