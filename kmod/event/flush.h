/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The worker that delivers events to sessions.
 */
#ifndef CW_FLUSH_H
#define CW_FLUSH_H

#include <linux/types.h>

/**
 * cw_flush_init() - say how to deliver
 * @function: called by the worker, one at a time; returns true to be called again in 100 ms
 *
 * Context: process, before anything is queued.
 */
void cw_flush_init(bool (*function)(void));

/* Waits for the worker, which nothing queues any more.  Process context. */
void cw_flush_exit(void);

/* Makes the worker deliver soon.  Any context, also interrupts off and scheduler locks held. */
void cw_flush_kick(void);

/* Makes the worker deliver within 100 ms.  Process context. */
void cw_flush_later(void);

#endif
