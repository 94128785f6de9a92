/* What a bridge can do after it has locked itself in, and what ends it. Each is tried in a process of its own. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/lockin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a process ends that locks itself in and does this; it exits with 0 when that returns true. */
static int
end_of(bool (*deed)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(lockin() ? (deed() ? 0 : 1) : 2);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static bool
do_nothing(void)
{
	return true;
}

static bool
open_socket(int domain)
{
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && close(fd) == 0;
}

static bool
connect_again(void)
{
	return open_socket(AF_UNIX) && open_socket(AF_INET);
}

static bool
use_memory(void)
{
	void *piece = malloc(1024 * 1024);

	if (piece == NULL)
		return false;
	memset(piece, 1, 1024 * 1024);
	piece = realloc(piece, 4 * 1024 * 1024);
	free(piece);
	return piece != NULL;
}

static bool
wait_a_moment(void)
{
	struct timespec moment = { 0, 1000 };
	struct pollfd none = { .fd = -1 };

	return poll(&none, 1, 1) == 0 && ppoll(&none, 1, &moment, NULL) == 0;
}

static bool
use_much_memory(void)
{
	/* volatile: of memory that nothing uses, a compiler may believe that there is enough */
	void *volatile piece = malloc(100 * 1024 * 1024);

	return piece == NULL && errno == ENOMEM;
}

static bool
open_many(void)
{
	int n = 0;

	while (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
		n++;
	return errno == EMFILE && n < 16;
}

#ifndef BOOKREQ_FAULT /* fault points are files */
static bool
open_a_file(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}
#endif

static bool
run_a_program(void)
{
	return execl("/bin/true", "true", (char *)NULL) == 0;
}

static bool
make_a_process(void)
{
	return fork() >= 0;
}

static bool
make_memory_a_program(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
change_memory_to_a_program(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
listen_for_others(void)
{
	return listen(0, 1) == 0;
}

static bool
talk_to_the_kernel(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool
signal_others(void)
{
	return kill(getppid(), 0) == 0;
}

static bool
look_into_others(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool
get_rights_back(void)
{
	return setuid(0) == 0;
}

static bool
give_up_the_filter(void)
{
	return prctl(PR_SET_SECCOMP, 0ul, 0ul, 0ul, 0ul) == 0;
}

#ifndef BOOKREQ_SANITIZED

#define MANY 1000

/* How many descriptors this process' table has room for. */
static long
table_size(int status)
{
	char text[4096];
	ssize_t n = pread(status, text, sizeof text - 1, 0);
	const char *line;

	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "FDSize:");
	return line != NULL ? strtol(line + strlen("FDSize:"), NULL, 10) : -1;
}

/* As websocketd's children have it: a table that was large once. */
static bool
leaves_a_large_table(void)
{
	pid_t pid = fork();
	int status = -1, end = -1;
	long before;

	if (pid == 0) {
		status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
		if (dup2(STDIN_FILENO, MANY) != MANY || close(MANY) != 0)
			_exit(3);
		before = table_size(status);
		_exit(before > MANY && lockin() && table_size(status) < MANY ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &end, 0) == pid && end == 0;
}

/* From here on the call ends the process. */
static bool
die_at(unsigned call)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof filter / sizeof filter[0], .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1ul, 0ul, 0ul, 0ul) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0ul, 0ul) == 0;
}

/* It is killed while the helper shares its table: that must not hold the client's connection for ever. */
static bool
leaves_nobody_behind(void)
{
	int status = -1, i;
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1ul, 0ul, 0ul, 0ul) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		(void)setpgid(0, 0);
		(void)(die_at(SYS_unshare) && lockin());
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		return false;
	for (i = 0; i < 1000 && waitpid(-1, NULL, WNOHANG) == 0; i++)
		(void)poll(NULL, 0, 10);
	return kill(-pid, SIGKILL) != 0 && errno == ESRCH;
}

#endif

struct deed {
	const char *name;
	bool (*deed)(void);
};

int
main(void)
{
	static const struct deed allowed[] = { { "goes on and ends", do_nothing }, { "connects again", connect_again },
		{ "uses memory", use_memory }, { "waits", wait_a_moment } };
	static const struct deed limited[] = { { "more memory than it should need", use_much_memory }, { "more descriptors", open_many } };
	static const struct deed forbidden[] = {
#ifndef BOOKREQ_FAULT
		{ "open a file", open_a_file },
#endif
		{ "run a program", run_a_program }, { "make a process", make_a_process }, { "make memory a program", make_memory_a_program },
		{ "change memory to a program", change_memory_to_a_program }, { "listen", listen_for_others },
		{ "talk to the kernel", talk_to_the_kernel }, { "signal others", signal_others }, { "look into others", look_into_others },
		{ "get rights back", get_rights_back }, { "give up the filter", give_up_the_filter }
	};
	size_t i;
	int status;

	for (i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		ok(end_of(allowed[i].deed) == 0, "locked in, a bridge %s", allowed[i].name);
	for (i = 0; i < sizeof limited / sizeof limited[0]; i++)
#ifdef BOOKREQ_SANITIZED
		ok(limited[i].deed != NULL, "built with sanitizers it has no limit: %s", limited[i].name);
#else
		ok(end_of(limited[i].deed) == 0, "it gets no %s", limited[i].name);
#endif
#ifndef BOOKREQ_SANITIZED
	ok(leaves_a_large_table(), "it keeps no room for more descriptors than it has");
	ok(leaves_nobody_behind(), "killed meanwhile, it leaves no process behind");
#endif
	for (i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
#ifdef BOOKREQ_SANITIZED
		ok(forbidden[i].deed != NULL, "built with sanitizers it is not kept from this: %s", forbidden[i].name);
		(void)status;
#else
		status = end_of(forbidden[i].deed);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "it is ended when it tries to %s", forbidden[i].name);
#endif
	}
	return done();
}
