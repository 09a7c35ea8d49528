/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for sockets that send and receive datagrams: whose is one that
 * is written, and what does a thread hold that has read one.  Process context of the
 * writer or reader, RCU read lock; no lock is held.
 */
#ifndef CW_UDP_H
#define CW_UDP_H

#include "datagram.h"
#include "event.h"

/* current begins to write on @sk, or hands down what it wrote before. */
void cw_udp_write(const struct sock *sk);

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
 * cw_udp_arrives() - a datagram has come to its socket's host
 * @net: its namespace
 * @flow: destination is the remote side; role is set here
 * @length: of its payload
 * @datagram: what it carries
 *
 * Emits the TCP_IN event.  Softirq.
 */
void cw_udp_arrives(struct net *net, struct cw_flow_key *flow, u32 length,
		    const struct cw_datagram *datagram);

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
