/*
 * Redis is watched once for all bridges of a machine, by one of the workers (fcgi/watcher.h): a bridge that looked for itself would do nothing
 * else most of the time. Beside the bridges' socket are two files:
 *
 *	SOCKET.watch	a FIFO, open for writing as long as Redis answers; its end wakes every bridge (POLLHUP)
 *	SOCKET.watched	which server that is, as redis_server() tells them apart; whoever watches holds the lock on it (flock(2))
 */
#ifndef BOOKREQ_WATCH_H
#define BOOKREQ_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_PATH_SIZE 128

/* What a bridge sees of it. */
struct watch {
	int fifo;   /* descriptor, -1: there is none, and nobody watches */
	int server; /* likewise */
};

/* Without these files, or without the right to read them, nothing is covered. */
void watch_open(struct watch *w, const char *bridge_socket);
void watch_close(struct watch *w);
/* Whether this server is watched now. From then on poll() says POLLHUP of w->fifo, without being asked for anything, when it is no more. */
bool watch_covers(const struct watch *w, uint32_t server);

/* The other side. A path of one of the two files; false when it does not fit. */
bool watch_path(char out[WATCH_PATH_SIZE], const char *bridge_socket, const char *suffix) __attribute__((warn_unused_result));
#define WATCH_FIFO ".watch"
#define WATCH_SERVER ".watched"

#endif
