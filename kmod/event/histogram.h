/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms of the time between stages, for all traced traffic while a rule is in force:
 * by path, direction, and pair of stages.  cw_event_emit() and cw_segment_seen() add to them.
 */
#ifndef CW_HISTOGRAM_H
#define CW_HISTOGRAM_H

#include "event/histogram_slot.h"
#include "event/type.h"

/* On while there are histograms. */
DECLARE_STATIC_KEY_FALSE(cw_histogram_key);

#define CW_HISTOGRAM_DIRECTION_UNKNOWN 2

/**
 * cw_histogram_pass() - a packet of a run that was seen before is at a device
 * @message: message id
 * @seq: of the run's first byte
 * @device: the device
 * @net: the namespace that the device is in
 * @stage: enum cw_stage; the packet is there now
 *
 * Does not look for the run's path: cw_histogram_event() has done so when the run was first seen.
 *
 * Return: false: the run is not known; cw_histogram_event() has to be called.
 * Context: any but NMI; RCU read lock, or within a tap or a hook.
 */
bool cw_histogram_pass(u64 message, u32 seq, const struct net_device *device,
		       const struct cw_net *net, u8 stage);

/**
 * cw_histogram_event() - a stage was reached
 * @info: what happened
 *
 * Context: any but NMI; RCU read lock, or within a tap or a hook.
 */
void cw_histogram_event(const struct cw_stage_info *info);

/**
 * cw_histogram_copy() - copy the next histogram
 * @index: in: slot to begin at; out: slot to go on at
 * @out: result
 *
 * Return: false: there are no more.
 * Context: process; waits for no tap.
 */
bool cw_histogram_copy(u32 *index, struct cw_histogram_info *out);

/* Forgets the histograms of @net, which goes away.  Process context, takes the tables' mutex. */
void cw_histogram_net_exit(const struct cw_net *net);

/*
 * cw_histogram_open() makes the tables and turns the taps' gate on, with the first rule; without
 * memory, or with the parameter histograms=0, there are no tables.  cw_histogram_close() frees
 * them after the last rule, when no tap and no hook runs.  Process context, cw_control_mutex held.
 */
void cw_histogram_open(void);
void cw_histogram_close(void);

#endif
