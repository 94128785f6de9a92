/*
 * Counters over all workers: a small file mapped into each of them, counted with single atomic additions, printed in
 * the Prometheus text format (version 0.0.4).
 */
#ifndef BOOKREQ_METRICS_H
#define BOOKREQ_METRICS_H

#include "lib/buf.h"
#include "lib/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metrics;

enum metric { METRIC_PUBLISH, METRIC_PUBLISH_FAILURES, METRIC_DATABASE_ERRORS, METRIC_EVENTS_REPLAYED, METRICS };

/*
 * Maps conf->metrics_file, making it where it is missing; "" or a file that cannot be used (one line in the log): counts
 * for this worker alone. NULL when memory is out.
 */
struct metrics *metrics_open(const struct conf *conf);
void metrics_close(struct metrics *m);

void metrics_add(struct metrics *m, enum metric which, uint64_t n);
/* A request that was answered: the route's row (METRICS_NO_ROUTE for none), its status and how long it took. */
#define METRICS_NO_ROUTE SIZE_MAX
void metrics_request(struct metrics *m, size_t route, int status, int64_t microseconds);
/* Appends everything; `open_sockets` is below 0 where it is not known. */
void metrics_print(const struct metrics *m, int64_t open_sockets, struct buf *out);

#endif
