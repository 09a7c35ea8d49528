/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long the running task has had its CPU.
 */
#ifndef CW_COMPAT_SCHED_H
#define CW_COMPAT_SCHED_H

#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>

/**
 * cw_task_running() - for how long the calling task has had its CPU
 *
 * Return: ns; 0: the kernel does not say (CONFIG_SCHED_INFO).
 * Context: process, preemption off.
 */
static inline u64 cw_task_running(void)
{
#ifdef CONFIG_SCHED_INFO
	u64 arrived = current->sched_info.last_arrival;
	u64 now = sched_clock_cpu(smp_processor_id());

	return arrived && now > arrived ? now - arrived : 0;
#else
	return 0;
#endif
}

#endif
