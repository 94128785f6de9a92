/* Writing a finished exchange as a CGI response (RFC 3875, section 6). */
#ifndef BOOKREQ_RESPONSE_H
#define BOOKREQ_RESPONSE_H

struct exchange;
struct FCGX_Stream;

/* Writes status, headers and, except to HEAD, the body. A client that is gone is no error. */
void response_send(const struct exchange *x, struct FCGX_Stream *out);

#endif
