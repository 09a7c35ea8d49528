/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latencies of many traces: one histogram for each part of a message on each
 * path.  The number of rows is bounded; values that find no row are counted.  Pure;
 * the caller serialises.
 */
#ifndef CW_STATS_H
#define CW_STATS_H

#include "histogram.h"
#include "path.h"
#include "step.h"

#define CW_STATS_MAX 4096

/**
 * struct cw_row - one line of the table
 * @path: number of the path
 * @part: enum cw_part
 * @cause: enum cw_cause
 * @from: where it begins; all zero but for REQUEST and RESPONSE
 * @to: where it ends
 * @offset: sum of the times from the direction's first hop to @from
 * @gap: name of the step; NULL: stages were not seen
 * @histogram: of nanoseconds
 */
struct cw_row {
	u32 path;
	u16 part;
	u16 cause;
	struct cw_place from;
	struct cw_place to;
	u64 offset;
	const char *gap;
	struct cw_histogram histogram;
};

/**
 * struct cw_stats - all rows; set up by cw_stats_init()
 * @memory: for further rows
 * @paths: their paths
 * @row: unsorted
 * @slot: hash table of indices plus one
 * @rows: how many
 * @refused: values that found no row
 * @traces: traces folded in
 * @messages: messages folded in
 * @complete: messages that both ends were seen to read and to write (ICMP: both hosts)
 * @unlinked: messages whose parent span was not seen
 * @unplaced: device events of unknown direction
 * @retransmits: segments sent again
 * @drops: packets dropped
 * @backwards: pairs of hops whose times run backwards, counted as 0
 */
struct cw_stats {
	struct cw_memory memory;
	struct cw_paths paths;
	struct cw_row **row;
	u32 *slot;
	u32 rows;
	u64 refused;
	u64 traces;
	u64 messages;
	u64 complete;
	u64 unlinked;
	u64 unplaced;
	u64 retransmits;
	u64 drops;
	u64 backwards;
};

/**
 * cw_stats_init - take the tables
 * @stats: set up
 * @memory: gives memory, now and for each row
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_stats_init(struct cw_stats *stats, const struct cw_memory *memory);

/**
 * cw_stats_fold - take in a trace
 * @stats: takes it in
 * @hosts: define the ids
 * @trace: built
 *
 * Context: any; the caller serialises.
 */
void cw_stats_fold(struct cw_stats *stats, const struct cw_hosts *hosts,
		   const struct cw_trace *trace);

/**
 * cw_stats_find - the row of a step
 * @stats: the rows
 * @path: number of its message's path
 * @step: the step
 *
 * Return: the row, or NULL where none was folded in.
 * Context: any; the caller serialises.
 */
struct cw_row *cw_stats_find(struct cw_stats *stats, u32 path, const struct cw_step *step);

/**
 * cw_stats_sort - put the rows in reading order: by path, part, way
 * @stats: the rows; nothing can be folded in afterwards
 *
 * Context: any; the caller serialises.
 */
void cw_stats_sort(struct cw_stats *stats);

#endif
