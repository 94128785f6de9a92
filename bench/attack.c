/*
 * attack PORT ADDRESS KIND NUMBER: a client at the loopback address ADDRESS who wants nobody else to be served by 127.0.0.1:PORT, at as
 * little cost of its own as can be:
 *
 *   slow COUNT       requests whose header comes a byte a second
 *   idle COUNT       connections on which nothing is said
 *   handshakes RATE  WebSockets a second without credentials, each on a connection of its own
 *
 * What the server ends is begun anew when its turn comes: each connection has one a second, an idle one every ten. One line on standard output says when all of it has begun; the end of standard input ends it,
 * and another line, of JSON, says what came of it.
 */
#include "config.h"

#include "bench/loop.h"
#include "lib/clock.h"
#include "lib/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKES_MAX 4000 /* under way */
#define TURN_US 1000000
#define IDLE_TURN_US 10000000

/* What is written once there is a connection. */
static const char slow_head[] = "GET / HTTP/1.1\r\nHost: x\r\nX-";
static const char handshake_head[] =
	"GET /api/book-requests/ws?user_id=1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct client {
	struct source source;
	bool connected;
};

static struct {
	struct sockaddr_in from, to;
	const char *head;
	bool handshakes;
	int64_t turn_us; /* in which each has one */
	struct client *clients;
	size_t n, next; /* next: whose turn it is */
	size_t connected;
	size_t begun, ended, unauthenticated, too_many, other;
} run;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "attack: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void
end(struct client *c)
{
	loop_close(&c->source);
	if (c->connected)
		run.connected--;
	c->connected = false;
	run.ended++;
}

static void
count_answer(const char *answer, size_t len)
{
	if (len > 12 && memcmp(answer, "HTTP/1.1 401", 12) == 0)
		run.unauthenticated++;
	else if (len > 12 && memcmp(answer, "HTTP/1.1 429", 12) == 0)
		run.too_many++;
	else
		run.other++;
}

/* A handshake is over when it is answered, the others when the server has enough of them. */
static void
ready(struct source *source, uint32_t events)
{
	struct client *c = (struct client *)source;
	char data[4096];
	ssize_t n = read(source->fd, data, sizeof data);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (run.handshakes)
		count_answer(data, n > 0 ? (size_t)n : 0);
	else if (n > 0)
		return;
	end(c);
}

static void
connected(struct source *source, uint32_t events)
{
	struct client *c = (struct client *)source;
	size_t len = strlen(run.head);

	c->connected = true;
	run.connected++;
	source->ready = ready;
	if ((events & (EPOLLERR | EPOLLHUP)) != 0 || (len > 0 && write(source->fd, run.head, len) != (ssize_t)len) || !loop_change(source, EPOLLIN))
		end(c);
}

/* Closed it is gone at once: connections that wait for a minute would leave no port to others. */
static void
begin(struct client *c)
{
	const struct linger at_once = { .l_onoff = 1 };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0 ||
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one) != 0 ||
		bind(fd, (const struct sockaddr *)&run.from, sizeof run.from) != 0)
		die("socket", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&run.to, sizeof run.to) != 0 && errno != EINPROGRESS)
		die("connect", strerror(errno));
	c->source = (struct source){ fd, connected };
	if (!loop_add(&c->source, EPOLLOUT))
		die("epoll", strerror(errno));
	run.begun++;
}

/* The next one's turn: to begin, or to say one byte more of its header. No place for another handshake: the server is that far behind. */
static void
turn(void)
{
	struct client *c = &run.clients[run.next];

	run.next = (run.next + 1) % run.n;
	if (c->source.fd < 0)
		begin(c);
	else if (run.head == slow_head && c->connected && write(c->source.fd, "x", 1) < 0 && errno != EAGAIN)
		end(c);
}

/* Nothing is ever written there: its end is the end. */
static void
told(struct source *source, uint32_t events)
{
	(void)source;
	(void)events;
	printf("{\"begun\":%zu,\"ended\":%zu,\"connected\":%zu,\"unauthenticated\":%zu,\"too_many\":%zu,\"other\":%zu}\n", run.begun, run.ended,
		run.connected, run.unauthenticated, run.too_many, run.other);
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool
read_arguments(char **argv, int64_t *number)
{
	int64_t port;

	run.from = run.to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (!str_to_i64(argv[1], strlen(argv[1]), 1, 65535, &port) || inet_pton(AF_INET, argv[2], &run.from.sin_addr) != 1)
		return false;
	run.to.sin_port = htons((uint16_t)port);
	run.handshakes = strcmp(argv[3], "handshakes") == 0;
	run.head = run.handshakes ? handshake_head : strcmp(argv[3], "slow") == 0 ? slow_head : "";
	run.turn_us = run.head[0] != '\0' ? TURN_US : IDLE_TURN_US;
	return (run.head[0] != '\0' || strcmp(argv[3], "idle") == 0) && str_to_i64(argv[4], strlen(argv[4]), 1, 100000, number);
}

/* All of them, a few at a time, so that they need not wait for each other in the server's queue. */
static void
begin_all(void)
{
	size_t i;

	for (i = 0; i < run.n; i++) {
		run.clients[i].source.fd = -1;
		if (run.handshakes)
			continue;
		begin(&run.clients[i]);
		while (run.begun - run.ended > run.connected + 100)
			loop_turn(INT64_MAX);
	}
}

int
main(int argc, char **argv)
{
	struct source input = { STDIN_FILENO, told };
	int64_t number, due;

	if (argc != 5 || !read_arguments(argv, &number)) {
		fprintf(stderr, "usage: attack PORT ADDRESS slow|idle|handshakes NUMBER\n");
		return 2;
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		die("signal", strerror(errno));
	run.n = run.handshakes ? HANDSHAKES_MAX : (size_t)number;
	run.clients = calloc(run.n, sizeof *run.clients);
	if (run.clients == NULL || !loop_open() || !loop_add(&input, EPOLLIN))
		die("set-up", strerror(errno));
	begin_all();
	printf("begun\n");
	if (fflush(stdout) != 0)
		die("standard output", strerror(errno));
	for (due = clock_us();; due += run.turn_us / number) {
		while (clock_us() < due)
			loop_turn(due);
		turn();
	}
}
