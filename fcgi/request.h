/* What the web server sent: read, bounded, and checked against what the route takes. */
#ifndef BOOKREQ_REQUEST_H
#define BOOKREQ_REQUEST_H

#include <stdbool.h>

struct exchange;
struct FCGX_Stream;

#define REQUEST_PATH_MAX 1024  /* bytes */
#define REQUEST_QUERY_MAX 8192
#define REQUEST_BODY_MAX 65536

/*
 * Reads id, method, path, query, and the body to its end, as libfcgi needs it. False for a path that cannot be one of ours; what is wrong with
 * the body is kept in x->problem.
 */
bool request_read(struct exchange *x, struct FCGX_Stream *in) __attribute__((warn_unused_result));
/* Fills x->form and x->values by the route's fields; or the first fault, of 413, 415, 400 and 422 in this order, is in x->problem. */
void request_check(struct exchange *x);

#endif
