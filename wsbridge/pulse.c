/* What bridges share about Redis; see pulse.h. */
#include "config.h"

#include "wsbridge/pulse.h"

#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

struct beat {
	int64_t ms;
	int64_t server;
};

int
pulse_open(const char *bridge_socket)
{
	char path[sizeof((struct sockaddr_un *)0)->sun_path + sizeof ".pulse"];
	int n = snprintf(path, sizeof path, "%s.pulse", bridge_socket), fd;

	if (n < 0 || (size_t)n >= sizeof path)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		log_debug("%s: %s", path, strerror(errno));
	return fd;
}

void
pulse_beat(int fd, int64_t now_ms, uint32_t server)
{
	struct beat beat = { now_ms, server };

	/* lost is no more than an opportunity to save a PING */
	if (fd >= 0 && pwrite(fd, &beat, sizeof beat, 0) != (ssize_t)sizeof beat)
		log_debug("the pulse cannot be written: %s", strerror(errno));
}

int64_t
pulse_last(int fd, int64_t now_ms, uint32_t server)
{
	struct beat last;

	if (fd < 0 || pread(fd, &last, sizeof last, 0) != (ssize_t)sizeof last || last.server != server)
		return 0;
	/* the clock begins with the machine's start, the file may be older */
	return last.ms <= now_ms ? last.ms : 0;
}
