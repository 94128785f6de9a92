/* Tiers; see tiers.h. `tier_id` is the tier's title, as it always was. */
#include "config.h"

#include "fcgi/tiers.h"

#define TIER { "tier_id", FIELD_TEXT, .required = true, .min = 1, .max = 200 }

const struct field settings_fields[] = {
	TIER,
	{ "book_requests_allowed", FIELD_INTEGER, .required = true, .min = 0, .max = 100000 },
	{ 0 },
};

const struct field chapters_fields[] = {
	TIER,
	{ "chapters_allowed_per_book_request", FIELD_INTEGER, .required = true, .min = 0, .max = 100000 },
	{ 0 },
};
