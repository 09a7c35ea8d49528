/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path of an event: a marked TCP segment at a device.  Nearly all events are of such
 * segments.  Any other event, and a segment that the fast path cannot finish, takes the slow path
 * (event/event.c):
 *
 *	packet at a device                            socket, thread, drop
 *	(netfilter/device.c)                               |
 *	          |                                        |
 *	cw_fast_look() (lib/fast.h)                        |
 *	    |            |                                 |
 *	    | MARKED     | OTHER                           |
 *	    |            |                                 |
 *	    |       cw_dissect() (lib/dissect.c),          |
 *	    |       option or trailer is decoded           |
 *	    |            |                                 |
 *	    |            +---------------+-----------------+
 *	    |                            |
 *	FAST PATH                    SLOW PATH
 *	cw_segment_seen()            cw_event_emit(), cw_event_record()
 *	    |                            |
 *	    | ids are in the cache   no  | ids come from the tables (definition.c),
 *	    | of this CPU, and no  ----->| filters are asked (session.c),
 *	    | filter or TRACE_EVENT      | TRACE_EVENTs fire (trace.c)
 *	    | is on                      |
 *	    +------> ring of this CPU <--+
 *
 * A PLAIN packet ends at cw_fast_look(): it carries nothing.  Both paths add to the histograms:
 * cw_histogram_pass() for a run that is known, cw_histogram_event() for any other.
 */
#ifndef CW_SEGMENT_H
#define CW_SEGMENT_H

#include <linux/netdevice.h>

/**
 * cw_segment_seen() - a marked segment is at a device
 * @look: what cw_fast_look() returned: CW_FAST_MARKED
 * @ip: the outermost IP header, which cw_fast_look() was given
 * @device: where it is; cw_net_active() of its namespace
 * @stage: enum cw_stage, of a device
 *
 * If the segment is sampled, records its stage in the ring, the histograms and the TRACE_EVENT.
 *
 * Context: any but NMI, preemption off; reads the packet only.
 */
void cw_segment_seen(u32 look, const u8 *ip, const struct net_device *device, unsigned int stage);

#endif
