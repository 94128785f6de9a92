/* FastCGI, client side; see fastcgi.h. Sections are those of the FastCGI 1.0 specification. */
#include "config.h"

#include "lib/fastcgi.h"

#include "lib/clock.h"

#include <assert.h>
#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_ID 1
#define REQUEST_MAX_BYTES (256 * 1024)
#define PARAMS_CHUNK 65528 /* the greatest multiple of 8 that a record holds: no padding is needed */

static void
add_length(struct buf *b, size_t len)
{
	assert(len <= 0x7fffffff);
	if (len > 127) {
		buf_addc(b, (char)(0x80 | len >> 24));
		buf_addc(b, (char)(len >> 16 & 0xff));
		buf_addc(b, (char)(len >> 8 & 0xff));
	}
	buf_addc(b, (char)(len & 0xff));
}

void
fastcgi_add_param(struct buf *params, struct span name, struct span value)
{
	if (name.len > params->max || value.len > params->max) {
		params->failed = true;
		return;
	}
	add_length(params, name.len);
	add_length(params, value.len);
	buf_add(params, name.p, name.len);
	buf_add(params, value.p, value.len);
}

/* A record's header (section 3.3). */
static void
add_header(struct buf *out, int type, size_t content)
{
	const char header[FCGI_HEADER_LEN] = { FCGI_VERSION_1, (char)type, 0, REQUEST_ID, (char)(content >> 8), (char)(content & 0xff), 0, 0 };

	assert(content <= FCGI_MAX_LENGTH);
	buf_add(out, header, sizeof header);
}

void
fastcgi_add_request(struct buf *out, const struct buf *params)
{
	static const char begin[8] = { 0, FCGI_RESPONDER, 0 /* the connection is not kept */ };
	size_t at, chunk;

	if (params->failed)
		out->failed = true;
	add_header(out, FCGI_BEGIN_REQUEST, sizeof begin);
	buf_add(out, begin, sizeof begin);
	for (at = 0; at < params->len; at += chunk) {
		chunk = params->len - at < PARAMS_CHUNK ? params->len - at : PARAMS_CHUNK;
		add_header(out, FCGI_PARAMS, chunk);
		buf_add(out, params->data + at, chunk);
	}
	add_header(out, FCGI_PARAMS, 0);
	add_header(out, FCGI_STDIN, 0);
}

void
fastcgi_reader_init(struct fastcgi_reader *r, struct buf *out)
{
	*r = (struct fastcgi_reader){ .out = out, .progress = FASTCGI_MORE };
}

/* A header is complete: only what a responder may send for our request goes on. */
static enum fastcgi_progress
begin_record(struct fastcgi_reader *r)
{
	const unsigned char *h = r->header;

	r->content = (size_t)h[4] << 8 | h[5];
	r->padding = h[6];
	if (h[0] != FCGI_VERSION_1 || h[2] != 0 || h[3] != REQUEST_ID)
		return FASTCGI_FAILED;
	switch (h[1]) {
	case FCGI_STDOUT:
	case FCGI_STDERR: return FASTCGI_MORE;
	case FCGI_END_REQUEST: return r->content == sizeof r->end ? FASTCGI_MORE : FASTCGI_FAILED;
	default: return FASTCGI_FAILED;
	}
}

static void
take_content(struct fastcgi_reader *r, const char *data, size_t len)
{
	if (r->header[1] == FCGI_STDOUT)
		buf_add(r->out, data, len);
	else if (r->header[1] == FCGI_END_REQUEST) {
		memcpy(r->end + r->end_have, data, len);
		r->end_have += len;
	}
	r->content -= len;
}

