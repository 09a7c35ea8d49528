// SPDX-License-Identifier: GPL-2.0
/*
 * Takes room for the option off a socket's MSS before TCP cuts segments, and gives it back when
 * marking stops.  Called with the socket's own lock and cw_sock.lock held.
 */
#include <net/ipv6.h>
#include <net/tcp.h>

#include "state/reserve.h"

/*
 * The length that the IP options need.  It is computed, and our room not just subtracted:
 * setsockopt() of some IPv6 options assigns icsk_ext_hdr_len instead of adding to it, and a
 * subtraction could wrap around.
 */
static u16 ip_options_length(struct sock *sk)
{
	const struct ip_options_rcu *options;
	u16 length;

	rcu_read_lock();
	options = rcu_dereference(inet_sk(sk)->inet_opt);
	length = options ? options->opt.optlen : 0;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		const struct ipv6_txoptions *v6 = rcu_dereference(inet6_sk(sk)->opt);

		length = v6 ? v6->opt_flen + v6->opt_nflen : 0;
	}
#endif
	rcu_read_unlock();
	return length;
}

/*
 * TCP computes the MSS anew if the path's MTU differs from icsk_pmtu_cookie.  A message
 * "fragmentation needed" counts only if it says less than the cookie (RFC 1191, 6.3;
 * tcp_v4_mtu_reduced()).  So the cookie is raised: it must not become less than the path's MTU.
 */
static void mss_recompute(struct inet_connection_sock *icsk)
{
	icsk->icsk_pmtu_cookie++;
}

/* Has the socket a reservation that an earlier load of the module could not give back? */
static bool is_left_over(struct sock *sk)
{
	return inet_csk(sk)->icsk_ext_hdr_len == ip_options_length(sk) + CW_OPTION_LONG_LEN;
}

void cw_sock_reserve(struct cw_sock *s)
{
	struct inet_connection_sock *icsk = inet_csk(s->sk);

	lockdep_assert_held(&s->lock);
	s->peer.reserved = true;
	if (is_left_over(s->sk))
		return;
	icsk->icsk_ext_hdr_len += CW_OPTION_LONG_LEN;
	mss_recompute(icsk);
}

void cw_sock_unreserve(struct cw_sock *s)
{
	struct inet_connection_sock *icsk = inet_csk(s->sk);

	lockdep_assert_held(&s->lock);
	if (!s->peer.reserved)
		return;
	s->peer.reserved = false;
	icsk->icsk_ext_hdr_len = ip_options_length(s->sk);
	mss_recompute(icsk);
}
