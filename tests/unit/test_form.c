/* Bodies and queries as names and values. */
#include "config.h"

#include "fcgi/form.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

struct parsed {
	struct form form;
	char *text;
	enum form_result result;
};

static struct parsed
parse(const char *type, const char *body, size_t len)
{
	struct parsed p = { .text = malloc(len + 1) };
	const char *why = "";

	memcpy(p.text, body, len);
	p.text[len] = '\0';
	form_init(&p.form);
	p.result = type != NULL ? form_parse_body(&p.form, type, p.text, len, &why) : form_parse_query(&p.form, p.text, len, false, &why);
	return p;
}

static void
release(struct parsed *p)
{
	form_free(&p->form);
	free(p->text);
}

static bool
has(const struct form *f, const char *name, const char *value, enum value_kind kind)
{
	const struct pair *p = form_find(f, name);

	return p != NULL && p->kind == kind && str_equal(p->value, value);
}

static void
expect(const char *type, const char *body, enum form_result result, const char *what)
{
	struct parsed p = parse(type, body, strlen(body));

	ok(p.result == result, "%s", what);
	release(&p);
}

static void
expect_value(const char *type, const char *body, const char *name, const char *value, enum value_kind kind)
{
	struct parsed p = parse(type, body, strlen(body));

	ok(p.result == FORM_OK && has(&p.form, name, value, kind), "%s has %s=%s", body, name, value);
	release(&p);
}

#define URLENCODED "application/x-www-form-urlencoded"
#define JSON "application/json"
#define MULTIPART "multipart/form-data; boundary=xyz"

static void
test_urlencoded(void)
{
	expect_value(URLENCODED, "a=1&b=2", "b", "2", VALUE_TEXT);
	expect_value(URLENCODED "; charset=UTF-8", "a=x+y%2Bz", "a", "x y+z", VALUE_TEXT);
	expect_value(URLENCODED, "%61=1", "a", "1", VALUE_TEXT);
	expect_value(URLENCODED, "&&a=1&&", "a", "1", VALUE_TEXT);
	expect_value(URLENCODED, "a", "a", "", VALUE_TEXT);
	expect_value(URLENCODED, "a=b=c", "a", "b=c", VALUE_TEXT);
	expect_value("Application/X-WWW-Form-Urlencoded", "a=1", "a", "1", VALUE_TEXT);
	expect(URLENCODED, "a=%", FORM_BAD, "a lone percent sign");
	expect(URLENCODED, "a=%4", FORM_BAD, "half an escape");
	expect(URLENCODED, "a=%zz", FORM_BAD, "an escape that is none");
	expect(URLENCODED, "a=1&a=2", FORM_BAD, "a field that comes twice");
	expect(URLENCODED, "a=1&%61=2", FORM_BAD, "a field that comes twice, written differently");
	expect("text/plain", "a=1", FORM_UNSUPPORTED, "another content type");
	expect("", "a=1", FORM_UNSUPPORTED, "no content type");
	expect("text/plain", "", FORM_OK, "no body: the type does not matter");
}

static void
test_too_many(void)
{
	char body[FORM_MAX_PAIRS * 8 + 16] = "";
	size_t at = 0, i;

	for (i = 0; i <= FORM_MAX_PAIRS; i++)
		at += (size_t)snprintf(body + at, sizeof body - at, "f%zu=1&", i);
	expect(URLENCODED, body, FORM_BAD, "more fields than fit");
}

static void
test_query(void)
{
	char text[] = "user_id=7&cursor=%zz";
	struct form f;
	const char *why;

	expect(NULL, "a=%z", FORM_BAD, "a strict query with a broken escape");
	form_init(&f);
	ok(form_parse_query(&f, text, strlen(text), true, &why) == FORM_OK && has(&f, "cursor", "%zz", VALUE_TEXT) && has(&f, "user_id", "7", VALUE_TEXT),
	    "a lenient query keeps what it cannot decode");
	form_free(&f);
}

