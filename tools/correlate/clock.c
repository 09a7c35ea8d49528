// SPDX-License-Identifier: GPL-2.0
/*
 * The lines that traffic allows are a convex polygon in the plane of a line's values at
 * two times; each bound cuts a part off it.  The mean of its corners is the line that is
 * taken, and the corners say how far the truth may be from it.  Pure, no locks.
 */
#include "clock.h"

#define CORNERS 256
#define SECOND 1000000000ULL
/* ns that a bound gives way: clocks have a granularity */
#define SLACK 1.0

/* A line, given by its values at the beginning and the end of a stretch, less a base. */
struct corner {
	double begin;
	double end;
};

struct polygon {
	u32 count;
	struct corner corner[CORNERS];
};

/* Windows [from, to) of both bounds, by time. */
struct stretch {
	u64 from;
	u64 until;
	u64 begin;
	u64 end;
	s64 base;
};

static double value_at(const struct corner *corner, double share)
{
	return corner->begin + (corner->end - corner->begin) * share;
}

/* Keeps the part of the polygon where sign * value_at(share) <= limit. */
static void cut_polygon(struct polygon *polygon, double sign, double share, double limit)
{
	struct polygon kept;
	u32 i;

	kept.count = 0;
	for (i = 0; i < polygon->count; i++) {
		const struct corner *a = &polygon->corner[i];
		const struct corner *b = &polygon->corner[(i + 1) % polygon->count];
		double over = sign * value_at(a, share) - limit;
		double next = sign * value_at(b, share) - limit;

		/* Without this cut the result is less sure, but not wrong. */
		if (kept.count + 2 > CORNERS)
			return;
		if (over <= 0)
			kept.corner[kept.count++] = *a;
		if ((over < 0 && next > 0) || (over > 0 && next < 0)) {
			double part = over / (over - next);

			kept.corner[kept.count++] =
				(struct corner){ a->begin + (b->begin - a->begin) * part,
						 a->end + (b->end - a->end) * part };
		}
	}
	*polygon = kept;
}

static bool is_within(const struct stretch *stretch, u64 x)
{
	return x >= stretch->from && x < stretch->until;
}

typedef void (*visit)(void *user, double sign, u64 x, s64 y);

static void visit_points(const struct cw_bound *bound, const struct stretch *stretch, double sign,
			 visit visit, void *user)
{
	u32 w, i;

	for (w = 0; w < bound->count; w++)
		for (i = 0; i < bound->window[w].count; i++)
			if (is_within(stretch, bound->window[w].point[i].x))
				visit(user, sign, bound->window[w].point[i].x,
				      bound->window[w].point[i].y);
}

struct extent {
	bool known[2];
	s64 edge[2]; /* least upper bound, greatest lower bound */
	u64 begin;
	u64 end;
};

static void measure_extent(void *user, double sign, u64 x, s64 y)
{
	struct extent *extent = user;
	unsigned int side = sign < 0;

	if (!extent->known[0] && !extent->known[1])
		extent->begin = extent->end = x;
	if (x < extent->begin)
		extent->begin = x;
	if (x > extent->end)
		extent->end = x;
	if (!extent->known[side] || (side ? -y > extent->edge[1] : y < extent->edge[0]))
		extent->edge[side] = side ? -y : y;
	extent->known[side] = true;
}

struct cutting {
	struct polygon *polygon;
	const struct stretch *stretch;
};

static double share_of(const struct stretch *stretch, u64 x)
{
	return (double)(s64)(x - stretch->begin) / (double)(stretch->end - stretch->begin);
}

static void cut_at_point(void *user, double sign, u64 x, s64 y)
{
	const struct cutting *cutting = user;
	double limit = (double)(y - (s64)sign * cutting->stretch->base);

	cut_polygon(cutting->polygon, sign, share_of(cutting->stretch, x), limit + SLACK);
}

