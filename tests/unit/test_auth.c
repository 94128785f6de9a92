/* Who a request says it comes from, and from which page. */
#include "config.h"

#include "fcgi/auth.h"
#include "fcgi/origin.h"
#include "fcgi/route.h"
#include "tests/unit/tap.h"

#include <sodium.h>
#include <stdarg.h>
#include <string.h>

static struct conf conf;

/* An exchange with these parameters ("NAME=value", …, NULL). */
static struct exchange *
with(const char *first, ...)
{
	static struct route route;
	static struct exchange x;
	static char *params[16];
	int n = 0;
	va_list ap;

	x = (struct exchange){ .conf = &conf, .params = params, .route = &route };
	va_start(ap, first);
	for (; first != NULL && n < 15; first = va_arg(ap, const char *))
		params[n++] = (char *)(uintptr_t)first;
	va_end(ap);
	params[n] = NULL;
	auth_read_credential(&x);
	return &x;
}

static void
test_credentials(const char *token)
{
	char bearer[128], cookie[256], both[300];
	struct exchange *x;

	(void)snprintf(bearer, sizeof bearer, "HTTP_AUTHORIZATION=bearer  %s", token);
	(void)snprintf(cookie, sizeof cookie, "HTTP_COOKIE=a=b; bookreq_session=%s; c=d", token);
	(void)snprintf(both, sizeof both, "HTTP_COOKIE=bookreq_sessionx=1, bookreq_session=%s", token);

	x = with(bearer, NULL);
	ok(x->credential.kind == CREDENTIAL_BEARER && strcmp(x->credential.creator, "42") == 0 && strlen(x->credential.hash) == 66, "a bearer token");
	x = with(cookie, NULL);
	ok(x->credential.kind == CREDENTIAL_COOKIE && x->credential.hash[0] == '\\', "a cookie among others");
	x = with(both, NULL);
	ok(x->credential.kind == CREDENTIAL_COOKIE && x->credential.hash[0] == '\\', "Cookie headers joined by a comma");
	x = with("HTTP_AUTHORIZATION=Bearer nonsense", cookie, NULL);
	ok(x->credential.kind == CREDENTIAL_BEARER && x->credential.hash[0] == '\0', "a broken bearer token is not replaced by the cookie");
	x = with("HTTP_COOKIE=bookreq_session=", NULL);
	ok(x->credential.hash[0] == '\0', "an empty cookie is nobody's");
	x = with("REMOTE_USER=anna", NULL);
	ok(x->credential.kind == CREDENTIAL_NONE && x->credential.remote_user == NULL, "REMOTE_USER is not trusted");
	conf.trust_remote_user = true;
	x = with("REMOTE_USER=anna", NULL);
	ok(x->credential.kind == CREDENTIAL_REMOTE && strcmp(x->credential.remote_user, "anna") == 0, "REMOTE_USER is trusted where that is switched on");
	x = with("REMOTE_USER=anna", cookie, NULL);
	ok(x->credential.kind == CREDENTIAL_COOKIE && strcmp(x->credential.remote_user, "anna") == 0, "a cookie that may have died does not hide REMOTE_USER");
	x = with("REMOTE_USER=anna", "HTTP_AUTHORIZATION=Bearer nonsense", NULL);
	ok(x->credential.kind == CREDENTIAL_BEARER && x->credential.remote_user == NULL, "a broken bearer token is not replaced by REMOTE_USER");
	x = with("HTTP_X_REMOTE_USER=anna", NULL);
	ok(x->credential.remote_user == NULL, "a client's own X-Remote-User is not believed");
	x = with("BOOKREQ_BRIDGE=1", "HTTP_X_REMOTE_USER=anna", "REMOTE_USER=", NULL);
	ok(x->credential.kind == CREDENTIAL_REMOTE && strcmp(x->credential.remote_user, "anna") == 0, "a bridge's is, being the web server's");
	conf.trust_remote_user = false;
	x = with("BOOKREQ_BRIDGE=1", "HTTP_X_REMOTE_USER=anna", NULL);
	ok(x->credential.kind == CREDENTIAL_NONE && x->credential.remote_user == NULL, "but only where that is switched on");
}

