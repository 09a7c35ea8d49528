// SPDX-License-Identifier: GPL-2.0
/*
 * Decides which sockets get state: asks policy when a connection opens.  For a connection that was
 * open before, it asks when a traced thread writes to it, when it is read, or when a mark comes.
 * Any context but hardirq, under RCU.
 */
#include <linux/hash.h>
#include <net/tcp.h>

#include "policy/policy.h"
#include "policy/rule.h"
#include "policy/sock_admit.h"
#include "state/listener.h"
#include "state/sock_table.h"

/*
 * Sockets that policy did not want, so that a read, or a write by a traced thread, does not ask
 * policy each time, which takes time for each rule.  A race may lose an entry, and policy is then
 * asked once more.  A stale entry does no harm: policy is asked about a new socket at that address
 * when it opens.
 */
#define UNWANTED_BITS 9
#define UNWANTED_WAYS 8
static struct unwanted {
	const struct sock *sk;
	u32 generation;
} unwanted[1 << UNWANTED_BITS][UNWANTED_WAYS];

/*
 * Sockets lie at regular distances, and after a mere multiplication they still would: some buckets
 * would get many more of them than there are ways.
 */
static struct unwanted *unwanted_bucket(const struct sock *sk)
{
	u64 mixed = (unsigned long)sk * GOLDEN_RATIO_64;

	return unwanted[hash_64(mixed ^ mixed >> 32, UNWANTED_BITS)];
}

static bool unwanted_is(const struct sock *sk, u32 generation)
{
	const struct unwanted *u = unwanted_bucket(sk);
	unsigned int i;

	for (i = 0; i < UNWANTED_WAYS; i++, u++)
		if (READ_ONCE(u->sk) == sk && READ_ONCE(u->generation) == generation)
			return true;
	return false;
}

/* Puts it where it was; else in the place of an entry of an older policy; else in any place. */
static void unwanted_add(const struct sock *sk, u32 generation)
{
	struct unwanted *u = unwanted_bucket(sk), *place = &u[jiffies % UNWANTED_WAYS];
	unsigned int i;

	for (i = 0; i < UNWANTED_WAYS; i++)
		if (READ_ONCE(u[i].generation) != generation)
			place = &u[i];
	for (i = 0; i < UNWANTED_WAYS; i++)
		if (READ_ONCE(u[i].sk) == sk)
			place = &u[i];
	WRITE_ONCE(place->generation, generation);
	WRITE_ONCE(place->sk, sk);
}

static u16 service_port(const struct sock *sk, u8 role)
{
	return role == CW_ROLE_SERVER ? sk->sk_num : ntohs(sk->sk_dport);
}

/* False: policy does not concern the socket. */
static bool ask_policy(const struct sock *sk, u8 role, u32 generation, struct cw_sock_policy *out)
{
	const struct net *net = sock_net(sk);
	struct cw_peer_verdict verdict;
	const u8 *remote;
	u8 family = cw_sock_remote(sk, &remote);
	u16 port = service_port(sk, role);
	u8 side = role == CW_ROLE_SERVER ? CW_SIDE_SERVER : CW_SIDE_CLIENT;

	verdict = cw_policy_peer(net, family, remote, port);
	out->generation = generation;
	out->may_send = verdict.may_send;
	out->may_accept = verdict.may_accept;
	WRITE_ONCE(out->mark_every, verdict.mark_every);
	out->accept_obi = verdict.accept_obi;
	out->may_root = role != CW_ROLE_UNKNOWN &&
			cw_policy_has_root(net, side, family, remote, port, NULL);
	return out->may_send || out->may_accept || out->may_root;
}

void cw_sock_refresh_policy(struct cw_sock *s)
{
	u32 generation = atomic_read(&cw_policy_generation);

	lockdep_assert_held(&s->lock);
	if (likely(s->policy.generation == generation))
		return;
	ask_policy(s->sk, s->role, generation, &s->policy);
}

struct cw_sock *cw_sock_admit(struct sock *sk, u8 role)
{
	u32 generation = atomic_read(&cw_policy_generation);
	struct cw_sock *s = cw_sock_find(sk);
	struct cw_sock_policy policy;

	if (s)
		return s;
	if (!cw_net_active(sock_net(sk)))
		return NULL;
	return ask_policy(sk, role, generation, &policy) ? cw_sock_insert(sk, role, &policy) : NULL;
}

struct cw_sock *cw_sock_admit_late(struct sock *sk)
{
	u32 generation = atomic_read(&cw_policy_generation);
	struct cw_sock *s;

	if (unwanted_is(sk, generation))
		return NULL;
	s = cw_sock_admit(sk, cw_listener_exists(sk) ? CW_ROLE_SERVER : CW_ROLE_UNKNOWN);
	if (!s)
		unwanted_add(sk, generation);
	return s;
}
