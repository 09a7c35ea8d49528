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

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
static inline struct inet_hashinfo *cw_hashinfo(const struct net *net)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	return &tcp_hashinfo;
#else
	return net->ipv4.tcp_death_row.hashinfo;
#endif
}
#endif

/* Established sockets only; the reference is dropped by sock_gen_put().  RCU or softirq. */
static inline struct sock *cw_inet_established(struct net *net, __be32 saddr, __be16 sport,
					       __be32 daddr, u16 hnum, int dif)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return __inet_lookup_established(net, cw_hashinfo(net), saddr, sport, daddr, hnum, dif, 0);
#else
	return __inet_lookup_established(net, saddr, sport, daddr, hnum, dif, 0);
#endif
}

static inline struct sock *cw_inet6_established(struct net *net, const struct in6_addr *saddr,
						__be16 sport, const struct in6_addr *daddr,
						u16 hnum, int dif)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return __inet6_lookup_established(net, cw_hashinfo(net), saddr, sport, daddr, hnum, dif, 0);
#else
	return __inet6_lookup_established(net, saddr, sport, daddr, hnum, dif, 0);
#endif
}

/* No reference is taken; RCU. */
static inline struct sock *cw_inet_listener(struct net *net, __be32 saddr, __be16 sport,
					    __be32 daddr, u16 hnum, int dif)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return __inet_lookup_listener(net, cw_hashinfo(net), NULL, 0, saddr, sport, daddr, hnum,
				      dif, 0);
#else
	return __inet_lookup_listener(net, NULL, 0, saddr, sport, daddr, hnum, dif, 0);
#endif
}

static inline struct sock *cw_inet6_listener(struct net *net, const struct in6_addr *saddr,
					     __be16 sport, const struct in6_addr *daddr, u16 hnum,
					     int dif)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
	return inet6_lookup_listener(net, cw_hashinfo(net), NULL, 0, saddr, sport, daddr, hnum, dif,
				     0);
#else
	return inet6_lookup_listener(net, NULL, 0, saddr, sport, daddr, hnum, dif, 0);
#endif
}

/* TCP_FASTOPEN_CONNECT, and a cookie is known: the SYN waits for the first write. */
static inline bool cw_inet_deferred(const struct sock *sk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return inet_sk(sk)->defer_connect;
#else
	return inet_test_bit(DEFER_CONNECT, sk);
#endif
}

#endif
