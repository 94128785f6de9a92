/*
 * A whole request as the web server hands it on: lines NAME=value, an empty line, the body. The worker's own code runs from the parameters
 * to the response; database, Redis and argon2id are played. Whatever comes in, what reaches the database is typed and limited, and what
 * goes out is one response whose head nobody else can write into.
 */
#include "config.h"

#include "fcgi/exchange.h"
#include "fcgi/metrics.h"
#include "fcgi/route.h"
#include "lib/fastcgi.h"
#include "lib/log.h"
#include "lib/password.h"
#include "tests/fuzz/fuzz.h"

#include <fcgiapp.h>
#include <json-c/json.h>

#define PARAMS_MAX 64

/* What the played database says, by the request's first byte. */
static struct {
	bool refuses;
	enum problem_code code;
	int status;
	bool body;
	int calls;
} database;

/* Every function is called as somebody, or needs nobody. */
static void
check_caller(const char *function, const char *const *params)
{
	const char *creator = params[0], *hash = params[1];
	int64_t id;

	CHECK((creator == NULL) == (hash == NULL));
	CHECK(creator == NULL || str_to_i64(creator, strlen(creator), 1, INT64_MAX, &id));
	CHECK(hash == NULL || (strlen(hash) == 2 + 2 * TOKEN_HASH_SIZE && strspn(hash + 2, "0123456789abcdef") == 2 * TOKEN_HASH_SIZE));
	CHECK(hash != NULL || params[2] != NULL);
	CHECK(strcmp(params[3], "any") == 0 || strcmp(params[3], "admin") == 0 || strcmp(params[3], "creator") == 0);
	CHECK(strspn(function, "abcdefghijklmnopqrstuvwxyz_") == strlen(function));
}

static void
check_params(const char *function, int n, const char *const *params)
{
	size_t points;
	int i;

	database.calls++;
	CHECK(n >= 2 && n <= 4 + 2 + 1 + FIELD_MAX);
	if (!str_starts(function, "login_"))
		check_caller(function, params);
	for (i = 0; i < n; i++)
		CHECK(params[i] == NULL || str_utf8_count(params[i], strlen(params[i]), &points));
}

bool
db_call(struct db *db, const char *function, int n, const char *const *params, struct answer *out, struct problem *problem)
{
	static const char answer[] = "{\"user\":1}";

	check_params(function, n, params);
	*out = (struct answer){ .status = database.status };
	if (database.refuses) {
		problem_set(problem, database.code, "No.");
		return false;
	}
	/* a bridge's question is always answered with text */
	if (database.body || strstr(function, "bridge") != NULL)
		out->body = (struct span){ answer, sizeof answer - 1 };
	return true;
}

bool
db_rows(struct db *db, const char *function, int n, const char *const *params, struct rows *out, struct problem *problem)
{
	check_params(function, n, params);
	if (database.refuses) {
		problem_set(problem, database.code, "No.");
		return false;
	}
	*out = (struct rows){ .count = 1 };
	return true;
}

const char *
rows_get(const struct rows *rows, int row, int column)
{
	CHECK(row < rows->count);
	return column == 3 ? "hash" : "3";
}

void
rows_free(struct rows *rows)
{
}

void
answer_free(struct answer *a)
{
	*a = (struct answer){ 0 };
}

const char *
db_user(const struct db *db)
{
	return "";
}

void
db_begin(struct db *db, const char *request_id)
{
}

bool
db_ready(struct db *db)
{
	return !database.refuses;
}

void
publish_answer(struct publisher *p, const struct answer *a)
{
}

void
publish_owe(struct publisher *p)
{
}

void
publish_settle(struct publisher *p)
{
}

int64_t
publish_count(struct publisher *p, const char *channel)
{
	return 1;
}

bool
publish_ready(struct publisher *p)
{
	return !database.refuses;
}

bool
password_hash(const char *pw, size_t len, char out[crypto_pwhash_STRBYTES])
{
	CHECK(len > 0 && len <= PASSWORD_MAX_BYTES);
	memcpy(out, "hash", 5);
	return true;
}

bool
password_verify(const char *hash, const char *pw, size_t len)
{
	CHECK(len > 0 && len <= PASSWORD_MAX_BYTES);
	return true;
}

/* The request is not one of libfcgi's own, which would free it. */
void
FCGX_Finish_r(FCGX_Request *request)
{
}

/* The response as it is written. */
struct sink {
	struct buf text;
	unsigned char chunk[512];
};

