/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of traced TCP sockets, keyed by struct sock.  A socket that policy does
 * not concern has none: looking it up fails and costs no memory.
 *
 * Lifetime: an entry is made when a connection opens (or is adopted) that policy
 * concerns.  The tcp_destroy_sock tap takes it out of the table, so while an entry is in
 * the table its sock exists.  A segment may find the sock without its lock while another
 * CPU destroys it: cw_sock_insert() looks once more after it has inserted, and takes the
 * entry out again.  Entries are freed after a grace period.  The finder of an entry under
 * RCU takes its lock and looks at @dead.
 *
 * Lock order: the socket's own lock (where the context holds it) > cw_sock.lock.
 * cw_sock.lock is taken with interrupts off, from process and softirq context.  No pointer
 * to a run is kept when it is released: runs are freed as soon as it is.
 *
 * LOCAL_OUT does not always run under the socket's own lock: behind NFQUEUE, and on a VRF
 * or ipvlan device with a queueing discipline, another thread runs the hook, at any time
 * later.  All that the hook reads of the sock it takes as it was a moment ago.
 */
#ifndef CW_SOCK_H
#define CW_SOCK_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <net/sock.h>

#include "base/net.h"
#include "event/event.h"
#include "lib/runs.h"

/* cw_sock.flags */
#define CW_S_MAY_SEND		0x00001	/* policy: contexts may go to the peer */
#define CW_S_MAY_ACCEPT		0x00002	/* policy: contexts may come from the peer */
#define CW_S_MARK_EVERY		0x00004	/* policy: each segment carries its mark */
#define CW_S_ACCEPT_OBI		0x00008	/* policy */
#define CW_S_ROOT		0x00010	/* policy: a root rule may match */
#define CW_S_INCAPABLE		0x00020	/* MD5, AO, MPTCP, SMC: never marked */
#define CW_S_RESERVED		0x00040	/* room for the option is taken off the MSS */
#define CW_S_CONFIRMED		0x00080	/* the peer speaks */
#define CW_S_STOPPED		0x00100	/* the peer did not answer: no more marks */
#define CW_S_ACK_DUE		0x00200	/* tell the peer that we speak */
#define CW_S_TURN_TX		0x00400	/* bytes were read since the last write */
#define CW_S_TURN_RX		0x00800	/* bytes were written since the last read */
#define CW_S_CONNECT		0x01000	/* tx_context is that of connect(), for the first write */
#define CW_S_EXCHANGE		0x02000	/* tx_context is a root of its own, not the thread's */
#define CW_S_ANSWERING		0x04000	/* the bytes being written answer @request */
#define CW_S_PIPELINED		0x08000	/* several were open at once: order of answers not known */
#define CW_S_UNDRAINED		0x10000	/* the last read left bytes in the queue */
#define CW_S_WRITTEN		0x20000	/* tx_context says of bytes that were written */
#define CW_S_PASSED		0x80000	/* packets with our option get through to the peer */
#define CW_S_FAREWELL		0x100000 /* say "none" once more before falling silent */
#define CW_S_FASTOPEN		0x200000 /* the first write left with connect(), unseen (TFO) */
#define CW_S_SPOKE		0x40000	/* the peer was sent a context: it knows that we speak */
#define CW_S_RUN		0x400000 /* @tx has a run */
#define CW_S_RUN_MARKED		0x800000 /* the last one's first byte left with its mark */

#define CW_ASKED_MAX 16

/**
 * struct cw_sock - what we know of a socket
 * @node: in the table
 * @sk: key; exists while the entry is in the table
 * @rcu: freed after a grace period
 * @net: the socket's namespace
 * @spare: a run kept back, to say "none" when memory is short
 * @lock: protects all below
 * @flags: CW_S_*
 * @generation: of the policy that the flags were made from
 * @tx: runs of bytes written and not yet acknowledged
 * @rx: runs of bytes received and not yet read
 * @gone: runs that were taken out, for cw_sock_unlock() to free
 * @runs: how many belong to it, @gone not counted
 * @run_start: first byte of the last run in @tx; read without the lock by cw_carry_due()
 * @read_seq: copied_seq when we last looked
 * @ready_seq: rcv_nxt when readers were last woken
 * @write_end: where write_seq would stand if the last write was complete
 * @role: CW_ROLE_*
 * @dead: the socket is gone
 * @tx_run: number of the last run that we sent
 * @open: requests read and not answered (server), written and not answered (client)
 * @silent: runs that were acknowledged without a sign that the peer speaks
 * @acks: signs that we still owe at most
 * @ready: when a run last began to be in its queue; ns, monotonic; 0: nobody listened
 * @asked: requests that the peer has acknowledged, newest first, so that their answers are
 *	known on a multiplexed connection; at most CW_ASKED_MAX, and 1 where runs are scarce
 * @tx_context: of the bytes last written: message, and span of the writer
 * @request: of the one request that is not answered, or is being answered (server);
 *	what the last read gave (client)
 */
struct cw_sock {
	struct rhash_head node;
	struct sock *sk;
	struct rcu_head rcu;
	struct cw_net *net;
	struct cw_run *spare;
	spinlock_t lock;
	u32 flags;
	u32 generation;
	u32 read_seq;
	u32 ready_seq;
	u32 write_end;
	u8 role;
	bool dead;
	u8 tx_run;
	u8 open;
	u8 silent;
	u8 acks;
	struct cw_runs tx;
	struct cw_runs rx;
	struct cw_run *gone;
	u32 runs;
	u32 run_start;
	u64 ready;
	struct cw_run *asked;
	struct cw_context tx_context;
	struct cw_context request;
};

/* Numbers of protocols are only names within a family: netlink has a 6, too.  Any context. */
static inline bool cw_sk_is_tcp(const struct sock *sk)
{
	return (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

/* Addresses and role, as this host's side has them; any context. */
void cw_sock_flow(const struct cw_sock *s, struct cw_flow_key *flow);

/* MD5, AO, MPTCP, SMC: their headers are not ours to change. */
bool cw_sock_incapable(const struct sock *sk);

/* Remote address and family as policy wants them.  Returns family. */
u8 cw_sock_remote(const struct sock *sk, const u8 **address);

/*
 * May the headers of this connection be changed?  Counts once that they may not be: signatures
 * may begin on a connection that is open.  Lock held, or nobody else can find @s yet.
 */
bool cw_sock_is_capable(struct cw_sock *s);

#endif
