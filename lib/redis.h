/* Connecting to Redis by URL, every wait with a deadline. */
#ifndef BOOKREQ_REDIS_H
#define BOOKREQ_REDIS_H

#include <stdint.h>

struct redisContext;

/*
 * Connects to redis://[:password@]host[:port][/0] or unix:///path within `timeout_ms` (which is also the deadline of each
 * later read and write), authenticates, and returns a context to be freed with redisFree(); NULL with a sentence in
 * *why (static, or valid until the next call) on failure.
 */
struct redisContext *redis_open(const char *url, int64_t timeout_ms, const char **why);

#endif
