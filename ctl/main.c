/* bookreqctl: the operator's command line. One table of commands; each runs to its end and gives the exit status. */
#include "config.h"

#include "ctl/ctl.h"

#include "ctl/output.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define AMOUNT_MAX 100000
#define DAYS_MAX 3650

#define CREATOR { "creator", "C", OPTION_TEXT, .required = true }
#define EMAIL { "email", "E", OPTION_TEXT }
#define PASSWORD { "password-stdin", NULL, OPTION_FLAG }

static const struct command commands[] = {
	{ "migrate", NULL, NULL, { { NULL } }, "bring the database to this version", migrate },
	{ "creator", "add", "NAME", { { "email", "E", OPTION_TEXT, .required = true }, PASSWORD }, "a new creator; prints the id", creator_add },
	{ "tier", "set", "TITLE",
		{ CREATOR, { "requests", "N", OPTION_NUMBER, .required = true, 0, AMOUNT_MAX },
			{ "chapters", "N", OPTION_NUMBER, .required = true, 0, AMOUNT_MAX } },
		"create or change a tier; prints the id", tier_set },
	{ "user", "add", "NAME", { CREATOR, { "tier", "TITLE", OPTION_TEXT }, EMAIL, PASSWORD }, "a new subscriber; prints the id", user_add },
	{ "user", "set", "NAME",
		{ { "tier", "TITLE", OPTION_TEXT }, { "allowance", "N|none", OPTION_NUMBER_OR_NONE, .min = 0, .max = AMOUNT_MAX }, EMAIL },
		"change tier (\"\": no tier), own allowance or e-mail address", user_set },
	{ "user", "passwd", "NAME", { { "password-stdin", NULL, OPTION_FLAG, .required = true } }, "a new password; log-ins end", user_passwd },
	{ "user", "activate", "NAME", { { NULL } }, "let in again", user_activate },
	{ "user", "deactivate", "NAME", { { NULL } }, "shut out: sessions end, sockets close", user_deactivate },
	{ "user", "list", NULL, { CREATOR }, "a creator's users: id, name, role, tier, allowance, active, e-mail", user_list },
	{ "user", "import", "FILE.csv", { CREATOR, { "dry-run", NULL, OPTION_FLAG } }, "members from a CSV export; --dry-run changes nothing",
		user_import },
	{ "team", "add", "NAME", { CREATOR }, "make a user a team member", team_add },
	{ "team", "remove", "NAME", { CREATOR }, "make a team member a subscriber again", team_remove },
	{ "token", "add", "NAME", { { "days", "N", OPTION_NUMBER, .min = 1, .max = DAYS_MAX } }, "a bearer token; printed this once", token_add },
	{ "token", "revoke", "NAME", { { NULL } }, "end all of a user's tokens of the command line", token_revoke },
	{ "tail", NULL, "NAME", { { NULL } }, "the live frames of a user, a line each, until interrupted", tail },
	{ "doctor", NULL, NULL, { { NULL } }, "check connections and what must always hold; exit 1 with each violation named", doctor },
	{ "prune", NULL, NULL, { { NULL } }, "delete old events, expired sessions and idempotency keys", prune },
	{ "epoch", NULL, NULL, { { "renew", NULL, OPTION_FLAG } }, "the database's epoch; --renew after a restore", epoch },
	{ NULL },
};

static void
help_global(struct buf *out)
{
	const struct command *c;

	buf_adds(out, "usage: bookreqctl [--config FILE] [--json] COMMAND …\n"
		      "       bookreqctl COMMAND --help\n"
		      "       bookreqctl --help | --version\n\n"
		      "Commands:\n");
	for (c = commands; c->group; c++) {
		buf_adds(out, "  ");
		command_usage(c, out);
		buf_addf(out, "\n        %s\n", c->help);
	}
	buf_adds(out, "\nOptions:\n"
		      "  --config FILE     settings file (else BOOKREQ_CONFIG, else the installed one)\n"
		      "  --json            one JSON object on standard output instead of the bare value\n"
		      "  --password-stdin  the first line of standard input is the password\n\n"
		      "Exit status: 0 done, 1 refused (the reason is on standard error), 2 usage.\n\n"
		      "Settings (name = value; or the environment, as BOOKREQ_NAME):\n");
	conf_help(out);
}

static int
help(const struct command *command)
{
	struct buf out;
	bool ok;

	buf_init(&out, 65536);
	if (command) {
		buf_adds(&out, "usage: bookreqctl [--config FILE] [--json] ");
		command_usage(command, &out);
		buf_addf(&out, "\n  %s\n", command->help);
	} else {
		help_global(&out);
	}
	ok = buf_ok(&out);
	if (ok)
		fputs(buf_str(&out), stdout);
	buf_free(&out);
	return ok ? EXIT_DONE : refuse("out of memory");
}

static int
run(const struct args *args)
{
	struct ctl ctl = { .json = args->json };
	struct buf why;
	int status;

	buf_init(&why, 4096);
	if (!conf_load(&ctl.conf, args->config, &why))
		status = refuse("%s", buf_str(&why));
	else
		status = args->command->run(&ctl, args);
	PQfinish(ctl.db);
	conf_free(&ctl.conf);
	buf_free(&why);
	return status;
}

int
main(int argc, char **argv)
{
	struct args args;
	struct buf why;
	int status;

	/* A reader that went away shows as a failed write, which is reported; a signal would not be. */
	signal(SIGPIPE, SIG_IGN);
	log_open("bookreqctl", LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
	buf_init(&why, 4096);
	if (!args_parse(argc, argv, commands, &args, &why)) {
		note("%s", buf_str(&why));
		note("try: bookreqctl --help");
		status = EXIT_USAGE;
	} else if (args.help) {
		status = help(args.command);
	} else if (args.version) {
		puts(PACKAGE_STRING);
		status = EXIT_DONE;
	} else {
		status = run(&args);
	}
	buf_free(&why);
	return output_flush() ? status : EXIT_REFUSED;
}
