// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the histograms.  Called in any context but NMI.
 *
 * A table of runs in flight, keyed by message id and sequence number of the first byte, says where
 * each run was last seen on this host, and when.  bucket.lock protects the bucket's entries, is
 * taken with interrupts off, and nothing is taken inside.  Paths are only ever added, by
 * compare-and-exchange, until all of them are freed; counts are atomic.
 *
 * tables_mutex nests inside cw_control_mutex and pernet_ops_rwsem; nothing is taken inside.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>

#include "base/counter.h"
#include "base/net.h"
#include "event/histogram.h"
#include "event/key.h"

#define FLIGHT_BITS	10
#define FLIGHT_WAYS	4
#define PLACES		40	/* three nodes in one kernel have as many */
#define PATHS		256	/* 0: other */
#define PROBES		16
#define SLOTS_MIN	64
#define SLOTS_MAX	8192

/* A run that was not seen for so long makes room for another one, and that is not counted. */
#define FLIGHT_AGE	(10 * HZ)

DEFINE_STATIC_KEY_FALSE(cw_histogram_key);

static bool histograms = true;
module_param(histograms, bool, 0444);
MODULE_PARM_DESC(histograms, "Keep histograms of the time between stages (default yes)");

static unsigned int histogram_slots = 512;
module_param(histogram_slots, uint, 0444);
MODULE_PARM_DESC(histogram_slots, "Most histograms, 8.3 KB each with 4 CPUs or more (512)");

/**
 * struct run_in_flight - a run that is on its way through this host, or was
 * @message: its message id; 0: the entry is free
 * @time: when it was at @stage; ns, monotonic
 * @hints: a bit for each place that it has been at; a place whose bit is clear is new
 * @place: hashes of the places that it has been at
 * @places: how many; PLACES: no more steps of this run count
 * @seq: of its first byte
 * @used: jiffies
 * @path: index
 * @direction: as in struct cw_histogram_info
 * @stage: the last stage that it was seen at
 */
struct run_in_flight {
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
 * @net: the namespace that it is in
 * @ifindex: of the device; 0: none
 * @stage: enum cw_stage
 */
struct step {
	u64 message;
	const struct cw_net *net;
	u32 seq;
	u32 ifindex;
	u8 stage;
};

struct bucket {
	raw_spinlock_t lock;
	struct run_in_flight way[FLIGHT_WAYS];
};

/* A server that paths lead to; @state: 0 free, 1 being filled, 2 ready */
struct server_path {
	atomic_t state;
	struct cw_flow_key server;
};

static struct tables {
	struct bucket *flights;
	struct server_path *paths;
} tables;

/*
 * Tables are made, freed, and copied from for a reader under this mutex, which is held briefly.
 * Taps do not take it: the tables are there while cw_histogram_key is on, and until the taps are
 * gone.
 */
static DEFINE_MUTEX(tables_mutex);

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

/* Returns the path's index; 0: there is none, and none may be made (@make) or there is no room. */
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
		/* A path that another CPU is filling is found the next time. */
		if (atomic_read_acquire(&path->state) == 2 &&
		    !memcmp(&path->server, server, sizeof(*server)))
			return index;
	}
	if (make)
		cw_count(histogram_paths_full);
	return 0;
}

/*
 * Sets path and direction of a run.  A socket's role says which end is the server.  A packet has no
 * role: its path is known if a socket of this host has been at the same server.
 */
static void set_path(struct run_in_flight *flight, const struct cw_stage_info *info)
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

static __always_inline u64 key_of(const struct run_in_flight *flight, const struct step *step)
{
	return CW_SLOT_KEY | (u64)(step->ifindex & 0xffffff) << 37 | (u64)step->net->id << 21 |
	       (u64)flight->path << 12 | (u64)flight->direction << 10 | flight->stage << 5 |
	       step->stage;
}

/* Runs in flight */

static __always_inline struct run_in_flight *flight_find(struct bucket *bucket, u64 message, u32 seq)
{
	unsigned int i;

	for (i = 0; i < FLIGHT_WAYS; i++)
		if (bucket->way[i].message == message && bucket->way[i].seq == seq)
			return &bucket->way[i];
	return NULL;
}

/* The run has been read, or there is no room for more places: none of its steps counts any more. */
static __always_inline bool flight_over(const struct run_in_flight *flight)
{
	return flight->places == PLACES;
}

/* Should @a make room rather than @b?  A run that is over goes first, then the older one. */
static bool flight_missed_less(const struct run_in_flight *a, const struct run_in_flight *b)
{
	return flight_over(a) == flight_over(b) ? (s32)(a->used - b->used) < 0 : flight_over(a);
}

