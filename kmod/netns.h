/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces as they come and go, and the hooks in those that policy concerns.
 * cw_netns_refresh() is declared in policy.h, which calls it.
 */
#ifndef CW_NETNS_H
#define CW_NETNS_H

#include "net.h"

/* Process context.  Return: 0 or an error of register_pernet_subsys(). */
int cw_netns_init(void);
void cw_netns_exit(void);

#endif
