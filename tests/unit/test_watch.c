/* What a bridge sees of who watches Redis: true only as long as somebody has the FIFO open for writing, and for that server. */
#include "config.h"

#include "lib/watch.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVER 7u

static char directory[] = "/tmp/test_watch.XXXXXX", bridge_socket[sizeof directory + 8], fifo[WATCH_PATH_SIZE], server[WATCH_PATH_SIZE];

static bool
make_files(void)
{
	uint32_t watched = SERVER;
	int fd;
	bool good;

	if (mkdtemp(directory) == NULL || snprintf(bridge_socket, sizeof bridge_socket, "%s/socket", directory) < 0)
		return false;
	if (!watch_path(fifo, bridge_socket, WATCH_FIFO) || !watch_path(server, bridge_socket, WATCH_SERVER) || mkfifo(fifo, 0600) != 0)
		return false;
	fd = open(server, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, &watched, sizeof watched) == (ssize_t)sizeof watched;
	return fd >= 0 && close(fd) == 0 && good;
}

static int
begin_watching(void)
{
	return open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static bool
hung_up(const struct watch *w)
{
	struct pollfd p = { .fd = w->fifo };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

static void
test_watched(void)
{
	struct watch early, late;
	int watcher;

	watch_open(&early, bridge_socket);
	ok(!watch_covers(&early, SERVER), "nobody watches yet");
	watcher = begin_watching();
	watch_open(&late, bridge_socket);
	ok(watch_covers(&early, SERVER) && watch_covers(&late, SERVER), "somebody watches, for who came before and after");
	ok(!watch_covers(&early, SERVER + 1), "not another server");
	ok(!hung_up(&early) && !hung_up(&late), "and nobody is woken");
	(void)close(watcher);
	ok(hung_up(&early) && hung_up(&late), "its end wakes everybody");
	ok(!watch_covers(&early, SERVER) && !watch_covers(&late, SERVER), "nobody watches any more");
	watcher = begin_watching();
	ok(watch_covers(&early, SERVER) && !hung_up(&early), "another one does");
	(void)close(watcher);
	ok(hung_up(&early), "its end wakes, too");
	watch_close(&early);
	watch_close(&late);
	ok(!watch_covers(&early, SERVER), "closed, nothing is covered");
}

static void
test_without_files(void)
{
	struct watch w;
	char path[WATCH_PATH_SIZE], large[WATCH_PATH_SIZE + 1];

	(void)unlink(server);
	watch_open(&w, bridge_socket);
	ok(!watch_covers(&w, SERVER), "without a server's name");
	watch_close(&w);
	(void)unlink(fifo);
	watch_open(&w, bridge_socket);
	ok(w.fifo == -1 && !watch_covers(&w, SERVER), "without a FIFO");
	watch_close(&w);
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	ok(!watch_path(path, large, WATCH_FIFO), "a path that is too long is none");
}

int
main(void)
{
	if (!ok(make_files(), "the files"))
		return done();
	test_watched();
	test_without_files();
	(void)rmdir(directory);
	return done();
}
