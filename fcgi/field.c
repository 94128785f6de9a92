/* Fields; see field.h. */
#include "config.h"

#include "fcgi/field.h"

#include "lib/str.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX_BYTES (2 * 65536) /* a body is at most 64 KiB */

void
values_init(struct values *v)
{
	memset(v->at, 0, sizeof v->at);
	v->count = 0;
	buf_init(&v->text, VALUES_MAX_BYTES);
}

void
values_free(struct values *v)
{
	buf_free(&v->text);
	values_init(v);
}

void
field_error(struct problem *problem, const char *field, const char *message)
{
	struct buf *extra = &problem->extra;

	if (problem->code != PROBLEM_INVALID) {
		problem_set(problem, PROBLEM_INVALID, "Some fields are not valid; see errors.");
		buf_adds(extra, "\"errors\":[]");
	}
	if (!buf_ok(extra))
		return;
	extra->len--; /* the list's closing bracket */
	if (extra->data[extra->len - 1] != '[')
		buf_addc(extra, ',');
	buf_adds(extra, "{\"field\":");
	buf_add_json(extra, field, strlen(field));
	buf_adds(extra, ",\"message\":");
	buf_add_json(extra, message, strlen(message));
	buf_adds(extra, "}]");
}

/* A checker returns NULL, or the sentence that refuses the value; it may shorten the value (trimming). */

static const char *
check_length(const struct field *f, struct span s, char *message, size_t size)
{
	size_t count;

	if (!str_utf8_count(s.p, s.len, &count))
		return "is not valid UTF-8";
	if (memchr(s.p, '\0', s.len) != NULL)
		return "must not contain a NUL character";
	if (count >= (size_t)f->min && count <= (size_t)f->max)
		return NULL;
	if (count < (size_t)f->min)
		(void)snprintf(message, size, "must be at least %lld characters long", (long long)f->min);
	else
		(void)snprintf(message, size, "must be at most %lld characters long", (long long)f->max);
	return message;
}

/* scheme://host…; spaces and control characters have no place in a URL (RFC 3986, section 2). */
static bool
is_link(struct span s)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i, k;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f || strchr("<>\"", s.p[i]) != NULL)
			return false;
	for (k = 0; k < sizeof schemes / sizeof schemes[0]; k++) {
		size_t n = strlen(schemes[k]);

		if (s.len > n && str_equal_nocase((struct span){ s.p, n }, schemes[k]))
			return strchr("/?#:@", s.p[n]) == NULL;
	}
	return false;
}

static bool
is_choice(struct span s, const char *choices)
{
	while (*choices != '\0') {
		size_t n = strcspn(choices, " ");

		if (s.len == n && memcmp(s.p, choices, n) == 0)
			return true;
		choices += n + strspn(choices + n, " ");
	}
	return false;
}

static bool
is_month(struct span s)
{
	int64_t year, month;

	return s.len == 7 && s.p[4] == '-' && str_to_i64(s.p, 4, 1000, 9999, &year) && str_to_i64(s.p[5] == '0' ? s.p + 6 : s.p + 5, s.p[5] == '0' ? 1 : 2, 1, 12, &month);
}

static bool
is_ids(struct span s)
{
	size_t at = 0;
	int64_t id;

	while (at <= s.len) {
		const char *comma = memchr(s.p + at, ',', s.len - at);
		size_t end = comma != NULL ? (size_t)(comma - s.p) : s.len;

		if (!str_to_i64(s.p + at, end - at, 1, INT64_MAX, &id))
			return false;
		at = end + 1;
	}
	return true;
}

static const char *
check_integer(const struct field *f, struct span s, char *message, size_t size)
{
	int64_t n;

	if (str_to_i64(s.p, s.len, f->min, f->max, &n))
		return NULL;
	if (f->max == INT64_MAX)
		return "must be a positive whole number";
	(void)snprintf(message, size, "must be a whole number from %lld to %lld", (long long)f->min, (long long)f->max);
	return message;
}

