/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far the clocks of several hosts are apart, from the traffic itself: no byte
 * arrives before it left, so the least delays seen in the two directions between
 * two hosts bound the difference from both sides.  One constant difference per
 * host is assumed.  Pure; the caller serialises.
 */
#ifndef CW_ALIGN_H
#define CW_ALIGN_H

#include "trace.h"

/**
 * struct cw_align - what traffic between hosts said; all zero is nothing
 * @known: something went from the one host to the other
 * @least: least difference of the two hosts' clock readings, ns
 */
struct cw_align {
	bool known[CW_HOST_MAX][CW_HOST_MAX];
	s64 least[CW_HOST_MAX][CW_HOST_MAX];
};

/**
 * cw_align_learn - look at the crossings between hosts in a trace
 * @align: takes in what they say
 * @trace: built, with times as the hosts' clocks gave them
 *
 * Context: any; the caller serialises.
 */
void cw_align_learn(struct cw_align *align, const struct cw_trace *trace);

/**
 * cw_align_solve - set each host's offset and its uncertainty
 * @align: what traffic said
 * @hosts: the first one is the reference; hosts without traffic in both directions
 *	are left unaligned
 *
 * Context: any; the caller serialises.
 */
void cw_align_solve(const struct cw_align *align, struct cw_hosts *hosts);

#endif
