/* What a client may say: one line each. Everything else is ignored. */
#ifndef BOOKREQ_WSBRIDGE_COMMAND_H
#define BOOKREQ_WSBRIDGE_COMMAND_H

#include "lib/str.h"

enum command {
	COMMAND_NONE,
	COMMAND_PING,            /* ping */
	COMMAND_REFRESH_QUOTA,   /* {"type":"refresh_quota"} */
	COMMAND_REFRESH_PENDING, /* {"type":"refresh_pending"} */
	COMMAND_REFRESH_STATE,   /* not the client's: the bridge's own question for the quota */
};

/* An object may have other members too, in any order; it must be one whole JSON value (RFC 8259). Of two "type" the last counts. */
enum command command_read(struct span line);

#endif
