/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of TCP sockets that have state.
 *
 * Lifetime: an entry is made when a connection opens that policy concerns; for one that was open
 * before, when it is next read, written by a traced thread, or marked by the peer.  The
 * tcp_destroy_sock tap takes it out of the table, so while an entry is in the table its sock
 * exists.  A segment may find the sock without its lock while another CPU destroys it:
 * cw_sock_insert() looks once more after it has inserted, and takes the entry out again.  Entries
 * are freed after a grace period.  The finder of an entry under RCU takes its lock and looks at
 * @dead.
 */
#ifndef CW_SOCK_TABLE_H
#define CW_SOCK_TABLE_H

#include "state/sock.h"

struct rhashtable_iter;

/**
 * cw_sock_find() - state of a socket
 * @sk: a full socket, of any kind
 *
 * Return: the entry, which only a TCP socket has, or NULL; valid within the RCU read section.
 * Context: any but hardirq; RCU read lock or preemption off.
 */
struct cw_sock *cw_sock_find(const struct sock *sk);

/**
 * cw_sock_insert() - make state
 * @sk: a full TCP socket, with a reference or its own lock held
 * @role: CW_ROLE_*
 * @policy: copied
 *
 * Return: the entry, or the one that another CPU has made meanwhile; NULL: there is no memory, a
 *	limit is reached, the socket is being destroyed, or no rule is left.
 * Context: any but hardirq; RCU read lock or preemption off.
 */
struct cw_sock *cw_sock_insert(struct sock *sk, u8 role, const struct cw_sock_policy *policy);

/* Removes the state of a socket that is being destroyed.  Any context but hardirq. */
void cw_sock_destroy(struct sock *sk);

/**
 * struct cw_sock_info - what a dump shows of a traced socket
 * @flow: addresses as the socket has them; role
 * @netns: short id
 * @netns_inum: inode number
 * @state: CW_SOCKET_*
 * @tx_runs: runs of bytes not yet acknowledged
 * @rx_runs: runs of bytes not yet read
 * @last: context of the latest bytes; may be not valid
 */
struct cw_sock_info {
	struct cw_flow_key flow;
	u16 netns;
	u32 netns_inum;
	u32 state;
	u32 tx_runs;
	u32 rx_runs;
	struct cw_context last;
};

/* Begins a walk over traced sockets, which cw_table_walk_end() ends; see cw_table_walk_begin(). */
struct rhashtable_iter *cw_sock_walk_begin(void);

/**
 * cw_sock_walk_on() - visit traced sockets from where the walk stopped
 * @walk: of cw_sock_walk_begin()
 * @only: visit only sockets of this namespace; NULL: all
 * @visit: called with a copy; returns non-zero to stop
 * @data: for @visit
 *
 * Return: what the last @visit returned.
 * Context: process.  See cw_table_walk_on().
 */
int cw_sock_walk_on(struct rhashtable_iter *walk, const struct net *only,
		    int (*visit)(const struct cw_sock_info *info, void *data), void *data);

/* How many entries there are.  Any context. */
u32 cw_sock_count(void);

int cw_sock_init(void);
void cw_sock_exit(void);
/* From cw_sock_open() to cw_sock_close() state may be made. */
void cw_sock_open(void);
void cw_sock_close(void);
/*
 * Gives all reservations back.  If a process keeps a socket's lock for long (a sender in a page
 * fault) the reservation stays until the socket goes, and is counted.  Process context; the tap of
 * tcp_destroy_sock is still registered.
 */
void cw_sock_release_all(void);
/* Removes all entries.  Process context; no hook runs, and only the "last" taps do. */
void cw_sock_free_all(void);

#endif
