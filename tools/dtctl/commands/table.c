// SPDX-License-Identifier: GPL-2.0
/*
 * The table of commands: a new command has a file and one line here.
 */
#include "table.h"

#include <stdio.h>
#include <string.h>

#include "../fail.h"
#include "../help.h"
#include "commands.h"

static const struct cw_command *const table[] = {
	&cw_cmd_load,	      &cw_cmd_unload,	     &cw_cmd_status,	   &cw_cmd_policy_add,
	&cw_cmd_policy_del,   &cw_cmd_policy_list,   &cw_cmd_policy_pause, &cw_cmd_policy_resume,
	&cw_cmd_carrier_on,   &cw_cmd_carrier_off,   &cw_cmd_exec,	   &cw_cmd_context_get,
	&cw_cmd_context_set,  &cw_cmd_context_clear, &cw_cmd_context_list, &cw_cmd_socket_list,
	&cw_cmd_session_list, &cw_cmd_netns_list,    &cw_cmd_monitor,	   &cw_cmd_record,
	&cw_cmd_report,	      &cw_cmd_trace,	     &cw_cmd_top,	   &cw_cmd_help,
};

const struct cw_command *cw_command_at(size_t index)
{
	return index < sizeof(table) / sizeof(table[0]) ? table[index] : NULL;
}

bool cw_object_known(const char *object)
{
	const struct cw_command *command;

	for (size_t i = 0; (command = cw_command_at(i)); i++)
		if (!strcmp(command->object, object))
			return true;
	return false;
}

static const struct cw_command *verb_find(const char *object, const char *verb)
{
	const struct cw_command *command;

	for (size_t i = 0; (command = cw_command_at(i)); i++)
		if (!strcmp(command->object, object) &&
		    (!command->verb || (verb && !strcmp(command->verb, verb))))
			return command;
	return NULL;
}

const struct cw_command *cw_command_find(int argc, char **argv, int *used)
{
	const struct cw_command *command;

	if (!cw_object_known(argv[0])) {
		cw_fail(CW_EXIT_USAGE, "dtctl help lists the commands", "unknown command \"%s\"",
			argv[0]);
		return NULL;
	}
	command = verb_find(argv[0], argc > 1 ? argv[1] : "list");
	if (command) {
		*used = command->verb && argc > 1 ? 2 : 1;
		return command;
	}
	if (argc > 1)
		cw_fail(CW_EXIT_USAGE, NULL, "\"%s\" has no \"%s\"; it has:", argv[0], argv[1]);
	else
		cw_fail(CW_EXIT_USAGE, NULL, "\"%s\" needs one more word:", argv[0]);
	cw_help_object(stderr, argv[0]);
	return NULL;
}
