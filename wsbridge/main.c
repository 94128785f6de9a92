/*
 * bookreq-ws: one WebSocket connection, as a child of websocketd. Standard input and output are the frames; the environment is the
 * handshake (CGI variables). It ends with the connection.
 *
 * The end of the parent shows as end-of-file on standard input and EPIPE on standard output, and that is relied on: PR_SET_PDEATHSIG
 * would fire when the *thread* that forked us ends, and websocketd's Go runtime may end a thread while the connection lives on.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/usage.h"
#include "wsbridge/bridge.h"
#include "wsbridge/lockin.h"
#include "wsbridge/stack.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct usage usage = {
	.program = "bookreq-ws",
	.text = "usage: websocketd … bookreq-ws\n"
		"       bookreq-ws --help | --version\n\n"
		"Serves one WebSocket connection: frames on standard input and output, the handshake in the environment.\n",
};

static volatile sig_atomic_t terminated;
static struct conf conf;
static struct bridge bridge;

static void
on_term(int signo)
{
	(void)signo;
	terminated = 1;
}

/*
 * websocketd hands down which signals its own parent ignored. SIGTERM gets through in ppoll() alone, so that it is never missed between
 * looking at the flag and waiting; websocketd's first signal, SIGINT, ends us at once.
 */
static bool
set_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t term;
	int signo;

	for (signo = 1; signo < 32; signo++)
		if (signo != SIGKILL && signo != SIGSTOP && sigaction(signo, &action, NULL) != 0)
			return false;
	action.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &action, NULL) != 0)
		return false;
	action.sa_handler = on_term;
	return sigaction(SIGTERM, &action, NULL) == 0 && sigemptyset(&term) == 0 && sigaddset(&term, SIGTERM) == 0 &&
	       sigprocmask(SIG_SETMASK, &term, NULL) == 0;
}

/* There are thousands of these processes: memory that was used once goes back at once. For musl, memory.c does. */
static void
set_malloc(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, 4000);
	(void)mallopt(M_TRIM_THRESHOLD, 4 * 1024);
	(void)mallopt(M_TOP_PAD, 0);
#endif
}

/*
 * Most of an idle connection's cost is waking up. Nothing that is timed here needs to be exact: with some slack the kernel wakes many bridges
 * at once.
 */
static bool
set_slack(void)
{
	return prctl(PR_SET_TIMERSLACK, 20000000ul, 0ul, 0ul, 0ul) == 0;
}

/* Waits until something can be done; false when the client is gone. */
static bool
wait_turn(struct bridge *b)
{
	struct pollfd p[4] = {
		{ .fd = STDIN_FILENO, .events = b->stage == BRIDGE_LIVE ? POLLIN : 0 }, /* nothing is answered before `connected` */
		{ .fd = STDOUT_FILENO, .events = client_waiting(&b->client) ? POLLOUT : 0 },
		{ .fd = channels_fd(&b->channels), .events = POLLIN },
		{ .fd = channels_watch_fd(&b->channels) },
	};
	int64_t due = bridge_due(b), left = due == INT64_MAX ? 60000 : due - clock_ms();
	struct timespec timeout = { 0 };
	sigset_t open;
	int ready;

	if (left > 0)
		timeout = (struct timespec){ left / 1000, left % 1000 * 1000000 };
	(void)sigemptyset(&open);
	ready = ppoll(p, 4, &timeout, &open);
	if (ready < 0)
		return errno == EINTR;
	if (((p[0].revents | p[1].revents) & (POLLHUP | POLLERR | POLLNVAL)) != 0)
		return false;
	if (p[3].revents != 0)
		channels_unwatched(&b->channels, clock_ms());
	if (p[2].revents != 0)
		bridge_read_redis(b);
	if (p[0].revents != 0)
		bridge_read_client(b);
	return true;
}

static void
run(struct bridge *b)
{
	bridge_turn(b);
	while (b->stage != BRIDGE_ENDED && wait_turn(b)) {
		if (b->stage == BRIDGE_ENDED)
			return;
		if (terminated) {
			bridge_end(b);
			return;
		}
		bridge_turn(b);
	}
}

/* What is left to do once everything is known that the kernel's stack holds. */
static int
serve(void)
{
	int status = EXIT_FAILURE;

	if (!lockin()) {
		log_error("the kernel does not lock this process in: %s", strerror(errno));
	} else {
		run(&bridge);
		status = EXIT_SUCCESS;
	}
	bridge_free(&bridge);
	conf_free(&conf);
	return status;
}

static bool
prepare(void)
{
	struct buf why;
	bool ready = false;

	buf_init(&why, 1000);
	if (!conf_load(&conf, NULL, &why)) {
		log_error("%s", buf_str(&why));
	} else if (!set_signals() || !set_slack()) {
		log_error("signals and timers: %s", strerror(errno));
	} else {
		log_open("bookreq-ws", conf.log_level, conf.log_format);
		ready = bridge_init(&bridge, &conf, STDIN_FILENO, STDOUT_FILENO);
		if (!ready) {
			log_error("standard input or output: %s", strerror(errno));
			bridge_free(&bridge);
		}
	}
	buf_free(&why);
	return ready;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return usage_answer(&usage, argc, argv);
	set_malloc();
	log_open("bookreq-ws", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	if (!prepare()) {
		conf_free(&conf);
		return EXIT_FAILURE;
	}
#ifdef __GLIBC__
	return serve();
#else
	stack_move(serve);
#endif
}
