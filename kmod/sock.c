// SPDX-License-Identifier: GPL-2.0
/*
 * State of traced TCP sockets: the table, how entries come and go, and the room
 * that the option needs in a socket's MSS.  See sock.h for lifetime and locks.
 */
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/mptcp.h>
#include <net/tcp.h>

#include "compat/inet.h"
#include "counter.h"
#include "sock.h"
#include "walk.h"

static unsigned int max_sockets = 262144;
module_param(max_sockets, uint, 0644);
MODULE_PARM_DESC(max_sockets, "most sockets with state (default 262144)");

static unsigned int max_marks = 1048576;
module_param(max_marks, uint, 0644);
MODULE_PARM_DESC(max_marks, "most marks in memory, over all sockets (default 1048576)");

/* Addresses need no jhash: one multiplication spreads them well. */
static u32 table_hash(const void *key, u32 length, u32 seed)
{
	return hash_64((u64)(uintptr_t)*(struct sock *const *)key ^ seed, 32);
}

/* Known to the compiler, unlike a memcmp() of key_len bytes. */
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
static struct kmem_cache *sock_cache;
static struct kmem_cache *mark_cache;
static atomic_t marks;
static bool is_open;

struct cw_mark *cw_mark_alloc(void)
{
	struct cw_mark *mark;

	if (atomic_inc_return(&marks) > max_marks) {
		atomic_dec(&marks);
		cw_count(limit_marks);
		return NULL;
	}
	mark = kmem_cache_zalloc(mark_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!mark) {
		atomic_dec(&marks);
		cw_count(no_memory_mark);
	}
	return mark;
}

void cw_mark_free(struct cw_mark *mark)
{
	if (!mark)
		return;
	kmem_cache_free(mark_cache, mark);
	atomic_dec(&marks);
}

void cw_mark_free_chain(struct cw_mark *mark)
{
	while (mark) {
		struct cw_mark *next = mark->next;

		cw_mark_free(mark);
		mark = next;
	}
}

bool cw_mark_plenty(void)
{
	return cw_mark_count() < max_marks / 4;
}

u32 cw_mark_count(void)
{
	return atomic_read(&marks);
}

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

static struct cw_sock *state_alloc(struct sock *sk, u8 role, u32 flags, u32 generation)
{
	struct cw_sock *s = kmem_cache_zalloc(sock_cache, GFP_ATOMIC | __GFP_NOWARN);

	if (!s)
		return NULL;
	s->spare = cw_mark_alloc();
	if (!s->spare) {
		kmem_cache_free(sock_cache, s);
		return NULL;
	}
	s->sk = sk;
	s->net = cw_net(sock_net(sk));
	spin_lock_init(&s->lock);
	s->role = role;
	s->flags = flags | CW_S_TURN_TX | CW_S_TURN_RX;
	s->generation = generation;
	s->read_seq = READ_ONCE(tcp_sk(sk)->copied_seq);
	s->ready_seq = s->read_seq;
	if (cw_sock_incapable(sk)) {
		s->flags |= CW_S_INCAPABLE;
		cw_count(tx_incapable);
	}
	return s;
}

static void state_free(struct cw_sock *s)
{
	cw_mark_free_chain(cw_marks_clear(&s->tx));
	cw_mark_free_chain(cw_marks_clear(&s->rx));
	cw_mark_free_chain(s->gone);
	cw_mark_free_chain(s->asked);
	cw_mark_free(s->spare);
	kmem_cache_free(sock_cache, s);
}

static void state_free_rcu(struct rcu_head *rcu)
{
	state_free(container_of(rcu, struct cw_sock, rcu));
}

struct cw_sock *cw_sock_insert(struct sock *sk, u8 role, u32 flags, u32 generation)
{
	struct cw_sock *s, *old;

	if (!READ_ONCE(is_open))
		return NULL;
	if (cw_sock_count() >= max_sockets) {
		cw_count(limit_sockets);
		return NULL;
	}
	s = state_alloc(sk, role, flags, generation);
	if (!s) {
		cw_count(no_memory_socket);
		return NULL;
	}
	/* Before it can be found, as after it was: who finds none counted would find none. */
	atomic_inc(&s->net->sockets);
	old = rhashtable_lookup_get_insert_fast(&table, &s->node, table_params);
	if (!old)
		return s;
	atomic_dec(&s->net->sockets);
	state_free(s);
	if (!IS_ERR(old))
		return old;
	cw_count(no_memory_socket);
	return NULL;
}

bool cw_sock_accepted(const struct sock *sk)
{
	struct net *net = sock_net(sk);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return cw_inet6_listener(net, &sk->sk_v6_daddr, sk->sk_dport,
					 &sk->sk_v6_rcv_saddr, sk->sk_num, sk->sk_bound_dev_if);
#endif
	return cw_inet_listener(net, sk->sk_daddr, sk->sk_dport, sk->sk_rcv_saddr, sk->sk_num,
				sk->sk_bound_dev_if);
}

