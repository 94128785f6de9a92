/* Promises about forms and fields, whatever the encoding they came in. */
#ifndef BOOKREQ_FUZZ_FORM_H
#define BOOKREQ_FUZZ_FORM_H

#include "fcgi/form.h"
#include "lib/buf.h"

/* Names differ, there are at most FORM_MAX_PAIRS, and what is found by name is the pair. */
void check_form(const struct form *f);
/* Every pair of the one is in the other at the same place. */
void check_same_form(const struct form *a, const struct form *b);
/* The form as application/x-www-form-urlencoded, every byte escaped. */
void form_write(struct buf *out, const struct form *f);
/* Checks the form against a table with all kinds of fields: what passes is what the table says, and passes again. */
void check_fields(const struct form *f);

#endif
