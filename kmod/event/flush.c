// SPDX-License-Identifier: GPL-2.0
/*
 * The worker that delivers the rings' records: every 100 ms while sessions are open, and soon
 * after an eighth of a ring is filled.
 */
#include <linux/irq_work.h>
#include <linux/workqueue.h>

#include "event/flush.h"

#define FLUSH_PERIOD	(HZ / 10)

/* Set before the first work is queued. */
static bool (*deliver)(void);

static void flusher_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(flusher, flusher_work);

static void flusher_work(struct work_struct *work)
{
	if (deliver())
		cw_flush_later();
}

/*
 * A tap may run with locks of the scheduler or of the workqueue held, and cannot queue work then.
 * So it raises an interrupt, which queues the work.
 */
static void flush_kick(struct irq_work *work)
{
	mod_delayed_work(system_unbound_wq, &flusher, 0);
}

static struct irq_work flusher_kick = IRQ_WORK_INIT(flush_kick);

void cw_flush_kick(void)
{
	irq_work_queue(&flusher_kick);
}

void cw_flush_later(void)
{
	queue_delayed_work(system_unbound_wq, &flusher, FLUSH_PERIOD);
}

void cw_flush_init(bool (*function)(void))
{
	deliver = function;
}

void cw_flush_exit(void)
{
	irq_work_sync(&flusher_kick);
	cancel_delayed_work_sync(&flusher);
}
