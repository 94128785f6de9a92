/* The WebSockets under load: opening them, and what is wrong with what they get. */
#ifndef BOOKREQ_BENCH_SOCKETS_H
#define BOOKREQ_BENCH_SOCKETS_H

#include "bench/loop.h"
#include "bench/sample.h"
#include "bench/ws.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line of the list of people: who opens a socket, or posts. */
struct person {
	int64_t creator, user;
	bool admin;
	char token[80];
};

struct socket {
	struct source source; /* fd -1: not open (any more) */
	const struct person *person;
	struct ws ws;
	int64_t began_us; /* when connecting began */
	bool live;        /* initial_data was read */
	int64_t last;     /* the number at the end of the last cursor */
};

struct sockets {
	struct sockaddr_in address;
	char host[32]; /* the Host header */
	struct socket *list; /* owned; the first n have been opened */
	size_t n, cap;
	size_t connecting, live, failed; /* now; now; ever */
	uint64_t frames, disordered;     /* frames with a cursor; those whose cursor is not behind the one before */
	struct sample connect;           /* from connecting to initial_data */
};

bool sockets_init(struct sockets *sockets, const struct sockaddr_in *address, size_t cap) __attribute__((warn_unused_result));
void sockets_free(struct sockets *sockets);
/* Begins to open the next one, for this person. */
void sockets_open(struct sockets *sockets, const struct person *person);
void sockets_close_all(struct sockets *sockets);
/* Called by whoever looks at frames too: a book request was created. */
void sockets_created(const struct socket *socket, const char *frame);

/* A non-blocking TCP connection that has begun; -1 when it could not. */
int connect_to(const struct sockaddr_in *address);

#endif
