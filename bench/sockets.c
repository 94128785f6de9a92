#include "config.h"

#include "bench/sockets.h"

#include "lib/clock.h"
#include "lib/str.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockets *all; /* a source's callback has room for the source alone */

int
connect_to(const struct sockaddr_in *address)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
		(connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EINPROGRESS))
		return fd;
	(void)close(fd);
	return -1;
}

bool
sockets_init(struct sockets *sockets, const struct sockaddr_in *address, size_t cap)
{
	*sockets = (struct sockets){ .address = *address, .cap = cap, .list = calloc(cap, sizeof *sockets->list) };
	(void)snprintf(sockets->host, sizeof sockets->host, "127.0.0.1:%u", (unsigned)ntohs(address->sin_port));
	all = sockets;
	return sockets->list != NULL;
}

static void
end(struct socket *s)
{
	if (s->source.fd < 0)
		return;
	loop_close(&s->source);
	ws_free(&s->ws);
	if (s->live)
		all->live--;
	else
		all->connecting--;
	s->live = false;
}

static void
fail(struct socket *s, const char *why)
{
	fprintf(stderr, "wsload: socket of user %" PRId64 ": %s\n", s->person->user, why);
	all->failed++;
	end(s);
}

void
sockets_close_all(struct sockets *sockets)
{
	size_t i;

	for (i = 0; i < sockets->n; i++)
		end(&sockets->list[i]);
	sockets->n = 0;
}

void
sockets_free(struct sockets *sockets)
{
	sockets_close_all(sockets);
	free(sockets->list);
	sample_free(&sockets->connect);
}

/* The number at the end of the frame's cursor; -1 where it has none. The cursor is the last member. */
static int64_t
cursor_number(const char *text, size_t len)
{
	static const char name[] = "\"cursor\":\"";
	const char *at = NULL, *found, *quote, *dash;
	int64_t number;

	for (found = text; (found = strstr(found, name)) != NULL; found++)
		at = found + sizeof name - 1;
	quote = at != NULL ? memchr(at, '"', len - (size_t)(at - text)) : NULL;
	dash = quote != NULL ? memrchr(at, '-', (size_t)(quote - at)) : NULL;
	if (dash == NULL || !str_to_i64(dash + 1, (size_t)(quote - dash - 1), 0, INT64_MAX, &number))
		return -1;
	return number;
}

static void
became_live(struct socket *s, int64_t number)
{
	s->live = true;
	s->last = number;
	all->connecting--;
	all->live++;
	sample_add(&all->connect, clock_us() - s->began_us);
}

/* A heartbeat repeats the position; every other cursor is a new one. */
static void
check_order(struct socket *s, int64_t number, bool heartbeat)
{
	all->frames++;
	if (heartbeat ? number < s->last : number <= s->last)
		all->disordered++;
	s->last = number;
}

static void
answer_ping(struct socket *s)
{
	struct buf out;

	buf_init(&out, 256);
	ws_text(&out, "pong");
	if (!buf_ok(&out) || write(s->source.fd, out.data, out.len) != (ssize_t)out.len)
		fprintf(stderr, "wsload: a pong could not be written\n");
	buf_free(&out);
}

static void
on_message(void *arg, const char *text, size_t len)
{
	struct socket *s = arg;
	int64_t number = cursor_number(text, len);

	if (strcmp(text, "ping") == 0) {
		answer_ping(s);
	} else if (str_starts(text, "{\"type\":\"initial_data\"") && !s->live) {
		became_live(s, number);
	} else if (str_starts(text, "{\"type\":\"error\"")) {
		fprintf(stderr, "wsload: %s\n", text);
	} else if (number >= 0) {
		check_order(s, number, str_starts(text, "{\"type\":\"heartbeat\""));
		if (str_starts(text, "{\"type\":\"book_request_update\""))
			sockets_created(s, text);
	}
}

static void
read_some(struct socket *s)
{
	static char data[64 * 1024];
	ssize_t n = read(s->source.fd, data, sizeof data);

	if (n > 0) {
		if (!ws_feed(&s->ws, data, (size_t)n, on_message, s))
			fail(s, s->ws.open ? "closed by the server" : "refused");
	} else if (n == 0) {
		fail(s, "ended by the server");
	} else if (errno != EAGAIN && errno != EINTR) {
		fail(s, strerror(errno));
	}
}

static void
ready(struct source *source, uint32_t events)
{
	struct socket *s = (struct socket *)source;

	(void)events;
	read_some(s);
}

/* Connected, or not: the first write tells. */
static void
connected(struct source *source, uint32_t events)
{
	struct socket *s = (struct socket *)source;
	char path[80];
	struct buf out;

	(void)events;
	(void)snprintf(path, sizeof path, "/api/book-requests/ws?user_id=%" PRId64, s->person->user);
	buf_init(&out, 4096);
	ws_request(&out, all->host, path, s->person->token);
	source->ready = ready;
	if (!buf_ok(&out) || write(source->fd, out.data, out.len) != (ssize_t)out.len || !loop_change(source, EPOLLIN))
		fail(s, strerror(errno));
	buf_free(&out);
}

void
sockets_open(struct sockets *sockets, const struct person *person)
{
	struct socket *s = &sockets->list[sockets->n++];

	*s = (struct socket){ .person = person, .began_us = clock_us() };
	s->source = (struct source){ connect_to(&sockets->address), connected };
	ws_init(&s->ws);
	if (s->source.fd >= 0 && loop_add(&s->source, EPOLLOUT)) {
		sockets->connecting++;
		return;
	}
	fprintf(stderr, "wsload: connect: %s\n", strerror(errno));
	sockets->failed++;
	loop_close(&s->source);
}
