/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latencies of many traces: one histogram for each part of a message on each
 * path.  Fixed maximum of rows; what finds no row is counted.  Pure; the caller
 * serialises.
 */
#ifndef CW_STATS_H
#define CW_STATS_H

#include "histogram.h"
#include "path.h"

#define CW_STATS_MAX 4096

/**
 * enum cw_part - what a row measures
 * @CW_PART_REQUEST: between two hops of the request
 * @CW_PART_OWN: in the server, from reading to writing, less its own messages
 * @CW_PART_CHILDREN: in the server, while its own messages were under way
 * @CW_PART_RESPONSE: between two hops of the response
 * @CW_PART_TRANSFER: from the first to the last byte of the response as read
 * @CW_PART_WHOLE: from writing the request to reading the response's last byte
 */
enum cw_part {
	CW_PART_REQUEST,
	CW_PART_OWN,
	CW_PART_CHILDREN,
	CW_PART_RESPONSE,
	CW_PART_TRANSFER,
	CW_PART_WHOLE,
};

/* A stage at a place, as far as it tells rows apart. */
struct cw_place {
	u16 host;
	u16 netns;
	u16 device;
	u16 stage;
};

/**
 * struct cw_row - one line of the table
 * @path: number of the path
 * @part: enum cw_part
 * @from: where it begins; all zero but for REQUEST and RESPONSE
 * @to: where it ends
 * @offset: sum of the times from the direction's first hop to @from
 * @gap: name of what lies between; NULL: stages were not seen
 * @histogram: of nanoseconds
 */
struct cw_row {
	u32 path;
	u32 part;
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
 * @traces: folded
 * @messages: folded
 * @complete: messages of which both ends' reading and writing was seen
 * @unlinked: messages whose parent span was not seen
 * @unplaced: device events of unknown direction
 * @retransmits: first segments sent again
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
	u64 backwards;
};

/**
 * cw_stats_init - take the tables
 * @stats: set up
 * @memory: where from, now and for each row
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_stats_init(struct cw_stats *stats, const struct cw_memory *memory);

/**
 * cw_stats_fold - take in a trace
 * @stats: where
 * @hosts: what ids mean
 * @trace: built
 *
 * Context: any; the caller serialises.
 */
void cw_stats_fold(struct cw_stats *stats, const struct cw_hosts *hosts,
		   const struct cw_trace *trace);

/**
 * cw_stats_sort - put the rows in reading order: by path, part, way
 * @stats: which; nothing can be folded in afterwards
 *
 * Context: any; the caller serialises.
 */
void cw_stats_sort(struct cw_stats *stats);

#endif
