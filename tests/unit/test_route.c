/* The route table: what finds what. */
#include "config.h"

#include "fcgi/route.h"
#include "tests/unit/tap.h"

#include <string.h>

static void
finds(enum method method, const char *path, const char *function, int64_t expected_id)
{
	int64_t id = -1;
	unsigned allowed;
	const struct route *r = route_find(method, path, false, &id, &allowed);

	ok(r != NULL && r->function != NULL && strcmp(r->function, function) == 0 && id == expected_id, "%s is %s", path, function);
}

static void
misses(enum method method, const char *path, unsigned expected)
{
	int64_t id;
	unsigned allowed;

	ok(route_find(method, path, false, &id, &allowed) == NULL && allowed == expected, "%s with method %d has no route, others: %u", path, (int)method, expected);
}

static void
test_table(void)
{
	const struct route *r;
	size_t i;

	for (i = 0; (r = route_at(i)) != NULL; i++) {
		size_t fields = 0;

		while (r->fields != NULL && r->fields[fields].name != NULL)
			fields++;
		ok(r->handle != NULL && fields <= FIELD_MAX && r->path[0] == '/', "row %zu (%s) is complete and has at most %d fields", i, r->path, FIELD_MAX);
		ok((r->flags & ROUTE_KEY) == 0 || r->method == METHOD_POST, "row %zu takes an Idempotency-Key only with POST", i);
	}
}

int
main(void)
{
	int64_t id;
	unsigned allowed;

	finds(METHOD_GET, "/api/book-requests", "list_requests", 0);
	finds(METHOD_POST, "/api/book-requests", "create_request", 0);
	finds(METHOD_GET, "/api/book-requests/quota", "quota", 0);
	finds(METHOD_GET, "/api/book-requests/17", "get_request", 17);
	finds(METHOD_POST, "/api/book-requests/9223372036854775807/respond", "respond_request", INT64_MAX);
	misses(METHOD_GET, "/api/book-requests/0", 0);
	misses(METHOD_GET, "/api/book-requests/-1", 0);
	misses(METHOD_GET, "/api/book-requests/007", 0);
	misses(METHOD_GET, "/api/book-requests/9223372036854775808", 0);
	misses(METHOD_GET, "/api/book-requests/1x", 0);
	misses(METHOD_GET, "/api/book-requests/", 0);
	misses(METHOD_POST, "/api/book-requests/1/other", 0);
	misses(METHOD_POST, "/api/book-requests/1/respond/2", 0);
	misses(METHOD_GET, "/api/book-requests/1/respond", METHOD_POST);
	misses(METHOD_POST, "/api/book-requests/quota", METHOD_GET);
	misses(METHOD_DELETE, "/api/book-requests", METHOD_GET | METHOD_POST);
	misses(METHOD_OPTIONS, "/api/book-requests", METHOD_GET | METHOD_POST);
	misses(METHOD_GET, "/bridge/open", 0);
	ok(route_find(METHOD_GET, "/bridge/open", true, &id, &allowed) != NULL, "a bridge finds its routes");
	ok(route_find(METHOD_GET, "/api/book-requests", true, &id, &allowed) == NULL, "and no others");
	test_table();
	return done();
}
