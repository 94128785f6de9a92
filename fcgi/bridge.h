/* What the WebSocket bridges ask (docs/design.md, "Bridge → application"), and the check before a handshake. */
#ifndef BOOKREQ_BRIDGE_H
#define BOOKREQ_BRIDGE_H

#include "fcgi/field.h"

struct exchange;

extern const struct field socket_fields[], refresh_fields[];

/* The web server's question before the upgrade: 204 with the channels to subscribe to, 401 or 403. */
void handle_handshake(struct exchange *x);
void handle_bridge_open(struct exchange *x);
void handle_bridge(struct exchange *x);
/* Turns the refusal in x->problem into the `error` frame that a bridge writes before it closes. */
void bridge_refuse(struct exchange *x);

#endif
