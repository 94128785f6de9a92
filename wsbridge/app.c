/* Asking the application; see app.h. */
#include "config.h"

#include "wsbridge/app.h"

#include "lib/fastcgi.h"
#include "lib/log.h"

#include <string.h>
#include <unistd.h>

#define ANSWER_MAX_BYTES (512 * 1024)
#define PARAMS_MAX_BYTES (128 * 1024)
#define SCRATCH_BYTES 4000

static const char *const paths[] = { [APP_OPEN] = "/bridge/open?", [APP_FETCH] = "/bridge/fetch?", [APP_REFRESH] = "/bridge/refresh?" };

/* What the application does not get from the environment: what is set below, and what is the bridge's own. */
static const char *const withheld[] = { "REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING", "CONTENT_LENGTH", "CONTENT_TYPE", "SCRIPT_NAME",
	"SCRIPT_FILENAME", "PATH_INFO", "PATH_TRANSLATED", "PATH", "LD_LIBRARY_PATH", "HTTP_PROXY", "HTTP_X_BOOKREQ_CHANNELS" };

static bool
is_withheld(struct span name)
{
	size_t i;

	if (name.len == 0 || str_starts(name.p, "BOOKREQ_"))
		return true;
	for (i = 0; i < sizeof withheld / sizeof withheld[0]; i++)
		if (str_equal(name, withheld[i]))
			return true;
	return false;
}

static void
add(struct buf *params, const char *name, const char *value)
{
	fastcgi_add_param(params, (struct span){ name, strlen(name) }, (struct span){ value, strlen(value) });
}

static void
add_environment(struct buf *params)
{
	struct span rest, name;
	char **variable;

	for (variable = environ; *variable != NULL; variable++) {
		rest = (struct span){ *variable, strlen(*variable) };
		if (str_take(&rest, '=', &name) && !is_withheld(name))
			fastcgi_add_param(params, name, rest);
	}
}

static void
add_question(struct buf *params, enum app_question question, const char *query)
{
	struct buf uri;

	buf_init(&uri, PARAMS_MAX_BYTES);
	buf_reserve(&uri, SCRATCH_BYTES);
	buf_adds(&uri, paths[question]);
	buf_adds(&uri, query);
	if (!buf_ok(&uri))
		params->failed = true;
	add(params, "REQUEST_METHOD", "GET");
	add(params, "REQUEST_URI", buf_str(&uri));
	add(params, "QUERY_STRING", query);
	add(params, "BOOKREQ_BRIDGE", "1");
	buf_free(&uri);
}

static enum app_result
understand(struct app *app, enum app_question question, int status, struct span body)
{
	bool read;

	if (status == 200) {
		read = question == APP_REFRESH ? answer_read_frames(&app->answer, body) : answer_read(&app->answer, body);
		if (!read)
			log_warn("the application's answer to %s cannot be read", paths[question]);
		return read ? APP_OK : APP_STRANGE;
	}
	if (status != 503 && answer_is_error(&body)) {
		/* the body ends the buffer, at most a newline follows: it can be cut into a string in place */
		app->body.data[body.p + body.len - app->body.data] = '\0';
		app->error = body.p;
		return APP_REFUSED;
	}
	if (status == 503)
		return APP_AWAY;
	log_warn("the application answers %s with status %d", paths[question], status);
	return APP_STRANGE;
}

void
app_init(struct app *app, const char *socket, int64_t call_ms, int client)
{
	*app = (struct app){ .socket = socket, .call_ms = call_ms, .client = client };
	buf_init(&app->body, ANSWER_MAX_BYTES);
	buf_init(&app->environment, PARAMS_MAX_BYTES);
	add_environment(&app->environment);
}

void
app_close(struct app *app)
{
	app_free(app);
	buf_free(&app->environment);
}

enum app_result
app_ask(struct app *app, enum app_question question, const char *query)
{
	enum fastcgi_result result = FASTCGI_BROKEN;
	struct buf params;
	struct span body;
	int status;

	buf_free(&app->body);
	buf_init(&params, PARAMS_MAX_BYTES);
	buf_reserve(&params, SCRATCH_BYTES);
	buf_reserve(&app->body, SCRATCH_BYTES);
	buf_add(&params, buf_str(&app->environment), app->environment.len);
	add_question(&params, question, query);
	if (buf_ok(&app->environment) && buf_ok(&params))
		result = fastcgi_call(app->socket, &params, app->call_ms, app->client, &app->body);
	buf_free(&params);
	if (result == FASTCGI_ABORTED)
		return APP_GONE;
	if (result != FASTCGI_ANSWERED || !fastcgi_split(&app->body, &status, &body))
		return APP_AWAY;
	return understand(app, question, status, body);
}

void
app_free(struct app *app)
{
	buf_free(&app->body);
	app->error = NULL;
}
