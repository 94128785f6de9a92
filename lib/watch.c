/* Whether somebody watches Redis for us; see watch.h. */
#include "config.h"

#include "lib/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool
watch_path(char out[WATCH_PATH_SIZE], const char *bridge_socket, const char *suffix)
{
	int n = snprintf(out, WATCH_PATH_SIZE, "%s%s", bridge_socket, suffix);

	return n > 0 && n < WATCH_PATH_SIZE;
}

static int
open_file(const char *bridge_socket, const char *suffix)
{
	char path[WATCH_PATH_SIZE];

	return watch_path(path, bridge_socket, suffix) ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW) : -1;
}

void
watch_open(struct watch *w, const char *bridge_socket)
{
	*w = (struct watch){ open_file(bridge_socket, WATCH_FIFO), open_file(bridge_socket, WATCH_SERVER) };
}

void
watch_close(struct watch *w)
{
	if (w->fifo >= 0)
		(void)close(w->fifo);
	if (w->server >= 0)
		(void)close(w->server);
	*w = (struct watch){ -1, -1 };
}

bool
watch_covers(const struct watch *w, uint32_t server)
{
	uint32_t watched;
	char none;

	if (w->fifo < 0 || w->server < 0 || pread(w->server, &watched, sizeof watched, 0) != (ssize_t)sizeof watched || watched != server)
		return false;
	/* nothing is ever written: end-of-file means that nobody has it open for writing (fifo(7)) */
	return read(w->fifo, &none, 1) < 0 && errno == EAGAIN;
}
