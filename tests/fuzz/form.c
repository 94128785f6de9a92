/* Promises about forms and fields; see form.h. */
#include "config.h"

#include "tests/fuzz/form.h"

#include "fcgi/field.h"
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>

static const struct field every_kind[] = {
	{ "title", FIELD_TEXT, .required = true, .min = 1, .max = 20 },
	{ "password", FIELD_PASSWORD, .min = 2, .max = 10 },
	{ "link", FIELD_LINK, .min = 1, .max = 100 },
	{ "status", FIELD_CHOICE, .choices = "pending approved" },
	{ "n", FIELD_INTEGER, .min = -5, .max = 100000 },
	{ "flag", FIELD_BOOLEAN, .fallback = "false" },
	{ "month", FIELD_MONTH },
	{ "ids", FIELD_IDS },
	{ 0 },
};

static const struct field cursors[] = {
	{ "cursor", FIELD_CURSOR },
	{ 0 },
};

void
check_form(const struct form *f)
{
	size_t i, k;

	CHECK(f->count <= FORM_MAX_PAIRS);
	for (i = 0; i < f->count; i++) {
		char *name = fuzz_string(f->pairs[i].name);

		if (strlen(name) == f->pairs[i].name.len)
			CHECK(form_find(f, name) == &f->pairs[i]);
		free(name);
		for (k = 0; k < i; k++)
			CHECK(!fuzz_same(f->pairs[i].name, f->pairs[k].name));
	}
}

void
check_same_form(const struct form *a, const struct form *b)
{
	size_t i;

	CHECK(a->count == b->count);
	for (i = 0; i < a->count; i++) {
		CHECK(fuzz_same(a->pairs[i].name, b->pairs[i].name));
		CHECK(fuzz_same(a->pairs[i].value, b->pairs[i].value));
	}
}

static void
write_escaped(struct buf *out, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		buf_addf(out, "%%%02x", (unsigned char)s.p[i]);
}

static void
write_pair(struct buf *out, struct span name, struct span value)
{
	write_escaped(out, name);
	buf_addc(out, '=');
	write_escaped(out, value);
	buf_addc(out, '&');
}

void
form_write(struct buf *out, const struct form *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		write_pair(out, f->pairs[i].name, f->pairs[i].value);
}

static size_t
code_points(const char *s)
{
	size_t n;

	CHECK(str_utf8_count(s, strlen(s), &n));
	return n;
}

static void
check_link(const char *s)
{
	CHECK(strncasecmp(s, "http://", 7) == 0 || strncasecmp(s, "https://", 8) == 0);
	for (; *s != '\0'; s++)
		CHECK((unsigned char)*s > 0x20 && strchr("<>\"\x7f", *s) == NULL);
}

static void
check_value(const struct field *f, const char *s)
{
	char again[32];
	long long n;

	switch (f->type) {
	case FIELD_LINK: check_link(s); /* and its length: */ __attribute__((fallthrough));
	case FIELD_TEXT: CHECK(fuzz_same(str_trim(s, strlen(s)), (struct span){ s, strlen(s) })); __attribute__((fallthrough));
	case FIELD_PASSWORD: CHECK(code_points(s) >= (size_t)f->min && code_points(s) <= (size_t)f->max); break;
	case FIELD_CHOICE: CHECK(strcmp(s, "pending") == 0 || strcmp(s, "approved") == 0); break;
	case FIELD_INTEGER:
		n = strtoll(s, NULL, 10);
		(void)snprintf(again, sizeof again, "%lld", n);
		CHECK(n >= f->min && n <= f->max && strcmp(again, s) == 0);
		break;
	case FIELD_BOOLEAN: CHECK(strcmp(s, "true") == 0 || strcmp(s, "false") == 0 || strcmp(s, "1") == 0 || strcmp(s, "0") == 0); break;
	case FIELD_MONTH: CHECK(strlen(s) == 7 && strspn(s, "0123456789") == 4 && s[4] == '-' && strspn(s + 5, "0123456789") == 2); break;
	case FIELD_IDS: CHECK(s[0] == '{' && s[1 + strspn(s + 1, "0123456789,")] == '}'); break;
	case FIELD_CURSOR: CHECK(strlen(s) <= 128 && s[strspn(s, "0123456789abcdef-?")] == '\0'); break;
	}
}

/* The values as a form again. */
static void
write_values(struct buf *out, const struct field *table, const struct values *v)
{
	size_t i;

	for (i = 0; i < v->count; i++) {
		struct span name = { table[i].name, strlen(table[i].name) };
		struct span value = { v->at[i], v->at[i] != NULL ? strlen(v->at[i]) : 0 };

		if (v->at[i] != NULL && table[i].type == FIELD_IDS)
			value = (struct span){ value.p + 1, value.len - 2 };
		if (v->at[i] != NULL)
			write_pair(out, name, value);
	}
}

static void
check_again(const struct field *table, const struct values *first)
{
	struct buf text;
	struct form form;
	struct values again;
	struct problem problem;
	const char *why;
	size_t i;

	buf_init(&text, 1024 * 1024);
	form_init(&form);
	values_init(&again);
	problem_init(&problem);
	write_values(&text, table, first);
	CHECK(form_parse_query(&form, text.data, text.len, false, &why) == FORM_OK);
	CHECK(fields_check(table, &form, &again, &problem) && again.count == first->count);
	for (i = 0; i < again.count; i++)
		if (first->at[i] != NULL && strcmp(first->at[i], "{}") != 0)
			CHECK(again.at[i] != NULL && strcmp(again.at[i], first->at[i]) == 0);
	problem_free(&problem);
	values_free(&again);
	form_free(&form);
	buf_free(&text);
}

static void
check_table(const struct field *table, const struct form *f)
{
	struct values values;
	struct problem problem;
	size_t i;

	values_init(&values);
	problem_init(&problem);
	if (fields_check(table, f, &values, &problem)) {
		CHECK(problem.code == PROBLEM_NONE);
		for (i = 0; i < values.count; i++)
			if (values.at[i] != NULL)
				check_value(&table[i], values.at[i]);
			else
				CHECK(!table[i].required);
		check_again(table, &values);
	} else {
		CHECK(problem.code == PROBLEM_INVALID && buf_ok(&problem.extra) && str_starts(buf_str(&problem.extra), "\"errors\":[{"));
	}
	problem_free(&problem);
	values_free(&values);
}

void
check_fields(const struct form *f)
{
	check_table(every_kind, f);
	check_table(cursors, f);
}
