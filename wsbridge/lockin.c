/* What a bridge gives up; see lockin.h. The filter is a program for the kernel (seccomp(2), "Filtering system calls"). */
#include "config.h"

#include "wsbridge/lockin.h"

#ifdef BOOKREQ_SANITIZED

bool
lockin(void)
{
	return true;
}

#else

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DESCRIPTORS 16              /* a bridge has the three that it was given, the two of lib/watch.h, Redis and the application */
#define MEMORY (64ul * 1024 * 1024) /* of addresses: what Redis, the application and the client may make it hold is a quarter of it */

/* A number means another call on each architecture: on one that is not known here there is no filter, only the rest. */
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ANSWER(SECCOMP_RET_ALLOW)
#define ALLOW_VALUE(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

#ifdef ARCHITECTURE

static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	/* waiting, and the signal that may come meanwhile; stopped and continued, a wait is restarted */
	ALLOW(ppoll),
#ifdef SYS_poll
	ALLOW(poll),
#endif
	ALLOW(rt_sigreturn),
	ALLOW(restart_syscall),
	/* the client, the log, who watches Redis */
	ALLOW(read),
	ALLOW(write),
	ALLOW(pread64),
	/* Redis and the application */
	ALLOW(connect),
	ALLOW(sendto),
	ALLOW(recvfrom),
	ALLOW(setsockopt),
	ALLOW(getsockopt),
	ALLOW(fcntl),
	ALLOW(close),
	/* memory, the clock (where it is no vDSO's), jitter */
	ALLOW(brk),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(madvise),
	ALLOW(clock_gettime),
	ALLOW(gettimeofday),
	ALLOW(getrandom),
	ALLOW(exit_group),
#ifdef BOOKREQ_FAULT
	/* the fault points' files, stalls and kills */
	ALLOW(rt_sigprocmask),
	ALLOW(getpid),
	ALLOW(gettid),
	ALLOW(tgkill),
	ALLOW(openat),
#ifdef SYS_open
	ALLOW(open),
	ALLOW(unlink),
	ALLOW(access),
#endif
	ALLOW(unlinkat),
	ALLOW(faccessat),
	ALLOW(nanosleep),
	ALLOW(clock_nanosleep),
#endif
	/* memory that is no program */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4),
	LOAD(args[2]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
	ANSWER(SECCOMP_RET_ALLOW),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	/* sockets of the kinds that Redis and the application have */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(args[0]),
	ALLOW_VALUE(AF_UNIX),
	ALLOW_VALUE(AF_INET),
	ALLOW_VALUE(AF_INET6),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
};

static bool
set_filter(void)
{
	const struct sock_fprog program = { .len = sizeof filter / sizeof filter[0], .filter = (struct sock_filter *)(uintptr_t)filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0ul, 0ul) == 0;
}

#else

static bool
set_filter(void)
{
	return true;
}

#endif

/* Until it is killed; or for a second, where whoever should do that was killed before: it shares the client's connection, too. */
static int
stay(void *arg)
{
	(void)arg;
	(void)alarm(1);
	for (;;)
		(void)pause();
	return 0;
}

/*
 * websocketd has four descriptors for each connection, and the kernel gives its child a table as large as its own: 32 bytes for each connection that
 * there is already, 128 KiB with 4000, which stay. A table that is shared is left for one that fits (unshare(2)), so somebody shares it for a moment. What
 * is refused here costs memory and nothing else.
 */
static void
shrink_descriptors(void)
{
	alignas(16) char stack[4096];
	pid_t pid = clone(stay, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, NULL);

	if (pid < 0)
		return;
	(void)unshare(CLONE_FILES);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool
set_limit(int what, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) != 0)
		return false;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(what, &limit) == 0;
}

bool
lockin(void)
{
	shrink_descriptors();
	return prctl(PR_SET_NO_NEW_PRIVS, 1ul, 0ul, 0ul, 0ul) == 0 && set_limit(RLIMIT_NOFILE, DESCRIPTORS) && set_limit(RLIMIT_NPROC, 0) &&
	       set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_AS, MEMORY) && set_filter();
}

#endif
