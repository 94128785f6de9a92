/* Counters over all workers; see metrics.h. */
#include "config.h"

#include "fcgi/metrics.h"

#include "fcgi/route.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUTES_MAX 64 /* the last one counts what has no route */
#define LAYOUT 1      /* a file of another layout, version or route table is not shared with */

static const int statuses[] = { 200, 201, 204, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 503 };
#define STATUSES (sizeof statuses / sizeof statuses[0])

/* Upper limits of the histogram's buckets in microseconds; one more for everything above. */
static const int64_t buckets[] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000 };
#define BUCKETS (sizeof buckets / sizeof buckets[0])

struct metrics {
	_Atomic uint64_t layout;
	_Atomic uint64_t requests[ROUTES_MAX][STATUSES + 1];
	_Atomic uint64_t duration[BUCKETS + 1];
	_Atomic uint64_t duration_sum; /* microseconds */
	_Atomic uint64_t plain[METRICS];
};

static uint64_t
layout(void)
{
	uint64_t h = LAYOUT;
	size_t i;
	const char *s;

	for (i = 0; route_at(i) != NULL; i++)
		for (s = route_at(i)->path; *s != '\0'; s++)
			h = h * 31 + (unsigned char)*s;
	return h * 31 + sizeof(struct metrics);
}

static struct metrics *
map(int fd)
{
	int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
	void *p = mmap(NULL, sizeof(struct metrics), PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	return p;
}

/*
 * The file's mapping, NULL where it cannot be shared. What is new of the file is all zeros, and so is a new one's layout. It never becomes shorter,
 * and has its place on the disk: without that, counting would end the workers (SIGBUS), those of another version, too.
 */
static struct metrics *
map_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct metrics *m = NULL;
	uint64_t none = 0;

	if (fd >= 0) {
		errno = posix_fallocate(fd, 0, sizeof(struct metrics));
		if (errno == 0)
			m = map(fd);
	}
	if (m == NULL)
		log_warn("%s cannot be shared (%s): /metrics shows one worker's figures", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	if (m != NULL && !atomic_compare_exchange_strong(&m->layout, &none, layout()) && none != layout()) {
		/* left by another version: the figures of its routes mean nothing here */
		(void)memset((void *)m, 0, sizeof *m);
		m->layout = layout();
	}
	return m;
}

struct metrics *
metrics_open(const struct conf *conf)
{
	struct metrics *m = conf->metrics_file[0] != '\0' ? map_file(conf->metrics_file) : NULL;

	return m != NULL ? m : map(-1);
}

void
metrics_close(struct metrics *m)
{
	if (m != NULL)
		(void)munmap(m, sizeof *m);
}

static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	(void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void
metrics_add(struct metrics *m, enum metric which, uint64_t n)
{
	add(&m->plain[which], n);
}

void
metrics_request(struct metrics *m, size_t route, int status, int64_t microseconds)
{
	size_t s = 0, b = 0;

	while (s < STATUSES && statuses[s] != status)
		s++;
	while (b < BUCKETS && microseconds > buckets[b])
		b++;
	add(&m->requests[route < ROUTES_MAX - 1 ? route : ROUTES_MAX - 1][s], 1);
	add(&m->duration[b], 1);
	add(&m->duration_sum, (uint64_t)microseconds);
}

static void
print_requests(const struct metrics *m, struct buf *out)
{
	static const char *const verbs[] = { [METHOD_GET] = "GET", [METHOD_POST] = "POST", [METHOD_DELETE] = "DELETE" };
	size_t r, s;

	buf_adds(out, "# HELP bookreq_http_requests_total Requests answered.\n# TYPE bookreq_http_requests_total counter\n");
	for (r = 0; r < ROUTES_MAX; r++)
		for (s = 0; s <= STATUSES; s++) {
			const struct route *route = r < ROUTES_MAX - 1 ? route_at(r) : NULL;
			uint64_t n = m->requests[r][s];

			if (n == 0)
				continue;
			buf_addf(out, "bookreq_http_requests_total{route=\"%s%s%s\",status=\"", route != NULL ? verbs[route->method] : "none", route != NULL ? " " : "", route != NULL ? route->path : "");
			if (s < STATUSES)
				buf_addf(out, "%d", statuses[s]);
			else
				buf_adds(out, "other");
			buf_addf(out, "\"} %" PRIu64 "\n", n);
		}
}

static void
print_durations(const struct metrics *m, struct buf *out)
{
	uint64_t total = 0;
	size_t b;

	buf_adds(out, "# HELP bookreq_http_request_seconds Time from accepting a request to its answer.\n# TYPE bookreq_http_request_seconds histogram\n");
	for (b = 0; b < BUCKETS; b++) {
		total += m->duration[b];
		buf_addf(out, "bookreq_http_request_seconds_bucket{le=\"%g\"} %" PRIu64 "\n", (double)buckets[b] / 1e6, total);
	}
	total += m->duration[BUCKETS];
	buf_addf(out, "bookreq_http_request_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", total);
	buf_addf(out, "bookreq_http_request_seconds_sum %.6f\nbookreq_http_request_seconds_count %" PRIu64 "\n", (double)m->duration_sum / 1e6, total);
}

void
metrics_print(const struct metrics *m, int64_t open_sockets, struct buf *out)
{
	static const struct {
		const char *name, *help;
	} plain[METRICS] = {
		[METRIC_PUBLISH] = { "bookreq_publish_total", "Messages published to Redis." },
		[METRIC_PUBLISH_FAILURES] = { "bookreq_publish_failures_total", "Publishes that failed; sockets were told by a poke or asked themselves." },
		[METRIC_DATABASE_ERRORS] = { "bookreq_database_errors_total", "Calls that failed for another reason than a refusal." },
		[METRIC_EVENTS_REPLAYED] = { "bookreq_events_replayed_total", "Events read from the database for sockets." },
	};
	size_t i;

	print_requests(m, out);
	print_durations(m, out);
	for (i = 0; i < METRICS; i++)
		buf_addf(out, "# HELP %s %s\n# TYPE %s counter\n%s %" PRIu64 "\n", plain[i].name, plain[i].help, plain[i].name, plain[i].name, (uint64_t)m->plain[i]);
	if (open_sockets >= 0)
		buf_addf(out, "# HELP bookreq_open_sockets WebSockets open now.\n# TYPE bookreq_open_sockets gauge\nbookreq_open_sockets %" PRId64 "\n", open_sockets);
}
