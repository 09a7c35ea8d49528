/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netfilter hooks of a namespace: LOCAL_OUT after all other hooks, where segments get their
 * option, and LOCAL_IN, where it is read.  If a strip rule concerns the namespace also FORWARD,
 * where the option is taken off forwarded packets.
 */
#ifndef CW_NETFILTER_HOOK_H
#define CW_NETFILTER_HOOK_H

#include <net/net_namespace.h>

/* Process context, cw_policy_mutex held.  Return: 0 or an error of the registration. */
int cw_hooks_register(struct net *net);
/*
 * Process context, cw_policy_mutex held.  Hook functions may still run for an RCU grace period
 * after the return.
 */
void cw_hooks_unregister(struct net *net);

/* Register and unregister the hooks of forwarded packets.  Process, cw_policy_mutex held. */
int cw_edge_hooks_register(struct net *net);
void cw_edge_hooks_unregister(struct net *net);

#endif
