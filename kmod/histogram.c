// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the histograms.  Called in any context but NMI.
 *
 * A run's way through this host is followed in a table of runs in flight, by message id
 * and sequence number of its first byte; bucket.lock protects the bucket's entries, is taken
 * with interrupts off, and nothing is taken inside.  Paths and slots are only ever added, by
 * compare-and-exchange, until all of them are freed; counts are atomic.
 *
 * Memory is bounded by histogram_slots, whatever the number of CPUs: they share a few
 * copies of the counts.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>

#include "counter.h"
#include "histogram.h"
#include "lib/bucket.h"
#include "net.h"

#define FLIGHT_BITS	10
#define FLIGHT_WAYS	4
#define PLACES		40	/* three nodes in one kernel have as many */
#define PATHS		256	/* 0: other */
#define COPIES_MAX	4
#define PROBES		16
#define SLOTS_MIN	64
#define SLOTS_MAX	8192

/* A run that was silent for as long makes room without being missed. */
#define FLIGHT_AGE	(10 * HZ)

DEFINE_STATIC_KEY_FALSE(cw_histogram_key);

static bool histograms = true;
module_param(histograms, bool, 0444);
MODULE_PARM_DESC(histograms, "Keep histograms of the time between stages (default yes)");

static unsigned int histogram_slots = 512;
module_param(histogram_slots, uint, 0444);
MODULE_PARM_DESC(histogram_slots, "Most histograms, 8.3 KB each with 4 CPUs or more (512)");

/**
 * struct flight - a run on its way, or that was; message 0: free
 * @message: its message id
 * @time: when it was at @stage; ns, monotonic
 * @hints: where it has been, a bit each: what is not there is new
 * @place: the same, by hash
 * @places: how many; PLACES: it is over
 * @seq: of its first byte
 * @used: jiffies
 * @path: index
 * @direction: as in struct cw_histogram_info
 * @stage: the last one
 */
struct flight {
	u64 message;
	u64 time;
	u64 hints;
	u32 place[PLACES];
	u32 seq;
	u32 used;
	u16 path;
	u8 places;
	u8 direction;
	u8 stage;
};

/**
 * struct step - a run's first byte is somewhere
 * @message: message id
 * @seq: of the byte
 * @ifindex: of the device; 0: none
 * @netns: short id
 * @stage: enum cw_stage
 */
struct step {
	u64 message;
	u32 seq;
	u32 ifindex;
	u16 netns;
	u8 stage;
};

struct bucket {
	raw_spinlock_t lock;
	struct flight way[FLIGHT_WAYS];
};

/* @state: 0 free, 1 being filled, 2 ready */
struct server_path {
	atomic_t state;
	struct cw_flow_key server;
};

/* @key: what it is of, key_of(); 0: free */
struct slot {
	atomic64_t key;
	atomic64_t sum;
	atomic64_t max;
};

static struct tables {
	struct bucket *flights;
	struct server_path *paths;
	struct slot *slots;
	atomic_t *counts;
	u32 slot_count;
	u32 copies; /* a power of two */
} tables;

/* Paths */

static void server_of(const struct cw_flow_key *flow, bool source, struct cw_flow_key *server)
{
	memset(server, 0, sizeof(*server));
	memcpy(server->destination, source ? flow->source : flow->destination,
	       sizeof(server->destination));
	server->destination_port = source ? flow->source_port : flow->destination_port;
	server->family = flow->family;
	server->protocol = flow->protocol;
}

/* Index, or 0 where there is none and none may, or can, be made. */
static u16 path_find(const struct cw_flow_key *server, bool make)
{
	u32 hash = jhash(server, sizeof(*server), 0), i, index;
	struct server_path *path;

	for (i = 0; i < PROBES; i++) {
		index = 1 + (hash + i) % (PATHS - 1);
		path = &tables.paths[index];
		if (!atomic_read(&path->state)) {
			if (!make)
				return 0;
			if (!atomic_cmpxchg(&path->state, 0, 1)) {
				path->server = *server;
				atomic_set_release(&path->state, 2);
				return index;
			}
		}
		/* One that is being filled is found the next time. */
		if (atomic_read_acquire(&path->state) == 2 &&
		    !memcmp(&path->server, server, sizeof(*server)))
			return index;
	}
	if (make)
		cw_count(histogram_paths_full);
	return 0;
}

/* A socket knows which end serves; a packet is of a path that a socket here has shown. */
static void learn_path(struct flight *flight, const struct cw_stage_info *info)
{
	const struct cw_flow_key *flow = info->flow;
	struct cw_flow_key server;

	if (!flow)
		return;
	if (flow->role == CW_ROLE_CLIENT || flow->role == CW_ROLE_SERVER) {
		server_of(flow, flow->role == CW_ROLE_SERVER, &server);
		flight->path = path_find(&server, true);
		flight->direction = !!(info->flags & CW_EVENT_RESPONSE);
		return;
	}
	server_of(flow, false, &server);
	flight->path = path_find(&server, false);
	flight->direction = 0;
	if (flight->path)
		return;
	server_of(flow, true, &server);
	flight->path = path_find(&server, false);
	flight->direction = flight->path ? 1 : CW_HISTOGRAM_DIRECTION_UNKNOWN;
}

