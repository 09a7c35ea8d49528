// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl carrier on|off, policy resume|pause: the host-wide switch.  Off, no packet is given
 * a context and none is taken from one, at once, whatever policy says.
 */
#include <libcauseway.h>

#include "../args.h"
#include "../fail.h"
#include "commands.h"

static int carrier_set(int argc, char **argv, struct cw_cli *cli, bool off)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct cw_handle *handle;
	int code, error;

	if (cw_args_next(&args) != CW_ARG_END)
		return CW_EXIT_USAGE;
	code = cw_cli_connect(&handle);
	if (code)
		return code;
	error = cw_carrier_set(handle, off);
	if (error)
		code = cw_cli_refused(handle, error,
				      off ? "switch the carrier off" : "switch the carrier on");
	cw_handle_close(handle);
	return code;
}

static int carrier_on_run(int argc, char **argv, struct cw_cli *cli)
{
	return carrier_set(argc, argv, cli, false);
}

static int carrier_off_run(int argc, char **argv, struct cw_cli *cli)
{
	return carrier_set(argc, argv, cli, true);
}

const struct cw_command cw_cmd_carrier_on = {
	.object = "carrier",
	.verb = "on",
	.description = "send and take contexts where policy allows it (as after loading)",
	.run = carrier_on_run,
};

const struct cw_command cw_cmd_carrier_off = {
	.object = "carrier",
	.verb = "off",
	.description = "neither send nor take contexts, at once, host-wide",
	.run = carrier_off_run,
};

const struct cw_command cw_cmd_policy_resume = {
	.object = "policy",
	.verb = "resume",
	.description = "let the rules act again after pause: carrier on",
	.run = carrier_on_run,
};

const struct cw_command cw_cmd_policy_pause = {
	.object = "policy",
	.verb = "pause",
	.description = "keep the rules, but neither send nor take contexts: carrier off",
	.run = carrier_off_run,
};
