// SPDX-License-Identifier: GPL-2.0
/*
 * The table of sockets that have state: adds, finds and removes entries.  See sock_table.h for
 * their lifetime and sock.h for locks.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "base/counter.h"
#include "base/delay.h"
#include "base/table_walk.h"
#include "state/reserve.h"
#include "state/run.h"
#include "state/sock_table.h"

static unsigned int max_sockets = 262144;
module_param(max_sockets, uint, 0644);
MODULE_PARM_DESC(max_sockets, "most sockets with state (default 262144)");

static unsigned int max_sockets_netns = 65536;
module_param(max_sockets_netns, uint, 0644);
MODULE_PARM_DESC(max_sockets_netns,
		 "... of one network namespace other than the initial one (default 65536)");

/* Addresses need no jhash: one multiplication spreads them well. */
static u32 table_hash(const void *key, u32 length, u32 seed)
{
	return hash_64((u64)(uintptr_t)*(struct sock *const *)key ^ seed, 32);
}

/* The compiler inlines it, unlike a memcmp() of key_len bytes. */
static int table_compare(struct rhashtable_compare_arg *arg, const void *object)
{
	return ((const struct cw_sock *)object)->sk != *(struct sock *const *)arg->key;
}

static const struct rhashtable_params table_params = {
	.hashfn = table_hash,
	.obj_cmpfn = table_compare,
	.key_len = sizeof(struct sock *),
	.key_offset = offsetof(struct cw_sock, sk),
	.head_offset = offsetof(struct cw_sock, node),
	.automatic_shrinking = true,
};

static struct rhashtable table;
static struct kmem_cache *cache;
static bool is_open;

u32 cw_sock_count(void)
{
	return atomic_read(&table.nelems);
}

struct cw_sock *cw_sock_find(const struct sock *sk)
{
	if (!atomic_read(&cw_net_here(sock_net(sk))->sockets))
		return NULL;
	return rhashtable_lookup(&table, &sk, table_params);
}

static struct cw_sock *state_alloc(struct sock *sk, u8 role, const struct cw_sock_policy *policy)
{
	struct cw_sock *s = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);

	if (!s)
		return NULL;
	s->sk = sk;
	s->net = cw_net(sock_net(sk));
	spin_lock_init(&s->lock);
	s->role = role;
	s->policy = *policy;
	s->exchange.turn_tx = true;
	s->exchange.turn_rx = true;
	s->read_seq = READ_ONCE(tcp_sk(sk)->copied_seq);
	s->ready_seq = s->read_seq;
	cw_sock_is_capable(s);
	return s;
}

static void state_free_rcu(struct rcu_head *rcu)
{
	struct cw_sock *s = container_of(rcu, struct cw_sock, rcu);

	cw_runs_free(s);
	kmem_cache_free(cache, s);
}

/* Called under the RCU read lock: the socket, and with it the namespace, may be about to go. */
static void state_remove(struct cw_sock *s)
{
	unsigned long irq;

	if (rhashtable_remove_fast(&table, &s->node, table_params))
		return;
	irq = cw_sock_lock(s);
	atomic_dec(&s->net->sockets);
	cw_runs_disown(s);
	WRITE_ONCE(s->dead, true);
	cw_sock_unlock(s, irq);
	call_rcu(&s->rcu, state_free_rcu);
}

static bool limit_reached(const struct sock *sk)
{
	const struct cw_net *net = cw_net(sock_net(sk));

	if (cw_sock_count() < max_sockets &&
	    (net_eq(sock_net(sk), &init_net) || (u32)atomic_read(&net->sockets) < max_sockets_netns))
		return false;
	cw_count(limit_sockets);
	return true;
}

/* Is the socket dead, so that tcp_destroy_sock comes or has been? */
static bool is_gone(const struct sock *sk)
{
	return READ_ONCE(sk->sk_state) == TCP_CLOSE && sock_flag(sk, SOCK_DEAD);
}

