/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The runs of traced sockets: they are bounded on the host and in each namespace, charged to the
 * memory cgroup of the process that has them made, and freed only when the socket's state is
 * not locked any more.
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

/* Also frees, with the lock released and interrupts as they were, what cw_sock_drop() was given. */
void cw_sock_unlock(struct cw_sock *s, unsigned long irq) __releases(&s->lock);

/**
 * cw_run_new() - a new run for a socket
 * @s: state; its lock held
 *
 * Return: the run, zeroed; NULL, and counted, without memory, or where the host or the
 *	namespace has as many as it may.
 * Context: any but hardirq.
 */
struct cw_run *cw_run_new(struct cw_sock *s);

/* A run, or NULL, that is not needed any more; cw_sock_unlock() frees it.  Lock held. */
void cw_sock_drop(struct cw_sock *s, struct cw_run *run);
/* A chain of a few of them.  Lock held. */
void cw_sock_drop_chain(struct cw_sock *s, struct cw_run *chain);
/* All of @list, which is @s->tx or @s->rx, in one step.  Lock held. */
void cw_sock_drop_all(struct cw_sock *s, struct cw_runs *list);

/* May runs be kept that only make answers better?  A quarter of the limits is for these. */
bool cw_runs_plenty(const struct cw_sock *s);

/* Those of an entry that nobody can find any more.  RCU callback, or process context. */
void cw_runs_free(struct cw_sock *s);
/* The entry is taken out: its namespace, which may go before it is freed, has none of its runs. */
void cw_runs_disown(struct cw_sock *s);

int cw_runs_init(void);
/* No entry is left, nor waits for its grace period.  Process context. */
void cw_runs_exit(void);

/* How many there are, of all sockets.  Any context. */
u32 cw_run_count(void);

#endif
