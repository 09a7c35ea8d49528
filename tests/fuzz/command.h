/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs commands of dtctl without a module and in silence: what it has of its own in place of
 * tools/dtctl/fail.c says nothing, but formats, and counts.  One thread.
 */
#ifndef CW_FUZZ_COMMAND_H
#define CW_FUZZ_COMMAND_H

#include <stdarg.h>

#include "../../tools/dtctl/commands/table.h"
#include "../../tools/dtctl/fail.h"
#include "../../tools/dtctl/show/print.h"
#include "fuzz.h"

static unsigned int complaints;

int cw_fail(enum cw_exit code, const char *remedy, const char *format, ...)
{
	char *text;
	va_list list;

	va_start(list, format);
	FUZZ_MUST(vasprintf(&text, format, list) > 0);
	va_end(list);
	free(text);
	FUZZ_MUST(!remedy || *remedy);
	FUZZ_MUST(code >= CW_EXIT_USAGE && code <= CW_EXIT_LOST);
	complaints++;
	return code;
}

int cw_cli_connect(struct cw_handle **handle)
{
	*handle = NULL;
	return cw_fail(CW_EXIT_ABSENT, NULL, "there is no module");
}

int cw_cli_refused(const struct cw_handle *handle, int error, const char *what)
{
	(void)handle;
	return cw_fail(CW_EXIT_REFUSED, NULL, "cannot %s: %d", what, error);
}

/* Returns the exit code of the command, which has complained if and only if that is not 0. */
static int command_run(const struct cw_command *command, int argc, char **argv, bool json)
{
	struct cw_cli cli = { .command = command, .json = json, .colour = !json };
	int code;

	cli.print = cw_print_open(stdout, json ? CW_PRINT_JSON : CW_PRINT_TEXT);
	FUZZ_MUST(cli.print);
	complaints = 0;
	code = command->run(argc, argv, &cli);
	FUZZ_MUST(!code == !complaints);
	FUZZ_MUST(cw_print_close(cli.print) || code);
	return code;
}

static FILE *nowhere(void)
{
	static FILE *file;

	if (!file)
		file = fopen("/dev/null", "w");
	FUZZ_MUST(file);
	return file;
}

#endif
