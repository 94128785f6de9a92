/* The application's answers as FastCGI records. Cut into pieces at any place they read the same, and what is kept is bounded. */
#include "config.h"

#include "lib/fastcgi.h"
#include "tests/fuzz/fuzz.h"

#define ANSWER_MAX 8192

static enum fastcgi_progress
read_all(struct buf *out, const char *data, size_t len, uint8_t seed)
{
	enum fastcgi_progress progress = FASTCGI_MORE;
	struct fastcgi_reader reader;
	size_t at, n;

	buf_init(out, ANSWER_MAX);
	fastcgi_reader_init(&reader, out);
	for (at = 0; at < len; at += n) {
		char *piece;

		n = fuzz_piece(len, at, seed);
		piece = fuzz_copy(data + at, n);
		progress = fastcgi_read(&reader, piece, n);
		free(piece);
	}
	CHECK(out->len <= ANSWER_MAX);
	return progress;
}

static void
check_split(const struct buf *response)
{
	struct span body;
	int status;

	if (!fastcgi_split(response, &status, &body))
		return;
	CHECK(status >= 100 && status <= 599);
	CHECK(fuzz_inside((struct span){ buf_str(response), response->len }, body) && body.p + body.len == buf_str(response) + response->len);
}

/* What is given as a response comes out of the records of one. */
static void
check_request(struct span value)
{
	struct buf params, out;

	buf_init(&params, 64 * 1024);
	buf_init(&out, 128 * 1024);
	fastcgi_add_param(&params, (struct span){ "NAME", 4 }, value);
	fastcgi_add_request(&out, &params);
	CHECK(buf_ok(&out) && out.len >= params.len + 8 * 5 && out.len <= params.len + 8 * 5 + 8 * (params.len / 65528 + 1));
	buf_free(&params);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t seed = fuzz_take_byte(&data, &len);
	enum fastcgi_progress whole, pieces;
	struct buf a, b;
	char *copy = fuzz_copy(data, len);

	whole = read_all(&a, copy, len, 0);
	pieces = read_all(&b, copy, len, seed);
	CHECK(whole == pieces);
	/* of an answer that fails, one piece may end before what another had already kept */
	if (whole != FASTCGI_FAILED)
		CHECK(fuzz_same((struct span){ buf_str(&a), a.len }, (struct span){ buf_str(&b), b.len }));
	check_split(&a);
	buf_clear(&b);
	buf_add(&b, copy, len);
	if (buf_ok(&b))
		check_split(&b);
	check_request((struct span){ copy, len });
	buf_free(&a);
	buf_free(&b);
	free(copy);
	return 0;
}