/* Begins with all that a clock can do: it stays within the drift and near the bounds. */
static void begin_polygon(struct polygon *polygon, const struct stretch *stretch,
			  const struct extent *extent)
{
	double drift = (double)(stretch->end - stretch->begin) * CW_CLOCK_DRIFT / 1e6;
	double low = (double)(extent->edge[1] - stretch->base);
	double high = (double)(extent->edge[0] - stretch->base);
	double from = (low < high ? low : high) - 2 * drift - 2 * SLACK;
	double to = (low < high ? high : low) + 2 * drift + 2 * SLACK;

	polygon->count = 4;
	polygon->corner[0] = (struct corner){ from, from - drift };
	polygon->corner[1] = (struct corner){ to, to - drift };
	polygon->corner[2] = (struct corner){ to, to + drift };
	polygon->corner[3] = (struct corner){ from, from + drift };
}

static double find_furthest(const struct polygon *polygon, const struct corner *from, double share)
{
	double most = 0, off;
	u32 i;

	for (i = 0; i < polygon->count; i++) {
		off = value_at(&polygon->corner[i], share) - value_at(from, share);
		if (off < 0)
			off = -off;
		if (off > most)
			most = off;
	}
	return most;
}

static void line_of(struct cw_clock_line *line, const struct stretch *stretch,
		    const struct polygon *polygon)
{
	struct corner mean = { 0, 0 };
	u32 i;

	for (i = 0; i < polygon->count; i++) {
		mean.begin += polygon->corner[i].begin / polygon->count;
		mean.end += polygon->corner[i].end / polygon->count;
	}
	line->from = stretch->from;
	line->begin = stretch->begin;
	line->end = stretch->end;
	line->offset = stretch->base + (s64)mean.begin;
	line->rate = (mean.end - mean.begin) / (double)(stretch->end - stretch->begin);
	for (i = 0; i < 3; i++)
		line->uncertainty[i] = (u64)find_furthest(polygon, &mean, i / 2.0) + 1;
}

/* Takes the middle where traffic disagrees with itself: the clock was set. */
static void line_between(struct cw_clock_line *line, const struct stretch *stretch,
			 const struct extent *extent)
{
	u64 apart = (u64)(extent->edge[0] > extent->edge[1] ? extent->edge[0] - extent->edge[1] :
							      extent->edge[1] - extent->edge[0]);

	line->from = stretch->from;
	line->begin = stretch->begin;
	line->end = stretch->end;
	line->offset = extent->edge[1] + (extent->edge[0] - extent->edge[1]) / 2;
	line->rate = 0;
	line->uncertainty[0] = line->uncertainty[1] = line->uncertainty[2] = apart / 2 + 1;
}

enum fit {
	FIT_NOTHING, /* one direction is missing */
	FIT_LINE,
	FIT_NONE,
};

static enum fit fit_line(const struct cw_bound *most, const struct cw_bound *least, u64 from,
			 u64 until, struct cw_clock_line *line)
{
	struct stretch stretch = { .from = from, .until = until };
	struct polygon polygon;
	struct cutting cutting = { &polygon, &stretch };
	struct extent extent = { 0 };

	visit_points(most, &stretch, 1, measure_extent, &extent);
	visit_points(least, &stretch, -1, measure_extent, &extent);
	if (!extent.known[0] || !extent.known[1])
		return FIT_NOTHING;
	stretch.begin = extent.begin;
	/* One point in time tells nothing of the rate. */
	stretch.end = extent.end > extent.begin ? extent.end : extent.begin + SECOND;
	stretch.base = extent.edge[0];
	begin_polygon(&polygon, &stretch, &extent);
	visit_points(most, &stretch, 1, cut_at_point, &cutting);
	visit_points(least, &stretch, -1, cut_at_point, &cutting);
	if (polygon.count) {
		line_of(line, &stretch, &polygon);
		return FIT_LINE;
	}
	line_between(line, &stretch, &extent);
	return FIT_NONE;
}

