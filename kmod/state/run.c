// SPDX-License-Identifier: GPL-2.0
/*
 * Allocates, counts and frees runs.  Any context but hardirq; callers hold
 * cw_sock.lock where run.h says so.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "base/counter.h"
#include "state/run.h"

static unsigned int max_runs = 1048576;
module_param(max_runs, uint, 0644);
MODULE_PARM_DESC(max_runs, "most runs in memory, over all sockets (default 1048576)");

static unsigned int max_runs_netns = 262144;
module_param(max_runs_netns, uint, 0644);
MODULE_PARM_DESC(max_runs_netns,
		 "... of one network namespace other than the initial one (default 262144)");

static struct kmem_cache *cache;
static atomic_t runs;

u32 cw_run_count(void)
{
	return atomic_read(&runs);
}

static u32 netns_limit(const struct cw_net *net)
{
	return net_eq(net->net, &init_net) ? max_runs : max_runs_netns;
}

/* Counts one more run, unless a limit is reached. */
static bool account_run(struct cw_net *net)
{
	if (atomic_inc_return(&runs) <= max_runs) {
		if (atomic_inc_return(&net->runs) <= netns_limit(net))
			return true;
		atomic_dec(&net->runs);
	}
	atomic_dec(&runs);
	cw_count(limit_runs);
	return false;
}

struct cw_run *cw_run_new(struct cw_sock *s)
{
	struct cw_run *run;

	if (!account_run(s->net))
		return NULL;
	run = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!run) {
		atomic_dec(&runs);
		atomic_dec(&s->net->runs);
		cw_count(no_memory_run);
		return NULL;
	}
	s->runs++;
	return run;
}

static u32 free_chain(struct cw_run *run)
{
	u32 n = 0;

	while (run) {
		struct cw_run *next = run->next;

		kmem_cache_free(cache, run);
		run = next;
		n++;
	}
	atomic_sub(n, &runs);
	return n;
}

void cw_sock_unlock(struct cw_sock *s, unsigned long irq) __releases(&s->lock)
{
	struct cw_run *gone = s->gone;

	s->gone = NULL;
	spin_unlock_irqrestore(&s->lock, irq);
	/* The caller found the entry under RCU, so its sock and the namespace are still there. */
	if (unlikely(gone))
		atomic_sub(free_chain(gone), &s->net->runs);
}

static void drop_runs(struct cw_sock *s, struct cw_run *first, struct cw_run *last, u32 n)
{
	lockdep_assert_held(&s->lock);
	last->next = s->gone;
	s->gone = first;
	s->runs -= n;
}

void cw_sock_drop(struct cw_sock *s, struct cw_run *run)
{
	if (run)
		drop_runs(s, run, run, 1);
}

void cw_sock_drop_chain(struct cw_sock *s, struct cw_run *chain)
{
	struct cw_run *next;

	for (; chain; chain = next) {
		next = chain->next;
		drop_runs(s, chain, chain, 1);
	}
}

void cw_sock_drop_all(struct cw_sock *s, struct cw_runs *list)
{
	struct cw_run *last = list->last;
	u32 n = list->count;

	if (last)
		drop_runs(s, cw_runs_clear(list), last, n);
}

bool cw_runs_plenty(const struct cw_sock *s)
{
	return cw_run_count() < max_runs / 4 &&
	       (u32)atomic_read(&s->net->runs) < netns_limit(s->net) / 4;
}

void cw_runs_disown(struct cw_sock *s)
{
	lockdep_assert_held(&s->lock);
	atomic_sub(s->runs, &s->net->runs);
	s->runs = 0;
}

void cw_runs_free(struct cw_sock *s)
{
	free_chain(cw_runs_clear(&s->tx));
	free_chain(cw_runs_clear(&s->rx));
	free_chain(s->exchange.asked);
	free_chain(s->spare);
}

int cw_runs_init(void)
{
	cache = KMEM_CACHE(cw_run, SLAB_ACCOUNT);
	return cache ? 0 : -ENOMEM;
}

void cw_runs_exit(void)
{
	kmem_cache_destroy(cache);
}
