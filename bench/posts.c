/*
 * Each POST is an HTTP connection of its own; its number stands in the title, so that every frame tells which POST it comes from. Whose
 * sockets are to get it is known from the list of people: the poster's own and those of the creator's admins, each once.
 */
#include "config.h"

#include "bench/posts.h"

#include "lib/clock.h"
#include "lib/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PATIENCE_US 5000000 /* for answers and frames after the last POST */
#define TITLE "\"title\":\"wsload "

struct post {
	struct source source;
	const struct person *person;
	int64_t sent_us;
	int64_t last_us; /* when the latest of its frames came */
	char status[16]; /* the beginning of the answer */
	size_t status_len;
	size_t missing; /* sockets that are still to get it */
};

static struct {
	struct sockets *sockets;
	struct post *posts;
	unsigned char *got; /* of each POST, at each socket */
	size_t n;
	size_t answering, refused;
	size_t missing, doubled, stray;
	struct sample answer, owner, admin;
} run;

static bool
concerns(const struct post *p, const struct socket *s)
{
	return s->person->creator == p->person->creator && (s->person->admin || s->person->user == p->person->user);
}

/* The number after "wsload " in the title; false for somebody else's request. */
static bool
post_number(const char *frame, size_t *number)
{
	const char *at = strstr(frame, TITLE), *quote;
	int64_t value;

	if (at == NULL)
		return false;
	at += sizeof TITLE - 1;
	quote = strchr(at, '"');
	if (quote == NULL || !str_to_i64(at, (size_t)(quote - at), 0, INT64_MAX, &value))
		return false;
	*number = (size_t)value;
	return true;
}

void
sockets_created(const struct socket *socket, const char *frame)
{
	int64_t now = clock_us();
	unsigned char *got;
	struct post *p;
	size_t number;

	if (!post_number(frame, &number) || number >= run.n || !concerns(&run.posts[number], socket)) {
		run.stray++;
		return;
	}
	p = &run.posts[number];
	got = &run.got[number * run.sockets->n + (size_t)(socket - run.sockets->list)];
	if (*got != 0) {
		run.doubled++;
		return;
	}
	*got = 1;
	p->missing--;
	run.missing--;
	p->last_us = now;
	sample_add(socket->person->user == p->person->user ? &run.owner : &run.admin, now - p->sent_us);
}

static void
finish(struct post *p)
{
	static const char created[] = "HTTP/1.1 201";

	loop_close(&p->source);
	run.answering--;
	sample_add(&run.answer, clock_us() - p->sent_us);
	if (p->status_len < sizeof created - 1 || memcmp(p->status, created, sizeof created - 1) != 0) {
		fprintf(stderr, "wsload: a POST was answered \"%.*s\"\n", (int)p->status_len, p->status);
		run.refused++;
	}
}

static void
answered(struct source *source, uint32_t events)
{
	struct post *p = (struct post *)source;
	char data[4096];
	ssize_t n = read(source->fd, data, sizeof data);
	size_t room = sizeof p->status - p->status_len;

	(void)events;
	if (n > 0) {
		room = (size_t)n < room ? (size_t)n : room;
		memcpy(p->status + p->status_len, data, room);
		p->status_len += room;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		finish(p);
	}
}

static void
connected(struct source *source, uint32_t events)
{
	struct post *p = (struct post *)source;
	char body[100];
	struct buf out;
	int len;

	(void)events;
	buf_init(&out, 4096);
	len = snprintf(body, sizeof body, "title=wsload+%zu&author=Bench&allow_duplicate=true", (size_t)(p - run.posts));
	buf_addf(&out,
		"POST /api/book-requests HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		run.sockets->host, p->person->token, len, body);
	source->ready = answered;
	if (!buf_ok(&out) || write(source->fd, out.data, out.len) != (ssize_t)out.len || !loop_change(source, EPOLLIN))
		finish(p);
	buf_free(&out);
}

static void
send_post(struct post *p, const struct person *person)
{
	size_t i;

	p->person = person;
	for (i = 0; i < run.sockets->n; i++)
		if (run.sockets->list[i].live && concerns(p, &run.sockets->list[i]))
			p->missing++;
	run.missing += p->missing;
	run.answering++;
	p->sent_us = clock_us();
	p->source = (struct source){ connect_to(&run.sockets->address), connected };
	if (p->source.fd < 0 || !loop_add(&p->source, EPOLLOUT))
		finish(p);
}

static void
post_all(const struct plan *plan)
{
	int64_t due = clock_us();
	size_t i;

	for (i = 0; i < plan->count; i++, due += plan->every_us) {
		while (clock_us() < due)
			loop_turn(due);
		send_post(&run.posts[i], &plan->posters[i % plan->n_posters]);
	}
	due = clock_us() + PATIENCE_US;
	while ((run.answering > 0 || run.missing > 0) && clock_us() < due)
		loop_turn(due);
}

static void
report(const struct plan *plan, uint64_t disordered)
{
	struct sample last = { 0 };
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (run.posts[i].last_us > 0)
			sample_add(&last, run.posts[i].last_us - run.posts[i].sent_us);
	printf("{\"posts\":%zu,\"refused\":%zu,\"lost\":%zu,\"doubled\":%zu,\"disordered\":%" PRIu64 ",\"stray\":%zu,", plan->count,
		run.refused + run.answering, run.missing, run.doubled, disordered, run.stray);
	sample_print(&run.answer, "answer");
	printf(",");
	sample_print(&run.owner, "owner");
	printf(",");
	sample_print(&run.admin, "admin");
	printf(",");
	sample_print(&last, "last");
	printf("}\n");
	sample_free(&last);
}

bool
posts_run(struct sockets *sockets, const struct plan *plan)
{
	uint64_t disordered = sockets->disordered;
	size_t i;
	bool ok;

	memset(&run, 0, sizeof run);
	run.sockets = sockets;
	run.n = plan->count;
	run.posts = calloc(plan->count, sizeof *run.posts);
	run.got = calloc(plan->count, sockets->n > 0 ? sockets->n : 1);
	ok = run.posts != NULL && run.got != NULL;
	if (ok) {
		for (i = 0; i < plan->count; i++)
			run.posts[i].source.fd = -1;
		post_all(plan);
		report(plan, sockets->disordered - disordered);
		for (i = 0; i < plan->count; i++)
			loop_close(&run.posts[i].source);
	}
	free(run.posts);
	free(run.got);
	sample_free(&run.answer);
	sample_free(&run.owner);
	sample_free(&run.admin);
	memset(&run, 0, sizeof run);
	return ok;
}
