/* What waits for file descriptors: one epoll instance, level-triggered, for all sources of the program. */
#ifndef BOOKREQ_BENCH_LOOP_H
#define BOOKREQ_BENCH_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* The first member of whatever owns a descriptor. */
struct source {
	int fd; /* -1: none */
	void (*ready)(struct source *source, uint32_t events);
};

/* With as many descriptors as the process may have. False (errno) where the kernel refuses. */
bool loop_open(void) __attribute__((warn_unused_result));
bool loop_add(struct source *source, uint32_t events) __attribute__((warn_unused_result));
bool loop_change(struct source *source, uint32_t events) __attribute__((warn_unused_result));
/* Closes the descriptor; its events that were already fetched are not delivered. */
void loop_close(struct source *source);
/* Serves what is ready, waiting until `until_us` (clock_us) at most. Ends the program when epoll fails. */
void loop_turn(int64_t until_us);

#endif
