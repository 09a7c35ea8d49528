// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of the caches, and how names come into them.
 */
#include <linux/slab.h>

#include "event/definition_cache.h"

DEFINE_PER_CPU(struct cw_memos *, cw_memos);
atomic_long_t cw_memos_changes;

/* In its set the oldest one makes room. */
void cw_cache_keep(const struct cw_stage_info *info, const struct cw_ids *ids,
		      unsigned long changes, u8 sessions)
{
	struct cw_memos *memos = this_cpu_read(cw_memos);
	struct cw_memo *memo;
	unsigned int i;

	if (!memos)
		return;
	memo = cw_memos_of(memos, info);
	for (i = 0; i < MEMOS_WAYS - 1 && !cw_memo_is(&memo[i], info); i++)
		;
	memmove(memo + 1, memo, i * sizeof(*memo));
	*memo = (struct cw_memo){
		.flow = *info->flow,
		.cookie = info->net->cookie,
		.ifindex = cw_memo_ifindex(info),
		.changes = changes,
		.flow_id = ids->flow,
		.device_id = ids->device,
		.netns = info->net->id,
		.untold = ~sessions,
	};
	if (info->outer)
		memo->outer = *info->outer;
}

void cw_cache_free(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		kvfree(per_cpu(cw_memos, cpu));
		per_cpu(cw_memos, cpu) = NULL;
	}
}

/* These and the tables stay until the module goes: charged to no reader's memory cgroup. */
void cw_cache_alloc(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(cw_memos, cpu) = kvzalloc_node(sizeof(struct cw_memos),
						       GFP_KERNEL | __GFP_NOWARN,
						       cpu_to_node(cpu));
}
