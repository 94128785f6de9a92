/*
 * Asking the application (docs/design.md, "Bridge → application"): a FastCGI request with the environment that websocketd gave us,
 * so that the application sees the client's own cookie, token, origin and address.
 */
#ifndef BOOKREQ_WSBRIDGE_APP_H
#define BOOKREQ_WSBRIDGE_APP_H

#include "lib/buf.h"
#include "lib/str.h"
#include "wsbridge/answer.h"

#include <stdint.h>

enum app_result {
	APP_OK,      /* `answer` is filled */
	APP_REFUSED, /* `error` is the frame to be written before closing */
	APP_STRANGE, /* an answer that cannot be understood: of another version, as it is while workers are being upgraded */
	APP_AWAY,    /* unavailable, too slow, or no answer: ask again later */
	APP_GONE     /* the client went away meanwhile */
};

struct app {
	const char *socket; /* not owned */
	int64_t call_ms;    /* deadline of a question */
	int client;         /* descriptor whose hang-up ends the wait for an answer */
	struct buf environment; /* what every question carries of it, encoded; failed: it is too large */
	struct buf body;    /* the answer's text; not owned by what points into it: app_free() ends that */
	struct answer answer;
	const char *error;
};

enum app_question { APP_OPEN, APP_FETCH, APP_REFRESH };

/* Takes what it needs of the environment. */
void app_init(struct app *app, const char *socket, int64_t call_ms, int client);
void app_close(struct app *app);
/* Asks; `query` is the query string. The answer is good until app_free(). */
enum app_result app_ask(struct app *app, enum app_question question, const char *query);
/* Gives back the last answer's memory. */
void app_free(struct app *app);

#endif
