// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl policy pause|resume: the host-wide switch.  While the rules are paused, no packet is
 * given a context and none is taken from one, whatever policy says.  "carrier off|on" is the
 * earlier name; scripts that use it go on working.
 */
#include <libcauseway.h>

#include "../args.h"
#include "../fail.h"
#include "commands.h"

static int paused_set(int argc, char **argv, struct cw_cli *cli, bool paused)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct cw_handle *handle;
	int code, error;

	if (cw_args_next(&args) != CW_ARG_END)
		return CW_EXIT_USAGE;
	code = cw_cli_connect(&handle);
	if (code)
		return code;
	error = cw_carrier_set(handle, paused);
	if (error)
		code = cw_cli_refused(handle, error,
				      paused ? "pause the rules" : "resume the rules");
	cw_handle_close(handle);
	return code;
}

static int policy_pause_main(int argc, char **argv, struct cw_cli *cli)
{
	return paused_set(argc, argv, cli, true);
}

static int policy_resume_main(int argc, char **argv, struct cw_cli *cli)
{
	return paused_set(argc, argv, cli, false);
}

const struct cw_command cw_cmd_policy_pause = {
	.object = "policy",
	.verb = "pause",
	.description = "keep the rules, but send and take no contexts on the whole host",
	.run = policy_pause_main,
};

const struct cw_command cw_cmd_policy_resume = {
	.object = "policy",
	.verb = "resume",
	.description = "let the rules act again after a pause",
	.run = policy_resume_main,
};

const struct cw_command cw_cmd_carrier_off = {
	.object = "carrier",
	.verb = "off",
	.description = "earlier name of: policy pause",
	.hidden = true,
	.run = policy_pause_main,
};

const struct cw_command cw_cmd_carrier_on = {
	.object = "carrier",
	.verb = "on",
	.description = "earlier name of: policy resume",
	.hidden = true,
	.run = policy_resume_main,
};
