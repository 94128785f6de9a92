/* FastCGI's client side: what is sent, and answers in pieces of every size. */
#include "config.h"

#include "lib/fastcgi.h"
#include "tests/unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct span
text(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static void
add_record(struct buf *b, int type, const char *content, size_t len, size_t padding)
{
	const char header[8] = { 1, (char)type, 0, 1, (char)(len >> 8), (char)len, (char)padding, 0 };
	static const char zeros[255];

	buf_add(b, header, 8);
	buf_add(b, content, len);
	buf_add(b, zeros, padding);
}

/* An answer as libfcgi sends it: two records of output, one of errors, the end. */
static void
add_answer(struct buf *b)
{
	add_record(b, 6, "Status: 404 Not", 15, 1);
	add_record(b, 7, "a complaint", 11, 5);
	add_record(b, 6, " Found\r\nX: y\r\n\r\nbody", 20, 0);
	add_record(b, 6, "", 0, 0);
	add_record(b, 3, "\0\0\0\0\0\0\0\0", 8, 0);
}

static void
test_request(void)
{
	static const char expected[] = "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0" /* begin, responder, no keep-alive */
				       "\1\4\0\1\0\13\0\0\4\5NAMEvalue"      /* params */
				       "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0";   /* end of params, no body */
	struct buf params, out;

	buf_init(&params, 100000);
	buf_init(&out, 200000);
	fastcgi_add_param(&params, text("NAME"), text("value"));
	fastcgi_add_request(&out, &params);
	ok(buf_ok(&out) && out.len == sizeof expected - 1 && memcmp(out.data, expected, out.len) == 0, "a request, byte by byte");

	buf_clear(&params);
	fastcgi_add_param(&params, (struct span){ expected, 0 }, (struct span){ expected, 0 });
	ok(params.len == 2 && params.data[0] == 0 && params.data[1] == 0, "empty name and value");
	buf_free(&params);
	buf_free(&out);
}

static void
test_long_params(void)
{
	struct buf params, out;
	char *value = calloc(1, 70000);

	buf_init(&params, 100000);
	buf_init(&out, 200000);
	fastcgi_add_param(&params, text("N"), (struct span){ value, 127 });
	ok(params.len == 2 + 1 + 127 && params.data[1] == 127, "127 bytes have a short length");
	buf_clear(&params);
	fastcgi_add_param(&params, text("N"), (struct span){ value, 128 });
	ok(params.len == 5 + 1 + 128 && memcmp(params.data, "\1\200\0\0\200", 5) == 0, "128 bytes have a long one");
	buf_clear(&params);
	fastcgi_add_param(&params, text("N"), (struct span){ value, 70000 });
	fastcgi_add_request(&out, &params);
	ok(buf_ok(&out) && out.len == 16 + 8 + 65528 + 8 + (5 + 1 + 70000 - 65528) + 8 + 8, "params are split over records");
	buf_clear(&params);
	fastcgi_add_param(&params, text("N"), (struct span){ value, 100001 });
	buf_clear(&out);
	fastcgi_add_request(&out, &params);
	ok(!buf_ok(&out), "params that do not fit spoil the request");
	free(value);
	buf_free(&params);
	buf_free(&out);
}

static void
test_pieces(void)
{
	struct fastcgi_reader reader;
	struct buf answer, out;
	size_t cut, i;
	int whole = 0, bytes;

	buf_init(&answer, 10000);
	buf_init(&out, 10000);
	add_answer(&answer);
	for (cut = 0; cut <= answer.len; cut++) {
		buf_clear(&out);
		fastcgi_reader_init(&reader, &out);
		(void)fastcgi_read(&reader, answer.data, cut);
		whole += fastcgi_read(&reader, answer.data + cut, answer.len - cut) == FASTCGI_DONE &&
			 strcmp(buf_str(&out), "Status: 404 Not Found\r\nX: y\r\n\r\nbody") == 0;
	}
	ok(whole == (int)answer.len + 1, "an answer split in two at every byte");

	buf_clear(&out);
	fastcgi_reader_init(&reader, &out);
	for (i = 0, bytes = 0; i < answer.len; i++)
		bytes += fastcgi_read(&reader, answer.data + i, 1) == FASTCGI_MORE;
	ok(bytes == (int)answer.len - 1 && reader.progress == FASTCGI_DONE, "byte by byte, and done with the last");
	ok(fastcgi_read(&reader, "rubbish", 7) == FASTCGI_DONE, "what follows is ignored");
	buf_free(&answer);
	buf_free(&out);
}

static enum fastcgi_progress
read_one(const char *data, size_t len, size_t max)
{
	struct fastcgi_reader reader;
	enum fastcgi_progress progress;
	struct buf out;

	buf_init(&out, max);
	fastcgi_reader_init(&reader, &out);
	progress = fastcgi_read(&reader, data, len);
	buf_free(&out);
	return progress;
}

static void
test_refused(void)
{
	ok(read_one("HTTP/1.1 200 OK", 15, 100) == FASTCGI_FAILED, "HTTP is no FastCGI");
	ok(read_one("\1\6\0\2\0\0\0\0", 8, 100) == FASTCGI_FAILED, "an answer to another request");
	ok(read_one("\1\1\0\1\0\0\0\0", 8, 100) == FASTCGI_FAILED, "a record that no responder sends");
	ok(read_one("\1\3\0\1\0\7\0\0\0\0\0\0\0\0\0", 15, 100) == FASTCGI_FAILED, "an end of the wrong size");
	ok(read_one("\1\3\0\1\0\10\0\0\0\0\0\0\2\0\0\0", 16, 100) == FASTCGI_FAILED, "the application is overloaded");
	ok(read_one("\1\6\0\1\0\5\0\0hello", 13, 4) == FASTCGI_FAILED, "more than there is room for");
	ok(read_one("\1\6\0\1\0\5\0\0hello", 13, 5) == FASTCGI_MORE, "just what there is room for");
}

static bool
split(const char *response, int *status, struct span *body)
{
	struct buf b;
	bool fine;

	buf_init(&b, 1000);
	buf_adds(&b, response);
	fine = fastcgi_split(&b, status, body);
	*body = (struct span){ response + (fine ? body->p - b.data : 0), body->len };
	buf_free(&b);
	return fine;
}

static void
test_split(void)
{
	struct span body = { NULL, 0 };
	int status;

	ok(split("Status: 503 Gone\r\nA: b\r\n\r\nx\r\n\r\ny", &status, &body) && status == 503 && str_equal(body, "x\r\n\r\ny"), "status and body");
	ok(split("content-type: a\n\n", &status, &body) && status == 200 && body.len == 0, "no Status is 200; bare line ends");
	ok(split("status:409\r\n\r\n", &status, &body) && status == 409, "the field's name in any case");
	ok(!split("Status: 200 OK\r\n", &status, &body), "no empty line");
	ok(!split("Status: 20\r\n\r\n", &status, &body), "no status");
	ok(!split("Status: 2000\r\n\r\n", &status, &body), "too long a status");
	ok(!split("Status: 600\r\n\r\n", &status, &body), "a status out of range");
	ok(!split("hello\r\n\r\n", &status, &body), "a line without a colon");
	ok(!split("", &status, &body), "nothing");
}

/* A socket that listens, and accepts nothing by itself. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0)
		return -1;
	return fd;
}

static enum fastcgi_result
call(const char *path, int64_t timeout_ms, int abort_fd)
{
	enum fastcgi_result result;
	struct buf params, response;

	buf_init(&params, 100);
	buf_init(&response, 1000);
	fastcgi_add_param(&params, text("A"), text("b"));
	result = fastcgi_call(path, &params, timeout_ms, abort_fd, &response);
	buf_free(&params);
	buf_free(&response);
	return result;
}

static void
test_call(void)
{
	char directory[] = "/tmp/test_fastcgi.XXXXXX", path[64], too_long[200];
	int fd, hung[2];

	if (mkdtemp(directory) == NULL || pipe(hung) != 0) {
		ok(false, "a temporary directory and a pipe");
		return;
	}
	(void)snprintf(path, sizeof path, "%s/s", directory);
	ok(call(path, 1000, -1) == FASTCGI_BROKEN, "nobody there");
	memset(too_long, 'x', sizeof too_long - 1);
	too_long[sizeof too_long - 1] = '\0';
	ok(call(too_long, 1000, -1) == FASTCGI_BROKEN, "a path that no socket can have");

	fd = listen_at(path);
	ok(fd >= 0 && call(path, 50, -1) == FASTCGI_TIMEOUT, "nobody answers: the deadline");
	(void)close(hung[1]);
	ok(call(path, 60000, hung[0]) == FASTCGI_ABORTED, "whoever asked is gone: the wait ends");
	/* both calls above lie in the backlog and fill it */
	ok(call(path, 50, -1) == FASTCGI_TIMEOUT, "a full backlog: the deadline");
	(void)close(fd);
	(void)close(hung[0]);
	(void)unlink(path);
	(void)rmdir(directory);
}

int
main(void)
{
	test_request();
	test_long_params();
	test_pieces();
	test_refused();
	test_split();
	test_call();
	return done();
}
