/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms of the time between stages, for all traced traffic while a rule is in force:
 * by path, direction, and pair of stages.  Of the event layer; told by cw_event_emit().
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
 * @seq: of its first byte
 * @device: which
 * @net: where
 * @stage: enum cw_stage, just now
 *
 * Whose the run is was asked when it was seen first, and is by its sockets' events.
 *
 * Return: false: nothing is known of it; cw_histogram_event() is to be told.
 * Context: as cw_histogram_event().
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
 * cw_histogram_copy() - the next histogram
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
 * With the first rule: makes the tables and turns the taps' gate on; short of memory, or
 * with the parameter histograms=0, there are none.  After the last rule, when no tap and no
 * hook runs any more: frees them.  Process context, cw_control_mutex held.
 */
void cw_histogram_open(void);
void cw_histogram_close(void);

#endif
