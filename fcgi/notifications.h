/* Notifications (SPEC 3.3): what their routes take. */
#ifndef BOOKREQ_NOTIFICATIONS_H
#define BOOKREQ_NOTIFICATIONS_H

#include "fcgi/field.h"

extern const struct field notification_list_fields[], notification_read_fields[];

#endif
