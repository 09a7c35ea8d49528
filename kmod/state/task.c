// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts of tasks: a table keyed by task_struct.  An entry is made when a task
 * first gets a context, kept (empty) until the task exits, and freed after a grace
 * period.  entry.lock protects the content; it is innermost and taken with
 * interrupts off.  Process context mostly; softirq never holds a context.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "base/counter.h"
#include "base/table_walk.h"
#include "state/task.h"
#include "uapi/causeway.h"

static unsigned int max_tasks = 65536;
module_param(max_tasks, uint, 0644);
MODULE_PARM_DESC(max_tasks, "most tasks with a context (default 65536)");

static unsigned int context_max_age_ms = 60000;
module_param(context_max_age_ms, uint, 0644);
MODULE_PARM_DESC(context_max_age_ms, "longest time a read context is kept (default 60000)");

static unsigned int context_max_messages = 1024;
module_param(context_max_messages, uint, 0644);
MODULE_PARM_DESC(context_max_messages, "most messages written in a read context (default 1024)");

/**
 * struct entry - a task that holds, or held, a context
 * @node: in the table
 * @task: key; exists while the entry is in the table (the exit tap removes it)
 * @rcu: frees it after a grace period
 * @since: jiffies at which the context was taken
 * @lock: protects @since and all members after it
 * @messages: written in this context so far
 * @kind: CW_CONTEXT_*, 0: holds none
 * @context: what it holds
 */
struct entry {
	struct rhash_head node;
	struct task_struct *task;
	struct rcu_head rcu;
	unsigned long since;
	spinlock_t lock;
	u32 messages;
	u8 kind;
	struct cw_context context;
};

static u32 table_hash(const void *key, u32 length, u32 seed)
{
	return hash_64((u64)(uintptr_t)*(struct task_struct *const *)key ^ seed, 32);
}

/* The compiler inlines it, unlike a memcmp() of key_len bytes. */
static int table_compare(struct rhashtable_compare_arg *arg, const void *object)
{
	return ((const struct entry *)object)->task != *(struct task_struct *const *)arg->key;
}

static const struct rhashtable_params table_params = {
	.hashfn = table_hash,
	.obj_cmpfn = table_compare,
	.key_len = sizeof(struct task_struct *),
	.key_offset = offsetof(struct entry, task),
	.head_offset = offsetof(struct entry, node),
	.automatic_shrinking = true,
};

static struct rhashtable table;
static struct kmem_cache *cache;
static bool is_open;

static struct entry *entry_find(const struct task_struct *task)
{
	return rhashtable_lookup(&table, &task, table_params);
}

static void entry_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct entry, rcu));
}

static void entry_remove(struct entry *e)
{
	if (!rhashtable_remove_fast(&table, &e->node, table_params))
		call_rcu(&e->rcu, entry_free_rcu);
}

static struct entry *entry_make(struct task_struct *task, int *err)
{
	struct entry *e, *old;

	*err = -ENETDOWN;
	if (!READ_ONCE(is_open))
		return NULL;
	*err = -ENOSPC;
	if (cw_task_count() >= max_tasks) {
		cw_count(limit_tasks);
		return NULL;
	}
	*err = -ENOMEM;
	e = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!e)
		goto no_memory;
	e->task = task;
	spin_lock_init(&e->lock);
	old = rhashtable_lookup_get_insert_fast(&table, &e->node, table_params);
	if (!old)
		return e;
	kmem_cache_free(cache, e);
	if (!IS_ERR(old))
		return old;
no_memory:
	cw_count(no_memory_task);
	return NULL;
}

/* A context that was read ends by age and by number of messages; one that was set does not. */
static bool entry_over_age(const struct entry *e)
{
	if (e->kind == CW_CONTEXT_EXPLICIT)
		return false;
	return e->messages > context_max_messages ||
	       time_after(jiffies, e->since + msecs_to_jiffies(context_max_age_ms));
}

u8 cw_task_get_context(struct task_struct *task, struct cw_context *out)
{
	struct entry *e;
	unsigned long irq;
	u8 kind = 0;

	rcu_read_lock();
	e = entry_find(task);
	if (e && READ_ONCE(e->kind)) {
		spin_lock_irqsave(&e->lock, irq);
		if (e->kind && entry_over_age(e)) {
			WRITE_ONCE(e->kind, 0);
			cw_count(context_aged);
		}
		kind = e->kind;
		*out = e->context;
		spin_unlock_irqrestore(&e->lock, irq);
	}
	rcu_read_unlock();
	if (!kind)
		memset(out, 0, sizeof(*out));
	return kind;
}

/* A task that gets its own context back with a response still holds it: its age goes on. */
static bool entry_holds(const struct entry *e, const struct cw_context *context, u8 kind)
{
	return kind != CW_CONTEXT_EXPLICIT && e->context.span == context->span &&
	       !memcmp(e->context.trace_id, context->trace_id, sizeof(context->trace_id));
}

