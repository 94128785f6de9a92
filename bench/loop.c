#include "config.h"

#include "bench/loop.h"

#include "lib/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256

static int epoll = -1;
static struct epoll_event events[EVENTS];
static int n_events;

static bool
allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

bool
loop_open(void)
{
	if (!allow_descriptors())
		return false;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll >= 0;
}

bool
loop_add(struct source *source, uint32_t wanted)
{
	struct epoll_event event = { .events = wanted, .data = { .ptr = source } };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

bool
loop_change(struct source *source, uint32_t wanted)
{
	struct epoll_event event = { .events = wanted, .data = { .ptr = source } };

	return epoll_ctl(epoll, EPOLL_CTL_MOD, source->fd, &event) == 0;
}

void
loop_close(struct source *source)
{
	int i;

	if (source->fd < 0)
		return;
	for (i = 0; i < n_events; i++)
		if (events[i].data.ptr == source)
			events[i].data.ptr = NULL;
	(void)close(source->fd);
	source->fd = -1;
}

void
loop_turn(int64_t until_us)
{
	int64_t left = until_us - clock_us();
	struct timespec timeout = { 0 };
	int i;

	if (left > 0)
		timeout = (struct timespec){ left / 1000000, left % 1000000 * 1000 };
	n_events = epoll_pwait2(epoll, events, EVENTS, &timeout, NULL);
	if (n_events < 0 && errno != EINTR) {
		fprintf(stderr, "epoll: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	for (i = 0; i < n_events; i++) {
		struct source *source = events[i].data.ptr;

		if (source != NULL)
			source->ready(source, events[i].events);
	}
	n_events = 0;
}
