// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a dump: reads the arguments, connects, opens the list in JSON, reports a refusal.
 */
#include "list.h"

#include <stdio.h>

#include "../args.h"
#include "../fail.h"

int cw_list_main(int argc, char **argv, struct cw_cli *cli, const char *what,
		 int (*dump)(struct cw_handle *handle, struct cw_listing *listing))
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct cw_listing listing = { .print = cli->print };
	struct cw_handle *handle;
	char request[64];
	int code, error;

	if (cw_args_next(&args) != CW_ARG_END)
		return CW_EXIT_USAGE;
	code = cw_cli_connect(&handle);
	if (code)
		return code;
	listing.names = cw_netns_names_read();
	cw_print_list(cli->print, NULL);
	error = dump(handle, &listing);
	cw_print_end(cli->print);
	snprintf(request, sizeof(request), "list the %s", what);
	if (error)
		code = cw_cli_refused(handle, error, request);
	cw_netns_names_free(listing.names);
	cw_handle_close(handle);
	return code;
}
