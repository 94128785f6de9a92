/*
 * bookreq.fcgi: a FastCGI responder that serves one request at a time from the listening socket on descriptor 0.
 *
 * The socket is non-blocking and shared with the other workers; EPOLLEXCLUSIVE wakes one of them for a connection. The
 * signals that end us are open only while we wait, so none can cut a request short: libfcgi does not resume an
 * interrupted read or write.
 */
#include "config.h"

#include "fcgi/db.h"
#include "fcgi/exchange.h"
#include "fcgi/listing.h"
#include "fcgi/metrics.h"
#include "fcgi/publish.h"
#include "fcgi/watcher.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/usage.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_FD 0

static const struct usage usage = {
	.program = "bookreq.fcgi",
	.text = "usage: bookreq.fcgi < LISTENING-SOCKET\n"
		"       bookreq.fcgi --help | --version | --routes\n\n"
		"Serves the REST API by FastCGI on the socket that is its standard input.\n"
		"--routes prints method, path, role and fields of every endpoint.\n",
	.option = "--routes",
	.print = listing_print,
};

static volatile sig_atomic_t ending;

static void
end(int signal_number)
{
	(void)signal_number;
	ending = 1;
}

struct worker {
	struct conf conf;
	struct metrics *metrics;
	struct db *db;
	struct publisher *publisher;
	int epoll;
	sigset_t waiting; /* the signal mask while waiting */
};

static bool
set_signals(struct worker *w)
{
	static const int deadly[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 };
	struct sigaction action = { .sa_handler = end }, ignore = { .sa_handler = SIG_IGN };
	sigset_t blocked;
	size_t i;

	if (sigprocmask(SIG_SETMASK, NULL, &w->waiting) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
		return false;
	blocked = w->waiting;
	for (i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
		if (sigaction(deadly[i], &action, NULL) != 0)
			return false;
		(void)sigaddset(&blocked, deadly[i]);
		(void)sigdelset(&w->waiting, deadly[i]);
	}
	return sigprocmask(SIG_SETMASK, &blocked, NULL) == 0;
}

static bool
set_socket(struct worker *w)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int flags = fcntl(LISTEN_FD, F_GETFL), listening = 0;
	socklen_t len = sizeof listening;

	if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 || listening == 0) {
		log_error("descriptor 0 is not a listening socket; start this program with spawn-fcgi, systemd or the web server");
		return false;
	}
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (flags < 0 || fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) != 0 || w->epoll < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, LISTEN_FD, &event) != 0) {
		log_error("cannot wait for connections: %s", strerror(errno));
		return false;
	}
	return true;
}

/*
 * How long libfcgi waits after an answer for the peer to close first. On TCP a reset could overtake the answer, but a peer that does not close
 * must not hold a worker for libfcgi's two seconds; on a unix socket what was sent stays readable, and waiting costs two switches of process.
 */
static const char *
close_poll_ms(void)
{
	int domain = 0;
	socklen_t len = sizeof domain;

	return getsockopt(LISTEN_FD, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX ? "0" : "100";
}

static bool
set_up(struct worker *w)
{
	struct buf why;
	bool ok;

	buf_init(&why, 1000);
	ok = conf_load(&w->conf, NULL, &why);
	log_open("bookreq.fcgi", ok ? w->conf.log_level : LOG_LEVEL_ERROR, w->conf.log_format);
	if (!ok)
		log_error("%s", buf_str(&why));
	buf_free(&why);
	if (!ok || !set_signals(w) || !set_socket(w))
		return false;
	if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", close_poll_ms(), 0) != 0 || FCGX_Init() != 0 || sodium_init() < 0) {
		log_error("cannot initialise the libraries");
		return false;
	}
	w->metrics = metrics_open(&w->conf);
	w->db = w->metrics != NULL ? db_new(&w->conf, w->metrics) : NULL;
	w->publisher = w->db != NULL ? publisher_new(&w->conf, w->db, w->metrics) : NULL;
	if (w->publisher == NULL)
		return false;
	watcher_start(&w->conf);
	return true;
}

static void
tear_down(struct worker *w)
{
	publisher_free(w->publisher);
	db_free(w->db);
	metrics_close(w->metrics);
	conf_free(&w->conf);
	if (w->epoll > 0)
		(void)close(w->epoll);
}

static void
serve(struct worker *w, FCGX_Request *fcgi)
{
	struct exchange x = { .conf = &w->conf, .db = w->db, .publisher = w->publisher, .metrics = w->metrics };

	exchange_serve(&x, fcgi);
}

/* Serves until a signal ends us. */
static int
run(struct worker *w)
{
	FCGX_Request fcgi;

	if (FCGX_InitRequest(&fcgi, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return EXIT_FAILURE;
	while (ending == 0) {
		struct epoll_event event;
		int rc;

		publish_tick(w->publisher);
		rc = epoll_pwait(w->epoll, &event, 1, publish_wait_ms(w->publisher), &w->waiting);
		if (rc < 0 && errno != EINTR) {
			log_error("cannot wait for connections: %s", strerror(errno));
			return EXIT_FAILURE;
		}
		if (rc <= 0 || ending != 0)
			continue;
		rc = FCGX_Accept_r(&fcgi);
		if (rc == 0)
			serve(w, &fcgi);
		else if (rc != -EAGAIN && rc != -EINTR && rc != -ECONNABORTED)
			log_warn("cannot accept a connection: %d", rc);
	}
	FCGX_Free(&fcgi, 1);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct worker w = { .epoll = -1 };
	int rc;

	if (argc > 1)
		return usage_answer(&usage, argc, argv);
	rc = set_up(&w) ? run(&w) : EXIT_FAILURE;
	tear_down(&w);
	return rc;
}
