// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl status: shows versions, what is registered and in memory, and, with -s, all
 * counters of the module.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <libcauseway.h>

#include "../args.h"
#include "../fail.h"
#include "../show/print.h"
#include "commands.h"

static void taps_print(struct cw_print *print, const struct cw_status *status)
{
	cw_print_text(print, "taps      %u", status->tap_count);
	cw_print_list(print, "taps");
	for (unsigned int i = 0; i < status->tap_count; i++)
		cw_print_string(print, NULL, status->taps[i], " %s", status->taps[i]);
	cw_print_end(print);
	cw_print_text(print, "%s\n",
		      status->tap_count ? "" : " (no policy: the packet path is untouched)");
}

/* The taps may stay for a while after the last rule. */
static void kept_print(struct cw_print *print, const struct cw_status *status)
{
	if (status->taps_kept)
		cw_print_number(
			print, "taps_kept_ms", status->taps_kept_ms,
			"kept      without a rule, for %.1f s: rules came and went too often\n",
			status->taps_kept_ms / 1000.0);
}

static void memory_print(struct cw_print *print, const struct cw_status *status)
{
	cw_print_number(print, "sockets", status->sockets, "sockets   %u\n", status->sockets);
	cw_print_number(print, "tasks", status->tasks, "tasks     %u\n", status->tasks);
	cw_print_number(print, "runs", status->runs, "runs      %u\n", status->runs);
	cw_print_number(print, "sessions", status->sessions, "sessions  %u\n", status->sessions);
}

static void status_print(struct cw_print *print, const struct cw_status *status)
{
	cw_print_string(print, "version", status->version, "module    %s", status->version);
	cw_print_number(print, "abi", status->abi, ", ABI %u\n", status->abi);
	cw_print_string(print, "tools_version", CW_TOOLS_VERSION, "tools     %s", CW_TOOLS_VERSION);
	cw_print_number(print, "tools_abi", CW_ABI_VERSION, ", ABI %u\n", CW_ABI_VERSION);
	cw_print_number(print, "policies", status->policies, "policies  %u\n", status->policies);
	taps_print(print, status);
	kept_print(print, status);
	cw_print_number(print, "hooked_netns", status->hooked_netns,
			"hooks     in %u network namespaces\n", status->hooked_netns);
	memory_print(print, status);
	cw_print_bool(print, "carrier", !status->carrier_off, "carrier   %s\n",
		      status->carrier_off ? "off: all packets go without contexts, none is taken" :
					    "on");
	cw_print_number(print, "option_bytes", CW_OPTION_LONG_LEN, CW_JSON_ONLY);
	cw_print_text(
		print,
		"mtu       kept: traced connections cut segments %u bytes shorter to make room\n",
		CW_OPTION_LONG_LEN);
}

static int on_counter(const struct cw_counter *counter, void *data)
{
	cw_print_number(data, counter->name, (int64_t)counter->value, "  %-22s %" PRIu64 "\n",
			counter->name, counter->value);
	return 0;
}

static int counters_print(struct cw_handle *handle, struct cw_print *print)
{
	int error;

	cw_print_text(print, "counters\n");
	cw_print_object(print, "counters");
	error = cw_counter_dump(handle, on_counter, print);
	cw_print_end(print);
	return error;
}

static int abi_check(const struct cw_status *status)
{
	if (status->abi == CW_ABI_VERSION)
		return CW_EXIT_OK;
	return cw_fail(CW_EXIT_ABSENT, "install module and tools of the same release",
		       "the loaded module has ABI %u, this dtctl speaks %u", status->abi,
		       CW_ABI_VERSION);
}

static int status_show(struct cw_handle *handle, struct cw_cli *cli)
{
	struct cw_status status;
	int error = cw_status_get(handle, &status);

	if (error)
		return cw_cli_refused(handle, error, "get the status");
	cw_print_object(cli->print, NULL);
	cw_print_number(cli->print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
	status_print(cli->print, &status);
	if (cli->statistics && status.abi == CW_ABI_VERSION)
		error = counters_print(handle, cli->print);
	cw_print_end(cli->print);
	return error ? cw_cli_refused(handle, error, "get the counters") : abi_check(&status);
}

static int status_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct cw_handle *handle;
	int code;

	if (cw_args_next(&args) != CW_ARG_END)
		return CW_EXIT_USAGE;
	/* A module of another ABI answers, too: its version explains why nothing else works. */
	if (cw_handle_open_any(&handle)) {
		code = cw_cli_connect(&handle);
		if (code)
			return code;
	}
	code = status_show(handle, cli);
	cw_handle_close(handle);
	return code;
}

const struct cw_command cw_cmd_status = {
	.object = "status",
	.description = "show versions, what is registered and in memory; with -s all counters",
	.run = status_main,
};
