/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells from the traffic itself how far the clocks of several hosts are apart: no byte
 * arrives before it left, so traffic in the two directions between two hosts bounds the
 * difference of their clocks from both sides.
 *
 * It takes two passes over the events.  In the first one, the earliest events of each
 * message on each host, in any order of files, tell how far the clocks are apart to about
 * the time that a message takes.  In the second one, whole traces on that common clock tell
 * the last hop of one host and the first one of the next.  Pure; the caller serialises.
 */
#ifndef CW_ALIGN_H
#define CW_ALIGN_H

#include "trace.h"

struct cw_align_run;

/**
 * struct cw_align_pair - what is known of one clock against another
 * @most: upper bounds of the difference, by the time of the first clock
 * @least: lower bounds of the difference, negated
 */
struct cw_align_pair {
	struct cw_bound most;
	struct cw_bound least;
};

/**
 * struct cw_align - set up by cw_align_init()
 * @memory: for @pair
 * @run: runs seen in the first pass, a hash table
 * @runs: how many runs there are in it
 * @unseen: runs that found no room
 * @known: first pass: something went from the one host to the other
 * @quickest: least difference of their clock readings, ns
 * @pair: second pass: bounds of the first host's clock against the second one's; NULL: none
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
 * @memory: gives memory, now and later
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_align_init(struct cw_align *align, const struct cw_memory *memory);

/**
 * cw_align_event - first pass: take in an event
 * @align: learns from it
 * @host: index of its host
 * @event: with the time of its host's clock
 *
 * Context: any; the caller serialises.
 */
void cw_align_event(struct cw_align *align, u32 host, const struct cw_event *event);

/**
 * cw_align_roughly - the end of the first pass
 * @align: learnt from all events
 * @hosts: the clock of each is set to a constant difference
 *
 * Context: any; the caller serialises.
 */
void cw_align_roughly(struct cw_align *align, struct cw_hosts *hosts);

/**
 * cw_align_learn - second pass: take in the crossings between hosts in a trace
 * @align: learns from them
 * @hosts: as cw_align_roughly() left them
 * @trace: built, with times on the common clock
 *
 * Context: any; the caller serialises.
 */
void cw_align_learn(struct cw_align *align, const struct cw_hosts *hosts,
		    const struct cw_trace *trace);

/**
 * cw_align_solve - set each host's clock
 * @align: learnt from all traces
 * @hosts: the first one is the reference; hosts join the tree of known ones in the order of
 *	their uncertainty; those without traffic in both directions are left unaligned
 *
 * Context: any; the caller serialises.
 */
void cw_align_solve(const struct cw_align *align, struct cw_hosts *hosts);

#endif
