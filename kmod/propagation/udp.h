/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for sockets that send and receive datagrams: whose is one that
 * is written, and what does a thread hold that has read one.  Process context of the
 * writer or reader, RCU read lock; no lock is held.
 */
#ifndef CW_UDP_H
#define CW_UDP_H

#include "event/event.h"
#include "state/datagram.h"

/* current begins to write on @sk, or hands down what it wrote before. */
void cw_udp_write(const struct sock *sk);

/* A datagram leaves @sk by a thread that need not be its writer: it goes unmarked. */
void cw_udp_queued(const struct sock *sk);

/**
 * cw_udp_leaves() - a datagram leaves its socket
 * @sk: socket; current has begun to write on it
 * @flow: of the packet; role is set here
 * @length: of its payload
 * @since: when current began; ns, monotonic
 * @out: what it is to carry
 *
 * Emits the SEND and TCP_OUT events.
 *
 * Return: false: nothing.
 */
bool cw_udp_leaves(struct sock *sk, struct cw_flow_key *flow, u32 length, u64 since,
		   struct cw_datagram *out);

/**
 * cw_udp_answers() - the kernel itself answers a datagram
 * @net: namespace of both
 * @flow: of the answer; role is set here
 * @length: of its payload
 * @datagram: what the request carried; result: what the answer is to carry
 *
 * Emits the TCP_OUT event.
 *
 * Return: false: nothing.
 * Context: softirq, RCU read lock.
 */
bool cw_udp_answers(struct net *net, struct cw_flow_key *flow, u32 length,
		    struct cw_datagram *datagram);

/**
 * struct cw_arrival - a datagram that carries something, on its last steps to its socket
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
 * @arrival: which; role is set here
 *
 * Emits the TCP_IN event.  Softirq.
 */
void cw_udp_arrives(struct net *net, struct cw_arrival *arrival);

/* The skb that cw_udp_arrives() had last on this CPU; NULL: none, or it was ready already. */
DECLARE_PER_CPU(const void *, cw_udp_arriving);

/* The same, where it may be this one. */
void cw_udp_ready_known(const struct sock *sk);

/**
 * cw_udp_ready() - a socket's readers are woken for what is in its queue
 * @sk: UDP socket
 *
 * Emits the READY event of the datagram that this CPU has just put there, if that is traced
 * and still the last one in the queue: another CPU's may stand behind it by now, or a reader
 * that did not sleep may have it.  Then there is no such event.
 *
 * Context: softirq; the queue's lock is not held, no skb in it is looked into.
 */
static inline void cw_udp_ready(const struct sock *sk)
{
	if (unlikely(this_cpu_read(cw_udp_arriving) == READ_ONCE(sk->sk_receive_queue.prev)))
		cw_udp_ready_known(sk);
}

/* Quick test: would it make no difference that current reads an unmarked datagram on @sk? */
bool cw_udp_indifferent(const struct sock *sk);

/**
 * cw_udp_read() - current has read a datagram
 * @sk: socket
 * @flow: destination is who sent it; role is set here
 * @length: of its payload
 * @datagram: what it carried, NULL: nothing
 * @batch: it is one of perhaps several that one call reads
 *
 * Gives the thread the datagram's context, or takes away what it had; emits RECV.
 */
void cw_udp_read(struct sock *sk, struct cw_flow_key *flow, u32 length,
		 const struct cw_datagram *datagram, bool batch);

#endif