static struct cw_sock *state_insert(struct cw_sock *s)
{
	struct cw_sock *old;

	/* Counted before it is in the table: cw_sock_find() looks there only if this is not 0. */
	atomic_inc(&s->net->sockets);
	old = rhashtable_lookup_get_insert_fast(&table, &s->node, table_params);
	if (!old)
		return s;
	atomic_dec(&s->net->sockets);
	kmem_cache_free(cache, s);
	if (!IS_ERR(old))
		return old;
	cw_count(no_memory_socket);
	return NULL;
}

struct cw_sock *cw_sock_insert(struct sock *sk, u8 role, const struct cw_sock_policy *policy)
{
	struct cw_sock *s;

	if (!READ_ONCE(is_open) || limit_reached(sk))
		return NULL;
	s = state_alloc(sk, role, policy);
	if (!s) {
		cw_count(no_memory_socket);
		return NULL;
	}
	cw_delay(CW_DELAY_INSERT);
	s = state_insert(s);
	if (!s)
		return NULL;
	/* Pairs with cw_sock_destroy(): either that finds the entry, or is_gone() is true here. */
	smp_mb();
	if (likely(!is_gone(sk)))
		return s;
	state_remove(s);
	return NULL;
}

void cw_sock_destroy(struct sock *sk)
{
	struct cw_sock *s;

	/* Pairs with cw_sock_insert(). */
	smp_mb();
	rcu_read_lock();
	s = cw_sock_find(sk);
	if (s)
		state_remove(s);
	rcu_read_unlock();
}

static void fill_info(struct cw_sock *s, struct cw_sock_info *info)
{
	unsigned long irq;

	memset(info, 0, sizeof(*info));
	irq = cw_sock_lock(s);
	if (!s->dead) {
		cw_sock_flow(s, &info->flow);
		info->netns = s->net->id;
		info->netns_inum = s->net->net->ns.inum;
	}
	if (s->peer.reserved)
		info->state |= CW_SOCKET_RESERVED;
	if (s->peer.confirmed)
		info->state |= CW_SOCKET_CONFIRMED;
	if (s->peer.stopped)
		info->state |= CW_SOCKET_STOPPED;
	if (s->policy.may_send)
		info->state |= CW_SOCKET_MAY_SEND;
	if (s->policy.may_accept)
		info->state |= CW_SOCKET_MAY_ACCEPT;
	info->tx_runs = s->tx.count;
	info->rx_runs = s->rx.count;
	info->last = s->exchange.tx_context;
	if (!cw_context_valid(&info->last))
		info->last = s->exchange.request;
	cw_sock_unlock(s, irq);
}

struct rhashtable_iter *cw_sock_walk_begin(void)
{
	return cw_table_walk_begin(&table);
}

struct visitor {
	const struct net *only;
	int (*visit)(const struct cw_sock_info *info, void *data);
	void *data;
};

static int state_visit(void *entry, void *data)
{
	const struct visitor *visitor = data;
	struct cw_sock *s = entry;
	struct cw_sock_info info;

	if (visitor->only && s->net->net != visitor->only)
		return 0;
	fill_info(s, &info);
	return visitor->visit(&info, visitor->data);
}

int cw_sock_walk_on(struct rhashtable_iter *walk, const struct net *only,
		    int (*visit)(const struct cw_sock_info *info, void *data), void *data)
{
	struct visitor visitor = { .only = only, .visit = visit, .data = data };

	return cw_table_walk_on(walk, state_visit, &visitor);
}

/* Without the lock, so perhaps wrong: release_locked() looks again, under it. */
static bool __no_kcsan seems_reserved(const struct cw_sock *s)
{
	return s->peer.reserved;
}

/* Returns the next socket that holds a reservation, with a reference; NULL: there are no more. */
static struct sock *next_reserved(struct rhashtable_iter *iter)
{
	struct sock *found = NULL;
	struct cw_sock *s;

