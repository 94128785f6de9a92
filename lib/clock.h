/* Monotonic time and jitter. */
#ifndef BOOKREQ_CLOCK_H
#define BOOKREQ_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds and microseconds. */
int64_t clock_ms(void);
int64_t clock_us(void);
/* A random number in [low, high], for jitter; not for secrets. */
int64_t clock_jitter(int64_t low, int64_t high);

#endif
