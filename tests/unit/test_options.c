/* The command line's parser, on a small table. */
#include "config.h"

#include "ctl/options.h"
#include "tests/unit/tap.h"

#include <string.h>

static int
nothing(struct ctl *ctl, const struct args *args)
{
	return 0;
}

static const struct command commands[] = {
	{ "plain", NULL, NULL, { { NULL } }, "help", nothing },
	{ "pair", "one", "NAME",
		{ { "need", "X", OPTION_TEXT, .required = true }, { "count", "N", OPTION_NUMBER, .min = 1, .max = 9 },
			{ "limit", "N|none", OPTION_NUMBER_OR_NONE, .min = 0, .max = 5 }, { "flag", NULL, OPTION_FLAG } },
		"help", nothing },
	{ "pair", "two", NULL, { { NULL } }, "help", nothing },
	{ NULL },
};

static struct args args;
static struct buf why;

/* Splits `line` at its spaces; '_' stands for an empty word. */
static bool
parse(const char *line)
{
	static char text[256];
	char *argv[16] = { (char *)(uintptr_t) "program" }, *word;
	int argc = 1;

	(void)snprintf(text, sizeof text, "%s", line);
	for (word = strtok(text, " "); word != NULL && argc < 16; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "_") == 0 ? word + 1 : word;
	buf_clear(&why);
	return args_parse(argc, argv, commands, &args, &why);
}

static bool
is(const char *value, const char *wanted)
{
	return value != NULL && strcmp(value, wanted) == 0;
}

static void
refused(const char *line, const char *reason)
{
	bool accepted = parse(line);

	ok(!accepted && strcmp(buf_str(&why), reason) == 0, "\"%s\" is refused", line);
	if (accepted || strcmp(buf_str(&why), reason) != 0)
		diag("said: %s", buf_str(&why));
}

static void
test_accepted(void)
{
	ok(parse("plain") && args.command == &commands[0] && !args.json && args.operand == NULL, "a command of one word");
	ok(parse("--json plain --config file") && args.json && is(args.config, "file"), "options of the program stand anywhere");
	ok(parse("pair two") && args.command == &commands[2], "the second verb of a group");
	ok(parse("pair one --need x ann") && is(args.operand, "ann") && is(args_value(&args, "need"), "x"), "an option before the operand");
	ok(args_value(&args, "flag") == NULL && args_value(&args, "count") == NULL, "what is not given is NULL");
	ok(parse("pair one ann --need=--x=y --flag") && is(args_value(&args, "need"), "--x=y") && is(args_value(&args, "flag"), ""),
		"a value behind the equals sign");
	ok(parse("pair one ann --need=") && is(args_value(&args, "need"), ""), "an empty value behind the equals sign");
	ok(parse("pair one --need _ ann") && is(args_value(&args, "need"), ""), "an empty word as value");
	ok(parse("pair one --need x -- --ann") && is(args.operand, "--ann"), "an operand with dashes, after --");
	ok(parse("pair one --need x -") && is(args.operand, "-"), "a single dash is an operand");
	ok(parse("pair one ann --need x --count 9 --limit none") && is(args_value(&args, "count"), "9") && is(args_value(&args, "limit"), "none"),
		"numbers and none");
	ok(parse("--help") && args.help && args.command == NULL, "help alone");
	ok(parse("-h") && args.help, "its short form");
	ok(parse("pair one --help") && args.help && args.command == &commands[1], "help of an incomplete command");
	ok(parse("pair --help") && args.help && args.command == NULL, "help of a group");
	ok(parse("--version") && args.version, "version");
}

static void
test_refused(void)
{
	refused("", "no command");
	refused("nonsense", "unknown command \"nonsense\"");
	refused("pair", "pair needs one of: one, two");
	refused("pair three", "pair needs one of: one, two");
	refused("pair _", "pair needs one of: one, two");
	refused("plain more", "plain does not take \"more\"");
	refused("plain --flag", "unknown option --flag of plain");
	refused("--flag plain", "unknown option --flag");
	refused("pair one", "pair one needs NAME");
	refused("pair one ann", "pair one needs --need");
	refused("pair one ann bob --need x", "pair one does not take \"bob\"");
	refused("pair one ann --need", "--need needs a value");
	refused("pair one ann --need --flag", "--need needs a value");
	refused("pair one ann --need x --need x", "--need is given twice");
	refused("pair one ann --flag --flag", "--flag is given twice");
	refused("pair one ann --flag=1", "--flag takes no value");
	refused("pair one ann --need x --count 0", "--count takes a whole number from 1 to 9, not \"0\"");
	refused("pair one ann --need x --count none", "--count takes a whole number from 1 to 9, not \"none\"");
	refused("pair one ann --need x --limit 6", "--limit takes a whole number from 0 to 5 or none, not \"6\"");
	refused("pair one ann --need \xff", "--need is not UTF-8");
	refused("pair one \xc0\x80 --need x", "NAME is not UTF-8");
	refused("--config", "--config needs a value");
}

static void
test_usage(void)
{
	struct buf out;

	buf_init(&out, 1000);
	command_usage(&commands[1], &out);
	ok(buf_ok(&out) && is(buf_str(&out), "pair one NAME --need X [--count N] [--limit N|none] [--flag]"), "the help's line");
	buf_free(&out);
}

int
main(void)
{
	buf_init(&why, 1000);
	test_accepted();
	test_refused();
	test_usage();
	buf_free(&why);
	return done();
}
