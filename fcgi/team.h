/* The creator's people (SPEC 3.3), and who of them is there now (SPEC 3.2: 14). */
#ifndef BOOKREQ_TEAM_H
#define BOOKREQ_TEAM_H

#include "fcgi/field.h"

struct exchange;

extern const struct field add_team_fields[], user_list_fields[];

/* The database knows the admins, Redis how many sockets are open: the numbers are null while Redis is away. */
void handle_live(struct exchange *x);

#endif
