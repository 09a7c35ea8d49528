/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of runs: their number is bounded on the host and in each namespace, they are charged
 * to the memory cgroup of the process for which they are made, and they are freed only after the
 * socket's state is unlocked.
 */
#ifndef CW_STATE_RUN_H
#define CW_STATE_RUN_H

#include "state/sock.h"

static inline unsigned long cw_sock_lock(struct cw_sock *s) __acquires(&s->lock)
{
	unsigned long irq;

	spin_lock_irqsave(&s->lock, irq);
	return irq;
}

/* Unlocks, restores interrupts, and then frees the runs that cw_sock_drop() was given. */
void cw_sock_unlock(struct cw_sock *s, unsigned long irq) __releases(&s->lock);

/**
 * cw_run_new() - a new run for a socket
 * @s: state; its lock held
 *
 * Return: the run, zeroed; NULL, which is counted: there is no memory, or the host or the
 *	namespace has reached its limit.
 * Context: any but hardirq.
 */
struct cw_run *cw_run_new(struct cw_sock *s);

/* Lets cw_sock_unlock() free a run, which may be NULL.  Lock held. */
void cw_sock_drop(struct cw_sock *s, struct cw_run *run);
/* Lets cw_sock_unlock() free a chain of a few runs.  Lock held. */
void cw_sock_drop_chain(struct cw_sock *s, struct cw_run *chain);
/* Lets cw_sock_unlock() free all of @list, which is @s->tx or @s->rx, in one step.  Lock held. */
void cw_sock_drop_all(struct cw_sock *s, struct cw_runs *list);

/* May runs be kept that only help to match answers?  True up to a quarter of the limits. */
bool cw_runs_plenty(const struct cw_sock *s);

/* Frees the runs of an entry that cannot be found any more.  RCU callback, or process context. */
void cw_runs_free(struct cw_sock *s);
/* Takes the runs of a removed entry off its namespace's count: the namespace may go before it. */
void cw_runs_disown(struct cw_sock *s);

int cw_runs_init(void);
/* Frees the cache; no entry is left, and none waits for its grace period.  Process context. */
void cw_runs_exit(void);

/* How many runs there are, of all sockets.  Any context. */
u32 cw_run_count(void);

#endif
