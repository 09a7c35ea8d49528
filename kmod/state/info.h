/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module tells of itself: numbers and lists for the netlink layer, which
 * sees state through this header, task.h, policy.h and event.h only.
 */
#ifndef CW_INFO_H
#define CW_INFO_H

#include "event/event.h"

struct rhashtable_iter;

/**
 * struct cw_sock_info - a traced socket, for people
 * @flow: addresses as the socket has them; role
 * @netns: short id
 * @netns_inum: inode number
 * @state: CW_SOCKET_*
 * @tx_marks: marks of bytes not yet acknowledged
 * @rx_marks: marks of bytes not yet read
 * @last: context of the latest bytes; may be not valid
 */
struct cw_sock_info {
	struct cw_flow_key flow;
	u16 netns;
	u32 netns_inum;
	u32 state;
	u32 tx_marks;
	u32 rx_marks;
	struct cw_context last;
};

/* As cw_walk_begin(): over traced sockets, to be ended by cw_walk_end(). */
struct rhashtable_iter *cw_sock_walk_begin(void);

/**
 * cw_sock_walk_on() - visit traced sockets from where the walk stopped
 * @walk: of cw_sock_walk_begin()
 * @only: of this namespace; NULL: all
 * @visit: called with a copy; returns non-zero to stop
 * @data: for @visit
 *
 * Return: what the last @visit returned.
 * Context: process.  See cw_walk_on().
 */
int cw_sock_walk_on(struct rhashtable_iter *walk, const struct net *only,
		    int (*visit)(const struct cw_sock_info *info, void *data), void *data);

u32 cw_sock_count(void);
u32 cw_mark_count(void);
u32 cw_net_hooked(void);

/* Names of the host-wide taps that are registered now; returns how many, at most @max. */
unsigned int cw_taps_list(const char **names, unsigned int max);

/* Are there taps though no rule needs them, and for how long yet?  Any context. */
bool cw_taps_kept(u32 *ms);

/* How often the kernel passed over a kprobe of those that are registered.  Any context. */
unsigned long cw_taps_missed(void);

/* Host-wide switch of the carrier: off sends every packet without our option at once. */
void cw_carrier_set(bool off);
bool cw_carrier_is_off(void);

#endif
