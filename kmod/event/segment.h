/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marked TCP segments at devices, of which nearly all events are.
 */
#ifndef CW_SEGMENT_H
#define CW_SEGMENT_H

#include <linux/netdevice.h>

/**
 * cw_segment_seen() - a marked segment is at a device
 * @look: what cw_fast_look() returned: CW_FAST_MARKED
 * @ip: as given to it
 * @device: where it is; cw_net_active() of its namespace
 * @stage: enum cw_stage, of a device
 *
 * As cw_event_emit(), if the segment is sampled.
 *
 * Context: any but NMI, preemption off; reads the packet only.
 */
void cw_segment_seen(u32 look, const u8 *ip, const struct net_device *device, unsigned int stage);

#endif
