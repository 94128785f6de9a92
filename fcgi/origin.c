/* Same origin or not; see origin.h. */
#include "config.h"

#include "fcgi/origin.h"

#include "fcgi/exchange.h"
#include "fcgi/route.h"
#include "lib/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_bridge(const struct exchange *x)
{
	return exchange_param(x, "BOOKREQ_BRIDGE")[0] != '\0';
}

bool
origin_is_https(const struct exchange *x)
{
	/* a bridge's own server is websocketd, behind the web server that sets this header */
	if (is_bridge(x))
		return strcasecmp(exchange_param(x, "HTTP_X_FORWARDED_PROTO"), "https") == 0;
	return strcasecmp(exchange_param(x, "HTTPS"), "on") == 0 || strcasecmp(exchange_param(x, "REQUEST_SCHEME"), "https") == 0;
}

/*
 * The host that the web server was asked for, where it told websocketd another one: Apache's .htaccess cannot do otherwise. The last of several is
 * the nearest server's. No page can make a browser send this header.
 */
static const char *
forwarded_host(const struct exchange *x)
{
	const char *hosts = exchange_param(x, "HTTP_X_FORWARDED_HOST"), *comma = strrchr(hosts, ',');

	return comma != NULL ? comma + 1 + strspn(comma + 1, " ") : hosts;
}

/* The host and port that the client asked for; websocketd gives the parts of the Host header only. */
static bool
own_host(const struct exchange *x, char *out, size_t size)
{
	const char *host = exchange_param(x, "HTTP_HOST"), *port = exchange_param(x, "SERVER_PORT");
	int n;

	if (is_bridge(x) && host[0] == '\0')
		host = forwarded_host(x);
	if (!is_bridge(x) || host[0] != '\0')
		n = snprintf(out, size, "%s", host);
	else
		n = snprintf(out, size, "%s%s%s", exchange_param(x, "SERVER_NAME"), port[0] != '\0' ? ":" : "", port);
	return n > 0 && (size_t)n < size;
}

/* Cuts the scheme's own port off: it may be written or not. */
static struct span
without_default_port(const char *host, bool https)
{
	const char *port = https ? ":443" : ":80";
	size_t len = strlen(host), n = strlen(port);

	if (len > n && strcmp(host + len - n, port) == 0)
		len -= n;
	return (struct span){ host, len };
}

static bool
same_host(const char *a, const char *b, bool https)
{
	struct span x = without_default_port(a, https), y = without_default_port(b, https);

	return x.len == y.len && strncasecmp(x.p, y.p, x.len) == 0;
}

enum origin
origin_of(const struct exchange *x)
{
	const char *site = exchange_param(x, "HTTP_SEC_FETCH_SITE"), *origin = exchange_param(x, "HTTP_ORIGIN");
	bool https = origin_is_https(x);
	const char *scheme = https ? "https://" : "http://";
	char host[300];

	/* for a WebSocket, browsers disagree about Sec-Fetch-Site (ws: against http:) but all send Origin */
	if (site[0] != '\0' && ((x->route->flags & ROUTE_PAGE) == 0 || origin[0] == '\0'))
		return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0 ? ORIGIN_SAME : ORIGIN_OTHER;
	if (origin[0] == '\0')
		return ORIGIN_UNKNOWN;
	if (strncasecmp(origin, scheme, strlen(scheme)) != 0 || !own_host(x, host, sizeof host))
		return ORIGIN_OTHER;
	/* websocketd says port 80 where the Host header has none, whatever the scheme */
	if (same_host(origin + strlen(scheme), host, https) || (is_bridge(x) && https && same_host(origin + strlen(scheme), host, false)))
		return ORIGIN_SAME;
	return ORIGIN_OTHER;
}
