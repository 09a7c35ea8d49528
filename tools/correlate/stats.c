// SPDX-License-Identifier: GPL-2.0
/*
 * Folds traces into rows of latencies.  A row's histogram is taken when its first
 * value comes, so memory follows the number of distinct rows, not that of events.
 * Pure, no locks.
 */
#include "stats.h"

#include <stdlib.h>

#include "chain.h"
#include "checksum.h"
#include "gap.h"

#define SLOTS (2 * CW_STATS_MAX)

struct key {
	u32 path;
	u16 part;
	u16 cause;
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
	return row->path == key->path && row->part == key->part && row->cause == key->cause &&
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
	row->cause = key->cause;
	row->from = key->from;
	row->to = key->to;
	stats->row[stats->rows++] = row;
	return row;
}

/* The slot of a key: empty, or its own. */
static u32 find_slot(const struct cw_stats *stats, const struct key *key)
{
	u32 slot = (u32)(cw_checksum(key, sizeof(*key)) % SLOTS), index;

	for (; (index = stats->slot[slot]); slot = (slot + 1) % SLOTS)
		if (has_key(stats->row[index - 1], key))
			break;
	return slot;
}

static struct cw_row *find_row(struct cw_stats *stats, const struct key *key)
{
	u32 slot = find_slot(stats, key);
	struct cw_row *row;

	if (stats->slot[slot])
		return stats->row[stats->slot[slot] - 1];
	row = add_row(stats, key);
	if (row)
		stats->slot[slot] = stats->rows;
	else
		stats->refused++;
	return row;
}

static struct key key_of(u32 path, const struct cw_step *step)
{
	return (struct key){ path, step->part, step->cause, step->from, step->to };
}

struct cw_row *cw_stats_find(struct cw_stats *stats, u32 path, const struct cw_step *step)
{
	struct key key = key_of(path, step);
	u32 index = stats->slot[find_slot(stats, &key)];

	return index ? stats->row[index - 1] : NULL;
}

/* One message's steps go to the rows of its path. */
struct fold {
	struct cw_stats *stats;
	u32 path;
};

static void fold_step(void *user, const struct cw_step *step)
{
	struct fold *fold = user;
	struct key key = key_of(fold->path, step);
	struct cw_row *row = find_row(fold->stats, &key);

	fold->stats->backwards += step->backwards;
	if (!row)
		return;
	if (!row->histogram.count)
		row->gap = step->name;
	row->offset += step->offset;
	cw_histogram_add(&row->histogram, step->ns);
}

/* ICMP ends at the host: the kernel answers it, and no process is seen to read it. */
static const struct cw_hop *end_of(const struct cw_trace *trace, const struct cw_chain *chain,
				   u8 stage, u8 at_host)
{
	const struct cw_hop *hop = cw_chain_find(trace, chain, stage);

	if (hop)
		return hop;
	hop = cw_chain_find(trace, chain, at_host);
	return hop && cw_hop_is_icmp(hop) ? hop : NULL;
}

static void fold_whole(struct cw_stats *stats, const struct cw_trace *trace,
		       const struct cw_message *message, u32 path)
{
	const struct cw_chain *request = &message->chain[CW_REQUEST];
	const struct cw_chain *response = &message->chain[CW_RESPONSE];
	const struct cw_hop *ask = cw_chain_find(trace, request, CW_STAGE_SEND);
	const struct cw_hop *get = end_of(trace, response, CW_STAGE_RECV, CW_STAGE_TCP_IN);
	struct cw_step whole = { .part = CW_PART_WHOLE };
	struct fold fold = { stats, path };

	if (!ask || !get)
		return;
	whole.backwards = get->last < ask->first;
	whole.ns = whole.backwards ? 0 : get->last - ask->first;
	fold_step(&fold, &whole);
	if (end_of(trace, request, CW_STAGE_RECV, CW_STAGE_TCP_IN) &&
	    end_of(trace, response, CW_STAGE_SEND, CW_STAGE_TCP_OUT))
		stats->complete++;
}

static void count_notes(struct cw_stats *stats, const struct cw_chain *chain)
{
	stats->retransmits += chain->retransmits;
	stats->drops += chain->notes - chain->retransmits;
}

static void fold_message(struct cw_stats *stats, const struct cw_hosts *hosts,
			 const struct cw_trace *trace, s32 index)
{
	const struct cw_message *message = &trace->message[index];
	struct fold fold = { stats, cw_path_of(&stats->paths, hosts, trace, index) };

	stats->messages++;
	stats->unplaced += message->unplaced;
	if (message->parent == CW_NONE && message->parent_span && !message->root)
		stats->unlinked++;
	count_notes(stats, &message->chain[CW_REQUEST]);
	count_notes(stats, &message->chain[CW_RESPONSE]);
	cw_step_walk(hosts, trace, index, fold_step, &fold);
	fold_whole(stats, trace, message, fold.path);
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
	left = cw_stage_order(x->from.stage);
	right = cw_stage_order(y->from.stage);
	if (left != right)
		return left < right ? -1 : 1;
	/* A piece with a cause of its own comes before the rest of the time. */
	return !cw_cause_name(x->cause) - !cw_cause_name(y->cause);
}

void cw_stats_sort(struct cw_stats *stats)
{
	qsort(stats->row, stats->rows, sizeof(*stats->row), compare_row);
}
