/* POSTs at a fixed rate, and when their frames came to whom. */
#ifndef BOOKREQ_BENCH_POSTS_H
#define BOOKREQ_BENCH_POSTS_H

#include "bench/sockets.h"

#include <stdbool.h>
#include <stddef.h>

struct plan {
	const struct person *posters; /* in turn */
	size_t n_posters;
	int64_t every_us; /* from one POST to the next, answered or not */
	size_t count;
};

/* Posts, waits for what is outstanding (a few seconds at most), prints one line of JSON. False when memory runs out. */
bool posts_run(struct sockets *sockets, const struct plan *plan) __attribute__((warn_unused_result));

#endif
