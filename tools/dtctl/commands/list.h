/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The common part of all commands that list.
 */
#ifndef CW_LIST_H
#define CW_LIST_H

#include <libcauseway.h>

#include "../dtctl.h"
#include "../show/netns_name.h"

/**
 * struct cw_listing - handed to the function that prints one entry
 * @print: standard output, within a list
 * @names: names of network namespaces
 * @count: number of entries, for the function's own use
 */
struct cw_listing {
	struct cw_print *print;
	struct cw_netns_names *names;
	size_t count;
};

/**
 * cw_list_main() - run a command without arguments that lists
 * @what: the objects, as in "cannot list the WHAT"
 * @dump: asks the kernel and prints each entry
 *
 * Return: an exit code.
 */
int cw_list_main(int argc, char **argv, struct cw_cli *cli, const char *what,
		 int (*dump)(struct cw_handle *handle, struct cw_listing *listing));

#endif
