/*
 * tail: the live frames of a user. A bridge is started as websocketd would start it, with a token that lives as long as
 * this command; its frames are copied to standard output, a line each.
 */
#include "config.h"

#include "ctl/ctl.h"
#include "ctl/db.h"
#include "ctl/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BRIDGE "bookreq-ws"

struct bridge {
	pid_t pid;
	int in;  /* write end of its standard input: closing it ends the connection */
	int out; /* read end of its standard output */
};

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* Signals get through in ppoll() alone, so that none is missed between looking at the flag and waiting. */
static void
set_signals(sigset_t *open)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof ending / sizeof ending[0]; i++) {
		sigaddset(&blocked, ending[i]);
		sigaction(ending[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, open);
}

/* Beside this program, as in a build directory, or where it was installed. */
static bool
find_bridge(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL && (size_t)(slash + 1 - path) + sizeof BRIDGE <= size) {
		memcpy(slash + 1, BRIDGE, sizeof BRIDGE);
		if (access(path, X_OK) == 0)
			return true;
	}
	if ((size_t)snprintf(path, size, "%s/%s", PKGLIBEXECDIR, BRIDGE) < size && access(path, X_OK) == 0)
		return true;
	note("%s cannot be run: %s", path, strerror(errno));
	return false;
}

/* The handshake that a bridge finds in its environment. */
static bool
set_environment(const char *config, const char *user, const char *token)
{
	char authorization[TOKEN_SIZE + 16], query[64];

	(void)snprintf(authorization, sizeof authorization, "Bearer %s", token);
	(void)snprintf(query, sizeof query, "user_id=%s", user);
	return setenv("HTTP_AUTHORIZATION", authorization, 1) == 0 && setenv("QUERY_STRING", query, 1) == 0 &&
	       setenv("REMOTE_ADDR", "127.0.0.1", 1) == 0 && setenv("SERVER_NAME", "localhost", 1) == 0 &&
	       setenv("SERVER_PORT", "80", 1) == 0 && (config == NULL || setenv("BOOKREQ_CONFIG", config, 1) == 0);
}

static void
close_both(const int fds[2])
{
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/*
 * In the child. A process group of its own keeps the terminal's interrupt from ending the bridge before us. The password
 * of the database is none of the bridge's business.
 */
static void
run_bridge(const char *path, const int in[2], const int out[2], const sigset_t *open)
{
	char name[] = BRIDGE, *argv[] = { name, NULL };

	if (setpgid(0, 0) == 0 && unsetenv("BOOKREQ_DATABASE_URL") == 0 && dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0 &&
		sigprocmask(SIG_SETMASK, open, NULL) == 0)
		(void)execv(path, argv);
	note("%s cannot be run: %s", path, strerror(errno));
	_exit(EXIT_REFUSED);
}

static bool
start_bridge(struct bridge *bridge, const sigset_t *open)
{
	char path[PATH_MAX];
	int in[2], out[2];

	if (!find_bridge(path, sizeof path))
		return false;
	if (pipe2(in, O_CLOEXEC) != 0) {
		note("no pipe: %s", strerror(errno));
		return false;
	}
	if (pipe2(out, O_CLOEXEC) != 0) {
		note("no pipe: %s", strerror(errno));
		close_both(in);
		return false;
	}
	bridge->pid = fork();
	if (bridge->pid == 0)
		run_bridge(path, in, out, open);
	if (bridge->pid < 0) {
		note("no process: %s", strerror(errno));
		close_both(in);
		close_both(out);
		return false;
	}
	(void)close(in[0]);
	(void)close(out[1]);
	bridge->in = in[1];
	bridge->out = out[0];
	return true;
}

static bool
write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* Until the bridge ends (1), the person stops it or the reader of standard output is gone (0). */
static int
copy_frames(const struct bridge *bridge, const sigset_t *open)
{
	struct pollfd p[2] = { { .fd = bridge->out, .events = POLLIN }, { .fd = STDOUT_FILENO } };
	char part[16384];

	while (!interrupted) {
		ssize_t n;

		if (ppoll(p, 2, NULL, open) < 0)
			continue;
		if ((p[1].revents & (POLLERR | POLLNVAL)) != 0)
			return EXIT_DONE;
		if (p[0].revents == 0)
			continue;
		n = read(bridge->out, part, sizeof part);
		if (n <= 0)
			return refuse("the connection has ended");
		if (!write_all(part, (size_t)n))
			return errno == EPIPE ? EXIT_DONE : refuse("standard output cannot be written: %s", strerror(errno));
	}
	return EXIT_DONE;
}

/* A bridge ends by itself at the end of its input; it is not waited for without end. */
static void
end_bridge(const struct bridge *bridge)
{
	struct timespec second = { .tv_sec = 1 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	(void)close(bridge->in);
	(void)close(bridge->out);
	if (waitpid(bridge->pid, NULL, WNOHANG) == 0) {
		(void)sigtimedwait(&child, NULL, &second);
		if (waitpid(bridge->pid, NULL, WNOHANG) == 0) {
			(void)kill(bridge->pid, SIGKILL);
			(void)waitpid(bridge->pid, NULL, 0);
		}
	}
}

static int
follow(void)
{
	struct bridge bridge;
	sigset_t open;
	int status;

	set_signals(&open);
	if (!start_bridge(&bridge, &open))
		return EXIT_REFUSED;
	status = copy_frames(&bridge, &open);
	end_bridge(&bridge);
	return status;
}

/* The connection may have been lost while the frames went by. */
static void
end_token(struct ctl *ctl, const struct token *token)
{
	const char *values[] = { token->creator, token->hash };
	struct answer answer;

	PQreset(ctl->db);
	if (db_call(ctl, "token_end", NULL, 2, values, &answer))
		PQclear(answer.result);
}

int
tail(struct ctl *ctl, const struct args *args)
{
	const char *config = args->config;
	struct answer answer;
	struct token token;
	int status = EXIT_REFUSED;

	if (!token_new(ctl, args->operand, "1", &token, &answer))
		return EXIT_REFUSED;
	PQclear(answer.result);
	if (set_environment(config, token.user, token.text))
		status = follow();
	else
		note("out of memory");
	end_token(ctl, &token);
	return status;
}
