/* Fault points; see fault.h. */
#include "config.h"

#include "lib/fault.h"

#include "lib/log.h"
#include "lib/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STALL_MAX_MS 60000

static char directory[PATH_MAX]; /* "": none is named */

/* Before main(): bookreq-ws gives its environment away (wsbridge/stack.h). */
static __attribute__((constructor)) void
remember_directory(void)
{
	const char *named = getenv("BOOKREQ_FAULT_DIR");

	if (named != NULL && strlen(named) < sizeof directory)
		memcpy(directory, named, strlen(named) + 1);
}

/* The file that arms the point; false where no directory is named. */
static bool
token_of(const char *point, char path[PATH_MAX])
{
	int len;

	if (directory[0] == '\0')
		return false;
	len = snprintf(path, PATH_MAX, "%s/%s", directory, point);
	return len > 0 && len < PATH_MAX;
}

/* Reads the order and removes the file; true for the one process that removed it. */
static bool
take_order(const char *point, char *order, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (!token_of(point, path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, order, size - 1);
	(void)close(fd);
	if (n < 0 || unlink(path) != 0)
		return false;
	order[n] = '\0';
	return true;
}

static void
stall(int64_t ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

void
fault_pass(const char *point)
{
	char order[32];
	int64_t ms;

	if (!take_order(point, order, sizeof order))
		return;
	log_warn("fault at %s: %s", point, order);
	if (strcmp(order, "kill") == 0)
		(void)raise(SIGKILL);
	else if (str_starts(order, "stall ") && str_to_i64(order + 6, strlen(order + 6), 1, STALL_MAX_MS, &ms))
		stall(ms);
	else
		log_error("the order \"%s\" of the fault at %s cannot be read", order, point);
}

size_t
fault_half(const char *point, size_t len)
{
	char path[PATH_MAX];

	return token_of(point, path) && access(path, F_OK) == 0 ? (len + 1) / 2 : len;
}
