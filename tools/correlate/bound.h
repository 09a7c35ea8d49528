/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lower bounds over time.  Only those of the added points (x, y) are kept that a line below
 * all of them can touch: the lower convex hulls of a bounded number of windows of time, which
 * grow as time goes on, so that a part of the time can be examined by itself.
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
 * @index: its number, x >> cw_bound.shift
 * @count: number of points
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
 * @count: number of windows
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
 * @bound: takes it in
 * @x: time, ns
 * @y: a line must not be above this at @x
 *
 * Context: any; the caller serialises.
 */
void cw_bound_add(struct cw_bound *bound, u64 x, s64 y);

#endif
