/* The client's side of one WebSocket (RFC 6455) without extensions. No I/O: bytes in, messages out. */
#ifndef BOOKREQ_BENCH_WS_H
#define BOOKREQ_BENCH_WS_H

#include "lib/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define WS_TEXT_MAX 125 /* what ws_text() takes */

struct ws {
	bool open;          /* the handshake was answered */
	struct buf in;      /* what is not yet a whole head or frame; without memory in between */
	struct buf message; /* the fragments so far */
};

/* Called for each whole message, which is in `text` only during the call and ends in NUL. */
typedef void ws_message(void *arg, const char *text, size_t len);

void ws_init(struct ws *ws);
void ws_free(struct ws *ws);
/* The opening handshake. */
void ws_request(struct buf *out, const char *host, const char *path, const char *token);
/* Takes what came; false: refused, closed by a frame, or not RFC 6455. */
bool ws_feed(struct ws *ws, const char *data, size_t len, ws_message *message, void *arg) __attribute__((warn_unused_result));
/* Appends a text frame of at most WS_TEXT_MAX bytes. */
void ws_text(struct buf *out, const char *text);

#endif
