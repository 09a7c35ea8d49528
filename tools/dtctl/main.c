// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl: takes the options before the object, finds the command, runs it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libcauseway.h>

#include "commands/table.h"
#include "fail.h"
#include "help.h"
#include "show/print.h"

/* The options before the object. */
struct globals {
	enum cw_print_mode mode;
	bool statistics;
	bool help;
	bool version;
};

static bool global_take(struct globals *globals, const char *arg)
{
	if (!strcmp(arg, "-j") || !strcmp(arg, "--json")) {
		if (globals->mode == CW_PRINT_TEXT)
			globals->mode = CW_PRINT_JSON;
	} else if (!strcmp(arg, "-p") || !strcmp(arg, "--pretty")) {
		globals->mode = CW_PRINT_JSON_PRETTY;
	} else if (!strcmp(arg, "-s") || !strcmp(arg, "--statistics")) {
		globals->statistics = true;
	} else if (!strcmp(arg, "-h") || !strcmp(arg, "--help")) {
		globals->help = true;
	} else if (!strcmp(arg, "-V") || !strcmp(arg, "--version")) {
		globals->version = true;
	} else {
		return false;
	}
	return true;
}

/* Whether help is wanted: by "-h" before a "--", or by "help" as the only word. */
static bool help_wanted(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return true;
	return argc == 1 && !strcmp(argv[0], "help");
}

static int output_close(struct cw_print *print, int code)
{
	if (cw_print_close(print) || code)
		return code;
	return cw_fail(CW_EXIT_USAGE, "check where standard output goes",
		       "cannot write all of the output: %s", strerror(errno));
}

static int command_run(const struct globals *globals, const struct cw_command *command, int argc,
		       char **argv)
{
	const char *no_colour = getenv("NO_COLOR");
	struct cw_cli cli = {
		.command = command,
		.print = cw_print_open(stdout, globals->mode),
		.json = globals->mode != CW_PRINT_TEXT,
		.statistics = globals->statistics,
	};

	if (!cli.print)
		return cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	cli.colour = !cli.json && isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
	return output_close(cli.print, command->run(argc, argv, &cli));
}

static int dispatch_command(const struct globals *globals, int argc, char **argv)
{
	const struct cw_command *command;
	int used = 0;

	if (argc == 2 && help_wanted(1, argv + 1) && cw_object_known(argv[0])) {
		cw_help_object(stdout, argv[0]);
		return CW_EXIT_OK;
	}
	command = cw_command_find(argc, argv, &used);
	if (!command)
		return CW_EXIT_USAGE;
	if (help_wanted(argc - used, argv + used)) {
		cw_help_command(stdout, command);
		return CW_EXIT_OK;
	}
	return command_run(globals, command, argc - used, argv + used);
}

int main(int argc, char **argv)
{
	struct globals globals = { .mode = CW_PRINT_TEXT };
	int next = 1;

	while (next < argc && argv[next][0] == '-' && global_take(&globals, argv[next]))
		next++;
	if (next < argc && argv[next][0] == '-')
		return cw_fail(CW_EXIT_USAGE, "dtctl help lists them", "unknown option \"%s\"",
			       argv[next]);
	if (globals.version) {
		printf("dtctl %s, ABI %u\n", CW_TOOLS_VERSION, CW_ABI_VERSION);
		return CW_EXIT_OK;
	}
	if (globals.help) {
		cw_help_all(stdout);
		return CW_EXIT_OK;
	}
	if (next == argc) {
		cw_help_all(stderr);
		return CW_EXIT_USAGE;
	}
	return dispatch_command(&globals, argc - next, argv + next);
}
