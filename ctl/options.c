#include "config.h"

#include "ctl/options.h"

#include "lib/str.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What is still to be read, and where complaints go. */
struct parse {
	char *const *argv;
	int argc, next;
	struct args *args;
	struct buf *why;
};

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void
name_command(const struct command *command, struct buf *out)
{
	buf_adds(out, command->group);
	if (command->verb)
		buf_addf(out, " %s", command->verb);
}

void
command_usage(const struct command *command, struct buf *out)
{
	const struct option *o;

	name_command(command, out);
	if (command->operand)
		buf_addf(out, " %s", command->operand);
	for (o = command->options; o->name; o++) {
		buf_addf(out, o->required ? " --%s" : " [--%s", o->name);
		if (o->value)
			buf_addf(out, " %s", o->value);
		if (!o->required)
			buf_addc(out, ']');
	}
}

/* Text from the command line goes into sentences and the database: neither can hold anything but UTF-8. */
static bool
check_text(const char *what, const char *text, struct buf *why)
{
	size_t count;

	if (str_utf8_count(text, strlen(text), &count))
		return true;
	buf_addf(why, "%s is not UTF-8", what);
	return false;
}

static bool
check_number(const struct option *o, const char *text, struct buf *why)
{
	bool none_too = o->kind == OPTION_NUMBER_OR_NONE;
	int64_t number;

	if (str_to_i64(text, strlen(text), o->min, o->max, &number) || (none_too && is(text, "none")))
		return true;
	buf_addf(why, "--%s takes a whole number from %" PRId64 " to %" PRId64 "%s, not \"%s\"", o->name, o->min, o->max,
		none_too ? " or none" : "", text);
	return false;
}

/*
 * The value behind '=' or in the next word. A next word that looks like an option is more likely a forgotten value, so
 * a value that begins with two dashes needs the '='.
 */
static const char *
take_value(struct parse *in, const char *name, const char *attached)
{
	const char *value = attached;

	if (!value && in->next < in->argc && !str_starts(in->argv[in->next], "--"))
		value = in->argv[in->next++];
	if (!value)
		buf_addf(in->why, "--%s needs a value", name);
	return value;
}

static bool
take_flag(struct parse *in, const char *name, const char *attached, bool *flag)
{
	if (attached)
		buf_addf(in->why, "--%s takes no value", name);
	*flag = true;
	return !attached;
}

/* --config, --json, --help and --version; 0 when `name` is none of them, else 1 or -1 for failure. */
static int
take_global(struct parse *in, const char *name, const char *attached)
{
	struct args *args = in->args;
	bool *flag = is(name, "json") ? &args->json : is(name, "help") ? &args->help : is(name, "version") ? &args->version : NULL;

	if (flag)
		return take_flag(in, name, attached, flag) ? 1 : -1;
	if (!is(name, "config"))
		return 0;
	if (args->config) {
		buf_adds(in->why, "--config is given twice");
		return -1;
	}
	args->config = take_value(in, name, attached);
	return args->config ? 1 : -1;
}

static bool
take_own(struct parse *in, const struct option *o, const char *attached, const char **value)
{
	char label[64];
	bool given;

	if (*value) {
		buf_addf(in->why, "--%s is given twice", o->name);
		return false;
	}
	if (o->kind == OPTION_FLAG) {
		*value = "";
		return take_flag(in, o->name, attached, &given);
	}
	*value = take_value(in, o->name, attached);
	if (!*value)
		return false;
	snprintf(label, sizeof label, "--%s", o->name);
	if (!check_text(label, *value, in->why))
		return false;
	return o->kind == OPTION_TEXT || check_number(o, *value, in->why);
}

