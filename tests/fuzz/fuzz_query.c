/* Queries and urlencoded bodies. What is read can be written and read again; a lenient reader differs only where a strict one refuses. */
#include "config.h"

#include "tests/fuzz/form.h"
#include "tests/fuzz/fuzz.h"

static void
check_again(const struct form *first)
{
	struct form again;
	struct buf text;
	const char *why;

	buf_init(&text, 1024 * 1024);
	form_init(&again);
	form_write(&text, first);
	CHECK(form_parse_query(&again, text.data, text.len, false, &why) == FORM_OK);
	check_same_form(first, &again);
	form_free(&again);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *strict_text = fuzz_copy(data, len), *lenient_text = fuzz_copy(data, len);
	const char *why = NULL, *lenient_why = NULL;
	struct form strict, lenient;
	enum form_result result;
	size_t i;

	form_init(&strict);
	form_init(&lenient);
	result = form_parse_body(&strict, "application/x-www-form-urlencoded", strict_text, len, &why);
	CHECK(result == FORM_OK || (result == FORM_BAD && why != NULL));
	if (form_parse_query(&lenient, lenient_text, len, true, &lenient_why) == FORM_OK) {
		check_form(&lenient);
		check_fields(&lenient);
		for (i = 0; i < lenient.count; i++)
			CHECK(fuzz_inside((struct span){ lenient_text, len }, lenient.pairs[i].value));
	} else {
		CHECK(result == FORM_BAD && lenient_why != NULL);
	}
	if (result == FORM_OK) {
		check_same_form(&strict, &lenient);
		check_again(&strict);
	}
	form_free(&strict);
	form_free(&lenient);
	free(strict_text);
	free(lenient_text);
	return 0;
}
