/* The file in which workers count together: what one of them does to it, the others must survive. */
#include "config.h"

#include "fcgi/metrics.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANOTHER_BYTES (1024 * 1024)

static char path[] = "metrics-XXXXXX";

static void
use(void)
{
	struct conf conf = { .metrics_file = path };
	struct metrics *m = metrics_open(&conf), *other = metrics_open(&conf);
	struct buf a, b;

	buf_init(&a, ANOTHER_BYTES);
	buf_init(&b, ANOTHER_BYTES);
	metrics_add(m, METRIC_PUBLISH, 2);
	metrics_add(other, METRIC_PUBLISH, 3);
	metrics_print(m, -1, &a);
	metrics_print(other, -1, &b);
	ok(strstr(buf_str(&a), "\nbookreq_publish_total 5\n") != NULL, "two workers count together");
	ok(strcmp(buf_str(&a), buf_str(&b)) == 0, "and say the same");
	buf_free(&a);
	buf_free(&b);
	metrics_close(m);
	metrics_close(other);
}

int
main(void)
{
	int fd = mkstemp(path);
	struct stat st;
	char *old;

	if (fd < 0)
		return EXIT_FAILURE;
	use();
	ok(fstat(fd, &st) == 0 && st.st_size > 0 && st.st_blocks * 512 >= st.st_size, "a full disk cannot come between: the file has its place");

	/* a worker of another version, which counts more, goes on while this one begins */
	ok(ftruncate(fd, ANOTHER_BYTES) == 0, "a larger file");
	old = mmap(NULL, ANOTHER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(old, 1, ANOTHER_BYTES);
	use();
	ok(fstat(fd, &st) == 0 && st.st_size == ANOTHER_BYTES, "is not cut");
	(void)munmap(old, ANOTHER_BYTES);
	(void)close(fd);
	(void)unlink(path);
	return done();
}
