// SPDX-License-Identifier: GPL-2.0
/*
 * Walks a command's arguments by the options that it declares: options ("--file F",
 * "--file=F", "-w F"), keywords ("port 80") and words.
 */
#include "args.h"

#include <string.h>

#include "dtctl.h"
#include "fail.h"

#define HELP_HINT "see \"dtctl help\", or -h after the command"

struct cw_args cw_args_begin(int argc, char **argv, const struct cw_cli *cli)
{
	return (struct cw_args){ .argc = argc, .argv = argv, .command = cli->command };
}

/* Finds the option that @arg names; @inline_value is the text behind "=" in a long one. */
static int option_find(const struct cw_command *command, char *arg, char **inline_value)
{
	const struct cw_option *options = command->options;
	size_t length = strlen(arg);
	char *equals = strchr(arg, '=');

	*inline_value = NULL;
	if (!strncmp(arg, "--", 2) && equals) {
		length = (size_t)(equals - arg);
		*inline_value = equals + 1;
	}
	for (int i = 0; options && options[i].name; i++)
		if (strlen(options[i].name) == length && !strncmp(options[i].name, arg, length))
			return i;
	return CW_ARG_WORD;
}

static int option_take(struct cw_args *args, int found, char *inline_value)
{
	const struct cw_option *option = &args->command->options[found];

	if (!option->repeat && args->seen & (uint64_t)1 << found) {
		cw_fail(CW_EXIT_USAGE, "leave one of them out", "%s is given twice", option->name);
		return CW_ARG_ERROR;
	}
	args->seen |= (uint64_t)1 << found;
	args->value = inline_value;
	if (!option->value && inline_value) {
		cw_fail(CW_EXIT_USAGE, HELP_HINT, "%s takes no value, but got \"%s\"", option->name,
			inline_value);
		return CW_ARG_ERROR;
	}
	if (option->value && !inline_value) {
		if (args->next == args->argc) {
			cw_fail(CW_EXIT_USAGE, HELP_HINT, "%s needs a value: %s", option->name,
				option->value);
			return CW_ARG_ERROR;
		}
		args->value = args->argv[args->next++];
	}
	return found;
}

static int word_take(struct cw_args *args, char *arg)
{
	if (arg[0] == '-' && arg[1] && strcmp(arg, "--")) {
		cw_fail(CW_EXIT_USAGE, HELP_HINT, "unknown option \"%s\"", arg);
		return CW_ARG_ERROR;
	}
	if (!args->command->words) {
		cw_fail(CW_EXIT_USAGE, HELP_HINT, "unexpected argument \"%s\"", arg);
		return CW_ARG_ERROR;
	}
	args->value = arg;
	return CW_ARG_WORD;
}

int cw_args_next(struct cw_args *args)
{
	char *inline_value;
	char *arg;
	int found;

	if (args->next >= args->argc)
		return CW_ARG_END;
	arg = args->argv[args->next++];
	if (!strcmp(arg, "--") && args->command->words) {
		args->rest = true;
		return CW_ARG_END;
	}
	found = option_find(args->command, arg, &inline_value);
	return found == CW_ARG_WORD ? word_take(args, arg) : option_take(args, found, inline_value);
}
