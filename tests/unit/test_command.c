/* What a client may say, and what only looks like it. */
#include "config.h"

#include "tests/unit/tap.h"
#include "wsbridge/command.h"

#include <string.h>

static enum command
command_of(const char *text)
{
	return command_read((struct span){ text, strlen(text) });
}

static void
test_known(void)
{
	static const char *const quota[] = {
		"{\"type\":\"refresh_quota\"}",
		" { \"type\" : \"refresh_quota\" } ",
		"\t{\r\n\"type\":\"refresh_quota\"}\r",
		"{\"a\":1,\"type\":\"refresh_quota\"}",
		"{\"type\":\"refresh_quota\",\"a\":[{\"b\":[]},{}],\"c\":{\"type\":\"ping\"}}",
		"{\"type\":\"refresh_quota\",\"n\":[-0,0.5,-1e9,2E-3,12],\"t\":[true,false,null]}",
		"{\"\\u0074ype\":\"refresh\\u005fquota\"}",
		"{\"type\":1,\"type\":\"refresh_quota\"}",
		"{\"x\":\"\\\"}\",\"type\":\"refresh_quota\"}",
		"{\"\xc3\xa9\":\"\xe2\x82\xac\",\"type\":\"refresh_quota\"}",
	};
	size_t i;

	ok(command_of("ping") == COMMAND_PING, "ping");
	ok(command_of("{\"type\":\"refresh_pending\"}") == COMMAND_REFRESH_PENDING, "refresh_pending");
	for (i = 0; i < sizeof quota / sizeof quota[0]; i++)
		ok(command_of(quota[i]) == COMMAND_REFRESH_QUOTA, "refresh_quota: %zu", i);
}

static void
test_ignored(void)
{
	static const char *const ignored[] = {
		"",
		"ping ",
		"PING",
		"\"ping\"",
		"{}",
		"null",
		"[\"type\",\"refresh_quota\"]",
		"[{\"type\":\"refresh_quota\"}]",
		"{\"a\":{\"type\":\"refresh_quota\"}}",
		"{\"a\":\"{\\\"type\\\":\\\"refresh_quota\\\"}\"}",
		"{\"a\":[\"type\",\"refresh_quota\"]}",
		"{\"type\":\"refresh_quota\",\"type\":\"x\"}",
		"{\"type\":\"refresh_quota\",\"type\":{}}",
		"{\"type\":[\"refresh_quota\"]}",
		"{\"type\":\"refresh_quota\\u0000\"}",
		"{\"type\\u0000\":\"refresh_quota\"}",
		"{\"type\":\"refresh_quotaa\"}",
		"{\"type\":\"refresh_quot\"}",
		"{\"typed\":\"refresh_quota\"}",
		"{'type':'refresh_quota'}",
		"{type:\"refresh_quota\"}",
		"{\"type\":\"refresh_quota\"",
		"{\"type\":\"refresh_quota\"}}",
		"{\"type\":\"refresh_quota\"} x",
		"{\"type\":\"refresh_quota\",}",
		"{,\"type\":\"refresh_quota\"}",
		"{\"type\":\"refresh_quota\" \"a\":1}",
		"{\"type\" \"refresh_quota\"}",
		"{\"a\":[1,],\"type\":\"refresh_quota\"}",
		"{\"a\":[1},\"type\":\"refresh_quota\"}",
		"{\"a\":{1],\"type\":\"refresh_quota\"}",
		"{\"a\":01,\"type\":\"refresh_quota\"}",
		"{\"a\":1.,\"type\":\"refresh_quota\"}",
		"{\"a\":-,\"type\":\"refresh_quota\"}",
		"{\"a\":1e,\"type\":\"refresh_quota\"}",
		"{\"a\":tru,\"type\":\"refresh_quota\"}",
		"{\"a\":\"\\x\",\"type\":\"refresh_quota\"}",
		"{\"a\":\"\\u12g4\",\"type\":\"refresh_quota\"}",
		"{\"a\":\"\n\",\"type\":\"refresh_quota\"}",
		"{\"type\":\"refresh_quota",
		"{\"type\":\"refresh_quota\\",
		"{\"type\":\"\\u00",
		"{\"type\":",
		"{",
	};
	size_t i;

	for (i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		ok(command_of(ignored[i]) == COMMAND_NONE, "ignored: %zu", i);
	ok(command_read((struct span){ "ping\0", 5 }) == COMMAND_NONE, "ignored: NUL after ping");
}

static void
test_depth(void)
{
	char text[4096];
	int depth, right = 0;

	for (depth = 1; depth <= 200; depth++) {
		size_t n = 0;
		int i;

		memcpy(text, "{\"a\":", 5);
		n = 5;
		for (i = 0; i < depth; i++)
			text[n++] = '[';
		for (i = 0; i < depth; i++)
			text[n++] = ']';
		memcpy(text + n, ",\"type\":\"refresh_quota\"}", 24);
		n += 24;
		right += command_read((struct span){ text, n }) == (depth <= 31 ? COMMAND_REFRESH_QUOTA : COMMAND_NONE);
	}
	ok(right == 200, "nesting is followed to a depth of 32, and refused beyond");
}

int
main(void)
{
	test_known();
	test_ignored();
	test_depth();
	return done();
}
