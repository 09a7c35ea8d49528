/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of rules.  It is read in the packet path under RCU and changed under cw_policy_mutex, by
 * the transactions of control/rules.h, which also gives the order of the locks.  A rule does not
 * change while it is in the list, but for its counters, which are atomic.
 */
#ifndef CW_RULE_H
#define CW_RULE_H

#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/sched.h>

#include "lib/context.h"
#include "lib/prefix.h"
#include "uapi/causeway.h"

struct cw_net;

/**
 * struct cw_rule - one rule
 * @node: in the list, RCU
 * @rcu: frees it after a grace period
 * @gone: the next of the rules that were taken out of the list together
 * @id: from 1, never reused
 * @kind: enum cw_rule_kind
 * @net: the namespace that it concerns, NULL: all.  No reference is held: rules of a
 *	namespace are deleted when it goes (cw_rules_net_exit)
 * @owner_net_inum: inode number of @net, 0 for all
 * @side: CW_SIDE_* (root)
 * @direction: CW_DIRECTION_* (peer, strip)
 * @port: service port, host order; 0: any
 * @family: AF_INET, AF_INET6; 0: any address
 * @prefix: remote address, network order
 * @prefix_len: bits
 * @match: @prefix and @prefix_len in the form in which they are compared
 * @cgroup: cgroup v2 id, 0: any; that cgroup or one below it
 * @comm: thread's name, "": any
 * @ratio: parts per million
 * @rate: roots per second, 0: no cap
 * @class: class of the roots made
 * @flags: CW_PEER_*
 * @host: the host's administrator made it (CAP_NET_ADMIN in the initial user namespace): rules of
 *	other administrators do not outweigh it, and they may not delete it
 * @matched: how often the rule decided
 * @window: for the rate cap: the current second (upper half) and how many roots were made in it
 *	(lower half), in one word so that CPUs need no lock
 */
struct cw_rule {
	struct list_head node;
	struct rcu_head rcu;
	struct cw_rule *gone;
	u32 id;
	u8 kind;
	struct net *net;
	u32 owner_net_inum;
	u8 side;
	u8 direction;
	u16 port;
	u8 family;
	u8 prefix[16];
	u8 prefix_len;
	struct cw_prefix match;
	u64 cgroup;
	char comm[CW_COMM_LEN];
	u32 ratio;
	u32 rate;
	u8 class;
	u32 flags;
	bool host;
	atomic64_t matched;
	atomic64_t window;
};

/* So many rules may be in force. */
#define CW_POLICY_MAX	1024
/* At most so many are not the host administrator's, so that containers cannot use up all rules. */
#define CW_POLICY_FOREIGN_MAX	512

/* Serialises transactions: the registration of taps, and rules that come and go by commands. */
extern struct mutex cw_control_mutex;
/* Protects the list of rules, cw_nets, and the registration of hooks. */
extern struct mutex cw_policy_mutex;
/* Raised by every change; read without a lock. */
extern atomic_t cw_policy_generation;
/* struct cw_rule, in order of their ids: new ones go last. */
extern struct list_head cw_rules;

/**
 * cw_policy_concerns() - does any rule concern the namespace
 * @net: namespace
 *
 * Return: true if one does, by name or as a rule for all namespaces.
 * Context: process, cw_policy_mutex held.
 */
bool cw_policy_concerns(const struct net *net);

/* Does a strip rule concern the namespace?  Process context, cw_policy_mutex held. */
bool cw_policy_strips(const struct net *net);

/**
 * cw_policy_link() - put a rule into the list
 * @rule: allocated by kmalloc(); it is given an id
 * @extack: says why not
 *
 * Return: 0, -ENOSPC over the limit of 1,024 rules (512 of others than the host's administrator).
 * Context: process; takes cw_policy_mutex.
 */
int cw_policy_link(struct cw_rule *rule, struct netlink_ext_ack *extack);

/* Takes a rule out; it may be freed after a grace period.  Process; takes cw_policy_mutex. */
void cw_policy_unlink(struct cw_rule *rule);

/**
 * struct cw_selection - which rules shall be deleted
 * @id: only the rule with this id; 0: all
 * @net: only rules for this namespace; NULL: rules for any namespace, and for all
 * @host: also rules that the host's administrator made
 */
struct cw_selection {
	u32 id;
	const struct net *net;
	bool host;
};

/**
 * cw_policy_take() - take rules out of the list
 * @which: says which rules
 * @each: called for each rule that is taken out, under the mutex
 * @gone: result, a chain by cw_rule.gone, for cw_policy_free(); NULL: none
 *
 * Return: how many; -EPERM: only the host's administrator may delete the rule with that id.
 * Context: process, cw_policy_mutex held.
 */
int cw_policy_take(const struct cw_selection *which, void (*each)(const struct cw_rule *rule),
		   struct cw_rule **gone);

/* Has a chain freed after a grace period, and does not wait for that.  Any context. */
void cw_policy_free(struct cw_rule *gone);

/* How many rules are in force.  Any context. */
u32 cw_policy_count(void);

/**
 * cw_policy_walk() - visit rules in order of their ids, for a dump
 * @first: lowest id to visit
 * @only: only rules that concern this namespace by name; NULL: all
 * @visit: returns non-zero to stop
 * @data: for @visit
 *
 * A caller whose message was full passes the result as @first the next time: rules that come or go
 * in between make no difference.
 *
 * Return: id of the rule at which @visit stopped, 0: all were visited.
 * Context: process; takes cw_policy_mutex.
 */
u32 cw_policy_walk(u32 first, const struct net *only,
		   int (*visit)(const struct cw_rule *rule, void *data), void *data);

#endif
