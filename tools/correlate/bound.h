/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lower bounds over time: of all points (x, y) that were added, those that a line below
 * all of them can touch.  Kept as lower convex hulls of a bounded number of windows of
 * time, which grow as time goes on, so that a part of the time can be looked at by itself.
 * Pure; the caller serialises.
 */
#ifndef CW_BOUND_H
#define CW_BOUND_H

#include "../../kmod/lib/port.h"

#define CW_BOUND_WINDOWS 32
#define CW_BOUND_POINTS 24

struct cw_bound_point {
	u64 x;
	s64 y;
};

/**
 * struct cw_bound_window - a stretch of time
 * @index: which, x >> cw_bound.shift
 * @count: points
 * @point: the hull's vertices by x
 */
struct cw_bound_window {
	u64 index;
	u32 count;
	struct cw_bound_point point[CW_BOUND_POINTS];
};

/**
 * struct cw_bound - all zero is empty
 * @shift: a window is 2^shift ns long; 0: nothing was added
 * @count: windows
 * @lost: vertices that found no room; a line may pass above them
 * @window: by time
 */
struct cw_bound {
	u32 shift;
	u32 count;
	u32 lost;
	struct cw_bound_window window[CW_BOUND_WINDOWS];
};

/**
 * cw_bound_add - take in a point
 * @bound: where
 * @x: time, ns
 * @y: that a line is to stay below there
 *
 * Context: any; the caller serialises.
 */
void cw_bound_add(struct cw_bound *bound, u64 x, s64 y);

#endif