static void
test_origins(void)
{
	static const struct route page = { .flags = ROUTE_PAGE };
	struct exchange *x;

	ok(origin_of(with("HTTP_HOST=a.example", NULL)) == ORIGIN_UNKNOWN, "neither header");
	ok(origin_of(with("HTTP_SEC_FETCH_SITE=same-origin", NULL)) == ORIGIN_SAME, "same-origin");
	ok(origin_of(with("HTTP_SEC_FETCH_SITE=none", NULL)) == ORIGIN_SAME, "none");
	ok(origin_of(with("HTTP_SEC_FETCH_SITE=same-site", NULL)) == ORIGIN_OTHER, "same-site is another origin");
	ok(origin_of(with("HTTP_SEC_FETCH_SITE=cross-site", "HTTP_ORIGIN=http://a.example", "HTTP_HOST=a.example", NULL)) == ORIGIN_OTHER, "Sec-Fetch-Site decides before Origin");
	ok(origin_of(with("HTTP_ORIGIN=http://a.example", "HTTP_HOST=a.example", NULL)) == ORIGIN_SAME, "Origin and Host agree");
	ok(origin_of(with("HTTP_ORIGIN=http://A.example:80", "HTTP_HOST=a.example", NULL)) == ORIGIN_SAME, "a default port may be written");
	ok(origin_of(with("HTTP_ORIGIN=http://a.example:8080", "HTTP_HOST=a.example", NULL)) == ORIGIN_OTHER, "another port");
	ok(origin_of(with("HTTP_ORIGIN=https://a.example", "HTTP_HOST=a.example", NULL)) == ORIGIN_OTHER, "another scheme");
	ok(origin_of(with("HTTP_ORIGIN=https://a.example", "HTTP_HOST=a.example", "HTTPS=on", NULL)) == ORIGIN_SAME, "HTTPS on both sides");
	ok(origin_of(with("HTTP_ORIGIN=http://a.example.org", "HTTP_HOST=a.example", NULL)) == ORIGIN_OTHER, "a longer host");
	ok(origin_of(with("HTTP_ORIGIN=null", "HTTP_HOST=a.example", NULL)) == ORIGIN_OTHER, "an opaque origin");
	ok(origin_of(with("BOOKREQ_BRIDGE=1", "HTTP_ORIGIN=https://a.example", "SERVER_NAME=a.example", "SERVER_PORT=80", "HTTP_X_FORWARDED_PROTO=https", NULL)) == ORIGIN_SAME, "a bridge behind HTTPS");
	ok(origin_of(with("BOOKREQ_BRIDGE=1", "HTTP_ORIGIN=http://a.example:8080", "SERVER_NAME=a.example", "SERVER_PORT=8080", NULL)) == ORIGIN_SAME, "a bridge with a port");
	ok(origin_of(with("BOOKREQ_BRIDGE=1", "HTTP_ORIGIN=http://a.example", "SERVER_NAME=127.0.0.1", "SERVER_PORT=8090", "HTTP_X_FORWARDED_HOST=b.example, a.example", NULL)) == ORIGIN_SAME, "a bridge that is told another host");
	ok(origin_of(with("BOOKREQ_BRIDGE=1", "HTTP_ORIGIN=http://b.example", "SERVER_NAME=b.example", "SERVER_PORT=80", "HTTP_X_FORWARDED_HOST=b.example, a.example", NULL)) == ORIGIN_OTHER, "the nearest server's host counts");
	ok(origin_of(with("HTTP_ORIGIN=http://b.example", "HTTP_HOST=a.example", "HTTP_X_FORWARDED_HOST=b.example", NULL)) == ORIGIN_OTHER, "only where a bridge asks");
	x = with("HTTP_SEC_FETCH_SITE=cross-site", "HTTP_ORIGIN=http://a.example", "HTTP_HOST=a.example", NULL);
	x->route = &page;
	ok(origin_of(x) == ORIGIN_SAME, "for a socket Origin decides");
}

int
main(void)
{
	char token[TOKEN_SIZE];

	if (sodium_init() < 0 || !token_make(42, token, sizeof token))
		return 1;
	test_credentials(token);
	test_origins();
	return done();
}
