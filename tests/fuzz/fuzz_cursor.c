/* Cursors and lists of channels: each has one way to be written, so what is read is written back as it was. */
#include "config.h"

#include "lib/buf.h"
#include "tests/fuzz/fuzz.h"
#include "wsbridge/answer.h"
#include "wsbridge/names.h"

#include <inttypes.h>

static void
check_cursor(struct span text)
{
	struct span epoch, rest, user, membership;
	struct cursor c;
	char again[200];

	if (!cursor_read(&c, text))
		return;
	CHECK(fuzz_same(c.text, text) && text.len < CURSOR_SIZE && c.stream.len < STREAM_SIZE);
	CHECK(c.user >= 1 && c.seq >= 0);
	epoch = stream_epoch(c.stream);
	CHECK(epoch.len >= 1 && epoch.len <= 32);
	rest = (struct span){ c.stream.p + epoch.len + 1, c.stream.len - epoch.len - 1 };
	CHECK(str_take(&rest, '-', &user));
	membership = rest;
	(void)snprintf(again, sizeof again, "%.*s-%" PRId64 "-%.*s-%" PRId64, (int)epoch.len, epoch.p, c.user, (int)membership.len, membership.p, c.seq);
	CHECK(fuzz_same((struct span){ again, strlen(again) }, text));
}

static void
check_names(struct span text)
{
	struct names names;
	struct buf again;
	size_t i;

	if (!names_read(&names, text))
		return;
	CHECK(names.n >= 1 && names.n <= NAMES_MAX);
	buf_init(&again, 1000);
	for (i = 0; i < names.n; i++)
		buf_addf(&again, "%s%s", i > 0 ? " " : "", names.name[i]);
	CHECK(fuzz_same((struct span){ buf_str(&again), again.len }, text));
	CHECK(names_equal(&names, &names) && names_have(&names, names.name[0]));
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = fuzz_copy(data, len);

	check_cursor((struct span){ text, len });
	check_names((struct span){ text, len });
	free(text);
	return 0;
}
