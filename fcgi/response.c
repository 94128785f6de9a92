/* CGI responses; see response.h. */
#include "config.h"

#include "fcgi/response.h"

#include "fcgi/exchange.h"

#include <fcgiapp.h>

/* The reason phrase (RFC 9110, section 15); clients may ignore it, people reading along do not. */
static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} reasons[] = { { 200, "OK" }, { 201, "Created" }, { 204, "No Content" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" }, { 409, "Conflict" }, { 410, "Gone" },
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" }, { 503, "Service Unavailable" } };
	size_t i;

	for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	return "";
}

/* Content that did not fit is never sent cut. */
static struct span
content_of(const struct exchange *x)
{
	if (x->content.len > 0)
		return (struct span){ x->content.data, x->content.len };
	return x->answer.body;
}

void
response_send(const struct exchange *x, struct FCGX_Stream *out)
{
	bool has_body = x->content_type != NULL && x->status != 204;
	struct span content = has_body ? content_of(x) : (struct span){ "", 0 };
	struct buf head;

	buf_init(&head, 8192);
	buf_reserve(&head, 500);
	buf_addf(&head, "Status: %d %s\r\n", x->status, reason(x->status));
	if (has_body)
		buf_addf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", x->content_type, content.len);
	buf_addf(&head, "X-Request-Id: %s\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n", x->request_id);
	buf_add(&head, buf_str(&x->headers), x->headers.len);
	buf_adds(&head, "\r\n");
	if (buf_ok(&head) && buf_ok(&x->headers) && buf_ok(&x->content)) {
		(void)FCGX_PutStr(head.data, (int)head.len, out);
		if (!x->head && content.len > 0)
			(void)FCGX_PutStr(content.p, (int)content.len, out);
	} else {
		(void)FCGX_PutS("Status: 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n", out);
	}
	buf_free(&head);
}
