/* Whether a request comes from one of our own pages (SPEC section 9, CSRF). */
#ifndef BOOKREQ_ORIGIN_H
#define BOOKREQ_ORIGIN_H

#include <stdbool.h>

struct exchange;

enum origin { ORIGIN_SAME, ORIGIN_OTHER, ORIGIN_UNKNOWN };

/* Judges Sec-Fetch-Site, or without it Origin against scheme, host and port; UNKNOWN when the client sends neither. */
enum origin origin_of(const struct exchange *x);
/* Whether the web server speaks HTTPS with the client. */
bool origin_is_https(const struct exchange *x);

#endif
