/* Notifications; see notifications.h. */
#include "config.h"

#include "fcgi/notifications.h"

const struct field notification_list_fields[] = {
	{ "unread", FIELD_BOOLEAN, .fallback = "false" },
	FIELD_PAGE,
	{ 0 },
};

/* `ids` or `all`; what is missing is judged by the SQL function. */
const struct field notification_read_fields[] = {
	{ "ids", FIELD_IDS },
	{ "all", FIELD_BOOLEAN, .fallback = "false" },
	{ 0 },
};
