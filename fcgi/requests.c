/* Book requests; see requests.h. The order of a table is the order of the SQL function's parameters. */
#include "config.h"

#include "fcgi/requests.h"

#define STATUSES "pending approved rejected fulfilled"
#define ACTIONS \
	"created responded accepted fulfilled replied settings_changed team_added team_removed user_activated user_deactivated"

const struct field create_fields[] = {
	{ "title", FIELD_TEXT, .required = true, .min = 1, .max = 500 },
	{ "author", FIELD_TEXT, .required = true, .min = 1, .max = 300 },
	{ "link", FIELD_LINK, .min = 1, .max = 2000 },
	{ "description", FIELD_TEXT, .min = 1, .max = 5000 },
	{ "allow_duplicate", FIELD_BOOLEAN, .fallback = "false" },
	{ 0 },
};

const struct field list_fields[] = {
	{ "status", FIELD_CHOICE, .choices = STATUSES },
	{ "month_year", FIELD_MONTH },
	FIELD_PAGE,
	{ 0 },
};

const struct field ledger_fields[] = {
	{ "month_year", FIELD_MONTH },
	{ 0 },
};

const struct field similar_fields[] = {
	{ "title", FIELD_TEXT, .required = true, .min = 1, .max = 500 },
	{ "author", FIELD_TEXT, .min = 1, .max = 300 },
	{ 0 },
};

const struct field admin_list_fields[] = {
	{ "status", FIELD_CHOICE, .choices = STATUSES },
	{ "user_id", FIELD_INTEGER, .min = 1, .max = INT64_MAX },
	{ "month_year", FIELD_MONTH },
	{ "q", FIELD_TEXT, .min = 1, .max = 500 },
	FIELD_PAGE,
	{ 0 },
};

const struct field respond_fields[] = {
	{ "status", FIELD_CHOICE, .required = true, .choices = STATUSES },
	{ "response_message", FIELD_TEXT, .min = 1, .max = 5000 },
	{ "expected_version", FIELD_INTEGER, .min = 0, .max = INT32_MAX }, /* no request is of version 0: stale */
	{ 0 },
};

const struct field reply_fields[] = {
	{ "user_reply", FIELD_TEXT, .required = true, .min = 1, .max = 5000 },
	{ 0 },
};

const struct field events_fields[] = {
	{ "cursor", FIELD_CURSOR },
	{ 0 },
};

const struct field activity_fields[] = {
	{ "actor_id", FIELD_INTEGER, .min = 1, .max = INT64_MAX },
	{ "action", FIELD_CHOICE, .choices = ACTIONS },
	{ "month_year", FIELD_MONTH },
	FIELD_PAGE,
	{ 0 },
};

const struct field context_fields[] = {
	{ "ids", FIELD_IDS, .required = true },
	{ 0 },
};

const struct field figures_fields[] = {
	{ "months", FIELD_INTEGER, .min = 1, .max = 36, .fallback = "12" },
	{ 0 },
};