/* The end of a record: of the answer too, when it was END_REQUEST (section 5.5: its fifth byte is the protocol status). */
static enum fastcgi_progress
end_record(struct fastcgi_reader *r)
{
	r->have = 0;
	if (!buf_ok(r->out))
		return FASTCGI_FAILED;
	if (r->header[1] != FCGI_END_REQUEST)
		return FASTCGI_MORE;
	return r->end[4] == FCGI_REQUEST_COMPLETE ? FASTCGI_DONE : FASTCGI_FAILED;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

enum fastcgi_progress
fastcgi_read(struct fastcgi_reader *r, const char *data, size_t len)
{
	size_t n;

	while (len > 0 && r->progress == FASTCGI_MORE) {
		if (r->have < sizeof r->header) {
			n = least(len, sizeof r->header - r->have);
			memcpy(r->header + r->have, data, n);
			r->have += n;
			if (r->have == sizeof r->header)
				r->progress = begin_record(r);
		} else if (r->content > 0) {
			n = least(len, r->content);
			take_content(r, data, n);
		} else {
			n = least(len, r->padding);
			r->padding -= n;
		}
		data += n;
		len -= n;
		if (r->progress == FASTCGI_MORE && r->have == sizeof r->header && r->content == 0 && r->padding == 0)
			r->progress = end_record(r);
	}
	return r->progress;
}

/* "200 OK" or "200" */
static bool
parse_status(struct span value, int *status)
{
	int64_t n;

	if (value.len < 3 || (value.len > 3 && value.p[3] != ' ') || !str_to_i64(value.p, 3, 100, 599, &n))
		return false;
	*status = (int)n;
	return true;
}

bool
fastcgi_split(const struct buf *response, int *status, struct span *body)
{
	struct span rest = { buf_str(response), response->len }, line;
	struct span name;

	*status = 200;
	while (str_take(&rest, '\n', &line)) {
		line = str_trim(line.p, line.len);
		if (line.len == 0) {
			*body = rest;
			return true;
		}
		if (!str_take(&line, ':', &name) || name.len == 0)
			return false;
		if (str_equal_nocase(name, "Status") && !parse_status(str_trim(line.p, line.len), status))
			return false;
	}
	return false;
}

/*
 * Connects within `timeout_ms`. The wait is the kernel's: while the backlog is full, connect() on a unix socket blocks for SO_SNDTIMEO,
 * and a non-blocking one would only fail and have to guess when to try again.
 */
static int
open_socket(const char *path, int64_t timeout_ms)
{
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Waits for `events` on `fd` until `deadline`; FASTCGI_ANSWERED means: go on. */
static enum fastcgi_result
wait_for(int fd, short events, int64_t deadline, int abort_fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = events }, { .fd = abort_fd } };
	int64_t left = deadline - clock_ms();
	int n;

	if (left <= 0)
		return FASTCGI_TIMEOUT;
	n = poll(p, 2, (int)left);
	if (n < 0 && errno != EINTR)
		return FASTCGI_BROKEN;
	if (n > 0 && (p[1].revents & (POLLHUP | POLLERR)) != 0)
		return FASTCGI_ABORTED;
	return n == 0 ? FASTCGI_TIMEOUT : FASTCGI_ANSWERED;
}

static bool
again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static enum fastcgi_result
send_all(int fd, const struct buf *request, int64_t deadline, int abort_fd)
{
	enum fastcgi_result result;
	size_t sent = 0;
	ssize_t n;

	while (sent < request->len) {
		n = send(fd, request->data + sent, request->len - sent, MSG_NOSIGNAL);
		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (!again())
			return FASTCGI_BROKEN;
		result = wait_for(fd, POLLOUT, deadline, abort_fd);
		if (result != FASTCGI_ANSWERED)
			return result;
	}
	return FASTCGI_ANSWERED;
}

static enum fastcgi_result
receive_all(int fd, struct buf *response, int64_t deadline, int abort_fd)
{
	enum fastcgi_progress progress = FASTCGI_MORE;
	struct fastcgi_reader reader;
	enum fastcgi_result result;
	char chunk[1024];
	ssize_t n;

	fastcgi_reader_init(&reader, response);
	while (progress == FASTCGI_MORE) {
		result = wait_for(fd, POLLIN, deadline, abort_fd);
		if (result != FASTCGI_ANSWERED)
			return result;
		n = recv(fd, chunk, sizeof chunk, 0);
		if (n == 0 || (n < 0 && !again()))
			return FASTCGI_BROKEN;
		if (n > 0)
			progress = fastcgi_read(&reader, chunk, (size_t)n);
	}
	return progress == FASTCGI_DONE ? FASTCGI_ANSWERED : FASTCGI_BROKEN;
}

enum fastcgi_result
fastcgi_call(const char *path, const struct buf *params, int64_t timeout_ms, int abort_fd, struct buf *response)
{
	int64_t deadline = clock_ms() + timeout_ms;
	enum fastcgi_result result = FASTCGI_BROKEN;
	struct buf request;
	int fd = -1;

	buf_init(&request, REQUEST_MAX_BYTES);
	buf_reserve(&request, 2 * FCGI_HEADER_LEN + 8 + params->len + 2 * FCGI_HEADER_LEN);
	fastcgi_add_request(&request, params);
	if (!buf_ok(&request))
		goto out;
	fd = open_socket(path, timeout_ms);
	if (fd < 0) {
		result = errno == EAGAIN ? FASTCGI_TIMEOUT : FASTCGI_BROKEN;
		goto out;
	}
	result = send_all(fd, &request, deadline, abort_fd);
	if (result == FASTCGI_ANSWERED)
		result = receive_all(fd, response, deadline, abort_fd);
out:
	if (fd >= 0)
		(void)close(fd);
	buf_free(&request);
	return result;
}
