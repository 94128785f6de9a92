/* Log lines; see log.h. They stay far below 4096 bytes: websocketd stops reading a program's errors after a longer one. */
#include "config.h"

#include "lib/log.h"

#include "lib/str.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1000
#define TEXT_MAX_BYTES 600 /* of a message or a path, escaped; everything else together is shorter than the rest */
#define METHOD_MAX_BYTES 32

static const char *log_program = "bookreq";
static enum log_level log_threshold = LOG_LEVEL_INFO;
static enum log_format log_form = LOG_FORMAT_TEXT;
static char log_id[65], log_user[21];

struct line {
	char text[LINE_MAX_BYTES + 1]; /* room for the newline */
	size_t len;
};

void
log_open(const char *program, enum log_level level, enum log_format format)
{
	log_program = program;
	log_threshold = level;
	log_form = format;
}

static void
copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

void
log_context(const char *request, const char *user)
{
	copy(log_id, sizeof log_id, request);
	copy(log_user, sizeof log_user, user);
}

__attribute__((format(printf, 2, 3))) static void
add(struct line *l, const char *format, ...)
{
	size_t room = LINE_MAX_BYTES - l->len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(l->text + l->len, room, format, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* The bytes of the UTF-8 character that `s` begins with, 0 where it is none. */
static size_t
character(const char *s)
{
	size_t len, count;

	for (len = 1; len <= 4 && s[len - 1] != '\0'; len++)
		if (str_utf8_count(s, len, &count))
			return len;
	return 0;
}

static bool
is_control(const char *s, size_t len)
{
	unsigned char a = (unsigned char)s[0], b = len == 2 ? (unsigned char)s[1] : 0;

	return (len == 1 && (a < 0x20 || a == 0x7f)) || (len == 2 && a == 0xc2 && b < 0xa0);
}

/* One character, or one byte that is none; the bytes taken from `s`. */
static size_t
escape(const char *s, char *out, size_t size)
{
	size_t len = character(s);
	bool control = len > 0 && is_control(s, len), json = log_form == LOG_FORMAT_JSON;

	if (json && len == 0)
		(void)snprintf(out, size, "\\ufffd");
	else if (json && control)
		(void)snprintf(out, size, "\\u%04x", (unsigned char)s[len - 1]);
	else if (json && (s[0] == '"' || s[0] == '\\'))
		(void)snprintf(out, size, "\\%c", s[0]);
	else if (control && len == 2)
		(void)snprintf(out, size, "\\x%02x\\x%02x", (unsigned char)s[0], (unsigned char)s[1]);
	else if (control || len == 0)
		(void)snprintf(out, size, "\\x%02x", (unsigned char)s[0]);
	else
		(void)snprintf(out, size, "%.*s", (int)len, s);
	return len > 0 ? len : 1;
}

/* How many bytes stand for themselves in both formats. */
static size_t
plain_length(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

/* At most `max` bytes of escaped text, never cut inside a character. */
static void
add_text(struct line *l, const char *s, size_t max)
{
	size_t used, n;
	char unit[16];

	for (used = 0; *s != '\0'; used += n) {
		n = plain_length(s, max - used);
		if (n > 0) {
			add(l, "%.*s", (int)n, s);
			s += n;
			continue;
		}
		s += escape(s, unit, sizeof unit);
		n = strlen(unit);
		if (n > max - used)
			return;
		add(l, "%s", unit);
	}
}

static void
add_time(struct line *l)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	if (clock_gettime(CLOCK_REALTIME, &now) == 0 && gmtime_r(&now.tv_sec, &tm) != NULL && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) > 0)
		add(l, "\"time\":\"%s.%06ldZ\",", text, now.tv_nsec / 1000);
}

static void
begin(struct line *l, enum log_level level)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	l->len = 0;
	if (log_form == LOG_FORMAT_TEXT) {
		add(l, "%s %s", names[level], log_program);
		if (log_id[0] != '\0')
			add(l, " req=%s", log_id);
		if (log_user[0] != '\0')
			add(l, " user=%s", log_user);
		return;
	}
	add(l, "{");
	add_time(l);
	add(l, "\"level\":\"%s\",\"program\":\"%s\"", names[level], log_program);
	if (log_id[0] != '\0')
		add(l, ",\"request_id\":\"%s\"", log_id);
	if (log_user[0] != '\0')
		add(l, ",\"user_id\":%s", log_user);
}

static void
end(struct line *l)
{
	if (log_form == LOG_FORMAT_JSON)
		add(l, "}");
	l->text[l->len++] = '\n';
	if (write(STDERR_FILENO, l->text, l->len) < 0)
		return; /* there is nowhere left to say it */
}

void
log_request(enum log_level level, const struct log_request *r)
{
	bool json = log_form == LOG_FORMAT_JSON;
	struct line l;

	if (level > log_threshold)
		return;
	begin(&l, level);
	add(&l, json ? ",\"method\":\"" : " ");
	add_text(&l, r->method, METHOD_MAX_BYTES);
	add(&l, json ? "\",\"path\":\"" : " ");
	add_text(&l, r->path, TEXT_MAX_BYTES);
	add(&l, json ? "\",\"status\":%d,\"ms\":%" PRId64 ".%03d" : " %d %" PRId64 ".%03d ms", r->status, r->us / 1000, (int)(r->us % 1000));
	if (r->code[0] != '\0')
		add(&l, json ? ",\"code\":\"%s\"" : " %s", r->code);
	end(&l);
}

__attribute__((format(printf, 2, 0))) static void
log_line(enum log_level level, const char *format, va_list ap)
{
	bool json = log_form == LOG_FORMAT_JSON;
	char message[LINE_MAX_BYTES];
	struct line l;
	size_t n;

	if (level > log_threshold || vsnprintf(message, sizeof message, format, ap) < 0)
		return;
	for (n = strlen(message); n > 0 && message[n - 1] == '\n'; n--)
		message[n - 1] = '\0'; /* libraries end theirs so */
	begin(&l, level);
	add(&l, json ? ",\"message\":\"" : " ");
	add_text(&l, message, TEXT_MAX_BYTES);
	if (json)
		add(&l, "\"");
	end(&l);
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
