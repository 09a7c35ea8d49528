/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far one clock is ahead of another one: straight lines between the bounds that traffic
 * in the two directions sets (V. Paxson, On calibrating measurements of packet transit times,
 * SIGMETRICS 1998; S. Moon, P. Skelly, D. Towsley, Estimation and removal of clock skew
 * from network delay measurements, INFOCOM 1999).  Pure; the caller serialises.
 */
#ifndef CW_CLOCK_H
#define CW_CLOCK_H

#include "bound.h"

#define CW_CLOCK_LINES 16
/* No crystal is worse, nor does adjtimex() slew faster (parts per million). */
#define CW_CLOCK_DRIFT 500

/**
 * struct cw_clock_line - one stretch of time
 * @from: time on this clock from which the line is used, up to @from of the next line
 * @begin: time on this clock of the first bound that it keeps
 * @end: time on this clock of the last bound that it keeps; not before @begin
 * @offset: this clock minus the other one's at @begin, ns
 * @rate: growth of @offset, ns per ns
 * @uncertainty: how far the truth may be off at @begin, half-way and at @end, ns
 */
struct cw_clock_line {
	u64 from;
	u64 begin;
	u64 end;
	s64 offset;
	double rate;
	u64 uncertainty[3];
};

/**
 * struct cw_clock - how far a clock is ahead
 * @lines: how many there are
 * @broken: how many of them are no line: the clock was set meanwhile
 * @line: by time
 */
struct cw_clock {
	u32 lines;
	u32 broken;
	struct cw_clock_line line[CW_CLOCK_LINES];
};

/**
 * cw_clock_fit - draw the lines
 * @clock: result
 * @most: upper bounds of the difference, by this clock's time
 * @least: lower bounds of the difference, negated
 *
 * Draws one line if one fits between the two bounds, and more where the clock was set or its
 * rate was changed.  Where none fits even for a short time, the middle is taken, and
 * the uncertainty says by how much traffic disagrees.
 *
 * Return: false if there was no traffic in one of the directions.
 * Context: any.
 */
bool cw_clock_fit(struct cw_clock *clock, const struct cw_bound *most,
		  const struct cw_bound *least);

/**
 * cw_clock_offset - this clock minus the other one's
 * @clock: fitted, or all zero
 * @time: on this clock
 *
 * Return: ns.
 * Context: any.
 */
s64 cw_clock_offset(const struct cw_clock *clock, u64 time);

/**
 * cw_clock_uncertainty - how far cw_clock_offset() may be off
 * @clock: fitted, or all zero
 * @time: on this clock
 *
 * It grows by CW_CLOCK_DRIFT before the first bound and after the last one.
 *
 * Return: ns.
 * Context: any.
 */
u64 cw_clock_uncertainty(const struct cw_clock *clock, u64 time);

#endif
