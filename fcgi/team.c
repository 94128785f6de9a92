/* The creator's people; see team.h. */
#include "config.h"

#include "fcgi/team.h"

#include "fcgi/exchange.h"
#include "fcgi/publish.h"
#include "fcgi/route.h"

#include <inttypes.h>
#include <stdio.h>

/* One of the two; which one is missing is judged by the SQL function. */
const struct field add_team_fields[] = {
	{ "user_id", FIELD_INTEGER, .min = 1, .max = INT64_MAX },
	{ "username", FIELD_TEXT, .min = 1, .max = 200 },
	{ 0 },
};

const struct field user_list_fields[] = {
	{ "q", FIELD_TEXT, .min = 1, .max = 200 },
	FIELD_PAGE,
	{ 0 },
};

static void
add_count(struct exchange *x, const char *creator, const char *group)
{
	char channel[64];
	int64_t n;

	(void)snprintf(channel, sizeof channel, "{%s}:%s", creator, group);
	n = publish_count(x->publisher, channel);
	if (n >= 0)
		buf_addf(&x->content, "\"%s\":%" PRId64, group, n);
	else
		buf_addf(&x->content, "\"%s\":null", group);
}

void
handle_live(struct exchange *x)
{
	const char *params[4], *creator;
	int n = exchange_caller(x, role_name(x->route->role), params);
	struct rows rows;

	if (!db_rows(x->db, x->route->function, n, params, &rows, &x->problem)) {
		exchange_refuse(x);
		return;
	}
	creator = rows_get(&rows, 0, 0);
	x->status = 200;
	x->content_type = "application/json";
	buf_addf(&x->content, "{\"admin_ids\":%s,\"online\":{", rows_get(&rows, 0, 1));
	add_count(x, creator, "admins");
	buf_addc(&x->content, ',');
	add_count(x, creator, "subscribers");
	buf_adds(&x->content, "}}");
	rows_free(&rows);
}
