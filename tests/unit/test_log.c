/* Log lines in both formats: one line each, whatever they carry. */
#include "config.h"

#include "lib/log.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char line[4096];

/* What was written to standard error since it was set aside. */
static const char *
take(int in)
{
	ssize_t n = read(in, line, sizeof line - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void
test_text(int in)
{
	log_open("prog", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	log_context("", "");
	log_warn("a %s\n", "message");
	ok(strcmp(take(in), "warn prog a message\n") == 0, "a message: %s", line);
	log_context("r-1", "42");
	log_info("x\ny\x1b[2J\x7f\xc2\x9b\xff\xc3\xa4");
	ok(strcmp(take(in), "info prog req=r-1 user=42 x\\x0ay\\x1b[2J\\x7f\\xc2\\x9b\\xff\xc3\xa4\n") == 0, "controls and bytes that are no UTF-8");
	log_request(LOG_LEVEL_INFO, &(struct log_request){ "POST", "/a%20b", 422, "invalid", 1234567 });
	ok(strcmp(take(in), "info prog req=r-1 user=42 POST /a%20b 422 1234.567 ms invalid\n") == 0, "a request");
	log_context("r-2", "");
	log_request(LOG_LEVEL_INFO, &(struct log_request){ "GET", "/", 200, "", 7 });
	ok(strcmp(take(in), "info prog req=r-2 GET / 200 0.007 ms\n") == 0, "a request of nobody");
	log_debug("not this");
	log_error("this");
	ok(strcmp(take(in), "error prog req=r-2 this\n") == 0, "the level decides");
}

static void
test_json(int in)
{
	static const char *rest;

	log_open("prog", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	log_context("r-1", "42");
	log_info("\"\\\n\xc2\x9b\xff\xc3\xa4");
	rest = strstr(take(in), "\",\"level\"");
	ok(strncmp(line, "{\"time\":\"2", 10) == 0 && rest != NULL && rest[-1] == 'Z', "the time");
	ok(rest != NULL && strcmp(rest, "\",\"level\":\"info\",\"program\":\"prog\",\"request_id\":\"r-1\",\"user_id\":42,\"message\":\"\\\"\\\\\\u000a\\u009b\\ufffd\xc3\xa4\"}\n") == 0, "a message, escaped");
	log_context("r-2", "");
	log_request(LOG_LEVEL_WARN, &(struct log_request){ "GET", "/", 503, "unavailable", 1500 });
	rest = strstr(take(in), "\",\"level\"");
	ok(rest != NULL && strcmp(rest, "\",\"level\":\"warn\",\"program\":\"prog\",\"request_id\":\"r-2\",\"method\":\"GET\",\"path\":\"/\",\"status\":503,\"ms\":1.500,\"code\":\"unavailable\"}\n") == 0, "a request");
}

/* The longest parts, made of what grows most when it is escaped. */
static void
test_length(int in, enum log_format format, char byte)
{
	char text[3000];
	size_t len;

	memset(text, byte, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	log_open("bookreq.fcgi", LOG_LEVEL_INFO, format);
	log_context("0123456789012345678901234567890123456789012345678901234567890123", "9223372036854775807");
	log_request(LOG_LEVEL_INFO, &(struct log_request){ text, text, 503, "unsupported_media_type", INT64_MAX });
	len = strlen(take(in));
	ok(len <= 1000 && line[len - 1] == '\n' && strchr(line, '\n') == line + len - 1, "a request's line ends within 1000 bytes: %zu", len);
	ok(strstr(line, "unsupported_media_type") != NULL && (format == LOG_FORMAT_TEXT || strcmp(line + len - 3, "\"}\n") == 0), "and is whole");
	log_error("%s", text);
	len = strlen(take(in));
	ok(len <= 1000 && line[len - 1] == '\n' && strchr(line, '\n') == line + len - 1, "so does a message's: %zu", len);
	ok(format == LOG_FORMAT_TEXT || strcmp(line + len - 3, "\"}\n") == 0, "and is whole");
}

int
main(void)
{
	int ends[2];

	if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return EXIT_FAILURE;
	test_text(ends[0]);
	test_json(ends[0]);
	test_length(ends[0], LOG_FORMAT_TEXT, 'x');
	test_length(ends[0], LOG_FORMAT_TEXT, '\x01');
	test_length(ends[0], LOG_FORMAT_JSON, '\x01');
	test_length(ends[0], LOG_FORMAT_JSON, '\xff');
	test_length(ends[0], LOG_FORMAT_JSON, '"');
	return done();
}
