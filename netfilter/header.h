/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds the TCP header and its options in an skb.  Copies what it needs, so that nothing is pulled
 * or linearised.
 */
#ifndef CW_HEADER_H
#define CW_HEADER_H

#include <linux/skbuff.h>

#include "event/event.h"
#include "lib/accept.h"
#include "lib/option.h"

/**
 * struct cw_tcp_header - a TCP segment in an skb
 * @network: offset of the IP header from skb->data
 * @transport: offset of the TCP header from skb->data
 * @family: AF_INET, AF_INET6
 * @options_length: bytes of options
 * @options: in the skb, or copied to @buffer
 * @segment: seq, length (of all segments of a GSO skb) and ack, in host order; no timestamp
 * @syn: SYN is set
 * @rst: RST is set
 */
struct cw_tcp_header {
	unsigned int network;
	unsigned int transport;
	u8 family;
	u8 options_length;
	const u8 *options;
	u8 buffer[40];
	struct cw_arrived segment;
	bool syn;
	bool rst;
};

/**
 * cw_tcp_header_read() - look for a TCP segment
 * @skb: any
 * @network: offset of its network header from skb->data
 * @header: result
 *
 * Return: true for an unfragmented TCP segment over IPv4 or, without extension
 *	headers, IPv6 whose header is there in full.
 * Context: any; reads only.
 */
bool cw_tcp_header_read(const struct sk_buff *skb, unsigned int network,
			struct cw_tcp_header *header);

/**
 * cw_tcp_header_flow() - addresses and ports of a segment as they stand in it
 * @skb: the skb that cw_tcp_header_read() was given
 * @header: what that function read
 * @flow: result; role TRANSIT
 *
 * Return: false if the skb is too short, which cannot be after cw_tcp_header_read().
 * Context: any; reads only.
 */
bool cw_tcp_header_flow(const struct sk_buff *skb, const struct cw_tcp_header *header,
			struct cw_flow_key *flow);

#endif
