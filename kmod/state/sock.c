// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of a traced socket: its addresses, and whether its headers may be changed.
 */
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "base/counter.h"
#include "state/sock.h"

u8 cw_sock_remote(const struct sock *sk, const u8 **address)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		*address = sk->sk_v6_daddr.s6_addr;
		return AF_INET6;
	}
#endif
	*address = (const u8 *)&sk->sk_daddr;
	return AF_INET;
}

void cw_sock_flow(const struct cw_sock *s, struct cw_flow_key *flow)
{
	const struct sock *sk = s->sk;
	const u8 *remote;

	memset(flow, 0, sizeof(*flow));
	flow->family = cw_sock_remote(sk, &remote);
	flow->role = s->role;
	flow->protocol = IPPROTO_TCP;
	flow->source_port = sk->sk_num;
	flow->destination_port = ntohs(sk->sk_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (flow->family == AF_INET6) {
		memcpy(flow->source, &sk->sk_v6_rcv_saddr, 16);
		memcpy(flow->destination, remote, 16);
		return;
	}
#endif
	memcpy(flow->source, &sk->sk_rcv_saddr, 4);
	memcpy(flow->destination, remote, 4);
}

bool cw_sock_incapable(const struct sock *sk)
{
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tcp_sk(sk)->md5sig_info))
		return true;
#endif
#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tcp_sk(sk)->ao_info))
		return true;
#endif
#if IS_ENABLED(CONFIG_SMC)
	if (tcp_sk(sk)->syn_smc)
		return true;
#endif
	return sk_is_mptcp(sk);
}

bool cw_sock_is_capable(struct cw_sock *s)
{
	if (!s->peer.incapable && cw_sock_incapable(s->sk)) {
		s->peer.incapable = true;
		cw_count(tx_incapable);
	}
	return !s->peer.incapable;
}