/* Slots */

static __always_inline u64 key_of(const struct flight *flight, const struct step *step)
{
	return 1ULL << 63 | (u64)(step->ifindex & 0xffffff) << 37 | (u64)step->netns << 21 |
	       (u64)flight->path << 12 | (u64)flight->direction << 10 | flight->stage << 5 |
	       step->stage;
}

/* Slot 0 is for what finds none. */
static u32 slot_find(u64 key)
{
	u32 index = reciprocal_scale(hash_64(key, 32), tables.slot_count), i;

	for (i = 0; i < PROBES; i++) {
		struct slot *slot;
		u64 found;

		if (++index >= tables.slot_count)
			index = 1;
		slot = &tables.slots[index];
		found = atomic64_read(&slot->key);
		if (!found)
			found = atomic64_cmpxchg(&slot->key, 0, key) ?: key;
		if (found == key)
			return index;
	}
	cw_count(histogram_slots_full);
	return 0;
}

static atomic_t *counts_of(u32 slot, u32 copy)
{
	return &tables.counts[((size_t)slot * tables.copies + copy) * CW_HISTOGRAM_BUCKETS];
}

static void slot_add(u64 key, u64 value)
{
	u32 index = min_t(u32, cw_bucket_index(value), CW_HISTOGRAM_BUCKETS - 1);
	u32 number = slot_find(key);
	struct slot *slot = &tables.slots[number];
	u64 max = atomic64_read(&slot->max);

	atomic_inc(&counts_of(number, raw_smp_processor_id() & (tables.copies - 1))[index]);
	atomic64_add(value, &slot->sum);
	while (value > max && !atomic64_try_cmpxchg(&slot->max, (s64 *)&max, value))
		;
}

/* Runs in flight */

static __always_inline struct flight *flight_find(struct bucket *bucket, u64 message, u32 seq)
{
	unsigned int i;

	for (i = 0; i < FLIGHT_WAYS; i++)
		if (bucket->way[i].message == message && bucket->way[i].seq == seq)
			return &bucket->way[i];
	return NULL;
}

/* It has arrived, or there is no room for more places: nothing more is learned from it. */
static __always_inline bool flight_over(const struct flight *flight)
{
	return flight->places == PLACES;
}

/* @a is missed less than @b. */
static bool flight_missed_less(const struct flight *a, const struct flight *b)
{
	return flight_over(a) == flight_over(b) ? (s32)(a->used - b->used) < 0 : flight_over(a);
}

static struct flight *flight_victim(struct bucket *bucket)
{
	struct flight *victim = &bucket->way[0];
	unsigned int i;

	for (i = 0; i < FLIGHT_WAYS; i++) {
		if (!bucket->way[i].message)
			return &bucket->way[i];
		if (flight_missed_less(&bucket->way[i], victim))
			victim = &bucket->way[i];
	}
	if (!flight_over(victim) && (u32)jiffies - victim->used < FLIGHT_AGE)
		cw_count(histogram_flights_full);
	return victim;
}

/* False: it has been there; copies of its first segment, and repetitions, say nothing new. */
static __always_inline bool flight_enter(struct flight *flight, const struct step *step)
{
	u32 place = (step->ifindex ^ (u32)step->netns << 16) * GOLDEN_RATIO_32 + step->stage;
	u64 hint = BIT_ULL(hash_32(place, 6));
	unsigned int i;

	if (flight->hints & hint)
		for (i = 0; i < flight->places; i++)
			if (flight->place[i] == place)
				return false;
	if (flight_over(flight))
		return false;
	flight->hints |= hint;
	flight->place[flight->places++] = place;
	return true;
}

/* Only the first time that a run's first byte is somewhere counts. */
static bool is_first(const struct cw_stage_info *info)
{
	switch (info->stage) {
	case CW_STAGE_SEND:
	case CW_STAGE_RECV:
		return info->flags & CW_EVENT_RUN_START && !(info->flags & CW_EVENT_LATE);
	case CW_STAGE_RETRANSMIT:
	case CW_STAGE_DROP:
		return false;
	default:
		return !(info->flags & CW_EVENT_LATE);
	}
}

static struct bucket *bucket_of(const struct step *step)
{
	return &tables.flights[hash_64(step->message ^ step->seq, FLIGHT_BITS)];
}

/* It is on its way.  Returns the key of the histogram to add @value to; 0: none. */
static __always_inline u64 flight_step(struct flight *flight, const struct step *step, u64 now,
				       u64 *value)
{
	u64 key;

	if (now < flight->time || !flight_enter(flight, step))
		return 0;
	*value = now - flight->time;
	key = key_of(flight, step);
	flight->time = now;
	flight->used = (u32)jiffies;
	flight->stage = step->stage;
	/* It stays, for a repetition on its way still is not to be taken for another run. */
	if (step->stage == CW_STAGE_RECV)
		flight->places = PLACES;
	return key;
}

