/* Fields: types, limits and what is said of a bad one. */
#include "config.h"

#include "fcgi/field.h"
#include "tests/unit/tap.h"

#include <string.h>

/* One field, one value: NULL when it was refused, "(absent)" when it is SQL null. */
static const char *
check(const struct field *field, const char *value, size_t len, enum value_kind kind)
{
	static char out[256];
	struct field table[2] = { *field, { 0 } };
	struct form form = { .count = 0 };
	struct values values;
	struct problem problem;
	const char *result = NULL;

	form.pairs[form.count++] = (struct pair){ { field->name, strlen(field->name) }, { value, len }, kind };
	values_init(&values);
	problem_init(&problem);
	if (fields_check(table, &form, &values, &problem)) {
		(void)snprintf(out, sizeof out, "%s", values.at[0] != NULL ? values.at[0] : "(absent)");
		result = out;
	}
	values_free(&values);
	problem_free(&problem);
	return result;
}

static void
takes(const struct field *f, const char *value, const char *expected)
{
	const char *got = check(f, value, strlen(value), VALUE_TEXT);

	ok(got != NULL && strcmp(got, expected) == 0, "type %d takes \"%.40s\" as \"%.40s\"", (int)f->type, value, expected);
}

static void
refuses(const struct field *f, const char *value)
{
	ok(check(f, value, strlen(value), VALUE_TEXT) == NULL, "type %d refuses \"%.40s\"", (int)f->type, value);
}

static void
test_text(void)
{
	const struct field f = { "t", FIELD_TEXT, .required = true, .min = 1, .max = 3 };
	const struct field optional = { "t", FIELD_TEXT, .min = 1, .max = 3 };

	takes(&f, " \t\r\n ab \v\f", "ab");
	takes(&f, "\xf0\x9f\x98\x80\xc3\xa9z", "\xf0\x9f\x98\x80\xc3\xa9z");
	takes(&f, "a\x01z", "a\x01z");
	refuses(&f, "abcd");
	refuses(&f, " \t ");
	refuses(&f, "");
	refuses(&f, "\xff");
	refuses(&f, "\xed\xa0\x80");
	refuses(&f, "\xc0\xaf");
	takes(&optional, "  ", "(absent)");
	ok(check(&f, "a\0b", 3, VALUE_TEXT) == NULL, "a NUL is refused");
	ok(check(&f, "ab", 2, VALUE_JSON_INTEGER) == NULL, "another type than the field's is refused");
	ok(check(&optional, "", 0, VALUE_JSON_NULL) != NULL, "null is absent");
}

static void
test_password(void)
{
	const struct field f = { "p", FIELD_PASSWORD, .required = true, .min = 3, .max = 5 };

	takes(&f, " a ", " a ");
	refuses(&f, "ab");
	refuses(&f, "abcdef");
}

static void
test_link(void)
{
	const struct field f = { "l", FIELD_LINK, .min = 1, .max = 40 };

	takes(&f, "https://example.org/a?b#c", "https://example.org/a?b#c");
	takes(&f, "HTTP://x", "HTTP://x");
	refuses(&f, "ftp://example.org");
	refuses(&f, "javascript:alert(1)");
	refuses(&f, "https://");
	refuses(&f, "http:///path");
	refuses(&f, "https://a b");
	refuses(&f, "https://a\"b");
	refuses(&f, "https://example.org/0123456789012345678901");
}