/* RCU read lock: the socket, and with it the namespace, may be about to go. */
static void state_remove(struct cw_sock *s)
{
	unsigned long irq;

	if (rhashtable_remove_fast(&table, &s->node, table_params))
		return;
	atomic_dec(&s->net->sockets);
	spin_lock_irqsave(&s->lock, irq);
	WRITE_ONCE(s->dead, true);
	spin_unlock_irqrestore(&s->lock, irq);
	call_rcu(&s->rcu, state_free_rcu);
}

void cw_sock_destroy(struct sock *sk)
{
	struct cw_sock *s;

	rcu_read_lock();
	s = cw_sock_find(sk);
	if (s)
		state_remove(s);
	rcu_read_unlock();
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

static void fill_info(struct cw_sock *s, struct cw_sock_info *info)
{
	unsigned long irq;

	memset(info, 0, sizeof(*info));
	spin_lock_irqsave(&s->lock, irq);
	if (!s->dead) {
		cw_sock_flow(s, &info->flow);
		info->netns = s->net->id;
		info->netns_inum = s->net->net->ns.inum;
	}
	if (s->flags & CW_S_RESERVED)
		info->state |= CW_SOCKET_RESERVED;
	if (s->flags & CW_S_CONFIRMED)
		info->state |= CW_SOCKET_CONFIRMED;
	if (s->flags & CW_S_STOPPED)
		info->state |= CW_SOCKET_STOPPED;
	if (s->flags & CW_S_MAY_SEND)
		info->state |= CW_SOCKET_MAY_SEND;
	if (s->flags & CW_S_MAY_ACCEPT)
		info->state |= CW_SOCKET_MAY_ACCEPT;
	info->tx_marks = s->tx.count;
	info->rx_marks = s->rx.count;
	info->last = s->tx_context;
	if (!cw_context_valid(&info->last))
		info->last = s->request;
	spin_unlock_irqrestore(&s->lock, irq);
}

struct rhashtable_iter *cw_sock_walk_begin(void)
{
	return cw_walk_begin(&table);
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

	return cw_walk_on(walk, state_visit, &visitor);
}

/* The next socket that holds a reservation, with a reference; NULL: no more are behind. */
static struct sock *next_reserved(struct rhashtable_iter *iter)
{
	struct sock *found = NULL;
	struct cw_sock *s;

	rhashtable_walk_start(iter);
	while (!found && (s = rhashtable_walk_next(iter))) {
		if (IS_ERR(s) || !(READ_ONCE(s->flags) & CW_S_RESERVED))
			continue;
		/*
		 * In the table: tcp_destroy_sock has not run, or runs just now and
		 * holds a reference; then the count may be about to fall to zero.
		 */
		if (!READ_ONCE(s->dead) && refcount_inc_not_zero(&s->sk->sk_refcnt))
			found = s->sk;
	}
	rhashtable_walk_stop(iter);
	return found;
}

static void release(struct sock *sk)
{
	unsigned long irq;
	struct cw_sock *s;

	lock_sock(sk);
	rcu_read_lock();
	s = cw_sock_find(sk);
	if (s) {
		spin_lock_irqsave(&s->lock, irq);
		if (!s->dead)
			cw_sock_unreserve(s);
		s->flags &= ~CW_S_RESERVED;
		spin_unlock_irqrestore(&s->lock, irq);
	}
	rcu_read_unlock();
	release_sock(sk);
	sock_put(sk);
}

/*
 * One walk over the table: it goes on where it stopped, but misses some where others go
 * away meanwhile.  Return: whether there were any.
 */
static bool release_walk(void)
{
	struct rhashtable_iter iter;
	bool any = false;
	struct sock *sk;

	rhashtable_walk_enter(&table, &iter);
	while ((sk = next_reserved(&iter))) {
		release(sk);
		any = true;
		cond_resched();
	}
	rhashtable_walk_exit(&iter);
	return any;
}

void cw_sock_release_all(void)
{
	while (release_walk())
		;
}

/* Entries go one by one, so that a dump may walk the table meanwhile. */
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
	sock_cache = KMEM_CACHE(cw_sock, 0);
	if (!sock_cache)
		return err;
	mark_cache = KMEM_CACHE(cw_mark, 0);
	if (!mark_cache)
		goto no_marks;
	err = rhashtable_init(&table, &table_params);
	if (err)
		goto no_table;
	return 0;
no_table:
	kmem_cache_destroy(mark_cache);
no_marks:
	kmem_cache_destroy(sock_cache);
	return err;
}

void cw_sock_exit(void)
{
	rcu_barrier();
	rhashtable_destroy(&table);
	kmem_cache_destroy(mark_cache);
	kmem_cache_destroy(sock_cache);
}
