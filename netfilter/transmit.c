// SPDX-License-Identifier: GPL-2.0
/*
 * LOCAL_OUT: writes the option into a segment that leaves TCP.  Runs inside
 * __tcp_transmit_skb(), in process context or softirq; or later, in another thread and
 * without the socket's own lock (state/sock.h says when).  Never changes payload, which is shared
 * with the retransmit queue, never linearises, and lets a packet go as it is if anything is
 * unusual.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "base/counter.h"
#include "base/delay.h"
#include "netfilter/header.h"
#include "netfilter/transmit.h"
#include "propagation/send.h"
#include "state/sock_table.h"

#define OPTIONS_MAX 40

/*
 * Do time stamps and three SACK blocks fill the header?  A boundary must be sent even then, and
 * takes the place of the third block (RFC 2018, 3: as many blocks as fit).
 */
static bool sack_displaceable(const struct cw_tcp_header *header)
{
	return header->options_length == OPTIONS_MAX && header->options[14] == TCPOPT_SACK &&
	       header->options[15] == TCPOLEN_SACK_BASE + 3 * TCPOLEN_SACK_PERBLOCK;
}

static void displace_sack(struct tcphdr *th, const u8 *option, unsigned int length)
{
	u8 *options = (u8 *)(th + 1);

	options[15] -= TCPOLEN_SACK_PERBLOCK;
	memcpy(options + OPTIONS_MAX - length, option, length);
}

static unsigned int packet_length(const struct sk_buff *skb, unsigned int headers)
{
	return skb_is_gso(skb) ? skb_shinfo(skb)->gso_size + headers : skb->len;
}

static void fix_ipv4(struct sk_buff *skb, struct tcphdr *th)
{
	struct iphdr *ip = ip_hdr(skb);

	ip->tot_len = htons(skb->len);
	ip_send_check(ip);
	th->check = ~tcp_v4_check(skb->len - ip->ihl * 4, ip->saddr, ip->daddr, 0);
}

static void fix_ipv6(struct sk_buff *skb, struct tcphdr *th)
{
	struct ipv6hdr *ip = ipv6_hdr(skb);
	unsigned int length = skb->len - sizeof(*ip);

	ip->payload_len = htons(length);
	th->check = ~csum_ipv6_magic(&ip->saddr, &ip->daddr, length, IPPROTO_TCP, 0);
}

/* Moves the headers towards the front and writes the option behind the other options. */
static bool insert_option(struct sk_buff *skb, const struct cw_tcp_header *header,
			  const u8 *option, unsigned int length)
{
	unsigned int network_length = header->transport - header->network;
	unsigned int headers = network_length + sizeof(struct tcphdr) + header->options_length;
	struct tcphdr *th;
	u8 *start;

	if (skb_headlen(skb) < headers || skb_cow_head(skb, length))
		return false;
	start = skb->data;
	skb_push(skb, length);
	memmove(skb->data, start, headers);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, network_length);
	skb->csum_start -= length;
	th = tcp_hdr(skb);
	memcpy(skb->data + headers, option, length);
	th->doff += length / 4;
	if (header->family == AF_INET)
		fix_ipv4(skb, th);
	else
		fix_ipv6(skb, th);
	return true;
}

static bool write_option(struct sk_buff *skb, const struct cw_tcp_header *header,
			 const struct cw_option *option)
{
	u8 bytes[CW_OPTION_LONG_LEN];
	unsigned int length = cw_option_write(option, bytes);

	if (!length)
		return false;
	if (header->options_length + length <= OPTIONS_MAX)
		return insert_option(skb, header, bytes, length);
	if (skb_headlen(skb) < header->transport + 60 || skb_cow_head(skb, 0))
		return false;
	displace_sack(tcp_hdr(skb), bytes, length);
	return true;
}

/* May the packet's header be changed?  Counts why not. */
static bool header_touchable(const struct sk_buff *skb, const struct cw_tcp_header *header)
{
	/* The 16-bit length field of a jumbogram or of BIG TCP cannot be extended. */
	if (header->network || skb->len > IP_MAX_MTU - CW_OPTION_LONG_LEN) {
		cw_count(tx_bare_header);
		return false;
	}
	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		cw_count(tx_bare_checksum);
		return false;
	}
	return true;
}

