/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Links the kernel's answers to echo requests with the requests.
 */
#ifndef CW_ECHO_H
#define CW_ECHO_H

#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "lib/dissect.h"
#include "propagation/udp.h"

/**
 * cw_echo_asks() - a datagram of ICMP that carries a context has come to its host
 * @net: its namespace
 * @arrival: the datagram's values
 * @skb: its packet, at LOCAL_IN
 * @layer: the datagram
 *
 * If it is an echo request, notes it on this CPU, so that cw_echo_answers() knows the answer.
 *
 * Context: softirq.
 */
void cw_echo_asks(const struct net *net, const struct cw_arrival *arrival,
		  const struct sk_buff *skb, const struct cw_layer *layer);

/* True if this CPU may have a request that is not answered yet. */
DECLARE_PER_CPU(bool, cw_echo_asked);

/**
 * cw_echo_answers() - a packet of ICMP leaves its host
 * @skb: the packet, at LOCAL_OUT
 * @net: its namespace
 *
 * If it is the kernel's answer to a request with a context, the context is kept for it.
 *
 * Context: bottom halves off.
 */
void cw_echo_answers(struct sk_buff *skb, struct net *net);

#endif
