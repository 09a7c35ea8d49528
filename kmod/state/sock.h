/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of traced TCP sockets, keyed by struct sock.  A socket that policy does
 * not concern has none: looking it up fails and costs no memory.
 *
 * sock_table.h says how long an entry lives.
 *
 * Lock order: the socket's own lock (where the context holds it) > cw_sock.lock.
 * cw_sock.lock is taken with interrupts off, from process and softirq context.  No pointer
 * to a run is kept when it is released: runs are freed as soon as it is.
 *
 * LOCAL_OUT does not always run under the socket's own lock: behind NFQUEUE, and on a VRF
 * or ipvlan device with a queueing discipline, another thread runs the hook at any time
 * later.  So all values that the hook reads of the sock may be a moment old.
 */
#ifndef CW_SOCK_H
#define CW_SOCK_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <net/sock.h>

#include "base/net.h"
#include "event/type.h"
#include "lib/runs.h"

/* At most so many acknowledged requests are kept for a multiplexed connection. */
#define CW_ASKED_MAX 16

/**
 * struct cw_sock_policy - what the rules say of a socket
 * @generation: of the policy that said so
 * @may_send: contexts may go to the peer
 * @may_accept: contexts may come from the peer
 * @mark_every: each segment carries its mark; read without the lock by cw_carry_due()
 * @accept_obi: contexts may also come in OBI's option
 * @may_root: a root rule may match
 */
struct cw_sock_policy {
	u32 generation;
	bool mark_every;
	bool may_send : 1;
	bool may_accept : 1;
	bool accept_obi : 1;
	bool may_root : 1;
};

/**
 * struct cw_sock_peer - what we know of the peer's kernel, and what we owe it
 * @incapable: MD5, AO, MPTCP, SMC: never marked
 * @reserved: room for the option is taken off the MSS
 * @confirmed: the peer speaks
 * @stopped: the peer did not answer: no more marks
 * @farewell: say "none" once more before falling silent
 * @ack_due: tell the peer that we speak; read without the lock by cw_carry_due()
 * @spoke: the peer was sent a context: it knows that we speak
 * @passed: packets with our option get through to the peer
 * @tx_run: number of the last run that we sent, modulo 4
 * @silent: runs that were acknowledged without a sign that the peer speaks; at most 3
 * @acks: signs that we still owe; at most 4
 */
struct cw_sock_peer {
	bool ack_due;
	bool incapable : 1;
	bool reserved : 1;
	bool confirmed : 1;
	bool stopped : 1;
	bool farewell : 1;
	bool spoke : 1;
	bool passed : 1;
	u8 tx_run : 2;
	u8 silent : 2;
	u8 acks : 3;
};

/**
 * struct cw_sock_exchange - requests and answers, as the rules of propagation see them
 * @turn_tx: bytes were read since the last write, so the next write is a turn-around
 * @turn_rx: bytes were written since the last read
 * @connect: @tx_context is that of connect(), for the first write
 * @own_root: @tx_context is a root of the exchange, not the thread's context
 * @answering: the bytes being written answer @request
 * @pipelined: several requests were open at once: the order of the answers is not known
 * @undrained: the last read left bytes in the queue
 * @written: bytes were written, and @tx_context is theirs
 * @fastopen: the first write left with connect(), unseen (TFO)
 * @open: requests read and not answered (server), written and not answered (client)
 * @write_end: where write_seq would stand if the last write was complete
 * @asked: requests that the peer has acknowledged, newest first, so that their answers are
 *	known on a multiplexed connection; at most CW_ASKED_MAX, and 1 where runs are scarce
 * @tx_context: of the bytes last written: message, and span of the writer
 * @request: of the one request that is not answered, or is being answered (server);
 *	what the last read gave (client)
 */
struct cw_sock_exchange {
	bool turn_tx : 1;
	bool turn_rx : 1;
	bool connect : 1;
	bool own_root : 1;
	bool answering : 1;
	bool pipelined : 1;
	bool undrained : 1;
	bool written : 1;
	bool fastopen : 1;
	u8 open;
	u32 write_end;
	struct cw_run *asked;
	struct cw_context tx_context;
	struct cw_context request;
};

/**
 * enum cw_last_run - the last run in cw_sock.tx
 * @CW_LAST_NONE: there is none
 * @CW_LAST_BARE: its first byte has not left with its mark
 * @CW_LAST_MARKED: its first byte has left with its mark
 */
enum cw_last_run {
	CW_LAST_NONE,
	CW_LAST_BARE,
	CW_LAST_MARKED,
};

/**
 * struct cw_sock - the state of a socket
 * @node: in the table
 * @sk: key; exists while the entry is in the table
 * @rcu: frees it after a grace period
 * @net: the socket's namespace
 * @spare: a run kept back, to say "none" when memory is short
 * @lock: protects all members after it
 * @runs: how many belong to it, @gone not counted; both lists are bounded far below 2^16
 * @role: CW_ROLE_*
 * @dead: the socket is gone
 * @policy: what the rules say
 * @read_seq: copied_seq when we last looked
 * @ready_seq: rcv_nxt when readers were last woken
 * @tx_last_start: first byte of the last run in @tx; read without the lock by cw_carry_due()
 * @tx_last: enum cw_last_run; read without the lock by cw_carry_due()
 * @peer: what we know of the peer's kernel
 * @tx: runs of bytes written and not yet acknowledged
 * @rx: runs of bytes received and not yet read
 * @gone: runs that were taken out, for cw_sock_unlock() to free
 * @ready: when readers were last woken for the first byte of a run; ns, monotonic; 0: never
 * @exchange: requests and answers
 */
struct cw_sock {
	struct rhash_head node;
	struct sock *sk;
	struct rcu_head rcu;
	struct cw_net *net;
	struct cw_run *spare;
	spinlock_t lock;
	u16 runs;
	u8 role;
	bool dead;
	struct cw_sock_policy policy;
	u32 read_seq;
	u32 ready_seq;
	u32 tx_last_start;
	u8 tx_last;
	struct cw_sock_peer peer;
	struct cw_runs tx;
	struct cw_runs rx;
	struct cw_run *gone;
	u64 ready;
	struct cw_sock_exchange exchange;
};

/* Is it a TCP socket?  Other families use number 6 for other protocols.  Any context. */
static inline bool cw_sk_is_tcp(const struct sock *sk)
{
	return (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

/* Addresses and role, as this host's side has them; any context. */
void cw_sock_flow(const struct cw_sock *s, struct cw_flow_key *flow);

/* Is it a connection with MD5, AO, MPTCP or SMC, whose headers must not be changed? */
bool cw_sock_incapable(const struct sock *sk);

/* Sets the remote address and returns its family; an IPv4-mapped address is given as AF_INET. */
u8 cw_sock_remote(const struct sock *sk, const u8 **address);

/*
 * May the headers of this connection be changed?  Counts it once if they may not.  The answer may
 * change on an open connection, where signatures may begin.  Lock held, or @s is not in the table.
 */
bool cw_sock_is_capable(struct cw_sock *s);

#endif
