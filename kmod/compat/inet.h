/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Socket look-ups, whose hash table argument went away in 7.2, and flags of sockets, which
 * were bit fields until 6.5.  Versions are only tested for in this directory.
 */
#ifndef CW_COMPAT_INET_H
#define CW_COMPAT_INET_H

#include <linux/version.h>
#include <net/inet_hashtables.h>
#include <net/inet6_hashtables.h>
#include <net/tcp.h>

static inline struct inet_hashinfo *cw_hashinfo(const struct net *net)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	return &tcp_hashinfo;
#else
	return net->ipv4.tcp_death_row.hashinfo;
#endif
}

/*
 * Looks for an established socket, and takes a reference that sock_gen_put() drops.  RCU or
 * softirq.
 * @dif, @sdif: the device that the segment came by, and the slave of it if that is a VRF.
 */
static inline struct sock *cw_inet_established(struct net *net, __be32 saddr, __be16 sport,
					       __be32 daddr, u16 hnum, int dif, int sdif)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return __inet_lookup_established(net, cw_hashinfo(net), saddr, sport, daddr, hnum, dif,
					 sdif);
#else
	return __inet_lookup_established(net, saddr, sport, daddr, hnum, dif, sdif);
#endif
}

static inline struct sock *cw_inet6_established(struct net *net, const struct in6_addr *saddr,
						__be16 sport, const struct in6_addr *daddr,
						u16 hnum, int dif, int sdif)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return __inet6_lookup_established(net, cw_hashinfo(net), saddr, sport, daddr, hnum, dif,
					  sdif);
#else
	return __inet6_lookup_established(net, saddr, sport, daddr, hnum, dif, sdif);
#endif
}

/* Since 5.19 the listeners of an address and port hang in a list that ends with a number. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
#define cw_listener_node hlist_nulls_node
#define cw_for_each_listener(sk, node, bucket) \
	sk_nulls_for_each_rcu(sk, node, &(bucket)->nulls_head)
#else
#define cw_listener_node hlist_node
#define cw_for_each_listener(sk, node, bucket)						\
	for (node = rcu_dereference_raw(hlist_first_rcu(&(bucket)->head));		\
	     node && (sk = (struct sock *)container_of(node, struct inet_connection_sock,	\
						       icsk_listen_portaddr_node), true);	\
	     node = rcu_dereference_raw(hlist_next_rcu(node)))
#endif

/* Does the SYN wait for the first write (TCP_FASTOPEN_CONNECT, and a cookie is known)? */
static inline bool cw_inet_deferred(const struct sock *sk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return inet_sk(sk)->defer_connect;
#else
	return inet_test_bit(DEFER_CONNECT, sk);
#endif
}

#endif