static void
test_json(void)
{
	expect_value(JSON, "{\"a\":\"x\"}", "a", "x", VALUE_JSON_STRING);
	expect_value(JSON, " {\"a\":12}\n", "a", "12", VALUE_JSON_INTEGER);
	expect_value(JSON, "{\"a\":true}", "a", "true", VALUE_JSON_BOOLEAN);
	expect_value(JSON, "{\"a\":null}", "a", "", VALUE_JSON_NULL);
	expect_value(JSON, "{\"a\":[1,2]}", "a", "1,2", VALUE_JSON_IDS);
	expect_value(JSON, "{\"a\":[]}", "a", "", VALUE_JSON_IDS);
	expect_value(JSON, "{\"a\":[\"1\"]}", "a", "", VALUE_JSON_OTHER);
	expect_value(JSON, "{\"a\":1.5}", "a", "", VALUE_JSON_OTHER);
	expect_value(JSON, "{\"a\":\"\\ud83d\\ude00\"}", "a", "\xf0\x9f\x98\x80", VALUE_JSON_STRING);
	expect_value(JSON, "{\"a\":\"\\ud83d\\ude00\\uD836\\uDC00\"}", "a", "\xf0\x9f\x98\x80\xf0\x9d\xa0\x80", VALUE_JSON_STRING);
	expect_value(JSON, "{\"\\udbf7\\udfff\":\"\\\\ud836\\\\udc00\"}", "\xf4\x8d\xbf\xbf", "\\ud836\\udc00", VALUE_JSON_STRING);
	expect_value(JSON, "{\"a\":\"\\ud83dx\\ude00\"}", "a", "\xff\xff\xff\xff\xff\xffx\xff\xff\xff\xff\xff\xff", VALUE_JSON_STRING);
	expect_value(JSON, "{\"a\":\"\\ud800\"}", "a", "\xff\xff\xff\xff\xff\xff", VALUE_JSON_STRING);
	expect_value(JSON, "{\"a\":\"\\udc00x\"}", "a", "\xff\xff\xff\xff\xff\xffx", VALUE_JSON_STRING);
	expect_value(JSON "; charset=utf-8", "{\"a\":{\"b\":1,\"b\":2}}", "a", "", VALUE_JSON_OTHER);
	expect(JSON, "{'a':1}", FORM_BAD, "single quotes");
	expect(JSON, "{\"a\":1}x", FORM_BAD, "trailing text");
	expect(JSON, "{\"a\":1}{}", FORM_BAD, "a second value");
	expect(JSON, "{\"a\":1,}", FORM_BAD, "a trailing comma");
	expect(JSON, "{\"a\":1", FORM_BAD, "an unfinished object");
	expect(JSON, "{\"a\":\"x", FORM_BAD, "an unfinished string");
	expect(JSON, "{\"a\":\"\\", FORM_BAD, "an unfinished escape");
	expect(JSON, "{\"a\":\"\\u00", FORM_BAD, "an unfinished code point");
	expect(JSON, "{\"a\":\"\x01\"}", FORM_BAD, "a raw control character");
	expect(JSON, "{\"a\":NaN}", FORM_BAD, "NaN");
	expect(JSON, "{\"a\":-Infinity}", FORM_BAD, "Infinity");
	expect(JSON, "{/**/\"a\":1}", FORM_BAD, "a comment");
	expect(JSON, "[1]", FORM_BAD, "a root that is no object");
	expect(JSON, "\"a\"", FORM_BAD, "a root that is a string");
	expect(JSON, "null", FORM_BAD, "a root that is null");
	expect(JSON, " ", FORM_BAD, "white space only");
	expect(JSON, "{\"a\":1,\"a\":1}", FORM_BAD, "a member that comes twice");
	expect(JSON, "{\"a\":1,\"\\u0061\":1}", FORM_BAD, "a member that comes twice, written differently");
	expect(JSON, "{\"a\\u0000b\":1}", FORM_BAD, "a NUL in a name");
	expect(JSON, "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", FORM_BAD, "deep nesting");
}

static void
test_json_nul(void)
{
	static const char body[] = "{\"a\":\"x\\u0000y\"}";
	struct parsed p = parse(JSON, body, sizeof body - 1);
	const struct pair *a = form_find(&p.form, "a");

	ok(p.result == FORM_OK && a != NULL && a->value.len == 3 && memcmp(a->value.p, "x\0y", 3) == 0, "a NUL in a value is kept for the field to refuse");
	release(&p);
}

#define PART(name, value) "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define END "--xyz--\r\n"

static void
test_multipart(void)
{
	expect_value(MULTIPART, PART("a", "1") PART("b", "2") END, "b", "2", VALUE_TEXT);
	expect_value(MULTIPART, PART("a", "") END, "a", "", VALUE_TEXT);
	expect_value(MULTIPART, PART("a", "line\r\nline\r\n--xy") END, "a", "line\r\nline\r\n--xy", VALUE_TEXT);
	expect_value(MULTIPART, "preamble\r\n" PART("a", "1") END "epilogue", "a", "1", VALUE_TEXT);
	expect_value("multipart/form-data; charset=utf-8; boundary=\"xyz\"", PART("a", "1") END, "a", "1", VALUE_TEXT);
	expect_value("multipart/form-data; Boundary=xyz ", PART("a", "1") END, "a", "1", VALUE_TEXT);
	expect_value(MULTIPART, "--xyz\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n" END, "a", "1", VALUE_TEXT);
	expect_value(MULTIPART, "--xyz\r\nContent-Disposition: form-data; filename=\"b.txt\"; name=\"a\"\r\n\r\n1\r\n" END, "a", "1", VALUE_TEXT);
	expect(MULTIPART, END, FORM_OK, "no parts");
	expect(MULTIPART, PART("a", "1") PART("a", "2") END, FORM_BAD, "a part that comes twice");
	expect(MULTIPART, PART("a", "1"), FORM_BAD, "no closing delimiter");
	expect(MULTIPART, PART("a", "1") "--xyz", FORM_BAD, "half a closing delimiter");
	expect(MULTIPART, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", FORM_BAD, "an unfinished part");
	expect(MULTIPART, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n", FORM_BAD, "unfinished headers");
	expect(MULTIPART, "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n" END, FORM_BAD, "an unfinished name");
	expect(MULTIPART, "--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END, FORM_BAD, "a part without a name");
	expect(MULTIPART, "--xyz\r\nContent-Type: text/plain\r\n\r\n1\r\n" END, FORM_BAD, "a part without a disposition");
	expect(MULTIPART, "--other\r\n\r\n", FORM_BAD, "another delimiter");
	expect("multipart/form-data", PART("a", "1") END, FORM_BAD, "no boundary");
	expect("multipart/form-data; boundary=", PART("a", "1") END, FORM_BAD, "an empty boundary");
	expect("multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x", "x", FORM_BAD, "a boundary of 71 characters");
}

int
main(void)
{
	test_urlencoded();
	test_too_many();
	test_query();
	test_json();
	test_json_nul();
	test_multipart();
	return done();
}
