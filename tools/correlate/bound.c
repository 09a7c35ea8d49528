// SPDX-License-Identifier: GPL-2.0
/*
 * Lower convex hulls, one for each window of time.  Most points lie above the hull and
 * are forgotten at once.  Pure, no locks.
 */
#include "bound.h"

#define FIRST_SHIFT 28 /* a quarter of a second */
#define LAST_SHIFT 63

/* Positive where b lies above the line from a to c; exact enough: a ns in a day. */
static double height_above_line(const struct cw_bound_point *a, const struct cw_bound_point *b,
				const struct cw_bound_point *c)
{
	double bx = (double)(s64)(b->x - a->x), cx = (double)(s64)(c->x - a->x);
	double by = (double)b->y - (double)a->y, cy = (double)c->y - (double)a->y;

	return by * cx - cy * bx;
}

static void remove_point(struct cw_bound_window *window, u32 i)
{
	window->count--;
	memmove(&window->point[i], &window->point[i + 1],
		(window->count - i) * sizeof(*window->point));
}

/* A point that its neighbours' line passes below, or touches, is no vertex. */
static bool is_idle(const struct cw_bound_window *window, u32 i)
{
	return i && i + 1 < window->count &&
	       height_above_line(&window->point[i - 1], &window->point[i], &window->point[i + 1]) >=
		       0;
}

/* Removes the vertices behind and before a new one that the new one makes idle. */
static void remove_idle_points(struct cw_bound_window *window, u32 i)
{
	while (i + 2 < window->count && is_idle(window, i + 1))
		remove_point(window, i + 1);
	while (i >= 2 && is_idle(window, i - 1))
		remove_point(window, --i);
}

static void add_point(struct cw_bound *bound, struct cw_bound_window *window,
		      struct cw_bound_point point)
{
	u32 i = 0;

	while (i < window->count && window->point[i].x < point.x)
		i++;
	if (i < window->count && window->point[i].x == point.x) {
		if (window->point[i].y <= point.y)
			return;
		window->point[i].y = point.y;
		remove_idle_points(window, i);
		return;
	}
	if (i && i < window->count &&
	    height_above_line(&window->point[i - 1], &point, &window->point[i]) >= 0)
		return;
	if (window->count == CW_BOUND_POINTS) {
		/* More bends than a clock has: a vertex in the middle has to go. */
		bound->lost++;
		remove_point(window, CW_BOUND_POINTS / 2);
		i -= i > CW_BOUND_POINTS / 2;
	}
	memmove(&window->point[i + 1], &window->point[i],
		(window->count - i) * sizeof(*window->point));
	window->point[i] = point;
	window->count++;
	remove_idle_points(window, i);
}

static void join_windows(struct cw_bound *bound, struct cw_bound_window *into,
			 const struct cw_bound_window *from)
{
	u32 i;

	for (i = 0; i < from->count; i++)
		add_point(bound, into, from->point[i]);
}

/* Doubles the length of the windows, and joins each two that become one. */
static void widen_windows(struct cw_bound *bound)
{
	u32 i, kept = 0;

	bound->shift++;
	for (i = 0; i < bound->count; i++) {
		struct cw_bound_window *window = &bound->window[i];

		window->index >>= 1;
		if (kept && bound->window[kept - 1].index == window->index)
			join_windows(bound, &bound->window[kept - 1], window);
		else
			bound->window[kept++] = *window;
	}
	bound->count = kept;
}

static u32 find_window(const struct cw_bound *bound, u64 index)
{
	u32 i = bound->count;

	while (i && bound->window[i - 1].index >= index)
		i--;
	return i;
}

void cw_bound_add(struct cw_bound *bound, u64 x, s64 y)
{
	const struct cw_bound_point point = { x, y };
	u32 i;

	if (!bound->shift)
		bound->shift = FIRST_SHIFT;
	for (;;) {
		i = find_window(bound, x >> bound->shift);
		if (i < bound->count && bound->window[i].index == x >> bound->shift)
			break;
		if (bound->count < CW_BOUND_WINDOWS) {
			memmove(&bound->window[i + 1], &bound->window[i],
				(bound->count++ - i) * sizeof(*bound->window));
			memset(&bound->window[i], 0, sizeof(*bound->window));
			bound->window[i].index = x >> bound->shift;
			break;
		}
		if (bound->shift == LAST_SHIFT)
			return;
		widen_windows(bound);
	}
	add_point(bound, &bound->window[i], point);
}
