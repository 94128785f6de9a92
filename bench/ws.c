#include "config.h"

#include "bench/ws.h"

#include "lib/str.h"

#include <stdint.h>
#include <string.h>

#define MESSAGE_MAX (1024 * 1024)
#define OPCODE_CONTINUATION 0
#define OPCODE_TEXT 1
#define OPCODE_PING 9
#define OPCODE_PONG 10

/* The example of RFC 6455, section 1.3: a known answer needs no SHA-1. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

struct frame {
	bool final;
	int opcode;
	size_t head, len; /* bytes before the payload, and of it */
};

void
ws_init(struct ws *ws)
{
	ws->open = false;
	buf_init(&ws->in, 2 * MESSAGE_MAX);
	buf_init(&ws->message, MESSAGE_MAX);
}

void
ws_free(struct ws *ws)
{
	buf_free(&ws->in);
	buf_free(&ws->message);
}

void
ws_request(struct buf *out, const char *host, const char *path, const char *token)
{
	buf_addf(out,
		"GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n\r\n",
		path, host, token);
}

static bool
take_handshake(struct ws *ws, bool *more)
{
	const char *text = buf_str(&ws->in), *end = strstr(text, "\r\n\r\n");

	*more = end != NULL;
	if (end == NULL)
		return ws->in.len < 8192;
	if (!str_starts(text, "HTTP/1.1 101 ") || strstr(text, ACCEPT) == NULL)
		return false;
	ws->open = true;
	buf_consume(&ws->in, (size_t)(end - text) + 4);
	return true;
}

/* Section 5.2. False where the head is not all there; a masked frame or a reserved bit leaves opcode -1. */
static bool
read_head(const struct buf *in, struct frame *f)
{
	const unsigned char *p = (const unsigned char *)in->data;
	uint64_t len;
	size_t i, extra;

	if (in->len < 2)
		return false;
	extra = (p[1] & 127) == 127 ? 8 : (p[1] & 127) == 126 ? 2 : 0;
	if (in->len < 2 + extra)
		return false;
	len = p[1] & 127;
	for (i = 0; i < extra; i++)
		len = (i == 0 ? 0 : len << 8) | p[2 + i];
	*f = (struct frame){ .final = (p[0] & 128) != 0, .opcode = p[0] & 15, .head = 2 + extra, .len = (size_t)len };
	if ((p[0] & 112) != 0 || (p[1] & 128) != 0 || len > MESSAGE_MAX)
		f->opcode = -1;
	return true;
}

static bool
take_frame(struct ws *ws, bool *more, ws_message *message, void *arg)
{
	struct frame f;

	*more = read_head(&ws->in, &f);
	if (!*more)
		return true;
	if (f.opcode == OPCODE_PING || f.opcode == OPCODE_PONG)
		f.final = false;
	else if (f.opcode != OPCODE_TEXT && f.opcode != OPCODE_CONTINUATION)
		return false;
	*more = ws->in.len - f.head >= f.len;
	if (!*more)
		return true;
	if (f.opcode == OPCODE_TEXT || f.opcode == OPCODE_CONTINUATION)
		buf_add(&ws->message, ws->in.data + f.head, f.len);
	buf_consume(&ws->in, f.head + f.len);
	if (!buf_ok(&ws->message))
		return false;
	if (f.final) {
		message(arg, buf_str(&ws->message), ws->message.len);
		buf_free(&ws->message);
	}
	return true;
}

bool
ws_feed(struct ws *ws, const char *data, size_t len, ws_message *message, void *arg)
{
	bool ok = true, more = true;

	buf_add(&ws->in, data, len);
	if (!buf_ok(&ws->in))
		return false;
	while (ok && more)
		ok = ws->open ? take_frame(ws, &more, message, arg) : take_handshake(ws, &more);
	if (ws->in.len == 0)
		buf_free(&ws->in); /* thousands of these are idle */
	return ok;
}

/* Section 5.3 wants a mask, not a secret one. */
void
ws_text(struct buf *out, const char *text)
{
	static const char mask[4] = { 1, 2, 3, 4 };
	size_t i, len = strlen(text);

	if (len > WS_TEXT_MAX)
		len = WS_TEXT_MAX;
	buf_addc(out, (char)(128 | OPCODE_TEXT));
	buf_addc(out, (char)(128 | len));
	buf_add(out, mask, sizeof mask);
	for (i = 0; i < len; i++)
		buf_addc(out, (char)(text[i] ^ mask[i % 4]));
}
