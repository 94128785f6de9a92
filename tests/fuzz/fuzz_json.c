/* JSON bodies and the fields in them. What is read can be written as JSON and read again. */
#include "config.h"

#include "tests/fuzz/form.h"
#include "tests/fuzz/fuzz.h"

static void
write_value(struct buf *out, const struct pair *p)
{
	switch (p->kind) {
	case VALUE_JSON_STRING: buf_add_json(out, p->value.p, p->value.len); break;
	case VALUE_JSON_INTEGER:
	case VALUE_JSON_BOOLEAN: buf_add(out, p->value.p, p->value.len); break;
	case VALUE_JSON_NULL: buf_adds(out, "null"); break;
	case VALUE_JSON_IDS: buf_addf(out, "[%.*s]", (int)p->value.len, p->value.p); break;
	case VALUE_JSON_OTHER: buf_adds(out, "1.5"); break;
	case VALUE_TEXT: CHECK(false); break;
	}
}

static void
check_again(const struct form *first)
{
	struct form again;
	struct buf text;
	const char *why;
	size_t i;

	buf_init(&text, 1024 * 1024);
	form_init(&again);
	buf_addc(&text, '{');
	for (i = 0; i < first->count; i++) {
		buf_adds(&text, i > 0 ? "," : "");
		buf_add_json(&text, first->pairs[i].name.p, first->pairs[i].name.len);
		buf_addc(&text, ':');
		write_value(&text, &first->pairs[i]);
	}
	buf_addc(&text, '}');
	CHECK(form_json(&again, text.data, text.len, &why) == FORM_OK);
	check_same_form(first, &again);
	for (i = 0; i < first->count; i++)
		CHECK(first->pairs[i].kind == again.pairs[i].kind);
	form_free(&again);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = fuzz_copy(data, len);
	enum form_result result;
	const char *why = NULL;
	struct form form;

	form_init(&form);
	result = form_parse_body(&form, "application/json", text, len, &why);
	CHECK(result == FORM_OK || (result == FORM_BAD && why != NULL));
	if (result == FORM_OK) {
		check_form(&form);
		check_fields(&form);
		check_again(&form);
	}
	form_free(&form);
	free(text);
	return 0;
}