/* One word that begins with a dash. */
static bool
take_option(struct parse *in, const char *word)
{
	const struct command *command = in->args->command;
	const char *equals = strchr(word, '=');
	const char *attached = equals ? equals + 1 : NULL;
	char name[32];
	size_t i, len;
	int global;

	if (is(word, "-h"))
		word = "--help";
	len = equals ? (size_t)(equals - word) : strlen(word);
	if (!str_starts(word, "--") || len - 2 >= sizeof name)
		goto unknown;
	memcpy(name, word + 2, len - 2);
	name[len - 2] = '\0';

	global = take_global(in, name, attached);
	if (global)
		return global > 0;
	for (i = 0; command && command->options[i].name; i++)
		if (is(command->options[i].name, name))
			return take_own(in, &command->options[i], attached, &in->args->values[i]);
unknown:
	if (!check_text("an option", word, in->why))
		return false;
	buf_addf(in->why, "unknown option %.*s", (int)len, word);
	if (command) {
		buf_adds(in->why, " of ");
		name_command(command, in->why);
	}
	return false;
}

static bool
take_operand(struct parse *in, const char *word)
{
	const struct command *command = in->args->command;

	if (!check_text(command->operand ? command->operand : "an argument", word, in->why))
		return false;
	if (command->operand && !in->args->operand) {
		in->args->operand = word;
		return true;
	}
	name_command(command, in->why);
	buf_addf(in->why, " does not take \"%s\"", word);
	return false;
}

/* The verbs of a group, for whoever mistyped one. */
static void
list_verbs(const struct command *commands, const char *group, struct buf *out)
{
	const char *separator = "";

	for (; commands->group; commands++) {
		if (!is(commands->group, group))
			continue;
		buf_addf(out, "%s%s", separator, commands->verb);
		separator = ", ";
	}
}

static bool
take_command(struct parse *in, const struct command *commands, const char *group)
{
	const struct command *c;
	const char *verb;

	if (!check_text("the command", group, in->why))
		return false;
	for (c = commands; c->group && !is(c->group, group); c++)
		;
	if (!c->group) {
		buf_addf(in->why, "unknown command \"%s\"", group);
		return false;
	}
	if (!c->verb) {
		in->args->command = c;
		return true;
	}
	verb = in->next < in->argc ? in->argv[in->next] : "";
	for (; c->group; c++) {
		if (is(c->group, group) && is(c->verb, verb)) {
			in->next++;
			in->args->command = c;
			return true;
		}
	}
	if (is(verb, "--help") || is(verb, "-h"))
		return true;
	buf_addf(in->why, "%s needs one of: ", group);
	list_verbs(commands, group, in->why);
	return false;
}

static bool
check_complete(const struct args *args, struct buf *why)
{
	const struct command *command = args->command;
	size_t i;

	if (args->help || args->version)
		return true;
	if (!command) {
		buf_adds(why, "no command");
		return false;
	}
	if (command->operand && !args->operand) {
		name_command(command, why);
		buf_addf(why, " needs %s", command->operand);
		return false;
	}
	for (i = 0; command->options[i].name; i++) {
		if (command->options[i].required && !args->values[i]) {
			name_command(command, why);
			buf_addf(why, " needs --%s", command->options[i].name);
			return false;
		}
	}
	return true;
}

bool
args_parse(int argc, char *const *argv, const struct command *commands, struct args *args, struct buf *why)
{
	struct parse in = { argv, argc, 1, args, why };
	bool options_end = false;

	memset(args, 0, sizeof *args);
	while (in.next < argc) {
		const char *word = argv[in.next++];
		bool ok;

		if (!options_end && is(word, "--")) {
			options_end = true;
			continue;
		}
		if (!options_end && word[0] == '-' && word[1])
			ok = take_option(&in, word);
		else if (!args->command)
			ok = take_command(&in, commands, word);
		else
			ok = take_operand(&in, word);
		if (!ok)
			return false;
	}
	return check_complete(args, why);
}

const char *
args_value(const struct args *args, const char *name)
{
	size_t i;

	for (i = 0; args->command->options[i].name; i++)
		if (is(args->command->options[i].name, name))
			return args->values[i];
	assert(!"the command has no such option");
	return NULL;
}
