/* Durations, and where they lie. */
#ifndef BOOKREQ_BENCH_SAMPLE_H
#define BOOKREQ_BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct sample {
	int64_t *us; /* owned; microseconds */
	size_t n, cap;
};

/* Ends the program when memory runs out. */
void sample_add(struct sample *s, int64_t us);
void sample_free(struct sample *s);
/* Prints `"NAME":{"n":…,"p50_us":…,"p99_us":…,"max_us":…}`; sorts the sample. Percentiles by nearest rank; 0 where n is 0. */
void sample_print(struct sample *s, const char *name);

#endif
