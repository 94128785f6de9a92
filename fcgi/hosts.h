/*
 * The servers that a libpq URI names, one by one. libpq's own non-blocking way through a list gives each server as long as TCP does: one that
 * is gone without a word, as a machine is that lost its power, would keep us from those behind it.
 */
#ifndef BOOKREQ_FCGI_HOSTS_H
#define BOOKREQ_FCGI_HOSTS_H

#include <stddef.h>

#define HOSTS_MAX 8

/* What overrides the URI's lists for one server; NULL where the URI says nothing. */
struct host {
	const char *host, *hostaddr, *port;
};

struct hosts {
	char *text[3];               /* owned: what the members of `host` point into */
	struct host host[HOSTS_MAX];
	size_t n;                    /* at least 1 */
	size_t first;                /* the one to begin with: the last that served */
};

/* For a URI that libpq does not take: one server of which nothing is known, so that libpq says what is wrong. */
void hosts_init(struct hosts *h, const char *uri);
void hosts_free(struct hosts *h);

#endif