	rhashtable_walk_start(iter);
	while (!found && (s = rhashtable_walk_next(iter))) {
		if (IS_ERR(s) || !seems_reserved(s))
			continue;
		/*
		 * The entry is in the table, so tcp_destroy_sock has not run, or runs just
		 * now; then the count of references may be about to fall to zero.
		 */
		if (!READ_ONCE(s->dead) && refcount_inc_not_zero(&s->sk->sk_refcnt))
			found = s->sk;
	}
	rhashtable_walk_stop(iter);
	return found;
}

static void release_locked(struct sock *sk)
{
	unsigned long irq;
	struct cw_sock *s;

	rcu_read_lock();
	s = cw_sock_find(sk);
	if (s) {
		irq = cw_sock_lock(s);
		if (!s->dead)
			cw_sock_unreserve(s);
		cw_sock_unlock(s, irq);
	}
	rcu_read_unlock();
}

/*
 * Takes the spinlock that softirq takes, and not the lock of a process, which may hold that for
 * long, for example in a page fault.  False: a process holds the socket's lock now.
 */
static bool release_reservation(struct sock *sk)
{
	bool owned;

	local_bh_disable();
	bh_lock_sock(sk);
	owned = sock_owned_by_user(sk);
	if (!owned)
		release_locked(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	return !owned;
}

/*
 * Walks once over the table.  It may miss entries if others go away meanwhile, so the caller walks
 * until none is found.  Return: how many reservations it found; @busy: how many of them are left.
 */
static u32 release_walk(u32 *busy)
{
	struct rhashtable_iter iter;
	struct sock *sk;
	u32 found = 0;

	*busy = 0;
	rhashtable_walk_enter(&table, &iter);
	while ((sk = next_reserved(&iter))) {
		*busy += !release_reservation(sk);
		sock_put(sk);
		found++;
		cond_resched();
	}
	rhashtable_walk_exit(&iter);
	return found;
}

/* A process holds its socket's lock for microseconds, or without any limit: then this gives up. */
#define RELEASE_TRIES 50

void cw_sock_release_all(void)
{
	unsigned int tries = 0;
	u32 busy;

	while (release_walk(&busy)) {
		if (!busy)
			continue;
		if (++tries == RELEASE_TRIES) {
			cw_count_add(reservation_left, busy);
			return;
		}
		usleep_range(1000, 2000);
	}
}

/* Removes entries one by one, so that a dump may walk the table meanwhile. */
void cw_sock_free_all(void)
{
	struct rhashtable_iter iter;
	struct cw_sock *s;

	while (cw_sock_count()) {
		rhashtable_walk_enter(&table, &iter);
		rhashtable_walk_start(&iter);
		while ((s = rhashtable_walk_next(&iter)))
			if (!IS_ERR(s))
				state_remove(s);
		rhashtable_walk_stop(&iter);
		rhashtable_walk_exit(&iter);
	}
}

void cw_sock_open(void)
{
	WRITE_ONCE(is_open, true);
}

void cw_sock_close(void)
{
	WRITE_ONCE(is_open, false);
}

int cw_sock_init(void)
{
	int err = -ENOMEM;

#ifndef CONFIG_DEBUG_SPINLOCK
	BUILD_BUG_ON(sizeof(struct cw_sock) > 256);
#endif
	cache = KMEM_CACHE(cw_sock, SLAB_ACCOUNT);
	if (!cache)
		return err;
	err = cw_runs_init();
	if (err)
		goto no_marks;
	err = rhashtable_init(&table, &table_params);
	if (err)
		goto no_table;
	return 0;
no_table:
	cw_runs_exit();
no_marks:
	kmem_cache_destroy(cache);
	return err;
}

void cw_sock_exit(void)
{
	rcu_barrier();
	rhashtable_destroy(&table);
	cw_runs_exit();
	kmem_cache_destroy(cache);
}
