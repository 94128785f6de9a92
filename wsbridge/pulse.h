/*
 * When a bridge of this machine last heard from Redis, in a file that they share: where one has just heard, the others need not ask. A PING of
 * each would be most of what an idle connection costs.
 */
#ifndef BOOKREQ_WSBRIDGE_PULSE_H
#define BOOKREQ_WSBRIDGE_PULSE_H

#include <stdint.h>

/* The file beside the bridges' socket. A descriptor, or -1 where there can be none: then every bridge asks for itself. */
int pulse_open(const char *bridge_socket);
/* Redis was heard of at `now_ms`. */
void pulse_beat(int fd, int64_t now_ms);
/* The last time, 0 if it is not known. */
int64_t pulse_last(int fd, int64_t now_ms);

#endif
