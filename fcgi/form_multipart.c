/* multipart/form-data (RFC 7578 over RFC 2046, section 5.1): text fields only, pointing into the body; see form.h. */
#include "config.h"

#include "fcgi/form.h"

#include <string.h>

#define BOUNDARY_MAX 70 /* RFC 2046, section 5.1.1 */

/* The value of name="…" (or name=token) in the parameters of a Content-Disposition line. */
static bool
find_name(struct span line, struct span *name)
{
	const char *p = memchr(line.p, ';', line.len), *end = line.p + line.len;

	while (p != NULL && p < end) {
		struct span key;
		const char *equals, *stop;

		p++;
		equals = memchr(p, '=', (size_t)(end - p));
		if (equals == NULL)
			return false;
		key = str_trim(p, (size_t)(equals - p));
		p = equals + 1;
		if (p < end && *p == '"') {
			stop = memchr(p + 1, '"', (size_t)(end - p - 1));
			if (stop == NULL)
				return false;
			*name = (struct span){ p + 1, (size_t)(stop - p - 1) };
		} else {
			stop = memchr(p, ';', (size_t)(end - p));
			*name = str_trim(p, (size_t)((stop != NULL ? stop : end) - p));
		}
		if (str_equal_nocase(key, "name"))
			return name->len > 0;
		p = stop != NULL ? memchr(stop, ';', (size_t)(end - stop)) : NULL;
	}
	return false;
}

/* Reads the header lines of a part from *at on; leaves *at behind the empty line. */
static bool
read_headers(const char **at, const char *end, struct span *name)
{
	static const char wanted[] = "Content-Disposition:";
	bool found = false;

	for (;;) {
		const char *eol = memmem(*at, (size_t)(end - *at), "\r\n", 2);
		struct span line;

		if (eol == NULL)
			return false;
		line = (struct span){ *at, (size_t)(eol - *at) };
		*at = eol + 2;
		if (line.len == 0)
			return found;
		if (line.len >= sizeof wanted - 1 && str_equal_nocase((struct span){ line.p, sizeof wanted - 1 }, wanted)) {
			if (found || !find_name(line, name))
				return false;
			found = true;
		}
	}
}

static bool
begins(const char *at, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - at) >= len && memcmp(at, with, len) == 0;
}

/* Skips the rest of a delimiter's line; *last tells whether it was the closing one. */
static bool
end_delimiter(const char **at, const char *end, bool *last)
{
	*last = begins(*at, end, "--");
	if (*last)
		return true;
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
	if (!begins(*at, end, "\r\n"))
		return false;
	*at += 2;
	return true;
}

/* Finds the first delimiter: at the very start, or after a preamble. */
static const char *
first_delimiter(const char *text, const char *end, const char *delimiter, size_t len)
{
	const char *p;

	if ((size_t)(end - text) >= len - 2 && memcmp(text, delimiter + 2, len - 2) == 0)
		return text + len - 2;
	p = memmem(text, (size_t)(end - text), delimiter, len);
	return p != NULL ? p + len : NULL;
}

static enum form_result
parse_parts(struct form *f, const char *at, const char *end, const char *delimiter, size_t len, const char **why)
{
	bool last;

	for (;;) {
		struct pair p = { .kind = VALUE_TEXT };
		const char *stop;

		*why = "A multipart delimiter is broken.";
		if (!end_delimiter(&at, end, &last))
			return FORM_BAD;
		if (last)
			return FORM_OK;
		*why = "A multipart part has no readable Content-Disposition with a name.";
		if (!read_headers(&at, end, &p.name))
			return FORM_BAD;
		/* an empty value: the delimiter's CRLF is the one that ended the headers */
		stop = memmem(at - 2, (size_t)(end - at) + 2, delimiter, len);
		*why = "A multipart part is not finished.";
		if (stop == NULL)
			return FORM_BAD;
		p.value = (struct span){ at, stop > at ? (size_t)(stop - at) : 0 };
		at = stop + len;
		if (!form_add(f, p, why))
			return FORM_BAD;
	}
}

enum form_result
form_multipart(struct form *f, struct span boundary, char *text, size_t len, const char **why)
{
	char delimiter[4 + BOUNDARY_MAX] = "\r\n--";
	const char *at;

	*why = "The Content-Type names no usable boundary.";
	if (boundary.len == 0 || boundary.len > BOUNDARY_MAX)
		return FORM_BAD;
	memcpy(delimiter + 4, boundary.p, boundary.len);
	*why = "The multipart body has no delimiter.";
	at = first_delimiter(text, text + len, delimiter, 4 + boundary.len);
	if (at == NULL)
		return FORM_BAD;
	return parse_parts(f, at, text + len, delimiter, 4 + boundary.len, why);
}
