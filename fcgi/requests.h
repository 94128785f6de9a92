/* Book requests (SPEC 3.2): what their routes take. The rules are in sql/functions/. */
#ifndef BOOKREQ_REQUESTS_H
#define BOOKREQ_REQUESTS_H

#include "fcgi/field.h"

extern const struct field create_fields[], list_fields[], ledger_fields[], similar_fields[], admin_list_fields[], respond_fields[], reply_fields[], events_fields[], activity_fields[],
	context_fields[], figures_fields[];

#endif
