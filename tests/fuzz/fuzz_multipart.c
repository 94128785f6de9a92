/* multipart/form-data: the first line is the Content-Type, the rest the body. What is read can be written and read again. */
#include "config.h"

#include "tests/fuzz/form.h"
#include "tests/fuzz/fuzz.h"

/* Not a word that anybody uses, but libFuzzer sees what texts are compared with, and puts it into them. */
static const char boundary[] = "a-boundary-of-our-own-5c1d9e7f";

/* A name as it came may not stand between quotes; and nothing may hold the boundary. */
static bool
can_be_written(const struct form *f)
{
	const struct pair *p;

	for (p = f->pairs; p < f->pairs + f->count; p++)
		if (memchr(p->name.p, '"', p->name.len) != NULL || memmem(p->name.p, p->name.len, boundary, sizeof boundary - 1) != NULL ||
			memmem(p->value.p, p->value.len, boundary, sizeof boundary - 1) != NULL)
			return false;
	return true;
}

static void
write_parts(struct buf *out, const struct form *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		buf_addf(out, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
		buf_add(out, f->pairs[i].name.p, f->pairs[i].name.len);
		buf_adds(out, "\"\r\n\r\n");
		buf_add(out, f->pairs[i].value.p, f->pairs[i].value.len);
		buf_adds(out, "\r\n");
	}
	buf_addf(out, "--%s--\r\n", boundary);
}

static void
check_again(const struct form *first)
{
	struct form again;
	struct buf text;
	const char *why;

	if (!can_be_written(first))
		return;
	buf_init(&text, 1024 * 1024);
	form_init(&again);
	write_parts(&text, first);
	CHECK(form_multipart(&again, (struct span){ boundary, sizeof boundary - 1 }, text.data, text.len, &why) == FORM_OK);
	check_same_form(first, &again);
	form_free(&again);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span body = { (const char *)data, len }, type = { NULL, 0 };
	const char *why = NULL;
	enum form_result result;
	struct form form;
	char *content_type, *text;
	size_t i;

	(void)str_take(&body, '\n', &type);
	content_type = fuzz_string(type);
	text = fuzz_copy(body.p, body.len);
	form_init(&form);
	result = form_parse_body(&form, content_type, text, body.len, &why);
	CHECK(result == FORM_OK || why != NULL);
	if (result == FORM_OK && form.json == NULL && str_starts(content_type, "multipart")) {
		check_form(&form);
		check_fields(&form);
		for (i = 0; i < form.count; i++) {
			CHECK(fuzz_inside((struct span){ text, body.len }, form.pairs[i].name) && form.pairs[i].name.len > 0);
			CHECK(fuzz_inside((struct span){ text, body.len }, form.pairs[i].value));
		}
		check_again(&form);
	}
	form_free(&form);
	free(text);
	free(content_type);
	return 0;
}