static void
test_others(void)
{
	const struct field choice = { "c", FIELD_CHOICE, .choices = "pending approved" };
	const struct field integer = { "i", FIELD_INTEGER, .min = 1, .max = 500, .fallback = "100" };
	const struct field boolean = { "b", FIELD_BOOLEAN };
	const struct field month = { "m", FIELD_MONTH };
	const struct field ids = { "ids", FIELD_IDS };
	const struct field cursor = { "k", FIELD_CURSOR };

	takes(&choice, "approved", "approved");
	refuses(&choice, "approve");
	refuses(&choice, "pending approved");
	takes(&integer, "500", "500");
	takes(&integer, "", "100");
	refuses(&integer, "0");
	refuses(&integer, "501");
	refuses(&integer, "007");
	refuses(&integer, "+1");
	refuses(&integer, "1x");
	refuses(&integer, "99999999999999999999");
	takes(&boolean, "true", "true");
	refuses(&boolean, "yes");
	takes(&month, "2025-11", "2025-11");
	takes(&month, "2025-09", "2025-09");
	refuses(&month, "2025-13");
	refuses(&month, "2025-00");
	refuses(&month, "2025-1");
	refuses(&month, "2025/11");
	refuses(&month, "2025-1x");
	takes(&ids, "1,2", "{1,2}");
	refuses(&ids, "1,,2");
	refuses(&ids, "1,");
	refuses(&ids, "-1");
	takes(&cursor, "0a-1-2-3", "0a-1-2-3");
	takes(&cursor, "no cursor", "?");
}

static void
test_all_errors_are_listed(void)
{
	static const struct field table[] = {
		{ "a", FIELD_TEXT, .required = true, .min = 1, .max = 3 },
		{ "b", FIELD_INTEGER, .min = 1, .max = 2 },
		{ "c", FIELD_TEXT, .min = 1, .max = 3 },
		{ 0 },
	};
	struct form form = { .pairs = { { { "b", 1 }, { "9", 1 }, VALUE_TEXT }, { { "c", 1 }, { "ok", 2 }, VALUE_TEXT } }, .count = 2 };
	struct values values;
	struct problem problem;

	values_init(&values);
	problem_init(&problem);
	ok(!fields_check(table, &form, &values, &problem) && problem.code == PROBLEM_INVALID, "two bad fields are refused");
	ok(strcmp(buf_str(&problem.extra), "\"errors\":[{\"field\":\"a\",\"message\":\"is missing\"},"
	                                    "{\"field\":\"b\",\"message\":\"must be a whole number from 1 to 2\"}]") == 0,
	    "both are named: %s", buf_str(&problem.extra));
	problem_free(&problem);
	values_free(&values);
}

/* Memory that ran out, as it shows: what there is to say has no room. */
static void
test_no_room_for_errors(size_t room)
{
	static const struct field table[] = { { "a", FIELD_TEXT, .required = true, .max = 3 }, { "b", FIELD_TEXT, .required = true, .max = 3 }, { 0 } };
	struct form form = { .count = 0 };
	struct problem problem;
	struct values values;
	struct buf document;

	values_init(&values);
	problem_init(&problem);
	buf_init(&document, 1000);
	problem.extra.max = room;
	ok(!fields_check(table, &form, &values, &problem) && problem.code == PROBLEM_INVALID, "with %zu bytes for errors, bad fields are refused", room);
	problem_json(&problem, &document);
	ok(strstr(buf_str(&document), "\"errors\"") == NULL, "none of them is named, nor in part: %s", buf_str(&document));
	buf_free(&document);
	problem_free(&problem);
	values_free(&values);
}

static void
test_no_room_for_values(void)
{
	static const struct field table[] = { { "a", FIELD_TEXT, .min = 1, .max = 3 }, { "b", FIELD_TEXT, .min = 1, .max = 3 }, { 0 } };
	struct form form = { .pairs = { { { "a", 1 }, { "abc", 3 }, VALUE_TEXT }, { { "b", 1 }, { "abc", 3 }, VALUE_TEXT } }, .count = 2 };
	struct problem problem;
	struct values values;

	values_init(&values);
	problem_init(&problem);
	values.text.max = 5;
	ok(!fields_check(table, &form, &values, &problem) && problem.code == PROBLEM_UNAVAILABLE, "no room for good values is not the client's fault");
	problem_free(&problem);
	values_free(&values);
}

int
main(void)
{
	test_text();
	test_password();
	test_link();
	test_others();
	test_all_errors_are_listed();
	test_no_room_for_errors(5);
	test_no_room_for_errors(30);
	test_no_room_for_values();
	return done();
}