static void flight_begin(struct bucket *bucket, const struct step *step, u64 now,
			 const struct cw_stage_info *info)
{
	struct flight *flight = flight_victim(bucket);

	memset(flight, 0, sizeof(*flight));
	flight->message = step->message;
	flight->seq = step->seq;
	flight->time = now;
	flight->used = (u32)jiffies;
	flight->stage = step->stage;
	learn_path(flight, info);
	flight_enter(flight, step);
}

bool cw_histogram_pass(u64 message, u32 seq, const struct net_device *device, u16 netns, u8 stage)
{
	const struct step step = {
		.message = message,
		.seq = seq,
		.ifindex = device->ifindex,
		.netns = netns,
		.stage = stage,
	};
	struct bucket *bucket = bucket_of(&step);
	u64 now = ktime_get_mono_fast_ns(), value, key = 0;
	struct flight *flight;
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	flight = flight_find(bucket, message, seq);
	if (flight)
		key = flight_step(flight, &step, now, &value);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (key)
		slot_add(key, value);
	return flight;
}

void cw_histogram_event(const struct cw_stage_info *info)
{
	const struct step step = {
		.message = info->context->message,
		.seq = info->seq,
		.ifindex = info->device ? info->device->ifindex : 0,
		.netns = info->net->id,
		.stage = info->stage,
	};
	u64 now = ktime_get_mono_fast_ns() - info->ago, value, key = 0;
	struct bucket *bucket = bucket_of(&step);
	struct flight *flight;
	unsigned long flags;

	if (!is_first(info))
		return;
	raw_spin_lock_irqsave(&bucket->lock, flags);
	flight = flight_find(bucket, step.message, step.seq);
	if (flight && !flight->path)
		learn_path(flight, info);
	if (flight)
		key = flight_step(flight, &step, now, &value);
	else if (step.stage != CW_STAGE_RECV)
		flight_begin(bucket, &step, now, info);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (key)
		slot_add(key, value);
}

static void explain(u64 key, struct cw_histogram_info *out)
{
	const struct server_path *path = &tables.paths[key >> 12 & (PATHS - 1)];

	out->to = key & 31;
	out->from = key >> 5 & 31;
	out->direction = key >> 10 & 3;
	out->netns = key >> 21;
	out->ifindex = key >> 37 & 0xffffff;
	out->flow = path->server;
}

bool cw_histogram_copy(u32 *index, struct cw_histogram_info *out)
{
	u32 copy, i, total = 0;
	u64 key;

	for (; tables.slots && *index < tables.slot_count; ++*index) {
		struct slot *slot = &tables.slots[*index];

		key = atomic64_read(&slot->key);
		if (*index && !key)
			continue;
		memset(out, 0, sizeof(*out));
		explain(key, out);
		for (copy = 0; copy < tables.copies; copy++)
			for (i = 0; i < CW_HISTOGRAM_BUCKETS; i++) {
				u32 count = atomic_read(&counts_of(*index, copy)[i]);

				out->bucket[i] += count;
				total += !!count;
			}
		out->sum = atomic64_read(&slot->sum);
		out->max = atomic64_read(&slot->max);
		if (total) {
			++*index;
			return true;
		}
	}
	return false;
}

static void free_tables(void)
{
	kvfree(tables.flights);
	kvfree(tables.paths);
	kvfree(tables.slots);
	kvfree(tables.counts);
	memset(&tables, 0, sizeof(tables));
}

void cw_histogram_open(void)
{
	u32 i;

	if (!histograms)
		return;
	tables.slot_count = clamp_t(u32, histogram_slots, SLOTS_MIN, SLOTS_MAX);
	tables.copies = rounddown_pow_of_two(min_t(u32, nr_cpu_ids, COPIES_MAX));
	tables.flights = kvcalloc(1 << FLIGHT_BITS, sizeof(*tables.flights), GFP_KERNEL);
	tables.paths = kvcalloc(PATHS, sizeof(*tables.paths), GFP_KERNEL);
	tables.slots = kvcalloc(tables.slot_count, sizeof(*tables.slots), GFP_KERNEL);
	tables.counts = kvcalloc((size_t)tables.slot_count * tables.copies,
				 CW_HISTOGRAM_BUCKETS * sizeof(*tables.counts), GFP_KERNEL);
	if (!tables.flights || !tables.paths || !tables.slots || !tables.counts) {
		pr_warn("causeway: no memory for %u histograms: there are none\n",
			tables.slot_count);
		free_tables();
		return;
	}
	for (i = 0; i < 1 << FLIGHT_BITS; i++)
		raw_spin_lock_init(&tables.flights[i].lock);
	static_branch_enable(&cw_histogram_key);
	static_branch_inc(&cw_event_key);
}

void cw_histogram_close(void)
{
	if (!tables.slots)
		return;
	static_branch_dec(&cw_event_key);
	static_branch_disable(&cw_histogram_key);
	free_tables();
}