static void entry_take(struct entry *e, const struct cw_context *context, u8 kind)
{
	if (!entry_holds(e, context, kind)) {
		e->since = jiffies;
		WRITE_ONCE(e->messages, 0);
	} else if (entry_over_age(e)) {
		if (e->kind)
			cw_count(context_aged);
		WRITE_ONCE(e->kind, 0);
		return;
	}
	e->context = *context;
	WRITE_ONCE(e->kind, kind);
}

int cw_task_set_context(struct task_struct *task, const struct cw_context *context, u8 kind)
{
	struct entry *e;
	unsigned long irq;
	int err = 0;

	if (!cw_context_valid(context)) {
		cw_task_clear_context(task);
		return 0;
	}
	if (READ_ONCE(task->flags) & PF_EXITING)
		return -ESRCH;
	rcu_read_lock();
	e = entry_find(task);
	if (!e)
		e = entry_make(task, &err);
	if (!e)
		goto out;
	err = 0;
	spin_lock_irqsave(&e->lock, irq);
	entry_take(e, context, kind);
	spin_unlock_irqrestore(&e->lock, irq);
	/* Another task may have passed the exit tap before we made its entry. */
	if (task != current && READ_ONCE(task->flags) & PF_EXITING) {
		entry_remove(e);
		err = -ESRCH;
	}
out:
	rcu_read_unlock();
	return err;
}

void cw_task_clear_context(struct task_struct *task)
{
	struct entry *e;
	unsigned long irq;

	rcu_read_lock();
	e = entry_find(task);
	if (e && READ_ONCE(e->kind)) {
		spin_lock_irqsave(&e->lock, irq);
		WRITE_ONCE(e->kind, 0);
		spin_unlock_irqrestore(&e->lock, irq);
	}
	rcu_read_unlock();
}

u32 cw_task_count(void)
{
	return atomic_read(&table.nelems);
}

struct rhashtable_iter *cw_task_walk_begin(void)
{
	return cw_table_walk_begin(&table);
}

struct visitor {
	cw_task_visit visit;
	void *data;
};

static int entry_visit(void *entry, void *data)
{
	const struct visitor *visitor = data;
	const struct entry *e = entry;
	struct cw_context context;
	u8 kind;

	/* The entry is in the table under RCU, so the task has not passed its exit tap. */
	kind = cw_task_get_context(e->task, &context);
	return kind ? visitor->visit(e->task, &context, kind, visitor->data) : 0;
}

int cw_task_walk_on(struct rhashtable_iter *walk, cw_task_visit visit, void *data)
{
	struct visitor visitor = { .visit = visit, .data = data };

	return cw_table_walk_on(walk, entry_visit, &visitor);
}

void cw_task_fork(struct task_struct *parent, struct task_struct *child)
{
	struct cw_context context;
	u8 kind = cw_task_get_context(parent, &context);

	if (!kind)
		return;
	cw_task_set_context(child, &context,
			    kind == CW_CONTEXT_EXPLICIT ? CW_CONTEXT_EXPLICIT :
							  CW_CONTEXT_INHERITED);
}

void cw_task_exit(struct task_struct *task)
{
	struct entry *e;

	rcu_read_lock();
	e = entry_find(task);
	if (e)
		entry_remove(e);
	rcu_read_unlock();
}

void cw_task_wait(void)
{
	struct entry *e;

	rcu_read_lock();
	e = entry_find(current);
	if (e && READ_ONCE(e->kind) == CW_CONTEXT_READ) {
		cw_task_clear_context(current);
		cw_count(wait_cleared);
	}
	rcu_read_unlock();
}

void cw_task_used(struct task_struct *task)
{
	struct entry *e;

	rcu_read_lock();
	e = entry_find(task);
	if (e)
		WRITE_ONCE(e->messages, e->messages + 1);
	rcu_read_unlock();
}

void cw_task_open(void)
{
	WRITE_ONCE(is_open, true);
}

/* Removes entries one by one, so that netlink requests may walk the table meanwhile. */
void cw_task_close(void)
{
	struct rhashtable_iter iter;
	struct entry *e;

	WRITE_ONCE(is_open, false);
	/* A request that sets a context may be past its test of is_open. */
	synchronize_rcu();
	while (cw_task_count()) {
		rhashtable_walk_enter(&table, &iter);
		rhashtable_walk_start(&iter);
		while ((e = rhashtable_walk_next(&iter)))
			if (!IS_ERR(e))
				entry_remove(e);
		rhashtable_walk_stop(&iter);
		rhashtable_walk_exit(&iter);
	}
}

int cw_task_init(void)
{
	int err;

	BUILD_BUG_ON(!IS_ENABLED(CONFIG_DEBUG_SPINLOCK) && sizeof(struct entry) > 128);
	cache = kmem_cache_create("cw_task", sizeof(struct entry), 0, SLAB_ACCOUNT, NULL);
	if (!cache)
		return -ENOMEM;
	err = rhashtable_init(&table, &table_params);
	if (err)
		kmem_cache_destroy(cache);
	return err;
}

void cw_task_destroy(void)
{
	rcu_barrier();
	rhashtable_destroy(&table);
	kmem_cache_destroy(cache);
}
