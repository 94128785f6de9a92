/* The Test Anything Protocol in a few lines: ok() for each check, and `return done();` at the end of main(). */
#ifndef BOOKREQ_TAP_H
#define BOOKREQ_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool
ok(bool passed, const char *format, ...)
{
	va_list ap;

	tap_count++;
	tap_failed += !passed;
	(void)printf("%sok %d - ", passed ? "" : "not ", tap_count);
	va_start(ap, format);
	(void)vprintf(format, ap);
	va_end(ap);
	(void)printf("\n");
	return passed;
}

/* A line for whoever reads the log, such as a seed. */
__attribute__((format(printf, 1, 2))) static inline void
diag(const char *format, ...)
{
	va_list ap;

	(void)printf("# ");
	va_start(ap, format);
	(void)vprintf(format, ap);
	va_end(ap);
	(void)printf("\n");
}

static inline int
done(void)
{
	(void)printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
