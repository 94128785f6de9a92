/* The route table; see route.h. */
#include "config.h"

#include "fcgi/route.h"

#include "fcgi/auth.h"
#include "fcgi/bridge.h"
#include "fcgi/health.h"
#include "fcgi/metrics.h"
#include "fcgi/notifications.h"
#include "fcgi/requests.h"
#include "fcgi/team.h"
#include "fcgi/tiers.h"
#include "lib/str.h"

#include <string.h>

#define REQUESTS "/api/book-requests"

static const struct route routes[] = {
	{ METHOD_GET, "/healthz", ROLE_NOBODY, NULL, NULL, handle_healthz, 0 },
	{ METHOD_GET, "/readyz", ROLE_NOBODY, NULL, NULL, handle_readyz, 0 },
	{ METHOD_GET, "/metrics", ROLE_NOBODY, NULL, NULL, handle_metrics, 0 },

	{ METHOD_POST, "/api/auth/login", ROLE_NOBODY, login_fields, NULL, handle_login, ROUTE_LOGIN },
	{ METHOD_POST, "/api/auth/logout", ROLE_ANY, NULL, "logout", handle_logout, 0 },
	{ METHOD_GET, "/api/auth/me", ROLE_ANY, NULL, "me", handle_call, 0 },
	{ METHOD_POST, "/api/auth/password", ROLE_ANY, password_fields, NULL, handle_password, 0 },

	{ METHOD_POST, REQUESTS, ROLE_ANY, create_fields, "create_request", handle_call, ROUTE_KEY },
	{ METHOD_GET, REQUESTS, ROLE_ANY, list_fields, "list_requests", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/quota", ROLE_ANY, NULL, "quota", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/quota/ledger", ROLE_ANY, ledger_fields, "quota_ledger", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/similar", ROLE_ANY, similar_fields, "similar_requests", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/admin", ROLE_ADMIN, admin_list_fields, "list_admin_requests", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/events", ROLE_ANY, events_fields, "events", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/activity", ROLE_ADMIN, activity_fields, "list_activity", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/admin/live", ROLE_ADMIN, NULL, "list_admins", handle_live, 0 },
	{ METHOD_GET, REQUESTS "/admin/context", ROLE_ADMIN, context_fields, "request_context", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/admin/figures", ROLE_ADMIN, figures_fields, "figures", handle_call, 0 },
	{ METHOD_POST, REQUESTS "/settings", ROLE_CREATOR, settings_fields, "settings", handle_call, ROUTE_KEY },
	{ METHOD_POST, REQUESTS "/chapters-settings", ROLE_CREATOR, chapters_fields, "chapters_settings", handle_call, ROUTE_KEY },
	{ METHOD_GET, REQUESTS "/ws", ROLE_ANY, socket_fields, "ws_handshake", handle_handshake, ROUTE_LENIENT | ROUTE_PAGE | ROUTE_UPGRADE },
	{ METHOD_GET, REQUESTS "/:id", ROLE_ANY, NULL, "get_request", handle_call, 0 },
	{ METHOD_GET, REQUESTS "/:id/timeline", ROLE_ANY, NULL, "request_timeline", handle_call, 0 },
	{ METHOD_POST, REQUESTS "/:id/respond", ROLE_ADMIN, respond_fields, "respond_request", handle_call, ROUTE_KEY },
	{ METHOD_POST, REQUESTS "/:id/accept", ROLE_ADMIN, NULL, "accept_request", handle_call, ROUTE_KEY },
	{ METHOD_POST, REQUESTS "/:id/fulfill", ROLE_ADMIN, NULL, "fulfill_request", handle_call, ROUTE_KEY },
	{ METHOD_POST, REQUESTS "/:id/reply", ROLE_ANY, reply_fields, "reply_request", handle_call, ROUTE_KEY },

	{ METHOD_GET, "/api/tiers", ROLE_ADMIN, NULL, "list_tiers", handle_call, 0 },
	{ METHOD_GET, "/api/team", ROLE_ADMIN, NULL, "list_team", handle_call, 0 },
	{ METHOD_POST, "/api/team/add", ROLE_CREATOR, add_team_fields, "add_team", handle_call, ROUTE_KEY },
	{ METHOD_DELETE, "/api/team/:id", ROLE_CREATOR, NULL, "remove_team", handle_call, 0 },
	{ METHOD_GET, "/api/users", ROLE_ADMIN, user_list_fields, "list_users", handle_call, 0 },
	{ METHOD_POST, "/api/users/:id/deactivate", ROLE_CREATOR, NULL, "deactivate_user", handle_call, ROUTE_KEY },
	{ METHOD_POST, "/api/users/:id/activate", ROLE_CREATOR, NULL, "activate_user", handle_call, ROUTE_KEY },
	{ METHOD_GET, "/api/notifications", ROLE_ANY, notification_list_fields, "list_notifications", handle_call, 0 },
	{ METHOD_POST, "/api/notifications/read", ROLE_ANY, notification_read_fields, "read_notifications", handle_call, ROUTE_KEY },

	{ METHOD_GET, "/bridge/open", ROLE_ANY, socket_fields, "bridge_open", handle_bridge_open, ROUTE_BRIDGE | ROUTE_LENIENT | ROUTE_PAGE },
	{ METHOD_GET, "/bridge/fetch", ROLE_ANY, events_fields, "bridge_fetch", handle_bridge, ROUTE_BRIDGE | ROUTE_LENIENT | ROUTE_PAGE },
	{ METHOD_GET, "/bridge/refresh", ROLE_ANY, refresh_fields, "bridge_refresh", handle_bridge, ROUTE_BRIDGE | ROUTE_LENIENT | ROUTE_PAGE },
};

/* Whether the path fits the pattern; sets *id where the pattern has one. */
static bool
matches(const char *pattern, const char *path, int64_t *id)
{
	const char *colon = strstr(pattern, ":id");
	size_t before, digits;

	*id = 0;
	if (colon == NULL)
		return strcmp(pattern, path) == 0;
	before = (size_t)(colon - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	digits = strcspn(path + before, "/");
	return str_to_i64(path + before, digits, 1, INT64_MAX, id) && strcmp(colon + 3, path + before + digits) == 0;
}

const struct route *
route_find(enum method method, const char *path, bool bridge, int64_t *id, unsigned *allowed)
{
	const struct route *found = NULL;
	int64_t path_id;
	size_t i;

	*allowed = 0;
	for (i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		const struct route *r = &routes[i];

		if (((r->flags & ROUTE_BRIDGE) != 0) != bridge || !matches(r->path, path, &path_id))
			continue;
		*allowed |= r->method;
		if (r->method == method) {
			found = r;
			*id = path_id;
		}
	}
	return found;
}

const char *
role_name(enum role role)
{
	static const char *const names[] = { "any", "any", "admin", "creator" };

	return names[role];
}

const struct route *
route_at(size_t i)
{
	return i < sizeof routes / sizeof routes[0] ? &routes[i] : NULL;
}

size_t
route_index(const struct route *r)
{
	return r != NULL ? (size_t)(r - routes) : METRICS_NO_ROUTE;
}
