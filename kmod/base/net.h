/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per network namespace state: whether policy concerns the namespace, and its
 * short id.  control/pernet.c makes and ends it.
 */
#ifndef CW_NET_H
#define CW_NET_H

#include <linux/list.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/**
 * struct cw_net - state of one network namespace
 * @net: the namespace; valid as long as this is
 * @node: in the list of control/netns.c, under cw_policy_mutex
 * @active: policy concerns it: hooks are registered, host-wide taps look at it
 * @sockets: how many of its sockets have state
 * @runs: how many runs these have
 * @edge: a strip rule concerns it: the packets that it forwards are hooked, too
 * @id: short id in records, from 1; 0: none was left.  A later namespace may get this id again, so
 *	it is for readers only: nothing is found or filtered by it
 * @cookie: the kernel's own id, which no other namespace ever has; not 0
 */
struct cw_net {
	struct net *net;
	struct list_head node;
	atomic_t sockets;
	atomic_t runs;
	bool active;
	bool edge;
	u16 id;
	u64 cookie;
};

/* The key of struct cw_net for net_generic(); set when pernet operations are registered. */
extern unsigned int cw_net_id;

/* The state of a namespace.  Any context in which @net is held or cannot go away. */
static inline struct cw_net *cw_net(const struct net *net)
{
	return net_generic(net, cw_net_id);
}

/*
 * cw_net() for each packet: without net_generic()'s own RCU read section.  Needs the RCU read
 * lock, or preemption off, which a grace period waits for as well.
 */
static inline struct cw_net *cw_net_here(const struct net *net)
{
	const struct net_generic *generic = rcu_dereference_raw(net->gen);

	return generic->ptr[cw_net_id];
}

/* Does policy concern @net?  RCU read lock, or preemption off. */
static inline bool cw_net_active(const struct net *net)
{
	return READ_ONCE(cw_net_here(net)->active);
}

#endif
