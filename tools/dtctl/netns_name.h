/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of network namespaces by inode number, as "ip netns" has them in /run/netns.
 */
#ifndef CW_NETNS_NAME_H
#define CW_NETNS_NAME_H

#include <stdint.h>

#include "print.h"

struct cw_netns_names;

/* Reads the names once. Return: NULL without memory, which the others take. */
struct cw_netns_names *cw_netns_names_read(void);
void cw_netns_names_free(struct cw_netns_names *names);

/* Return: NULL if it has none. */
const char *cw_netns_name(const struct cw_netns_names *names, uint32_t inum);

/* " netns NAME" or " netns INUM"; JSON: netns_inum, and netns where there is a name. */
void cw_netns_print(struct cw_print *print, const struct cw_netns_names *names, uint32_t inum);

#endif
