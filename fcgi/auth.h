/* Sessions (SPEC 3.1): log-in, log-out, password; and who a request says it comes from. */
#ifndef BOOKREQ_AUTH_H
#define BOOKREQ_AUTH_H

#include "fcgi/exchange.h"

extern const struct field login_fields[], password_fields[];

void handle_login(struct exchange *x);
void handle_logout(struct exchange *x);
void handle_password(struct exchange *x);

/* Fills x->credential from Authorization, the cookie or, where that is trusted, the web server's user; the first that is there counts. */
void auth_read_credential(struct exchange *x);

#endif
