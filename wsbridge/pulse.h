/*
 * When a bridge of this machine last heard from Redis, in a file that they share: where one has just heard, the others need not ask. A PING of
 * each would be most of what an idle connection costs.
 */
#ifndef BOOKREQ_WSBRIDGE_PULSE_H
#define BOOKREQ_WSBRIDGE_PULSE_H

#include <stdint.h>

/* The file beside the bridges' socket. A descriptor, or -1 where there can be none: then every bridge asks for itself. */
int pulse_open(const char *bridge_socket);
/* That Redis server (redis_server()) was heard of at `now_ms`. */
void pulse_beat(int fd, int64_t now_ms, uint32_t server);
/* The last time, 0 if it is not known or was another server: after a fail-over one's life says nothing of the other's. */
int64_t pulse_last(int fd, int64_t now_ms, uint32_t server);

#endif
