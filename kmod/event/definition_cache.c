// SPDX-License-Identifier: GPL-2.0
/*
 * Allocates the caches of ids, and adds to them.
 */
#include <linux/slab.h>

#include "event/definition_cache.h"

DEFINE_PER_CPU(struct cw_cache *, cw_caches);
atomic_long_t cw_cache_changes;

/* In its set the oldest entry makes room. */
void cw_cache_keep(const struct cw_stage_info *info, const struct cw_ids *ids,
		      unsigned long changes, u8 sessions)
{
	struct cw_cache *cache = this_cpu_read(cw_caches);
	struct cw_cached *cached;
	unsigned int i;

	if (!cache)
		return;
	cached = cw_cache_set_of(cache, info);
	for (i = 0; i < CW_CACHE_WAYS - 1 && !cw_cached_is(&cached[i], info); i++)
		;
	memmove(cached + 1, cached, i * sizeof(*cached));
	*cached = (struct cw_cached){
		.flow = *info->flow,
		.cookie = info->net->cookie,
		.ifindex = cw_cache_ifindex(info),
		.changes = changes,
		.flow_id = ids->flow,
		.device_id = ids->device,
		.netns = info->net->id,
		.untold = ~sessions,
	};
	if (info->outer)
		cached->outer = *info->outer;
}

void cw_cache_free(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		kvfree(per_cpu(cw_caches, cpu));
		per_cpu(cw_caches, cpu) = NULL;
	}
}

/*
 * The caches and the tables stay until the module goes, so they are charged to no reader's memory
 * cgroup.
 */
void cw_cache_alloc(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(cw_caches, cpu) = kvzalloc_node(sizeof(struct cw_cache),
						       GFP_KERNEL | __GFP_NOWARN,
						       cpu_to_node(cpu));
}
