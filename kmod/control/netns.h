/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network namespaces that there are.
 */
#ifndef CW_NETNS_H
#define CW_NETNS_H

#include "base/net.h"

/**
 * cw_netns_walk() - visit all namespaces, one after another
 * @visit: called with cw_policy_mutex held, which others get between any two
 * @data: for @visit
 *
 * One that is made meanwhile may be missed.
 *
 * Context: process, cw_control_mutex held.
 */
void cw_netns_walk(void (*visit)(struct cw_net *net, void *data), void *data);

/**
 * cw_netns_refresh() - bring hooks and flags of all namespaces in line with policy
 *
 * Registers netfilter hooks where a rule begins to concern a namespace and
 * unregisters where the last one went.  A namespace that is made meanwhile does so itself.
 *
 * Return: 0, or the first error of a registration; what could be done is done.
 * Context: process, cw_control_mutex held.
 */
int cw_netns_refresh(void);

/* All namespaces; under cw_policy_mutex. */
extern struct list_head cw_nets;

/* A namespace came, or goes.  Process context, cw_policy_mutex held. */
void cw_netns_add(struct cw_net *cn);
void cw_netns_remove(struct cw_net *cn);

#endif
