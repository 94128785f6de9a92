#include "config.h"

#include "bench/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void
sample_add(struct sample *s, int64_t us)
{
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? s->cap * 2 : 1024;
		s->us = reallocarray(s->us, s->cap, sizeof *s->us);
		if (s->us == NULL) {
			fprintf(stderr, "wsload: out of memory\n");
			exit(EXIT_FAILURE);
		}
	}
	s->us[s->n++] = us;
}

void
sample_free(struct sample *s)
{
	free(s->us);
	*s = (struct sample){ 0 };
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t
percentile(const struct sample *s, size_t percent)
{
	return s->n > 0 ? s->us[(s->n * percent + 99) / 100 - 1] : 0;
}

void
sample_print(struct sample *s, const char *name)
{
	if (s->n > 0)
		qsort(s->us, s->n, sizeof *s->us, compare);
	printf("\"%s\":{\"n\":%zu,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64 ",\"max_us\":%" PRId64 "}", name, s->n, percentile(s, 50),
		percentile(s, 99), percentile(s, 100));
}