static const char *
check_kind(const struct field *f, enum value_kind kind)
{
	switch (f->type) {
	case FIELD_INTEGER: return kind == VALUE_TEXT || kind == VALUE_JSON_INTEGER ? NULL : "must be a whole number";
	case FIELD_BOOLEAN: return kind == VALUE_TEXT || kind == VALUE_JSON_BOOLEAN ? NULL : "must be true or false";
	case FIELD_IDS: return kind == VALUE_TEXT || kind == VALUE_JSON_IDS ? NULL : "must be a list of ids";
	default: return kind == VALUE_TEXT || kind == VALUE_JSON_STRING ? NULL : "must be a text";
	}
}

static const char *
check_value(const struct field *f, struct span s, char *message, size_t size)
{
	const char *fault;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_PASSWORD:
		return check_length(f, s, message, size);
	case FIELD_LINK:
		fault = check_length(f, s, message, size);
		return fault != NULL ? fault : is_link(s) ? NULL : "must be a link that begins with http:// or https://";
	case FIELD_CHOICE:
		if (is_choice(s, f->choices))
			return NULL;
		(void)snprintf(message, size, "must be one of: %s", f->choices);
		return message;
	case FIELD_INTEGER:
		return check_integer(f, s, message, size);
	case FIELD_BOOLEAN:
		return is_choice(s, "true false 1 0") ? NULL : "must be true or false";
	case FIELD_MONTH:
		return is_month(s) ? NULL : "must be a month like 2025-11";
	case FIELD_IDS:
		return is_ids(s) ? NULL : "must be a list of ids like 1,2";
	case FIELD_CURSOR:
		break;
	}
	return NULL;
}

/* A cursor of ours has a known alphabet; anything else need not reach the database as it stands. */
static struct span
clean_cursor(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr("0123456789abcdef-", s.p[i]) == NULL || s.p[i] == '\0')
			break;
	return i == s.len && s.len <= 128 ? s : (struct span){ "?", 1 };
}

/* Appends the value for the database; returns its offset in the text. */
static size_t
keep(struct values *v, const struct field *f, struct span s)
{
	size_t offset = v->text.len;

	if (f->type == FIELD_IDS)
		buf_addc(&v->text, '{');
	buf_add(&v->text, s.p, s.len);
	if (f->type == FIELD_IDS)
		buf_addc(&v->text, '}');
	buf_addc(&v->text, '\0');
	return offset;
}

#define ABSENT ((size_t)-1)

static size_t
check_field(const struct field *f, const struct form *form, struct values *values, struct problem *problem)
{
	const struct pair *p = form_find(form, f->name);
	struct span s = { "", 0 };
	char message[160];
	const char *fault;

	if (p != NULL && p->kind != VALUE_JSON_NULL) {
		fault = check_kind(f, p->kind);
		if (fault != NULL) {
			field_error(problem, f->name, fault);
			return ABSENT;
		}
		s = f->type == FIELD_PASSWORD ? p->value : str_trim(p->value.p, p->value.len);
		if (s.len == 0 && p->kind == VALUE_JSON_IDS)
			return keep(values, f, s);
	}
	if (f->type == FIELD_CURSOR && s.len > 0)
		s = clean_cursor(s);
	if (s.len == 0) {
		if (f->required)
			field_error(problem, f->name, "is missing");
		return f->fallback != NULL ? keep(values, f, (struct span){ f->fallback, strlen(f->fallback) }) : ABSENT;
	}
	fault = check_value(f, s, message, sizeof message);
	if (fault != NULL) {
		field_error(problem, f->name, fault);
		return ABSENT;
	}
	return keep(values, f, s);
}

bool
fields_check(const struct field *table, const struct form *form, struct values *values, struct problem *problem)
{
	size_t offsets[FIELD_MAX], i;

	for (i = 0; table[i].name != NULL; i++)
		offsets[i] = check_field(&table[i], form, values, problem);
	values->count = i;
	if (problem->code == PROBLEM_NONE && !buf_ok(&values->text))
		problem_set(problem, PROBLEM_UNAVAILABLE, "There is no memory for the fields at the moment.");
	if (problem->code != PROBLEM_NONE)
		return false;
	for (i = 0; i < values->count; i++)
		values->at[i] = offsets[i] == ABSENT ? NULL : values->text.data + offsets[i];
	return true;
}
