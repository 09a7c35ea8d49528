// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the named counters: one set for each CPU, written with this_cpu operations in any
 * context, and summed here when they are read; no lock.
 */
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>

#include "base/counter.h"

DEFINE_PER_CPU(struct cw_counters, cw_counters);

/* Both the names and enum cw_counter are made of CW_COUNTERS, so they have one order. */
#define COUNTER_NAME(name) #name,
static const char *const names[] = { CW_COUNTERS(COUNTER_NAME) };
#undef COUNTER_NAME

const char *cw_counter_name(unsigned int i)
{
	BUILD_BUG_ON(ARRAY_SIZE(names) != CW_COUNT_MAX);
	if (WARN_ON_ONCE(i >= CW_COUNT_MAX))
		return "";
	return names[i];
}

u64 cw_counter_read(unsigned int i)
{
	unsigned int cpu;
	u64 sum = 0;

	if (WARN_ON_ONCE(i >= CW_COUNT_MAX))
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(cw_counters, cpu).value[i]);
	return sum;
}
