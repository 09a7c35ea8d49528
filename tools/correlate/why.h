/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why are slow requests slow?  For each path, the time that its slow requests spend in
 * each step is compared with the time that the step takes usually (its median over all
 * requests of its path).  The first of two passes learns what is usual, the second adds up
 * the times of the slow ones.  Memory follows the number of distinct steps, not that of
 * requests.  Pure; the caller serialises.
 */
#ifndef CW_WHY_H
#define CW_WHY_H

#include "stats.h"

#define CW_WHY_MAX 16384 /* shares of all paths */
#define CW_WHY_ONE 1000000

/**
 * struct cw_why_share - the part of one step in a path's slow requests
 * @path: number of the path
 * @row: the step, of @path or of a path behind it
 * @host: index of the host where the step begins
 * @netns: short id of the namespace where it begins
 * @count: slow requests in which it was met
 * @sum: ns of it in all of them; steps at the same time count by their part of that time
 * @scales: sum of these parts; equals @count if no other step was at the same time
 * @drop: where the last lost copy died; stage 0: none was lost
 * @usual: ns in a usual request; cw_why_solve() sets it and the following ones
 * @slow: ns in a slow request, on average
 * @more: the difference
 * @outstanding: it explains much, and does not vary like that otherwise
 */
struct cw_why_share {
	u32 path;
	const struct cw_row *row;
	u16 host;
	u16 netns;
	u64 count;
	double sum;
	double scales;
	struct cw_hop drop;
	double usual;
	double slow;
	double more;
	bool outstanding;
};

/**
 * struct cw_why_path - a path and its slow requests
 * @whole: how long requests took
 * @threshold: ns from which on one is slow; 0: not set yet
 * @slow: how many are slow
 * @sum: ns of the slow ones
 * @median: ns of a usual one; cw_why_solve() sets it and the following ones
 * @mean: ns of a slow one, on average
 * @share: index of its first share, which explains most
 * @shares: how many it has
 * @tail: slow ones take clearly longer than usual ones
 * @outstanding: how many shares are outstanding
 */
struct cw_why_path {
	struct cw_histogram whole;
	u64 threshold;
	u64 slow;
	u64 sum;
	double median;
	double mean;
	u32 share;
	u32 shares;
	u32 outstanding;
	bool tail;
};

/**
 * struct cw_why - set up by cw_why_init()
 * @memory: for paths
 * @stats: what is usual
 * @path: by number; NULL: no request of it
 * @share: sorted by cw_why_solve(): by path, then by what it explains
 * @slot: hash table of indices plus one
 * @shares: how many
 * @refused: values that found no room
 */
struct cw_why {
	struct cw_memory memory;
	struct cw_stats stats;
	struct cw_why_path **path;
	struct cw_why_share *share;
	u32 *slot;
	u32 shares;
	u64 refused;
};

/**
 * cw_why_init - take the tables
 * @why: set up
 * @memory: gives memory, now and later
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_why_init(struct cw_why *why, const struct cw_memory *memory);

/**
 * cw_why_learn - first pass: take in a trace
 * @why: learns from it
 * @hosts: define the ids
 * @trace: built
 *
 * Context: any; the caller serialises.
 */
void cw_why_learn(struct cw_why *why, const struct cw_hosts *hosts, const struct cw_trace *trace);

/**
 * cw_why_choose - between the passes: choose the slow requests
 * @why: has learned
 * @slowest: parts per million of each path's requests, at least one of them
 * @over: ns; requests that take as long are slow, whatever @slowest; 0: @slowest counts
 *
 * Context: any; the caller serialises.
 */
void cw_why_choose(struct cw_why *why, u32 slowest, u64 over);

/**
 * cw_why_explain - second pass: take in each trace once more
 * @why: has chosen
 * @hosts: define the ids
 * @trace: built
 *
 * Context: any; the caller serialises.
 */
void cw_why_explain(struct cw_why *why, const struct cw_hosts *hosts, const struct cw_trace *trace);

/**
 * cw_why_solve - after the passes: find what explains most
 * @why: has seen all; its paths and shares are set
 *
 * Context: any; the caller serialises.
 */
void cw_why_solve(struct cw_why *why);

#endif
