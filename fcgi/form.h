/*
 * Reading names and values out of a query or a body: application/x-www-form-urlencoded (WHATWG URL, section 5.1),
 * multipart/form-data (RFC 7578) and application/json (RFC 8259). No meaning yet: that is field.h.
 */
#ifndef BOOKREQ_FORM_H
#define BOOKREQ_FORM_H

#include "lib/str.h"

#include <stdbool.h>
#include <stddef.h>

#define FORM_MAX_PAIRS 64

/* What the encoding said the value is; a form knows only text. */
enum value_kind { VALUE_TEXT, VALUE_JSON_STRING, VALUE_JSON_INTEGER, VALUE_JSON_BOOLEAN, VALUE_JSON_NULL, VALUE_JSON_IDS, VALUE_JSON_OTHER };

struct pair {
	struct span name;
	struct span value; /* JSON: the value as text, a list of integers joined by commas */
	enum value_kind kind;
};

struct form {
	struct pair pairs[FORM_MAX_PAIRS];
	size_t count;
	struct json_object *json; /* owned; what the pairs of a JSON body point into, else NULL */
};

enum form_result { FORM_OK, FORM_BAD, FORM_UNSUPPORTED };

void form_init(struct form *f);
void form_free(struct form *f);

/*
 * Parses `text` (changed in place; the pairs point into it) as a query. `lenient` keeps a value with a broken escape,
 * decoded up to there, instead of refusing the whole. On FORM_BAD, *why is a static sentence.
 */
enum form_result form_parse_query(struct form *f, char *text, size_t len, bool lenient, const char **why);
/* The same for a body of the given Content-Type ("" for none). An empty body has no fields, whatever its type. */
enum form_result form_parse_body(struct form *f, const char *content_type, char *text, size_t len, const char **why);

/* The pair of that name, or NULL. */
const struct pair *form_find(const struct form *f, const char *name);

/* Internal to the parsers: adds a pair; false with *why when there are too many or the name came before. */
bool form_add(struct form *f, struct pair p, const char **why) __attribute__((warn_unused_result));
/* The three parsers; see form_parse_body. */
enum form_result form_multipart(struct form *f, struct span boundary, char *text, size_t len, const char **why);
enum form_result form_json(struct form *f, char *text, size_t len, const char **why);

#endif
