/*
 * JSON bodies (RFC 8259) by json-c, with what json-c lets pass put right by a scan of the text first: lone surrogates
 * become bytes that no field accepts as UTF-8; raw control characters, numbers like 01 and 1., and a name that comes twice
 * are refused. Surrogate pairs become the character that they stand for, since json-c 0.16 takes one in 32 of them for a lone surrogate.
 */
#include "config.h"

#include "fcgi/form.h"

#include <json-c/json.h>
#include <string.h>

#define DEPTH_MAX 16

static int
unicode_escape(const char *s, size_t len)
{
	int n = 0, i;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return -1;
		n = n << 4 | digit;
	}
	return n;
}

static bool
is_surrogate(int code, int first)
{
	return code >= first && code < first + 0x400;
}

/* Puts the escaped surrogate pair at `s` into four bytes of UTF-8 at `to`, which may be `s`. False where there is none. */
static bool
join_pair(const char *s, size_t len, char *to)
{
	int high = unicode_escape(s, len), low;
	long code;

	if (!is_surrogate(high, 0xd800))
		return false;
	low = unicode_escape(s + 6, len - 6);
	if (!is_surrogate(low, 0xdc00))
		return false;
	code = 0x10000 + ((long)(high - 0xd800) << 10) + (low - 0xdc00);
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return true;
}

/* Joins all surrogate pairs, which shortens the text; returns its new length. */
static size_t
join_pairs(char *text, size_t len)
{
	size_t from = 0, to = 0;

	while (from < len) {
		if (join_pair(text + from, len - from, text + to)) {
			from += 12;
			to += 4;
			continue;
		}
		if (text[from] == '\\' && from + 1 < len)
			text[to++] = text[from++]; /* what is escaped does not begin an escape */
		text[to++] = text[from++];
	}
	return to;
}

/* Handles the escape at `s`, which is none of a pair; returns its length. */
static size_t
scan_escape(char *s, size_t len, bool *nul)
{
	int code = unicode_escape(s, len);

	if (code < 0)
		return len < 2 ? len : 2;
	*nul |= code == 0;
	if (is_surrogate(code, 0xd800) || is_surrogate(code, 0xdc00))
		memset(s, 0xff, 6);
	return 6;
}

/* Scans the string whose opening quote is at text[at]; returns the index of the closing one, or `len`. */
static size_t
scan_string(char *text, size_t at, size_t len, bool *control, bool *nul)
{
	*nul = false;
	for (at++; at < len && text[at] != '"';) {
		if (text[at] == '\\') {
			at += scan_escape(text + at, len - at, nul);
			continue;
		}
		*control |= (unsigned char)text[at] < 0x20;
		at++;
	}
	return at;
}

static size_t
skip_digits(const char *text, size_t at, size_t len)
{
	while (at < len && text[at] >= '0' && text[at] <= '9')
		at++;
	return at;
}

/* Moves `at` from the number's first character to its last. False if it is none (section 6). */
static bool
scan_number(const char *text, size_t *at, size_t len)
{
	size_t start = *at + (text[*at] == '-');
	size_t end = skip_digits(text, start, len);
	bool valid = end > start && (text[start] != '0' || end == start + 1);

	if (end < len && text[end] == '.') {
		start = end + 1;
		end = skip_digits(text, start, len);
		valid &= end > start;
	}
	if (end < len && (text[end] == 'e' || text[end] == 'E')) {
		start = end + 1;
		start += start < len && (text[start] == '+' || text[start] == '-');
		end = skip_digits(text, start, len);
		valid &= end > start;
	}
	*at = end - 1;
	return valid;
}

/* Counts the members of the outermost object. False for what json-c would let pass. */
static bool
scan(char *text, size_t len, size_t *members)
{
	bool control = false, nul = false;
	int depth = 0;
	size_t i;

	*members = 0;
	for (i = 0; i < len; i++) {
		char c = text[i];

		if (c == '"')
			i = scan_string(text, i, len, &control, &nul);
		else if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		else if (c == ':' && depth == 1) {
			(*members)++;
			if (nul) /* json-c would cut the name there */
				return false;
		} else if (c == '-' || (c >= '0' && c <= '9')) {
			if (!scan_number(text, &i, len))
				return false;
		} else if (strchr("/'NI\f\v", c) != NULL) /* comments, quotes, NaN, Infinity, other white space; also finds NUL */
			return false;
	}
	return !control;
}

/* A list of integers as "1,2"; anything else stays VALUE_JSON_OTHER. The text is kept by the array itself. */
static void
read_list(json_object *list, struct pair *p)
{
	size_t i, n = json_object_array_length(list);

	for (i = 0; i < n; i++)
		if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_int))
			return;
	p->kind = VALUE_JSON_IDS;
	p->value.p = json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN) + 1; /* without the brackets */
	p->value.len = strlen(p->value.p) - 1;
}

static struct pair
read_value(const char *name, json_object *v)
{
	struct pair p = { .name = { name, strlen(name) }, .value = { "", 0 }, .kind = VALUE_JSON_OTHER };

	switch (json_object_get_type(v)) {
	case json_type_null:
		p.kind = VALUE_JSON_NULL;
		break;
	case json_type_string:
		p.kind = VALUE_JSON_STRING;
		p.value = (struct span){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
		break;
	case json_type_int:
	case json_type_boolean:
		p.kind = json_object_is_type(v, json_type_int) ? VALUE_JSON_INTEGER : VALUE_JSON_BOOLEAN;
		p.value.p = json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN);
		p.value.len = strlen(p.value.p);
		break;
	case json_type_array:
		read_list(v, &p);
		break;
	case json_type_double:
	case json_type_object:
		break;
	}
	return p;
}

static json_object *
parse(const char *text, size_t len)
{
	json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
	json_object *root = NULL;

	if (tok == NULL)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) != json_tokener_success || json_tokener_get_parse_end(tok) != len) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tok);
	return root;
}

enum form_result
form_json(struct form *f, char *text, size_t len, const char **why)
{
	struct span trimmed;
	size_t members;

	*why = "The body is not valid JSON.";
	len = join_pairs(text, len);
	trimmed = str_trim(text, len);
	if (trimmed.len == 0 || !scan(text, len, &members))
		return FORM_BAD;
	f->json = parse(trimmed.p, trimmed.len);
	if (f->json == NULL)
		return FORM_BAD;
	if (!json_object_is_type(f->json, json_type_object)) {
		*why = "The JSON body must be an object.";
		return FORM_BAD;
	}
	if ((size_t)json_object_object_length(f->json) != members) {
		*why = "A field comes twice.";
		return FORM_BAD;
	}
	json_object_object_foreach(f->json, name, value) {
		if (!form_add(f, read_value(name, value), why))
			return FORM_BAD;
	}
	return FORM_OK;
}