static struct run_in_flight *flight_victim(struct bucket *bucket)
{
	struct run_in_flight *victim = &bucket->way[0];
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

/* False: the run has been there: this is a copy or a repetition of its first segment. */
static __always_inline bool flight_enter(struct run_in_flight *flight, const struct step *step)
{
	u32 place = (step->ifindex ^ (u32)step->net->id << 16) * GOLDEN_RATIO_32 + step->stage;
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

/* Is this the first byte of a run?  Only that one is timed. */
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

/* Moves a run on to @step.  Returns the key of the histogram to add @value to; 0: none. */
static __always_inline u64 flight_step(struct run_in_flight *flight, const struct step *step, u64 now,
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
	/* The entry stays, so that a repetition that comes later is not taken for another run. */
	if (step->stage == CW_STAGE_RECV)
		flight->places = PLACES;
	return key;
}

static void flight_begin(struct bucket *bucket, const struct step *step, u64 now,
			 const struct cw_stage_info *info)
{
	struct run_in_flight *flight = flight_victim(bucket);

	memset(flight, 0, sizeof(*flight));
	flight->message = step->message;
	flight->seq = step->seq;
	flight->time = now;
	flight->used = (u32)jiffies;
	flight->stage = step->stage;
	set_path(flight, info);
	flight_enter(flight, step);
}

bool cw_histogram_pass(u64 message, u32 seq, const struct net_device *device,
		       const struct cw_net *net, u8 stage)
{
	const struct step step = {
		.message = message,
		.net = net,
		.seq = seq,
		.ifindex = device->ifindex,
		.stage = stage,
	};
	struct bucket *bucket = bucket_of(&step);
	u64 now = ktime_get_mono_fast_ns(), value, key = 0;
	struct run_in_flight *flight;
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	flight = flight_find(bucket, message, seq);
	if (flight)
		key = flight_step(flight, &step, now, &value);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (key)
		cw_slot_add(key, net->cookie, value);
	return flight;
}

void cw_histogram_event(const struct cw_stage_info *info)
{
	const struct step step = {
		.message = info->context->message,
		.net = info->net,
		.seq = info->seq,
		.ifindex = info->device ? info->device->ifindex : 0,
		.stage = info->stage,
	};
	u64 now = ktime_get_mono_fast_ns() - info->ago, value, key = 0;
	struct bucket *bucket = bucket_of(&step);
	struct run_in_flight *flight;
	unsigned long flags;

	if (!is_first(info))
		return;
	raw_spin_lock_irqsave(&bucket->lock, flags);
	flight = flight_find(bucket, step.message, step.seq);
	if (flight && !flight->path)
		set_path(flight, info);
	if (flight)
		key = flight_step(flight, &step, now, &value);
	else if (step.stage != CW_STAGE_RECV)
		flight_begin(bucket, &step, now, info);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (key)
		cw_slot_add(key, step.net->cookie, value);
}

static void split_key(u64 key, struct cw_histogram_info *out)
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
	bool found = false;
	u64 key;

	mutex_lock(&tables_mutex);
	while (!found && tables.flights && *index < cw_slots_count()) {
		memset(out, 0, sizeof(*out));
		found = cw_slot_copy((*index)++, &key, out);
	}
	if (found)
		split_key(key, out);
	mutex_unlock(&tables_mutex);
	return found;
}

void cw_histogram_net_exit(const struct cw_net *net)
{
	mutex_lock(&tables_mutex);
	if (tables.flights)
		cw_slots_retire(net->cookie);
	mutex_unlock(&tables_mutex);
}

static void free_tables(void)
{
	kvfree(tables.flights);
	kvfree(tables.paths);
	cw_slots_free();
	memset(&tables, 0, sizeof(tables));
}

static void alloc_tables(void)
{
	u32 slots = clamp_t(u32, histogram_slots, SLOTS_MIN, SLOTS_MAX), i;

	tables.flights = kvcalloc(1 << FLIGHT_BITS, sizeof(*tables.flights), GFP_KERNEL);
	tables.paths = kvcalloc(PATHS, sizeof(*tables.paths), GFP_KERNEL);
	if (!tables.flights || !tables.paths || cw_slots_alloc(slots)) {
		pr_warn("causeway: no memory for %u histograms: there are none\n", slots);
		free_tables();
		return;
	}
	for (i = 0; i < 1 << FLIGHT_BITS; i++)
		raw_spin_lock_init(&tables.flights[i].lock);
}

void cw_histogram_open(void)
{
	if (!histograms)
		return;
	mutex_lock(&tables_mutex);
	alloc_tables();
	mutex_unlock(&tables_mutex);
	if (!tables.flights)
		return;
	static_branch_enable(&cw_histogram_key);
	static_branch_inc(&cw_event_key.key);
}

void cw_histogram_close(void)
{
	if (!tables.flights)
		return;
	static_branch_dec(&cw_event_key.key);
	static_branch_disable(&cw_histogram_key);
	mutex_lock(&tables_mutex);
	free_tables();
	mutex_unlock(&tables_mutex);
}
