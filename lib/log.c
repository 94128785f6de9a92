/* Log lines; see log.h. They stay far below 4096 bytes: websocketd stops reading a program's errors after a longer one. */
#include "config.h"

#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1000

static const char *log_program = "bookreq";
static enum log_level log_threshold = LOG_LEVEL_INFO;
static char log_ctx[200];

void
log_open(const char *program, enum log_level level)
{
	log_program = program;
	log_threshold = level;
}

void
log_context(const char *context)
{
	(void)snprintf(log_ctx, sizeof log_ctx, "%s", context);
}

/* No message can forge a second line or move a terminal's cursor. */
static void
mask_controls(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static void
log_line(enum log_level level, const char *format, va_list ap)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char line[LINE_MAX_BYTES + 2];
	int n;

	if (level > log_threshold)
		return;
	n = snprintf(line, LINE_MAX_BYTES, "%s %s %s%s", names[level], log_program, log_ctx, log_ctx[0] != '\0' ? " " : "");
	if (n < 0 || n >= LINE_MAX_BYTES)
		return;
	(void)vsnprintf(line + n, LINE_MAX_BYTES - (size_t)n, format, ap);
	mask_controls(line);
	n = (int)strlen(line);
	line[n] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n + 1) < 0)
		return; /* there is nowhere left to say it */
}

#define DEFINE_LOG(name, level)              \
	void name(const char *format, ...)   \
	{                                    \
		va_list ap;                  \
		va_start(ap, format);        \
		log_line(level, format, ap); \
		va_end(ap);                  \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
