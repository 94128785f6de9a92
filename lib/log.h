/*
 * One line per message on standard error, at most 1000 bytes: "level program req=ID user=ID text", or a JSON object. What
 * could end the line, move a terminal's cursor or is no UTF-8 is escaped.
 */
#ifndef BOOKREQ_LOG_H
#define BOOKREQ_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Must be called first. `program` is kept, not copied. */
void log_open(const char *program, enum log_level level, enum log_format format);
/* What every further line carries: a request's id and its user's, "" for none. Copied, cut at 64 and 20 bytes. */
void log_context(const char *request, const char *user);

/* A request that was answered. */
struct log_request {
	const char *method, *path;
	int status;
	const char *code; /* of a problem document, "" without one */
	int64_t us;       /* how long it took */
};
void log_request(enum log_level level, const struct log_request *r);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
