// SPDX-License-Identifier: GPL-2.0
/*
 * Folds traces into rows of latencies.  A row's histogram is taken when its first
 * value comes, so memory follows the number of distinct rows, not that of events.
 * Pure, no locks.
 */
#include "stats.h"

#include <stdlib.h>

#include "checksum.h"
#include "gap.h"

#define SLOTS (2 * CW_STATS_MAX)

struct key {
	u32 path;
	u32 part;
	struct cw_place from;
	struct cw_place to;
};

int cw_stats_init(struct cw_stats *stats, const struct cw_memory *memory)
{
	memset(stats, 0, sizeof(*stats));
	stats->memory = *memory;
	stats->row = cw_memory_get(memory, CW_STATS_MAX, sizeof(*stats->row));
	stats->slot = cw_memory_get(memory, SLOTS, sizeof(*stats->slot));
	if (!stats->row || !stats->slot)
		return -ENOMEM;
	return cw_paths_init(&stats->paths, memory);
}

static bool has_key(const struct cw_row *row, const struct key *key)
{
	return row->path == key->path && row->part == key->part &&
	       !memcmp(&row->from, &key->from, sizeof(key->from)) &&
	       !memcmp(&row->to, &key->to, sizeof(key->to));
}

static struct cw_row *add_row(struct cw_stats *stats, const struct key *key)
{
	struct cw_row *row = NULL;

	if (stats->rows < CW_STATS_MAX)
		row = cw_memory_get(&stats->memory, 1, sizeof(*row));
	if (!row)
		return NULL;
	row->path = key->path;
	row->part = key->part;
	row->from = key->from;
	row->to = key->to;
	stats->row[stats->rows++] = row;
	return row;
}

static struct cw_row *find_row(struct cw_stats *stats, const struct key *key)
{
	u32 slot = (u32)(cw_checksum(key, sizeof(*key)) % SLOTS), index;
	struct cw_row *row;

	for (; (index = stats->slot[slot]); slot = (slot + 1) % SLOTS)
		if (has_key(stats->row[index - 1], key))
			return stats->row[index - 1];
	row = add_row(stats, key);
	if (row)
		stats->slot[slot] = stats->rows;
	else
		stats->refused++;
	return row;
}

static void add_value(struct cw_stats *stats, u32 path, u32 part, u64 value)
{
	struct key key = { .path = path, .part = part };
	struct cw_row *row = find_row(stats, &key);

	if (row)
		cw_histogram_add(&row->histogram, value);
}

/* The sockets' ends are in the path; only devices need their place. */
static struct cw_place place_of(const struct cw_hop *hop)
{
	struct cw_place place = { .stage = hop->stage };

	if (hop->device) {
		place.host = hop->host;
		place.netns = hop->netns;
		place.device = hop->device;
	}
	return place;
}

static u64 difference(struct cw_stats *stats, u64 from, u64 to)
{
	if (to >= from)
		return to - from;
	stats->backwards++;
	return 0;
}

static void fold_chain(struct cw_stats *stats, const struct cw_hosts *hosts,
		       const struct cw_trace *trace, const struct cw_chain *chain, u32 path,
		       u32 part)
{
	const struct cw_hop *hop = trace->hop + chain->hop;
	u32 i;

	stats->retransmits += chain->retransmits;
	for (i = 0; i + 1 < chain->hops; i++) {
		struct key key = { path, part, place_of(&hop[i]), place_of(&hop[i + 1]) };
		struct cw_row *row = find_row(stats, &key);

		if (!row)
			continue;
		if (!row->histogram.count)
			row->gap = cw_gap_name(hosts, &hop[i], &hop[i + 1]);
		if (hop[i].first > hop[0].first)
			row->offset += hop[i].first - hop[0].first;
		cw_histogram_add(&row->histogram,
				 difference(stats, hop[i].first, hop[i + 1].first));
	}
}

static void fold_ends(struct cw_stats *stats, const struct cw_trace *trace,
		      const struct cw_message *message, u32 path)
{
	const struct cw_chain *request = &message->chain[CW_REQUEST];
	const struct cw_chain *response = &message->chain[CW_RESPONSE];
	const struct cw_hop *ask = cw_chain_find(trace, request, CW_STAGE_SEND);
	const struct cw_hop *get = cw_chain_find(trace, response, CW_STAGE_RECV);

	if (get)
		add_value(stats, path, CW_PART_TRANSFER, get->last - get->first);
	if (ask && get)
		add_value(stats, path, CW_PART_WHOLE, difference(stats, ask->first, get->last));
	if (ask && get && cw_chain_find(trace, request, CW_STAGE_RECV) &&
	    cw_chain_find(trace, response, CW_STAGE_SEND))
		stats->complete++;
}

static void fold_message(struct cw_stats *stats, const struct cw_hosts *hosts,
			 const struct cw_trace *trace, s32 index)
{
	const struct cw_message *message = &trace->message[index];
	u32 path = cw_path_of(&stats->paths, hosts, trace, index);
	u64 own, children;

	stats->messages++;
	stats->unplaced += message->unplaced;
	if (message->parent == CW_NONE && message->parent_span && !message->root)
		stats->unlinked++;
	fold_chain(stats, hosts, trace, &message->chain[CW_REQUEST], path, CW_PART_REQUEST);
	fold_chain(stats, hosts, trace, &message->chain[CW_RESPONSE], path, CW_PART_RESPONSE);
	if (cw_trace_own_time(trace, index, &own, &children)) {
		add_value(stats, path, CW_PART_OWN, own);
		if (message->child != CW_NONE)
			add_value(stats, path, CW_PART_CHILDREN, children);
	}
	fold_ends(stats, trace, message, path);
}

void cw_stats_fold(struct cw_stats *stats, const struct cw_hosts *hosts,
		   const struct cw_trace *trace)
{
	u32 i;

	stats->traces++;
	for (i = 0; i < trace->messages; i++)
		fold_message(stats, hosts, trace, (s32)i);
}

static int compare_row(const void *a, const void *b)
{
	const struct cw_row *x = *(struct cw_row *const *)a, *y = *(struct cw_row *const *)b;
	u64 left = x->offset / x->histogram.count, right = y->offset / y->histogram.count;

	if (x->path != y->path)
		return x->path < y->path ? -1 : 1;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (left != right)
		return left < right ? -1 : 1;
	return (x->from.stage > y->from.stage) - (x->from.stage < y->from.stage);
}

void cw_stats_sort(struct cw_stats *stats)
{
	qsort(stats->row, stats->rows, sizeof(*stats->row), compare_row);
}
