// SPDX-License-Identifier: GPL-2.0
/*
 * Prints help from the table of commands: usage lines, options, and the plain list from
 * which completion is made.
 */
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "commands/commands.h"
#include "commands/table.h"
#include "fail.h"

/* The options that main.c takes before the object. */
static const struct cw_option global_options[] = {
	{ "-j, --json", NULL, "print JSON instead of text; monitor prints one object a line",
	  false },
	{ "-p, --pretty", NULL, "print JSON, indented", false },
	{ "-s, --statistics", NULL, "show more numbers, where a command has them", false },
	{ "-h, --help", NULL, "show help; also behind a command", false },
	{ "-V, --version", NULL, "show versions of dtctl and of the ABI that it speaks", false },
	{ NULL, NULL, NULL, false },
};

static void usage_print(FILE *out, const struct cw_command *command)
{
	fprintf(out, "dtctl %s", command->object);
	if (command->verb)
		fprintf(out, " %s", command->verb);
	if (command->options && command->options[0].name)
		fputs(" [OPTION...]", out);
	if (command->words)
		fprintf(out, " %s", command->words);
}

static void options_print(FILE *out, const struct cw_option *options)
{
	for (; options && options->name; options++) {
		int width = fprintf(out, "    %s%s%s", options->name, options->value ? " " : "",
				    options->value ? options->value : "");

		fprintf(out, "%*s  %s\n", width < 30 ? 30 - width : 0, "", options->help);
	}
}

void cw_help_command(FILE *out, const struct cw_command *command)
{
	usage_print(out, command);
	fprintf(out, "\n  %s\n", command->description);
	options_print(out, command->options);
}

/* Prints the help of an object's commands, or of the one with @verb. Return: how many. */
static size_t help_print(FILE *out, const char *object, const char *verb)
{
	const struct cw_command *command;
	size_t found = 0;

	for (size_t i = 0; (command = cw_command_at(i)); i++) {
		if (strcmp(command->object, object) ||
		    (verb && (!command->verb || strcmp(command->verb, verb))))
			continue;
		cw_help_command(out, command);
		found++;
	}
	return found;
}

void cw_help_object(FILE *out, const char *object)
{
	help_print(out, object, NULL);
}

void cw_help_all(FILE *out)
{
	const struct cw_command *command;

	fputs("dtctl [OPTIONS] OBJECT [VERB] ...: contexts of requests, and where their time goes\n\n",
	      out);
	for (size_t i = 0; (command = cw_command_at(i)); i++) {
		int width;

		if (command->hidden)
			continue;
		width = fprintf(out, "  %s %s", command->object,
				command->verb ? command->verb : "");
		fprintf(out, "%*s  %s\n", width < 18 ? 18 - width : 0, "", command->description);
	}
	fputs("\noptions, before the object:\n", out);
	options_print(out, global_options);
	fputs("\nexit codes: 0 done, 1 wrong usage or file, 2 refused by the kernel,\n"
	      "  3 module absent or of another ABI, 4 events were lost (with --strict)\n"
	      "dtctl OBJECT help tells more; so does dtctl(8)\n",
	      out);
}

/* Prints the choices of "a|b|c"; a placeholder is in capitals and no choice. */
static void choices_print(FILE *out, const char *value)
{
	const char *word = value;

	while (word && *word) {
		size_t length = strcspn(word, "|");

		if (islower((unsigned char)word[0]))
			fprintf(out, " %.*s", (int)length, word);
		word += length;
		if (*word)
			word++;
	}
}

static void words_print(FILE *out, const struct cw_command *command)
{
	const struct cw_option *option = command->options;
	char first[64];

	/* Only the first positional argument has choices. */
	if (command->words) {
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(command->words, " "),
			 command->words);
		choices_print(out, first);
	}
	for (; option && option->name; option++) {
		fprintf(out, " %s", option->name);
		if (option->value)
			choices_print(out, option->value);
	}
}

void cw_help_table(FILE *out)
{
	const struct cw_command *command;

	for (size_t i = 0; (command = cw_command_at(i)); i++) {
		if (command->hidden)
			continue;
		fprintf(out, "%s%s%s:", command->object, command->verb ? " " : "",
			command->verb ? command->verb : "");
		words_print(out, command);
		fputc('\n', out);
	}
}

static int help_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	const char *word[2] = { NULL };
	bool table = false;
	int arg, words = 0;

	while ((arg = cw_args_next(&args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		if (arg != CW_ARG_WORD)
			table = true;
		else if (words < 2)
			word[words++] = args.value;
		else
			return cw_fail(CW_EXIT_USAGE, "dtctl help OBJECT VERB",
				       "unexpected argument \"%s\"", args.value);
	}
	if (table)
		cw_help_table(stdout);
	else if (!words)
		cw_help_all(stdout);
	else if (!help_print(stdout, word[0], word[1]))
		return cw_fail(CW_EXIT_USAGE, "dtctl help lists the commands",
			       "unknown command \"%s%s%s\"", word[0], words > 1 ? " " : "",
			       words > 1 ? word[1] : "");
	return CW_EXIT_OK;
}

static const struct cw_option help_options[] = {
	{ "--table", NULL, "all commands with their words, for programs", false },
	{ NULL, NULL, NULL, false },
};

const struct cw_command cw_cmd_help = {
	.object = "help",
	.words = "[OBJECT [VERB]]",
	.description = "list the commands, or tell about one",
	.options = help_options,
	.run = help_main,
};
