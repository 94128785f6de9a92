/*
 * What an archive that was compiled for glibc with _FORTIFY_SOURCE calls and musl does not have: functions that are told the size of the
 * object written to, and end the process rather than write beyond it.
 */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __snprintf_chk(char *s, size_t max, int flag, size_t size, const char *format, ...);
int __sprintf_chk(char *s, int flag, size_t size, const char *format, ...);
int __vsnprintf_chk(char *s, size_t max, int flag, size_t size, const char *format, va_list ap);
void *__memcpy_chk(void *to, const void *from, size_t len, size_t size);

__attribute__((format(printf, 5, 0))) int
__vsnprintf_chk(char *s, size_t max, int flag, size_t size, const char *format, va_list ap)
{
	(void)flag;
	if (max > size)
		abort();
	return vsnprintf(s, max, format, ap);
}

__attribute__((format(printf, 5, 6))) int
__snprintf_chk(char *s, size_t max, int flag, size_t size, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = __vsnprintf_chk(s, max, flag, size, format, ap);
	va_end(ap);
	return n;
}

__attribute__((format(printf, 4, 5))) int
__sprintf_chk(char *s, int flag, size_t size, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	if (size > INT_MAX)
		size = INT_MAX; /* as where the compiler did not know it; musl would refuse */
	va_start(ap, format);
	n = vsnprintf(s, size, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= size)
		abort();
	return n;
}

void *
__memcpy_chk(void *to, const void *from, size_t len, size_t size)
{
	if (len > size)
		abort();
	return memcpy(to, from, len);
}
