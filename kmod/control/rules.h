/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Adds and deletes rules, each as one transaction: registers taps and opens tables (arming.h),
 * registers hooks (hooks.h), and tells subscribers of the netlink group of the change.
 *
 * Locks, outermost first:
 *
 *	genl's lock for reading | pernet_ops_rwsem | modules' notifier chain	(the kernel's)
 *	cw_control_mutex	one transaction at a time; for as long as taps take to come or go
 *	cw_policy_mutex		the list of rules, cw_nets, the hooks of each namespace; short
 *	histograms' own mutex	their tables come, go, and are copied; short
 *	netfilter's hook mutex, kprobes', jump labels', allocation		(the kernel's)
 *
 * cw_control_mutex is taken in commands, in work items and at unloading only.  Code under
 * pernet_ops_rwsem or in the notifier chain never takes it and queues work instead: a process that
 * makes a namespace or loads a module would otherwise wait for taps and grace periods.
 * cw_policy_mutex may be taken within both.  Nothing that waits long is done under it: no tap is
 * registered, no grace period awaited, no socket locked; and a transaction about all namespaces
 * releases it between any two.
 */
#ifndef CW_RULES_H
#define CW_RULES_H

#include "policy/rule.h"

/**
 * cw_rules_add() - put a rule in force
 * @rule: allocated by the caller by kmalloc(); policy owns it on success: another process may
 *	delete it then, so the caller must not look at it again.  The caller holds its namespace.
 * @id: result, the rule's id
 * @extack: says why not
 *
 * Registers taps for the first rule, and hooks in namespaces that no rule concerned before.
 *
 * Return: 0, -ENOSPC over the limit of 1,024 rules (512 of others than the host's
 *	administrator), or an error of a registration;
 *	on error nothing is changed and the rule is still the caller's.
 * Context: process; takes cw_control_mutex.
 */
int cw_rules_add(struct cw_rule *rule, u32 *id, struct netlink_ext_ack *extack);

/**
 * cw_rules_delete() - take rules out of force
 * @which: says which rules
 *
 * Unregisters hooks where no rule is left, and taps after the last rule: at once, or later if they
 * were registered often (cw_arming_keep()).
 *
 * Return: how many were deleted; -EPERM: only the host's administrator may delete that rule.
 * Context: process; takes cw_control_mutex.
 */
int cw_rules_delete(const struct cw_selection *which);

/**
 * cw_rules_net_exit() - delete the rules of a namespace that goes away
 * @net: the namespace
 *
 * If no rule is left after that, a work item unregisters the taps.
 *
 * Context: process; cw_policy_mutex held until the hooks of @net are unregistered, too.
 */
void cw_rules_net_exit(const struct net *net);

/* Tells a namespace's listeners of a rule that came or is @gone.  cw_policy_mutex held. */
typedef void (*cw_rules_tell)(struct net *net, const struct cw_rule *rule, bool gone);

/**
 * cw_rules_listen() - set the function that tells of changes
 * @tell: called for each namespace that a change concerns, and the initial one; NULL: none.
 *	After the return the function that was set before is not called any more.
 *
 * A rule for one namespace is told there and in the initial one, a rule for all namespaces in each.
 *
 * Context: process; takes cw_policy_mutex.
 */
void cw_rules_listen(cw_rules_tell tell);

/* Begins to follow modules that come and go and have tapped functions.  Process, no lock held. */
int cw_rules_init(void);
/* Deletes all rules; taps go at once.  No command runs any more; namespaces may come and go. */
void cw_rules_exit(void);

#endif
