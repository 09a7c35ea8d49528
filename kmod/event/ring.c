// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the per-CPU rings.  The producer runs in any context but NMI with interrupts
 * off on the ring's own CPU; the consumer is serialised by the sessions' mutex.  There is no
 * lock between them: the producer publishes head with release and the consumer reads it with
 * acquire; the consumer publishes tail with release and the producer reads it with acquire.
 * Rings exist only while a session is open.  They are freed an RCU grace period after the last
 * producer could have begun, and charged to the memory cgroup of the process that opens the first
 * session.
 */
#include <linux/cpumask.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "event/ring.h"

#define RING_RECORDS_MIN 64
#define RING_RECORDS_MAX 65536

struct cw_ring __percpu *cw_rings;

static unsigned int ring_records = 4096;

static int ring_records_set(const char *value, const struct kernel_param *kp)
{
	unsigned int n;
	int err;

	err = kstrtouint(value, 0, &n);
	if (err)
		return err;
	if (!is_power_of_2(n) || n < RING_RECORDS_MIN || n > RING_RECORDS_MAX) {
		pr_err("causeway: ring_records=%u: must be a power of two from %u to %u\n", n,
		       RING_RECORDS_MIN, RING_RECORDS_MAX);
		return -EINVAL;
	}
	ring_records = n;
	return 0;
}

static const struct kernel_param_ops ring_records_ops = {
	.set = ring_records_set,
	.get = param_get_uint,
};
module_param_cb(ring_records, &ring_records_ops, &ring_records, 0444);
MODULE_PARM_DESC(ring_records, "Records in each CPU's event ring, a power of two (4096)");

static int ring_alloc(unsigned int cpu)
{
	struct cw_ring *ring = per_cpu_ptr(cw_rings, cpu);
	int node = cpu_to_node(cpu);

	ring->record = kvmalloc_node(array_size(ring_records, sizeof(*ring->record)),
				     GFP_KERNEL_ACCOUNT, node);
	ring->meta = kvmalloc_node(array_size(ring_records, sizeof(*ring->meta)),
				   GFP_KERNEL_ACCOUNT, node);
	ring->mask = ring_records - 1;
	return ring->record && ring->meta ? 0 : -ENOMEM;
}

int cw_rings_alloc(void)
{
	unsigned int cpu;
	int err;

	if (cw_rings)
		return 0;
	cw_rings = alloc_percpu_gfp(struct cw_ring, GFP_KERNEL_ACCOUNT);
	if (!cw_rings)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		err = ring_alloc(cpu);
		if (err) {
			cw_rings_free();
			return err;
		}
	}
	return 0;
}

void cw_rings_free(void)
{
	unsigned int cpu;

	if (!cw_rings)
		return;
	for_each_possible_cpu(cpu) {
		kvfree(per_cpu_ptr(cw_rings, cpu)->record);
		kvfree(per_cpu_ptr(cw_rings, cpu)->meta);
	}
	free_percpu(cw_rings);
	cw_rings = NULL;
}

bool cw_rings_exist(void)
{
	return cw_rings;
}

void cw_ring_count_lost(struct cw_ring *ring, unsigned long sessions)
{
	for (; sessions; sessions &= sessions - 1) {
		unsigned long *lost = &ring->lost[__ffs(sessions)];

		/* Release: cw_ring_total() sees the record in produced if it sees the loss. */
		smp_store_release(lost, *lost + 1);
	}
}

static enum cw_ring_class definition_class(const union cw_record *record)
{
	return record->event.stage == CW_RECORD_NETNS ? CW_RING_NETNS : CW_RING_NAME;
}

bool cw_ring_define(struct cw_ring *ring, const union cw_record *record, u8 sessions)
{
	enum cw_ring_class class = definition_class(record);
	union cw_record *place = cw_ring_reserve(ring, sessions, class);

	if (!place)
		return false;
	*place = *record;
	cw_ring_commit(ring, sessions, class);
	return true;
}

static bool ring_is_wanted(const struct cw_ring *ring, u32 index, u16 want)
{
	u16 meta = ring->meta[index & ring->mask];

	/* The record has the wanted class, and the wanted session is among its sessions. */
	return (meta & (want | CW_RING_META(0, 0xff))) == want;
}

u32 cw_ring_find(const struct cw_ring *ring, struct cw_ring_range *range, u32 max)
{
	enum cw_ring_class class = range->want >> 8;
	u32 n = 0;

	/* All records before @range->to were stored, and so are in last, before it was read. */
	if ((s32)(READ_ONCE(ring->last[class]) - range->from) <= 0)
		range->from = range->to;
	while (range->from != range->to && n < max)
		n += ring_is_wanted(ring, range->from++, range->want);
	return n;
}

void cw_ring_copy(const struct cw_ring *ring, const struct cw_ring_range *range,
		  union cw_record *out)
{
	u32 i;

	for (i = range->from; i != range->to; i++)
		if (ring_is_wanted(ring, i, range->want))
			*out++ = ring->record[i & ring->mask];
}

void cw_ring_consume(struct cw_ring *ring)
{
	/* Release: pairs with cw_ring_reserve(). */
	smp_store_release(&ring->tail, ring->done[CW_RING_EVENT]);
	WRITE_ONCE(ring->kicked, false);
}

/* Sums over all sets that the session is in. */
static unsigned long produced_for(const struct cw_ring *ring, unsigned int slot)
{
	unsigned long sum = 0;
	unsigned int set;

	for (set = BIT(slot); set < ring->sets; set = (set + 1) | BIT(slot))
		sum += READ_ONCE(ring->produced[set]);
	return sum;
}

/* @total's low bits are the last value seen: the difference survives a wrap of the word. */
static void total_widen(u64 *total, unsigned long now)
{
	*total += (unsigned long)(now - (unsigned long)*total);
}

const struct cw_ring_total *cw_ring_total(struct cw_ring *ring, unsigned int slot)
{
	struct cw_ring_total *total = &ring->total[slot];

	/* Reads lost first, with acquire: so no more records are lost than produced. */
	total_widen(&total->lost, smp_load_acquire(&ring->lost[slot]));
	total_widen(&total->produced, produced_for(ring, slot) - ring->before[slot]);
	return total;
}

void cw_rings_reset(unsigned int slot)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct cw_ring *ring = cw_ring_of(cpu);

		ring->lost[slot] = 0;
		ring->sets = max_t(u32, ring->sets, BIT(slot + 1));
		ring->before[slot] = produced_for(ring, slot);
		memset(&ring->total[slot], 0, sizeof(ring->total[slot]));
	}
}

void cw_rings_forget(unsigned int slot)
{
	unsigned int cpu;
	u32 i;

	for_each_possible_cpu(cpu) {
		struct cw_ring *ring = cw_ring_of(cpu);
		u32 head = cw_ring_head(ring);

		for (i = ring->tail; i != head; i++)
			ring->meta[i & ring->mask] &= ~BIT(slot);
	}
}
