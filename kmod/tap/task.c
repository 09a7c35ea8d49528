// SPDX-License-Identifier: GPL-2.0
/*
 * Taps of tasks that are made, exit, or wait.  Process context, preemption off.
 */
#include <linux/sched.h>

#include "compat/trace.h"
#include "state/task.h"
#include "tap/task.h"

static void task_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	cw_task_fork(parent, child);
}

static void task_exit(void *data, CW_ARGS_SCHED_PROCESS_EXIT)
{
	cw_task_exit(task);
}

/*
 * A thread waits for its next work: an event loop does so here even if it does not sleep, and so
 * does a thread that accepts a connection, which may be one of TCP or a UNIX socket.
 */
static int wait_next(struct kprobe *kprobe, struct pt_regs *regs)
{
	cw_task_wait();
	return 0;
}

/* poll() and select() with a timeout of 0 do not wait, so they end no context. */
static int wait_timed(struct pt_regs *regs, unsigned int argument)
{
	const struct timespec64 *end = (void *)regs_get_kernel_argument(regs, argument);

	if (!end || end->tv_sec || end->tv_nsec)
		cw_task_wait();
	return 0;
}

static int wait_poll(struct kprobe *kprobe, struct pt_regs *regs)
{
	return wait_timed(regs, 2);
}

static int wait_select(struct kprobe *kprobe, struct pt_regs *regs)
{
	return wait_timed(regs, 4);
}

static struct cw_tap taps[] = {
	{ .name = "sched_process_exit", .probe = task_exit, .last = true },
	{ .name = "sched_process_fork", .probe = task_fork },
	{ .name = "do_epoll_wait", .handler = wait_next },
	{ .name = "do_sys_poll", .handler = wait_poll },
	{ .name = "core_sys_select", .handler = wait_select },
	{ .name = "inet_csk_accept", .handler = wait_next },
	{ .name = "unix_accept", .handler = wait_next, .optional = true },
};

const struct cw_tap_group cw_taps_task = { taps, ARRAY_SIZE(taps) };

static inline void __maybe_unused check_prototypes(void)
{
	check_trace_callback_type_sched_process_fork(task_fork);
	check_trace_callback_type_sched_process_exit(task_exit);
}
