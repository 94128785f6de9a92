/*
 * wsload PORT PEOPLE: thousands of WebSockets to 127.0.0.1:PORT in one process, and POSTs whose frames they get. PEOPLE is a file with
 * one `CREATOR USER ROLE TOKEN` a line; ROLE is `admin` or `user`. Commands come on standard input, a line each; each is answered by
 * one line of JSON on standard output. All times are of CLOCK_MONOTONIC in this process.
 *
 *   open COUNT AT_ONCE               opens sockets for the next COUNT lines of PEOPLE, AT_ONCE handshakes at a time
 *   post EVERY_US COUNT FIRST LINES  COUNT POSTs, one every EVERY_US, by the LINES people from line FIRST (0 is the first) in turn
 *   count                            sockets and frames until now
 *   close                            closes all sockets
 *
 * The end of standard input ends it.
 */
#include "config.h"

#include "bench/loop.h"
#include "bench/posts.h"
#include "bench/sockets.h"
#include "lib/clock.h"
#include "lib/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define OPEN_PATIENCE_US 60000000

static struct sockets sockets;
static struct person *people;
static size_t n_people;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "wsload: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static bool
read_person(const char *line, struct person *p)
{
	char role[8];

	if (sscanf(line, "%" SCNd64 " %" SCNd64 " %7s %79s", &p->creator, &p->user, role, p->token) != 4)
		return false;
	p->admin = strcmp(role, "admin") == 0;
	return p->admin || strcmp(role, "user") == 0;
}

static void
read_people(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[200];
	size_t cap = 0;

	if (file == NULL)
		die(path, strerror(errno));
	while (fgets(line, sizeof line, file) != NULL) {
		if (n_people == cap) {
			cap = cap > 0 ? cap * 2 : 1024;
			people = reallocarray(people, cap, sizeof *people);
			if (people == NULL)
				die(path, strerror(errno));
		}
		if (!read_person(line, &people[n_people++]))
			die(path, "a line is not CREATOR USER ROLE TOKEN");
	}
	if (ferror(file) != 0)
		die(path, strerror(errno));
	(void)fclose(file);
}

static void
command_open(size_t count, size_t at_once)
{
	int64_t began = clock_us(), end = began + OPEN_PATIENCE_US;
	size_t until = sockets.n + count, live = sockets.live, failed = sockets.failed;

	if (until > n_people || at_once == 0)
		die("open", "more than there are people");
	sample_free(&sockets.connect);
	while ((sockets.n < until || sockets.connecting > 0) && clock_us() < end) {
		while (sockets.n < until && sockets.connecting < at_once)
			sockets_open(&sockets, &people[sockets.n]);
		loop_turn(end);
	}
	printf("{\"opened\":%zu,\"failed\":%zu,\"seconds\":%.6f,", sockets.live - live, sockets.failed - failed + sockets.connecting,
		(double)(clock_us() - began) / 1e6);
	sample_print(&sockets.connect, "connect");
	printf("}\n");
}

static void
command_post(int64_t every_us, size_t count, size_t first, size_t lines)
{
	struct plan plan = { .n_posters = lines, .every_us = every_us, .count = count };

	if (lines == 0 || count == 0 || first > n_people || lines > n_people - first)
		die("post", "these people are not in the list");
	plan.posters = people + first;
	if (!posts_run(&sockets, &plan))
		die("post", strerror(errno));
}

static void
command(const char *line)
{
	size_t a, b, c;
	int64_t us;

	if (sscanf(line, "open %zu %zu", &a, &b) == 2)
		command_open(a, b);
	else if (sscanf(line, "post %" SCNd64 " %zu %zu %zu", &us, &a, &b, &c) == 4)
		command_post(us, a, b, c);
	else if (strcmp(line, "count\n") == 0)
		printf("{\"live\":%zu,\"failed\":%zu,\"frames\":%" PRIu64 ",\"disordered\":%" PRIu64 "}\n", sockets.live, sockets.failed,
			sockets.frames, sockets.disordered);
	else if (strcmp(line, "close\n") == 0) {
		sockets_close_all(&sockets);
		printf("{}\n");
	} else
		die("unknown command", line);
	if (fflush(stdout) != 0)
		die("standard output", strerror(errno));
}

/* Whoever writes waits for the answer, so there is one line at most. */
static void
commanded(struct source *source, uint32_t events)
{
	char line[200];
	ssize_t n = read(source->fd, line, sizeof line - 1);

	(void)events;
	if (n < 0)
		die("standard input", strerror(errno));
	if (n == 0) {
		sockets_free(&sockets);
		free(people);
		exit(EXIT_SUCCESS);
	}
	line[n] = '\0';
	command(line);
}

int
main(int argc, char **argv)
{
	struct source input = { STDIN_FILENO, commanded };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int64_t port;

	if (argc != 3 || !str_to_i64(argv[1], strlen(argv[1]), 1, 65535, &port)) {
		fprintf(stderr, "usage: wsload PORT PEOPLE\n");
		return 2;
	}
	address.sin_port = htons((uint16_t)port);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		die("signal", strerror(errno));
	read_people(argv[2]);
	if (!sockets_init(&sockets, &address, n_people) || !loop_open() || !loop_add(&input, EPOLLIN))
		die("set-up", strerror(errno));
	for (;;)
		loop_turn(INT64_MAX);
}
