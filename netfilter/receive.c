// SPDX-License-Identifier: GPL-2.0
/*
 * LOCAL_IN: reads the option of a segment for a local socket.  Runs with bottom halves off
 * under the RCU read lock, before TCP has looked at the segment: the checksum is verified
 * here first.  The segment itself is left as it is (TCP ignores the option).
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/inet6_hashtables.h>
#include <net/tcp.h>

#include "base/counter.h"
#include "compat/inet.h"
#include "netfilter/header.h"
#include "netfilter/receive.h"
#include "propagation/receive.h"

/*
 * A mark in the segment that completes a handshake (TCP_DEFER_ACCEPT, a lost third
 * ACK, SYN cookies): its socket is made later in the same softirq on the same CPU.
 * If no socket is made the mark stays until the next handshake, which may have equal addresses and
 * ports.  The segment's acknowledgement tells whether the mark belongs to that one.
 */
struct pending {
	struct net *net;
	struct cw_flow_key flow;
	struct cw_option option;
	struct cw_arrived segment;
};
static DEFINE_PER_CPU(struct pending, pendings);

static bool checksum_right(struct sk_buff *skb, const struct cw_tcp_header *header)
{
	if (header->family == AF_INET)
		return !nf_ip_checksum(skb, NF_INET_LOCAL_IN, header->transport, IPPROTO_TCP);
#if IS_ENABLED(CONFIG_IPV6)
	return !nf_ip6_checksum(skb, NF_INET_LOCAL_IN, header->transport, IPPROTO_TCP);
#else
	return false;
#endif
}

/* Finds the segment's socket, and takes a reference that sock_gen_put() drops. */
static struct sock *find_established(const struct sk_buff *skb, struct net *net,
				     const struct cw_flow_key *flow)
{
	__be16 remote_port = htons(flow->source_port);
	__be32 remote, local;

#if IS_ENABLED(CONFIG_IPV6)
	if (flow->family == AF_INET6)
		return cw_inet6_established(net, (const struct in6_addr *)flow->source, remote_port,
					    (const struct in6_addr *)flow->destination,
					    flow->destination_port, inet6_iif(skb),
					    inet6_sdif(skb));
#endif
	memcpy(&remote, flow->source, 4);
	memcpy(&local, flow->destination, 4);
	return cw_inet_established(net, remote, remote_port, local, flow->destination_port,
				   inet_iif(skb), inet_sdif(skb));
}

static void save_pending(struct net *net, const struct cw_flow_key *flow,
			 const struct cw_option *option, const struct cw_arrived *segment)
{
	struct pending *p = this_cpu_ptr(&pendings);

	p->net = net;
	p->flow = *flow;
	p->option = *option;
	p->segment = *segment;
}

void cw_packet_accepted(struct sock *sk)
{
	struct pending *p;
	const u8 *remote;
	u8 family;

	if (!in_softirq())
		return;
	p = this_cpu_ptr(&pendings);
	if (!p->net)
		return;
	family = cw_sock_remote(sk, &remote);
	if (p->net == sock_net(sk) && p->flow.family == family &&
	    p->segment.ack == tcp_sk(sk)->snd_una &&
	    p->flow.source_port == ntohs(sk->sk_dport) && p->flow.destination_port == sk->sk_num &&
	    !memcmp(p->flow.source, remote, family == AF_INET6 ? 16 : 4))
		cw_carry_receive(sk, &p->option, &p->segment);
	else
		cw_count(rx_child_lost);
	p->net = NULL;
}

/*
 * Is skb->sk the socket that receives the segment?  ip_rcv() has taken the sender's socket off the
 * packet.  If there is one, early demultiplexing or a transparent proxy has put it there, and TCP
 * will use it (inet_steal_sock()).
 */
static bool is_receiver(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && cw_sk_is_tcp(sk) &&
	       !((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_SYN_SENT | TCPF_CLOSE));
}

static void deliver_option(struct sk_buff *skb, struct net *net, const struct cw_tcp_header *header,
			   const struct cw_option *option)
{
	struct cw_arrived segment = header->segment;
	struct sock *sk = skb->sk;
	struct cw_flow_key flow;

	if (!checksum_right(skb, header)) {
		cw_count(rx_checksum);
		return;
	}
	segment.has_tsval = cw_timestamp_find(header->options, header->options_length,
					      &segment.tsval);
	if (is_receiver(sk)) {
		cw_carry_receive(sk, option, &segment);
		return;
	}
	if (!cw_tcp_header_flow(skb, header, &flow))
		return;
	sk = find_established(skb, net, &flow);
	if (sk && sk_fullsock(sk))
		cw_carry_receive(sk, option, &segment);
	else if (sk && sk->sk_state == TCP_TIME_WAIT)
		cw_count(rx_no_socket);
	else
		save_pending(net, &flow, option, &segment);
	if (sk)
		sock_gen_put(sk);
}

void cw_packet_receive(struct sk_buff *skb, struct net *net)
{
	struct cw_tcp_header header;
	struct cw_option option;

	if (!cw_tcp_header_read(skb, skb_network_offset(skb), &header) ||
	    cw_option_plain(header.options, header.options_length) || header.syn || header.rst)
		return;
	switch (cw_option_find(header.options, header.options_length, true, &option)) {
	case CW_OPTION_ABSENT:
		return;
	case CW_OPTION_MALFORMED:
		cw_count(rx_malformed);
		return;
	case CW_OPTION_UNKNOWN_VERSION:
		cw_count(rx_version);
		return;
	case CW_OPTION_DUPLICATE:
		cw_count(rx_duplicate);
		return;
	default:
		deliver_option(skb, net, &header, &option);
	}
}
