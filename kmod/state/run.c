// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the memory of marks and the account of it.  Any context but hardirq; callers hold
 * cw_sock.lock where mark.h says so.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "base/counter.h"
#include "state/run.h"

static unsigned int max_marks = 1048576;
module_param(max_marks, uint, 0644);
MODULE_PARM_DESC(max_marks, "most marks in memory, over all sockets (default 1048576)");

static unsigned int max_marks_netns = 262144;
module_param(max_marks_netns, uint, 0644);
MODULE_PARM_DESC(max_marks_netns,
		 "... of one network namespace other than the initial one (default 262144)");

static struct kmem_cache *cache;
static atomic_t marks;

u32 cw_mark_count(void)
{
	return atomic_read(&marks);
}

static u32 netns_limit(const struct cw_net *net)
{
	return net_eq(net->net, &init_net) ? max_marks : max_marks_netns;
}

/* Count one more, unless that is one too many. */
static bool account(struct cw_net *net)
{
	if (atomic_inc_return(&marks) <= max_marks) {
		if (atomic_inc_return(&net->marks) <= netns_limit(net))
			return true;
		atomic_dec(&net->marks);
	}
	atomic_dec(&marks);
	cw_count(limit_marks);
	return false;
}

struct cw_mark *cw_sock_mark(struct cw_sock *s)
{
	struct cw_mark *mark;

	if (!account(s->net))
		return NULL;
	mark = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!mark) {
		atomic_dec(&marks);
		atomic_dec(&s->net->marks);
		cw_count(no_memory_mark);
		return NULL;
	}
	s->marks++;
	return mark;
}

static u32 free_chain(struct cw_mark *mark)
{
	u32 n = 0;

	while (mark) {
		struct cw_mark *next = mark->next;

		kmem_cache_free(cache, mark);
		mark = next;
		n++;
	}
	atomic_sub(n, &marks);
	return n;
}

void cw_sock_unlock(struct cw_sock *s, unsigned long irq) __releases(&s->lock)
{
	struct cw_mark *gone = s->gone;

	s->gone = NULL;
	spin_unlock_irqrestore(&s->lock, irq);
	/* The caller found the entry: its sock, and so the namespace, stays until it is done. */
	if (unlikely(gone))
		atomic_sub(free_chain(gone), &s->net->marks);
}

static void drop(struct cw_sock *s, struct cw_mark *first, struct cw_mark *last, u32 n)
{
	lockdep_assert_held(&s->lock);
	last->next = s->gone;
	s->gone = first;
	s->marks -= n;
}

void cw_sock_drop(struct cw_sock *s, struct cw_mark *mark)
{
	if (mark)
		drop(s, mark, mark, 1);
}

void cw_sock_drop_chain(struct cw_sock *s, struct cw_mark *chain)
{
	struct cw_mark *next;

	for (; chain; chain = next) {
		next = chain->next;
		drop(s, chain, chain, 1);
	}
}

void cw_sock_drop_all(struct cw_sock *s, struct cw_marks *list)
{
	struct cw_mark *last = list->last;
	u32 n = list->count;

	if (last)
		drop(s, cw_marks_clear(list), last, n);
}

bool cw_sock_marks_plenty(const struct cw_sock *s)
{
	return cw_mark_count() < max_marks / 4 &&
	       (u32)atomic_read(&s->net->marks) < netns_limit(s->net) / 4;
}

void cw_marks_disown(struct cw_sock *s)
{
	lockdep_assert_held(&s->lock);
	atomic_sub(s->marks, &s->net->marks);
	s->marks = 0;
}

void cw_marks_free_all(struct cw_sock *s)
{
	free_chain(cw_marks_clear(&s->tx));
	free_chain(cw_marks_clear(&s->rx));
	free_chain(s->asked);
	free_chain(s->spare);
}

int cw_marks_init(void)
{
	cache = KMEM_CACHE(cw_mark, SLAB_ACCOUNT);
	return cache ? 0 : -ENOMEM;
}

void cw_marks_exit(void)
{
	kmem_cache_destroy(cache);
}
