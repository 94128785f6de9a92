/* Questions about the program; see usage.h. */
#include "config.h"

#include "lib/usage.h"

#include "lib/conf.h"

#include <stdio.h>
#include <string.h>

#define WRONG 2

static void
print_help(const struct usage *usage, struct buf *out)
{
	buf_addf(out, "%s\nSettings (name = value in the settings file; or the environment, as BOOKREQ_NAME):\n", usage->text);
	conf_help(out);
}

int
usage_answer(const struct usage *usage, int argc, char **argv)
{
	struct buf out;
	bool ok;

	buf_init(&out, 65536);
	if (argc != 2)
		;
	else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		print_help(usage, &out);
	else if (strcmp(argv[1], "--version") == 0)
		buf_adds(&out, PACKAGE_STRING "\n");
	else if (usage->option != NULL && strcmp(argv[1], usage->option) == 0)
		usage->print(&out);
	if (out.len == 0 && buf_ok(&out)) {
		fprintf(stderr, "%s: wrong arguments\n%s: try: %s --help\n", usage->program, usage->program, usage->program);
		return WRONG;
	}
	ok = buf_ok(&out) && fputs(buf_str(&out), stdout) != EOF && fflush(stdout) == 0;
	if (!ok)
		fprintf(stderr, "%s: standard output cannot be written\n", usage->program);
	buf_free(&out);
	return ok ? 0 : 1;
}
