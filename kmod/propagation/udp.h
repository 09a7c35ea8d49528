/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for sockets that send and receive datagrams: which context a datagram
 * carries that is written, and which one a thread holds that has read one.  Process context of the
 * writer or reader, RCU read lock; no lock is held.
 */
#ifndef CW_UDP_H
#define CW_UDP_H

#include "event/event.h"
#include "state/datagram.h"

/* The current thread begins to write on @sk, or sends what it wrote there before (MSG_MORE). */
void cw_udp_write(const struct sock *sk);

/* A datagram of @sk leaves in a thread that may not be its writer, so it goes unmarked. */
void cw_udp_queued(const struct sock *sk);

/**
 * cw_udp_leaves() - a datagram leaves its socket
 * @sk: socket; current has begun to write on it
 * @flow: of the packet; role is set here
 * @length: of its payload
 * @since: when current began to write; ns, monotonic
 * @out: what it shall carry
 *
 * Emits the SEND and TCP_OUT events.
 *
 * Return: false: it carries nothing.
 */
bool cw_udp_leaves(struct sock *sk, struct cw_flow_key *flow, u32 length, u64 since,
		   struct cw_datagram *out);

/**
 * cw_udp_answers() - the kernel itself answers a datagram
 * @net: namespace of both
 * @flow: of the answer; role is set here
 * @length: of its payload
 * @datagram: what the request carried; result: what the answer shall carry
 *
 * Emits the TCP_OUT event.
 *
 * Return: false: the answer carries nothing.
 * Context: softirq, RCU read lock.
 */
bool cw_udp_answers(struct net *net, struct cw_flow_key *flow, u32 length,
		    struct cw_datagram *datagram);

/**
 * struct cw_arrival - a datagram with a context that is being delivered to its socket
 * @skb: only its address counts
 * @print: fingerprint of the packet
 * @flow: destination is the remote side
 * @length: of its payload
 * @datagram: what it carries
 */
struct cw_arrival {
	const void *skb;
	u64 print;
	struct cw_flow_key flow;
	u32 length;
	struct cw_datagram datagram;
};

/**
 * cw_udp_arrives() - a datagram has come to its socket's host
 * @net: its namespace
 * @arrival: the datagram; role is set here
 *
 * Emits the TCP_IN event.  Softirq.
 */
void cw_udp_arrives(struct net *net, struct cw_arrival *arrival);

/* The skb that cw_udp_arrives() saw last on this CPU; NULL: none, or its readers were woken. */
DECLARE_PER_CPU(const void *, cw_udp_arriving);

/* The slow part of cw_udp_ready(): this CPU's last datagram may be the one. */
void cw_udp_ready_known(const struct sock *sk);

/**
 * cw_udp_ready() - a socket's readers are woken for what is in its queue
 * @sk: UDP socket
 *
 * Emits the READY event of the datagram that this CPU has just queued, if the datagram is traced
 * and still the last one in the queue.  There is no event if another CPU has queued one behind it,
 * or a reader that did not sleep has taken it.
 *
 * Context: softirq; the queue's lock is not held, so no skb in the queue is read.
 */
static inline void cw_udp_ready(const struct sock *sk)
{
	if (unlikely(this_cpu_read(cw_udp_arriving) == READ_ONCE(sk->sk_receive_queue.prev)))
		cw_udp_ready_known(sk);
}

/* Quick test: does it change nothing if current reads an unmarked datagram on @sk? */
bool cw_udp_indifferent(const struct sock *sk);

/**
 * cw_udp_read() - current has read a datagram
 * @sk: socket
 * @flow: destination is the sender; role is set here
 * @length: of its payload
 * @datagram: what it carried, NULL: nothing
 * @batch: the call may read several datagrams
 *
 * Gives the thread the datagram's context, or takes away what it had; emits RECV.
 */
void cw_udp_read(struct sock *sk, struct cw_flow_key *flow, u32 length,
		 const struct cw_datagram *datagram, bool batch);

#endif
