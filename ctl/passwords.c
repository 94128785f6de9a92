#include "config.h"

#include "ctl/passwords.h"

#include "ctl/ctl.h"
#include "lib/str.h"

#include <stdio.h>
#include <string.h>

/* The length without the newline; -1 for more than there is room for. */
static int
read_line(char *line, size_t size)
{
	size_t len = 0;
	int c;

	while ((c = getchar()) != EOF && c != '\n') {
		if (len == size)
			return -1;
		line[len++] = (char)c;
	}
	return ferror(stdin) ? -1 : (int)len;
}

static bool
acceptable(const char *line, int len)
{
	size_t count;

	if (len == 0) {
		note("standard input holds no password");
		return false;
	}
	if (len > 0 && (memchr(line, '\0', (size_t)len) || !str_utf8_count(line, (size_t)len, &count))) {
		note("the password is not UTF-8 text");
		return false;
	}
	if (len < 0 || count < PASSWORD_MIN || count > PASSWORD_MAX) {
		note("the password must have %d to %d characters", PASSWORD_MIN, PASSWORD_MAX);
		return false;
	}
	return true;
}

bool
password_read(char hash[crypto_pwhash_STRBYTES])
{
	char line[PASSWORD_MAX_BYTES];
	int len = read_line(line, sizeof line);
	bool ok = acceptable(line, len);

	if (ok && !password_hash(line, (size_t)len, hash)) {
		note("there is not enough memory to hash the password");
		ok = false;
	}
	sodium_memzero(line, sizeof line);
	return ok;
}