/* The path's MTU; a VRF with a queueing discipline has a route to itself with an MTU of 64 KB. */
static unsigned int path_mtu(const struct sk_buff *skb)
{
	unsigned int mtu = dst_mtu(skb_dst(skb));

	if (netif_is_l3_master(skb_dst(skb)->dev))
		mtu = min(mtu, READ_ONCE(inet_csk(skb->sk)->icsk_pmtu_cookie));
	return mtu;
}

static void segment_rooms(const struct sk_buff *skb, const struct cw_tcp_header *header,
			  struct cw_segment *segment)
{
	unsigned int headers = header->transport + sizeof(struct tcphdr) + header->options_length;
	unsigned int mtu = path_mtu(skb);
	unsigned int length = packet_length(skb, headers);

	segment->room = OPTIONS_MAX - header->options_length;
	segment->mtu_room = mtu > length ? mtu - length : 0;
	if (!segment->room && sack_displaceable(header)) {
		segment->room = CW_OPTION_SHORT_LEN;
		segment->mtu_room = CW_OPTION_SHORT_LEN;
	}
}

/*
 * Is it a tunnel's packet?  That still has the socket that wrote what is inside.  ip6tnl puts an
 * extension header of its own (the encapsulation limit) in front of the inner packet.
 */
static bool is_tunnels(const struct sk_buff *skb)
{
	__be16 fragment;
	u8 protocol;

	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->protocol != IPPROTO_TCP;
	protocol = ipv6_hdr(skb)->nexthdr;
	if (unlikely(ipv6_ext_hdr(protocol)))
		ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr), &protocol,
				 &fragment);
	return protocol != IPPROTO_TCP;
}

static struct cw_sock *state_of(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	/* Sockets of other families may have this number, too; they have no state. */
	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_TCP)
		return NULL;
	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_LISTEN | TCPF_CLOSE))
		return NULL;
	return is_tunnels(skb) ? NULL : cw_sock_find(sk);
}

/* Quick test: may the segment have to carry an option?  If not, its headers are not read. */
static bool option_due(struct cw_sock *s, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	unsigned int length = skb->len - skb_transport_offset(skb) - th->doff * 4;

	return cw_carry_due(s, ntohl(th->seq), length);
}

/*
 * Will the packet pass here once more?  A VRF without a queueing discipline passes it here twice at
 * once, first as its own; one with a discipline passes it here again when it comes out of that.
 */
static bool passes_again(const struct sk_buff *skb, const struct net_device *out)
{
	return out && netif_is_l3_master(out) && skb->dev == out;
}

static bool marked_before(const struct cw_tcp_header *header)
{
	struct cw_option option;

	return !cw_option_plain(header->options, header->options_length) &&
	       cw_option_find(header->options, header->options_length, false, &option) !=
		       CW_OPTION_ABSENT;
}

static noinline void transmit_segment(struct sk_buff *skb, struct cw_sock *s,
				      const struct net_device *out)
{
	struct cw_tcp_header header;
	struct cw_segment segment;

	if (passes_again(skb, out))
		return;
	if (!cw_tcp_header_read(skb, skb_network_offset(skb), &header)) {
		cw_count(tx_bare_header);
		return;
	}
	if (header.syn || header.rst || marked_before(&header))
		return;
	segment.seq = header.segment.seq;
	segment.length = header.segment.length;
	segment_rooms(skb, &header, &segment);
	cw_carry_choose(s, &segment);
	cw_delay(CW_DELAY_WRITE);
	if (segment.option.type == CW_OPTION_ABSENT && !cw_segment_first(&segment))
		return;
	if (segment.option.type != CW_OPTION_ABSENT &&
	    (!header_touchable(skb, &header) || !write_option(skb, &header, &segment.option)))
		segment.option.type = CW_OPTION_ABSENT;
	cw_carry_sent(s, &segment);
}

void cw_packet_transmit(struct sk_buff *skb, const struct net_device *out)
{
	struct cw_sock *s = state_of(skb);

	if (s && skb_dst(skb) && option_due(s, skb))
		transmit_segment(skb, s, out);
}
