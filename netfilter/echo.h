/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers of the kernel to echo requests.
 */
#ifndef CW_ECHO_H
#define CW_ECHO_H

#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "lib/dissect.h"
#include "propagation/udp.h"

/**
 * cw_echo_asks() - a datagram of ICMP that carries something has come to its host
 * @net: its namespace
 * @arrival: which
 * @skb: its packet, at LOCAL_IN
 * @layer: the datagram
 *
 * If it is an echo request its answer, which the kernel makes next, is told from others by that.
 *
 * Context: softirq.
 */
void cw_echo_asks(const struct net *net, const struct cw_arrival *arrival,
		  const struct sk_buff *skb, const struct cw_layer *layer);

/* There may be a request on this CPU that is not answered yet. */
DECLARE_PER_CPU(bool, cw_echo_asked);

/**
 * cw_echo_answers() - a packet of ICMP leaves its host
 * @skb: it, at LOCAL_OUT
 * @net: its namespace
 *
 * If it is the kernel's answer to a request that carried something it carries that, too.
 *
 * Context: bottom halves off.
 */
void cw_echo_answers(struct sk_buff *skb, struct net *net);

#endif
