/* Monotonic time and jitter; see clock.h. */
#include "config.h"

#include "lib/clock.h"

#include <sys/random.h>
#include <time.h>

int64_t
clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_jitter(int64_t low, int64_t high)
{
	uint32_t r;

	if (high <= low)
		return low;
	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (uint32_t)clock_us() * 2654435761u;
	return low + (int64_t)(r % (uint64_t)(high - low + 1));
}

int64_t
clock_together(int64_t at_ms)
{
	return at_ms - at_ms % CLOCK_TOGETHER_MS;
}
