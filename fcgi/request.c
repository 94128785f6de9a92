/* Reading a request, whose way goes on in exchange.c; see request.h. */
#include "config.h"

#include "fcgi/request.h"

#include "fcgi/exchange.h"
#include "fcgi/route.h"
#include "lib/str.h"

#include <fcgiapp.h>
#include <sodium.h>
#include <string.h>

#define KEY_MAX 255 /* characters of an Idempotency-Key */

/* Keeps the first fault only. */
static void
note(struct exchange *x, enum problem_code code, const char *detail)
{
	if (x->problem.code == PROBLEM_NONE)
		problem_set(&x->problem, code, detail);
}

static void
read_request_id(struct exchange *x)
{
	const char *given = exchange_param(x, "HTTP_X_REQUEST_ID");
	size_t len = strlen(given);
	unsigned char random[8];

	if (len >= 1 && len <= REQUEST_ID_MAX && strspn(given, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len) {
		memcpy(x->request_id, given, len + 1);
		return;
	}
	randombytes_buf(random, sizeof random);
	(void)sodium_bin2hex(x->request_id, sizeof x->request_id, random, sizeof random);
}

static void
read_method(struct exchange *x)
{
	static const struct {
		const char *name;
		enum method method;
	} methods[] = { { "GET", METHOD_GET }, { "HEAD", METHOD_GET }, { "POST", METHOD_POST }, { "DELETE", METHOD_DELETE }, { "OPTIONS", METHOD_OPTIONS } };
	const char *name = exchange_param(x, "REQUEST_METHOD");
	size_t i;

	x->method = METHOD_OTHER;
	for (i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (strcmp(methods[i].name, name) == 0)
			x->method = methods[i].method;
	x->head = strcmp(name, "HEAD") == 0;
}

static size_t
count_slashes(const char *s, size_t len)
{
	size_t n = 0;

	while (len-- > 0)
		n += *s++ == '/';
	return n;
}

/* Splits REQUEST_URI: PATH_INFO and SCRIPT_NAME differ from server to server. False for a path that cannot be ours. */
static bool
read_target(struct exchange *x)
{
	const char *uri = exchange_param(x, "REQUEST_URI");
	size_t len = strcspn(uri, "?"), decoded;

	buf_add(&x->path, uri, len);
	if (uri[len] == '?')
		buf_adds(&x->query, uri + len + 1);
	if (!buf_ok(&x->path) || x->path.len == 0)
		return false;
	if (!str_percent_decode(x->path.data, x->path.len, false, x->path.data, &decoded))
		return false;
	/* an encoded slash or NUL would make another path of it */
	if (count_slashes(x->path.data, decoded) != count_slashes(uri, len) || memchr(x->path.data, '\0', decoded) != NULL)
		return false;
	if (decoded > 1 && x->path.data[decoded - 1] == '/')
		decoded--;
	x->path.data[decoded] = '\0';
	x->path.len = decoded;
	return true;
}

/* Reads the input to its end, as libfcgi needs it; keeps up to REQUEST_BODY_MAX bytes. */
static void
read_body(struct exchange *x, FCGX_Stream *in)
{
	const char *declared = exchange_param(x, "CONTENT_LENGTH");
	int64_t expected = -1;
	char chunk[8192];
	int64_t total = 0;
	int n;

	while ((n = FCGX_GetStr(chunk, (int)sizeof chunk, in)) > 0) {
		total += n;
		buf_add(&x->body, chunk, (size_t)n);
	}
	if (declared[0] != '\0' && !str_to_i64(declared, strlen(declared), 0, INT64_MAX, &expected))
		note(x, PROBLEM_BAD_REQUEST, "The Content-Length is not a number.");
	if (total > REQUEST_BODY_MAX || expected > REQUEST_BODY_MAX || exchange_param(x, "BOOKREQ_TOO_LARGE")[0] != '\0')
		note(x, PROBLEM_TOO_LARGE, "The body is larger than 64 KiB.");
	else if (FCGX_GetError(in) != 0 || (expected >= 0 && total != expected))
		note(x, PROBLEM_BAD_REQUEST, "The body is not complete.");
	else if (!buf_ok(&x->body))
		note(x, PROBLEM_UNAVAILABLE, "There is no memory for the body at the moment.");
}

static void
parse_form(struct exchange *x)
{
	bool lenient = (x->route->flags & ROUTE_LENIENT) != 0;
	enum form_result result;
	const char *why = "";

	if (!buf_ok(&x->query)) {
		note(x, PROBLEM_BAD_REQUEST, "The query is too long.");
		return;
	}
	if (x->method == METHOD_POST)
		result = form_parse_body(&x->form, exchange_param(x, "CONTENT_TYPE"), x->body.data, x->body.len, &why);
	else
		result = form_parse_query(&x->form, x->query.data, x->query.len, lenient, &why);
	if (result == FORM_UNSUPPORTED)
		note(x, PROBLEM_UNSUPPORTED_MEDIA_TYPE, why);
	else if (result == FORM_BAD && !lenient)
		note(x, PROBLEM_BAD_REQUEST, why);
}

static void
check_key(struct exchange *x)
{
	const char *key = exchange_find_param(x, "HTTP_IDEMPOTENCY_KEY");
	size_t len, i;
	bool visible = true;

	if ((x->route->flags & ROUTE_KEY) == 0 || key == NULL)
		return;
	len = strlen(key);
	for (i = 0; i < len; i++)
		visible &= key[i] > 0x20 && key[i] < 0x7f;
	if (!visible || len == 0 || len > KEY_MAX)
		field_error(&x->problem, "Idempotency-Key", "must be 1 to 255 visible ASCII characters");
}

bool
request_read(struct exchange *x, FCGX_Stream *in)
{
	bool known;

	read_request_id(x);
	read_method(x);
	known = read_target(x);
	read_body(x, in);
	return known;
}

void
request_check(struct exchange *x)
{
	static const struct field no_fields[] = { { 0 } };
	const struct field *fields = x->route->fields != NULL ? x->route->fields : no_fields;

	if ((x->route->flags & ROUTE_UPGRADE) != 0 && exchange_param(x, "BOOKREQ_HANDSHAKE")[0] == '\0')
		note(x, PROBLEM_BAD_REQUEST, "This address speaks WebSocket only.");
	if (x->problem.code == PROBLEM_NONE)
		parse_form(x);
	if (x->problem.code != PROBLEM_NONE)
		return;
	if (fields_check(fields, &x->form, &x->values, &x->problem) || x->problem.code == PROBLEM_INVALID)
		check_key(x);
}
