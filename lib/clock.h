/* Monotonic time and jitter. */
#ifndef BOOKREQ_CLOCK_H
#define BOOKREQ_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds and microseconds. */
int64_t clock_ms(void);
int64_t clock_us(void);
/* A random number in [low, high], for jitter; not for secrets. */
int64_t clock_jitter(int64_t low, int64_t high);

/*
 * The last moment up to `at_ms` at which other processes of this machine wake, too; it is less than CLOCK_TOGETHER_MS earlier. Woken one after the
 * other, thousands of idle processes find the caches warm, and the processor awake: that is most of what waking costs.
 */
#define CLOCK_TOGETHER_MS 500
int64_t clock_together(int64_t at_ms);

#endif
