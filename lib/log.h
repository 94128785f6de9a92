/* One line per message on standard error: "level program key=value … text". At most 1000 bytes; control bytes are escaped. */
#ifndef BOOKREQ_LOG_H
#define BOOKREQ_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Must be called first. `program` is kept, not copied. */
void log_open(const char *program, enum log_level level);
/* What every further line carries, such as "req=7f3a user=42"; "" for nothing. Copied, cut at 200 bytes. */
void log_context(const char *context);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
