/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far the clocks of several hosts are apart, from the traffic itself: no byte
 * arrives before it left, so what is sent in the two directions between two hosts bounds
 * the difference of their clocks from both sides.
 *
 * In two passes over the events.  First each message's earliest events on each host, in
 * whatever order files come, tell how far the clocks are apart to about the time that a
 * message takes; then whole traces on that common clock tell the last hop of one host and
 * the first one of the next.  Pure; the caller serialises.
 */
#ifndef CW_ALIGN_H
#define CW_ALIGN_H

#include "trace.h"

struct cw_align_run;

/**
 * struct cw_align_pair - what is known of one clock against another
 * @most: what its difference is at most, over its own time
 * @least: what it is at least, negated
 */
struct cw_align_pair {
	struct cw_bound most;
	struct cw_bound least;
};

/**
 * struct cw_align - set up by cw_align_init()
 * @memory: for @pair
 * @run: runs seen in the first pass, a hash table
 * @runs: how many
 * @unseen: runs that found no room
 * @known: first pass: something went from the one host to the other
 * @quickest: least difference of their clock readings, ns
 * @pair: second pass: of this host's clock against that one's; NULL: nothing
 */
struct cw_align {
	struct cw_memory memory;
	struct cw_align_run *run;
	u32 runs;
	u64 unseen;
	bool known[CW_HOST_MAX][CW_HOST_MAX];
	s64 quickest[CW_HOST_MAX][CW_HOST_MAX];
	struct cw_align_pair *pair[CW_HOST_MAX][CW_HOST_MAX];
};

/**
 * cw_align_init - take the tables
 * @align: set up
 * @memory: where from, now and later
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_align_init(struct cw_align *align, const struct cw_memory *memory);

/**
 * cw_align_event - first pass: an event
 * @align: takes in what it says
 * @host: index of its host
 * @event: its time is its host's
 *
 * Context: any; the caller serialises.
 */
void cw_align_event(struct cw_align *align, u32 host, const struct cw_event *event);

/**
 * cw_align_roughly - the end of the first pass
 * @align: what the events said
 * @hosts: their clocks are set, one constant difference each
 *
 * Context: any; the caller serialises.
 */
void cw_align_roughly(struct cw_align *align, struct cw_hosts *hosts);

/**
 * cw_align_learn - second pass: the crossings between hosts in a trace
 * @align: takes in what they say
 * @hosts: as cw_align_roughly() left them
 * @trace: built, with times on the common clock
 *
 * Context: any; the caller serialises.
 */
void cw_align_learn(struct cw_align *align, const struct cw_hosts *hosts,
		    const struct cw_trace *trace);

/**
 * cw_align_solve - set each host's clock
 * @align: what traffic said
 * @hosts: the first one is the reference; hosts join the tree of known ones in the order of
 *	their uncertainty; those without traffic in both directions are left unaligned
 *
 * Context: any; the caller serialises.
 */
void cw_align_solve(const struct cw_align *align, struct cw_hosts *hosts);

#endif
