/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cgroup v2 membership of a task, for kernels built with and without cgroups.
 */
#ifndef CW_COMPAT_CGROUP_H
#define CW_COMPAT_CGROUP_H

#include <linux/cgroup.h>
#include <linux/sched.h>

/**
 * cw_task_in_cgroup() - is a task in a cgroup or in one below it
 * @task: the task
 * @id: cgroup v2 id
 *
 * Return: true if so; false on a kernel without cgroups.
 * Context: any; the RCU read lock is held.
 */
static inline bool cw_task_in_cgroup(struct task_struct *task, u64 id)
{
#ifdef CONFIG_CGROUPS
	struct cgroup *cgroup;

	for (cgroup = task_dfl_cgroup(task); cgroup; cgroup = cgroup_parent(cgroup))
		if (cgroup_id(cgroup) == id)
			return true;
#endif
	return false;
}

#endif
