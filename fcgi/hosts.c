/* The servers of a libpq URI; see hosts.h. */
#include "config.h"

#include "fcgi/hosts.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PORT "5432"

enum list { HOST, HOSTADDR, PORT, LISTS };

static const char *const names[LISTS] = { "host", "hostaddr", "port" };

static const char **
member(struct host *h, enum list list)
{
	const char **members[LISTS] = { &h->host, &h->hostaddr, &h->port };

	return members[list];
}

/* Cuts a list at its commas; the number of its parts, those beyond HOSTS_MAX left out. */
static size_t
cut(struct hosts *h, enum list list)
{
	char *rest = h->text[list], *part;
	size_t n = 0;

	while (n < HOSTS_MAX && (part = strsep(&rest, ",")) != NULL)
		*member(&h->host[n++], list) = part;
	return n;
}

static void
take_lists(struct hosts *h, const PQconninfoOption *options)
{
	size_t n[LISTS] = { 0 }, i;
	enum list list;

	for (; options->keyword != NULL; options++)
		for (list = HOST; list < LISTS; list++)
			if (strcmp(options->keyword, names[list]) == 0 && options->val != NULL) {
				h->text[list] = strdup(options->val);
				n[list] = cut(h, list);
			}
	h->n = n[HOST] > n[HOSTADDR] ? n[HOST] : n[HOSTADDR];
	if (h->n == 0)
		h->n = 1;
	for (i = 1; n[PORT] == 1 && i < h->n; i++)
		h->host[i].port = h->host[0].port; /* one for all of them */
	for (i = 0; i < n[PORT]; i++)
		if (h->host[i].port[0] == '\0')
			h->host[i].port = DEFAULT_PORT; /* an empty one would override nothing */
}

void
hosts_init(struct hosts *h, const char *uri)
{
	PQconninfoOption *options = PQconninfoParse(uri, NULL);

	*h = (struct hosts){ .n = 1 };
	if (options != NULL)
		take_lists(h, options);
	PQconninfoFree(options);
}

void
hosts_free(struct hosts *h)
{
	enum list list;

	for (list = HOST; list < LISTS; list++)
		free(h->text[list]);
	*h = (struct hosts){ .n = 1 };
}
