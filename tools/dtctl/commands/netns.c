// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl netns list: the namespaces that the module knows, and whether they have its hooks.
 */
#include "../show/netns_name.h"
#include "../show/print.h"
#include "commands.h"
#include "list.h"

static int on_netns(const struct cw_netns *netns, void *data)
{
	struct cw_listing *listing = data;

	cw_print_object(listing->print, NULL);
	cw_print_number(listing->print, "id", netns->id, "%u:", netns->id);
	cw_netns_print(listing->print, listing->names, netns->inum);
	cw_print_bool(listing->print, "hooks", netns->hooks, "%s\n", netns->hooks ? " hooks" : "");
	cw_print_end(listing->print);
	return 0;
}

static int netns_dump(struct cw_handle *handle, struct cw_listing *listing)
{
	return cw_netns_dump(handle, on_netns, listing);
}

static int netns_list_main(int argc, char **argv, struct cw_cli *cli)
{
	return cw_list_main(argc, argv, cli, "network namespaces", netns_dump);
}

const struct cw_command cw_cmd_netns_list = {
	.object = "netns",
	.verb = "list",
	.description =
		"show the network namespaces that the module knows, and which have its hooks",
	.run = netns_list_main,
};