static void
empty(struct FCGX_Stream *out, int close)
{
	struct sink *sink = out->data;

	buf_add(&sink->text, sink->chunk, (size_t)(out->wrNext - sink->chunk));
	out->wrNext = sink->chunk;
}

/* One header line: a name and printable text. What came from outside cannot end it, nor begin another. */
static void
check_header(struct span line)
{
	static const char *const names[] = { "Status", "Content-Type", "Content-Length", "X-Request-Id", "Cache-Control", "X-Content-Type-Options",
		"Retry-After", "WWW-Authenticate", "Allow", "Set-Cookie", "X-Bookreq-Channels" };
	struct span name;
	size_t i, known = 0;

	for (i = 0; i < line.len; i++)
		CHECK((unsigned char)line.p[i] >= 0x20 && (unsigned char)line.p[i] < 0x7f);
	CHECK(str_take(&line, ':', &name));
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		known += str_equal(name, names[i]);
	CHECK(known == 1);
}

static void
check_json(struct span body)
{
	json_tokener *tok = json_tokener_new();
	json_object *root;

	CHECK(tok != NULL);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tok, body.p, (int)body.len);
	CHECK(json_object_is_type(root, json_type_object) && json_tokener_get_parse_end(tok) == body.len);
	json_object_put(root);
	json_tokener_free(tok);
}

static void
check_response(const struct buf *text, bool head)
{
	struct span rest = { buf_str(text), text->len }, line, body;
	bool json = false;
	int status;

	CHECK(fastcgi_split(text, &status, &body) && status >= 200 && status <= 503);
	while (str_take(&rest, '\n', &line) && line.len > 1) {
		CHECK(line.p[line.len - 1] == '\r');
		line.len--;
		check_header(line);
		json |= str_starts(line.p, "Content-Type: application/");
	}
	CHECK(fuzz_same(rest, body) && (!head || body.len == 0));
	if (json && !head)
		check_json(body);
}

/* The lines up to an empty one become parameters; returns what follows. */
static struct span
read_params(struct span text, char *params[PARAMS_MAX + 1])
{
	struct span line;
	size_t n = 0;

	while (n < PARAMS_MAX && str_take(&text, '\n', &line) && line.len > 0)
		if (memchr(line.p, '=', line.len) != NULL)
			params[n++] = fuzz_string(line);
	params[n] = NULL;
	return text;
}

static void
play(uint8_t bits)
{
	static const enum problem_code codes[] = { PROBLEM_UNAVAILABLE, PROBLEM_UNAUTHENTICATED, PROBLEM_FORBIDDEN, PROBLEM_NOT_FOUND, PROBLEM_TOO_MANY_ATTEMPTS };
	static const int statuses[] = { 200, 201, 204 };

	database.refuses = (bits & 1) != 0;
	database.code = codes[(bits >> 1) % 5];
	database.status = statuses[(bits >> 1) % 3];
	database.body = database.status != 204;
	database.calls = 0;
}

static void
serve(const struct conf *conf, char **params, struct span body)
{
	static struct metrics *metrics;
	struct sink sink;
	struct FCGX_Stream in = { .rdNext = (unsigned char *)(uintptr_t)body.p, .isReader = 1, .isClosed = 1 };
	struct FCGX_Stream out = { .wrNext = sink.chunk, .stop = sink.chunk + sizeof sink.chunk, .emptyBuffProc = empty, .data = &sink };
	struct FCGX_Request request = { .in = &in, .out = &out, .envp = params };
	struct exchange x;

	in.stop = in.rdNext + body.len;
	in.stopUnget = in.rdNext;
	buf_init(&sink.text, 4 * 1024 * 1024);
	if (metrics == NULL)
		metrics = metrics_open(conf);
	x = (struct exchange){ .conf = conf, .metrics = metrics };
	exchange_serve(&x, &request);
	empty(&out, 1);
	CHECK(buf_ok(&sink.text) && database.calls <= 2);
	check_response(&sink.text, x.head);
	buf_free(&sink.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char no_file[] = "";
	uint8_t bits = fuzz_take_byte(&data, &len);
	struct conf conf = { .trust_remote_user = (bits & 128) != 0, .session_hours = 1, .metrics_file = no_file };
	char *params[PARAMS_MAX + 1], *copy = fuzz_copy(data, len);
	struct span body = read_params((struct span){ copy, len }, params);
	size_t i;

	log_open("fuzz_params", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
	play(bits);
	serve(&conf, params, body);
	for (i = 0; params[i] != NULL; i++)
		free(params[i]);
	free(copy);
	return 0;
}
