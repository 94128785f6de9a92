/* The settings file. A file is as good as each of its lines; whatever is accepted is within the limits of the table. */
#include "config.h"

#include "lib/conf.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static void
check_limits(const struct conf *c)
{
	CHECK(c->database_url[0] != '\0' && strlen(c->database_url) <= 2000 && strlen(c->redis_url) <= 1000);
	CHECK(c->redis_prefix[0] != '\0' && strlen(c->redis_prefix) <= 64 && strlen(c->bridge_socket) <= 107 && strlen(c->app_role) <= 63);
	CHECK(c->session_hours >= 1 && c->session_hours <= 87600 && c->max_sockets_per_user >= 1);
	CHECK(c->heartbeat_seconds >= 1 && c->heartbeat_seconds <= 3600 && c->ping_seconds >= 1 && c->slow_reader_seconds >= 1);
	CHECK(c->poll_ms >= 100 && c->publish_ms >= 1 && c->statement_ms >= 100 && c->bridge_call_ms >= 100);
	CHECK(c->log_level <= LOG_LEVEL_DEBUG && (c->log_format == LOG_FORMAT_TEXT || c->log_format == LOG_FORMAT_JSON));
}

static bool
load(const char *text, size_t len)
{
	static int fd = -1;
	char path[40];
	struct conf conf;
	struct buf why;
	bool ok;

	if (fd < 0)
		fd = memfd_create("conf", MFD_CLOEXEC);
	CHECK(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	buf_init(&why, 1000);
	ok = conf_load(&conf, path, &why);
	if (ok)
		check_limits(&conf);
	else
		CHECK(buf_ok(&why) && str_starts(buf_str(&why), path));
	conf_free(&conf);
	buf_free(&why);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span rest = { (const char *)data, len }, line;
	bool all = load(rest.p, rest.len), each = true;
	int lines = 0;

	while (str_take(&rest, '\n', &line) && ++lines < 20)
		each &= load(line.p, line.len);
	if (lines < 20)
		CHECK(all == (each & load(rest.p, rest.len)));
	return 0;
}
