#include "config.h"

#include "ctl/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 1, 0))) static void
line(const char *format, va_list list)
{
	fputs("bookreqctl: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

int
refuse(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	line(format, list);
	va_end(list);
	return EXIT_REFUSED;
}

void
note(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	line(format, list);
	va_end(list);
}

void
output(const struct ctl *ctl, const char *json, const char *bare)
{
	const char *text = ctl->json ? json : bare;

	if (text)
		puts(text);
}

bool
output_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	note("standard output cannot be written: %s", strerror(errno));
	return false;
}
