/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts of tasks, which are threads.  A task that has never held one has no entry: looking it
 * up fails, and costs no memory.  An entry stays until its task exits, or the last rule goes.
 * Keyed by task_struct under RCU.  An entry is changed by its own task, by its parent at fork, or
 * by the administrator, under the entry's lock.
 */
#ifndef CW_TASK_H
#define CW_TASK_H

#include <linux/sched.h>

#include "lib/context.h"

struct rhashtable_iter;

/**
 * cw_task_get_context() - copy a task's context
 * @task: the task
 * @out: result; zeroed if it holds none (or the one it held is over age)
 *
 * Return: CW_CONTEXT_READ, _EXPLICIT or _INHERITED; 0: none.
 * Context: any but hardirq.
 */
u8 cw_task_get_context(struct task_struct *task, struct cw_context *out);

/**
 * cw_task_set_context() - give a task a context
 * @task: the task; held by the caller, or current
 * @context: copied; not valid: the task's context is cleared
 * @kind: CW_CONTEXT_*
 *
 * Return: 0, -ESRCH for an exiting task, -ENOMEM, -ENOSPC over the limit, -ENETDOWN while no
 *	policy is in force (then no tap would carry it nor see the task exit).
 * Context: any but hardirq.
 */
int cw_task_set_context(struct task_struct *task, const struct cw_context *context, u8 kind);

void cw_task_clear_context(struct task_struct *task);

u32 cw_task_count(void);

typedef int (*cw_task_visit)(struct task_struct *task, const struct cw_context *context, u8 kind,
			     void *data);

/* Begins a walk over tasks that hold a context; cw_table_walk_end() ends it. */
struct rhashtable_iter *cw_task_walk_begin(void);

/**
 * cw_task_walk_on() - visit tasks that hold a context, from where the walk stopped
 * @walk: of cw_task_walk_begin()
 * @visit: called under the RCU read lock; returns non-zero to stop
 * @data: for @visit
 *
 * Return: what the last @visit returned.
 * Context: process.  See cw_table_walk_on().
 */
int cw_task_walk_on(struct rhashtable_iter *walk, cw_task_visit visit, void *data);

/* Called by taps in process context, atomic; cw_task_fork() in the parent before the child runs. */
void cw_task_fork(struct task_struct *parent, struct task_struct *child);
void cw_task_exit(struct task_struct *task);
/* The current task waits for readiness, which ends a context that it has read. */
void cw_task_wait(void);
/* Counts one more message that @task has written in its context: the number is bounded. */
void cw_task_used(struct task_struct *task);

int cw_task_init(void);
/* Opens the table (taps are registered) and closes it, freeing all entries (taps are gone). */
void cw_task_open(void);
void cw_task_close(void);
void cw_task_destroy(void);

#endif
