// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's table of listening sockets, read under RCU without a lock.
 */
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat/inet.h"
#include "state/listener.h"

static bool listens_for(const struct sock *listener, const struct sock *sk)
{
	if (!net_eq(sock_net(listener), sock_net(sk)) || listener->sk_num != sk->sk_num)
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (listener->sk_family == AF_INET6)
		return ipv6_addr_any(&listener->sk_v6_rcv_saddr) ||
		       (sk->sk_family == AF_INET6 &&
			ipv6_addr_equal(&listener->sk_v6_rcv_saddr, &sk->sk_v6_rcv_saddr));
#endif
	return !listener->sk_rcv_saddr || listener->sk_rcv_saddr == sk->sk_rcv_saddr;
}

static bool bucket_listens(const struct sock *sk, u32 hash)
{
	const struct inet_listen_hashbucket *bucket =
		inet_lhash2_bucket(cw_hashinfo(sock_net(sk)), hash);
	const struct cw_listener_node *node;
	const struct sock *listener;

	cw_for_each_listener(listener, node, bucket)
		if (listens_for(listener, sk))
			return true;
	return false;
}

bool cw_listener_exists(const struct sock *sk)
{
	struct net *net = sock_net(sk);

	/* The wildcard address has one hash for IPv4 and IPv6. */
	if (bucket_listens(sk, ipv4_portaddr_hash(net, htonl(INADDR_ANY), sk->sk_num)))
		return true;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return bucket_listens(sk, ipv6_portaddr_hash(net, &sk->sk_v6_rcv_saddr,
							     sk->sk_num));
#endif
	return bucket_listens(sk, ipv4_portaddr_hash(net, sk->sk_rcv_saddr, sk->sk_num));
}
