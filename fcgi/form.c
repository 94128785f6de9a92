/* Queries and urlencoded bodies, and the choice by Content-Type; see form.h. */
#include "config.h"

#include "fcgi/form.h"

#include <json-c/json.h>
#include <string.h>

void
form_init(struct form *f)
{
	f->count = 0;
	f->json = NULL;
}

void
form_free(struct form *f)
{
	json_object_put(f->json); /* accepts NULL */
	form_init(f);
}

static bool
same(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

bool
form_add(struct form *f, struct pair p, const char **why)
{
	size_t i;

	if (f->count == FORM_MAX_PAIRS) {
		*why = "There are too many fields.";
		return false;
	}
	for (i = 0; i < f->count; i++)
		if (same(f->pairs[i].name, p.name)) {
			*why = "A field comes twice.";
			return false;
		}
	f->pairs[f->count++] = p;
	return true;
}

const struct pair *
form_find(const struct form *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (str_equal(f->pairs[i].name, name))
			return &f->pairs[i];
	return NULL;
}

static bool
decode(struct span *s, bool lenient)
{
	char *p = (char *)(uintptr_t)s->p; /* points into the caller's writable text */
	size_t len = s->len;

	if (str_percent_decode(p, len, true, p, &len)) {
		s->len = len;
		return true;
	}
	return lenient;
}

static enum form_result
parse_urlencoded(struct form *f, char *text, size_t len, bool lenient, const char **why)
{
	size_t at, end;

	for (at = 0; at < len; at = end + 1) {
		const char *amp = memchr(text + at, '&', len - at), *equals;
		struct pair p = { .kind = VALUE_TEXT };

		end = amp != NULL ? (size_t)(amp - text) : len;
		if (end == at)
			continue;
		equals = memchr(text + at, '=', end - at);
		p.name = (struct span){ text + at, equals != NULL ? (size_t)(equals - text) - at : end - at };
		p.value = equals != NULL ? (struct span){ equals + 1, end - (size_t)(equals + 1 - text) } : (struct span){ text + end, 0 };
		if (!decode(&p.name, lenient) || !decode(&p.value, lenient)) {
			*why = "A percent sign is not followed by two hexadecimal digits.";
			return FORM_BAD;
		}
		if (!form_add(f, p, why))
			return FORM_BAD;
	}
	return FORM_OK;
}

enum form_result
form_parse_query(struct form *f, char *text, size_t len, bool lenient, const char **why)
{
	return parse_urlencoded(f, text, len, lenient, why);
}

/* The value of `boundary` in the parameters of a Content-Type (RFC 9110, section 5.6.6); empty where it is missing. */
static struct span
find_boundary(const char *params)
{
	while (*params == ';') {
		size_t len;
		struct span name, value;

		params += 1 + strspn(params + 1, " \t");
		len = strcspn(params, "=;");
		name = str_trim(params, len);
		params += len;
		if (*params != '=')
			continue;
		params++;
		if (*params == '"') {
			value = (struct span){ params + 1, strcspn(params + 1, "\"") };
			params = value.p + value.len;
			params += strcspn(params, ";");
		} else {
			value = str_trim(params, strcspn(params, ";"));
			params += strcspn(params, ";");
		}
		if (str_equal_nocase(name, "boundary"))
			return value;
	}
	return (struct span){ params, 0 };
}

enum form_result
form_parse_body(struct form *f, const char *content_type, char *text, size_t len, const char **why)
{
	size_t type_len = strcspn(content_type, ";");
	struct span type = str_trim(content_type, type_len);

	if (len == 0)
		return FORM_OK;
	if (str_equal_nocase(type, "application/x-www-form-urlencoded"))
		return parse_urlencoded(f, text, len, false, why);
	if (str_equal_nocase(type, "multipart/form-data"))
		return form_multipart(f, find_boundary(content_type + type_len), text, len, why);
	if (str_equal_nocase(type, "application/json"))
		return form_json(f, text, len, why);
	*why = "The body must be application/json, application/x-www-form-urlencoded or multipart/form-data.";
	return FORM_UNSUPPORTED;
}
