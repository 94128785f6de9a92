/* What Redis sends to a bridge. Cut into pieces at any place it gives the same messages; what is kept is bounded. */
#include "config.h"

#include "lib/buf.h"
#include "lib/log.h"
#include "tests/fuzz/fuzz.h"
#include "wsbridge/channels.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <unistd.h>

static const char names_text[] = "{3}:user:7 {3}:admins sockets";

static void
join(struct channels *c, int fd)
{
	static const struct watch nobody = { -1, -1 };

	channels_init(c, "", "bookreq", &nobody);
	c->redis = redisConnectFd(fd);
	CHECK(c->redis != NULL && c->redis->err == 0);
	c->redis->connection_type = REDIS_CONN_UNIX;
	CHECK(names_read(&c->wanted, (struct span){ names_text, sizeof names_text - 1 }));
	c->state = CHANNELS_JOINING;
	c->acks = 3;
}

static void
take_messages(struct channels *c, struct buf *messages)
{
	struct span message;

	while (channels_next(c, 1000, &message)) {
		buf_add(messages, message.p, message.len);
		buf_addc(messages, '\n');
	}
}

/* All of it through a socket; true when the connection lasts. */
static bool
read_all(struct buf *messages, const char *data, size_t len, uint8_t seed)
{
	struct channels c;
	size_t at, n;
	bool lasts;
	int ends[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	buf_init(messages, 1024 * 1024);
	join(&c, ends[0]);
	for (at = 0; at < len && c.redis != NULL; at += n) {
		n = fuzz_piece(len, at, seed);
		n = n < 1000 ? n : 1000; /* less than is read at once */
		CHECK(write(ends[1], data + at, n) == (ssize_t)n);
		channels_read(&c, 1000);
		take_messages(&c, messages);
	}
	lasts = c.redis != NULL;
	CHECK(lasts || c.state == CHANNELS_AWAY);
	channels_free(&c);
	CHECK(close(ends[1]) == 0);
	return lasts;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t seed = fuzz_take_byte(&data, &len);
	char *copy = fuzz_copy(data, len);
	struct buf a, b;
	bool whole, pieces;

	log_open("fuzz_channels", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
	whole = read_all(&a, copy, len, 0);
	pieces = read_all(&b, copy, len, seed);
	CHECK(whole == pieces && fuzz_same((struct span){ buf_str(&a), a.len }, (struct span){ buf_str(&b), b.len }));
	buf_free(&a);
	buf_free(&b);
	free(copy);
	return 0;
}
