/*
 * Watching Redis; see watcher.h. A thread, since a worker may wait for PostgreSQL for seconds; it shares nothing with the worker. The kernel
 * ends its lock and its end of the FIFO with the process, however that ends: then the bridges look for themselves until the next worker has
 * the lock.
 */
#include "config.h"

#include "fcgi/watcher.h"

#include "lib/conf.h"
#include "lib/log.h"
#include "lib/redis.h"
#include "lib/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_MS 1000
#define ANSWER_MS 500 /* with the period, how long a silent Redis goes unnoticed */
#define STACK_BYTES (256 * 1024)

/* The thread's: it may outlive the settings by a moment. */
static struct {
	char *url;
	char fifo[WATCH_PATH_SIZE];
	int server; /* descriptor of the file with the lock */
} own;

static void
pause_ms(int64_t ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static bool
is_alive(redisContext *redis)
{
	redisReply *reply = redisCommand(redis, "PING");
	bool alive = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	freeReplyObject(reply);
	return alive;
}

/* The bridges rely on us as long as this does not return. */
static void
cover(redisContext *redis)
{
	uint32_t server = redis_server(redis);
	int fifo = -1;

	/* read-write: a FIFO without a reader cannot be opened for writing alone and without waiting */
	if (pwrite(own.server, &server, sizeof server, 0) == (ssize_t)sizeof server)
		fifo = open(own.fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fifo < 0)
		return;
	do
		pause_ms(PERIOD_MS);
	while (is_alive(redis));
	(void)close(fifo);
}

static void *
watch(void *arg)
{
	struct redis_dial dial = { 0 }; /* the worker, which publishes, says what there is to say */
	redisContext *redis;

	while (flock(own.server, LOCK_EX) != 0)
		if (errno != EINTR)
			return arg;
	for (;;) {
		redis = redis_open(&dial, own.url, ANSWER_MS);
		if (redis != NULL) {
			cover(redis);
			redisFree(redis);
		}
		pause_ms(PERIOD_MS);
	}
}

/* Where the worker has no right to make them, another one or the administrator did (conf/systemd/tmpfiles.conf). */
static bool
make_files(const char *bridge_socket)
{
	char server[WATCH_PATH_SIZE];

	if (!watch_path(own.fifo, bridge_socket, WATCH_FIFO) || !watch_path(server, bridge_socket, WATCH_SERVER)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (mkfifo(own.fifo, 0640) != 0 && errno != EEXIST)
		return false;
	own.server = open(server, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	return own.server >= 0;
}

static int
start_thread(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error = pthread_attr_init(&attributes);

	if (error != 0)
		return error;
	error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (error == 0)
		error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (error == 0)
		error = pthread_create(&thread, &attributes, watch, NULL);
	(void)pthread_attr_destroy(&attributes);
	return error;
}

void
watcher_start(const struct conf *conf)
{
	int error = 0;

	if (conf->redis_url[0] == '\0')
		return;
	own.url = strdup(conf->redis_url);
	if (own.url == NULL || !make_files(conf->bridge_socket))
		error = errno;
	else
		error = start_thread();
	if (error != 0)
		log_info("the bridges look for themselves whether Redis is alive: %s", strerror(error));
}