/* Lists by time where the windows of both bounds begin. Return: how many there are. */
static u32 cuts_of(const struct cw_bound *most, const struct cw_bound *least, u64 *out)
{
	u32 shift = most->shift > least->shift ? most->shift : least->shift;
	u32 a = 0, b = 0, count = 0;

	while (a < most->count || b < least->count) {
		u64 x = ~0ULL, next;

		if (a < most->count)
			x = most->window[a].index << most->shift;
		if (b < least->count && (next = least->window[b].index << least->shift) < x)
			x = next;
		x = x >> shift << shift;
		out[count++] = x;
		while (a < most->count &&
		       most->window[a].index << most->shift >> shift << shift == x)
			a++;
		while (b < least->count &&
		       least->window[b].index << least->shift >> shift << shift == x)
			b++;
	}
	return count;
}

/* Extends a line window by window as far as one fits, then begins the next. */
static void fit_pieces(struct cw_clock *clock, const struct cw_bound *most,
		       const struct cw_bound *least)
{
	u64 start[2 * CW_BOUND_WINDOWS + 1];
	u32 count = cuts_of(most, least, start), i = 0, to;

	start[count] = ~0ULL;
	while (i < count && clock->lines < CW_CLOCK_LINES) {
		struct cw_clock_line *line = &clock->line[clock->lines], longer;
		u64 last = clock->lines + 1 == CW_CLOCK_LINES ? ~0ULL : 0;
		enum fit found = FIT_NOTHING, further;

		for (to = i + 1; to <= count; to++) {
			further = fit_line(most, least, start[i], last ? last : start[to], &longer);
			if (found == FIT_LINE && further != FIT_LINE)
				break;
			found = further;
			*line = longer;
			if (found == FIT_NONE || last)
				break;
		}
		if (found == FIT_NONE || last)
			to++;
		i = last ? count : to - 1;
		if (found == FIT_NOTHING)
			break;
		clock->broken += found == FIT_NONE;
		clock->lines++;
	}
}

bool cw_clock_fit(struct cw_clock *clock, const struct cw_bound *most, const struct cw_bound *least)
{
	memset(clock, 0, sizeof(*clock));
	switch (fit_line(most, least, 0, ~0ULL, &clock->line[0])) {
	case FIT_NOTHING:
		return false;
	case FIT_LINE:
		clock->lines = 1;
		return true;
	case FIT_NONE:
		fit_pieces(clock, most, least);
	}
	return clock->lines > 0;
}

static const struct cw_clock_line *line_at(const struct cw_clock *clock, u64 time)
{
	u32 i = clock->lines;

	while (i > 1 && clock->line[i - 1].from > time)
		i--;
	return i ? &clock->line[i - 1] : NULL;
}

s64 cw_clock_offset(const struct cw_clock *clock, u64 time)
{
	const struct cw_clock_line *line = line_at(clock, time);

	if (!line)
		return 0;
	return line->offset + (s64)((double)(s64)(time - line->begin) * line->rate);
}

/* The uncertainty is convex: straight lines between its three values are no less. */
u64 cw_clock_uncertainty(const struct cw_clock *clock, u64 time)
{
	const struct cw_clock_line *line = line_at(clock, time);
	double share, part;
	u32 half;

	if (!line)
		return 0;
	if (time < line->begin)
		return line->uncertainty[0] + (line->begin - time) / (1000000 / CW_CLOCK_DRIFT / 2);
	if (time > line->end)
		return line->uncertainty[2] + (time - line->end) / (1000000 / CW_CLOCK_DRIFT / 2);
	share = (double)(time - line->begin) / (double)(line->end - line->begin) * 2;
	half = share >= 1;
	part = share - half;
	return (u64)((double)line->uncertainty[half] * (1 - part) +
		     (double)line->uncertainty[half + 1] * part) +
	       1;
}
