/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far one clock is ahead of another one: straight lines between what traffic in the
 * two directions allows (V. Paxson, On calibrating measurements of packet transit times,
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
 * @from: it is used from here on, on this clock; before, the line before is
 * @begin: of what traffic said, on this clock
 * @end: likewise; not before @begin
 * @offset: this clock minus the other one's at @begin, ns
 * @rate: by how much that grows, ns per ns
 * @uncertainty: of it at @begin, half-way and at @end: the truth is not further off, ns
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
 * @lines: how many
 * @broken: of these, how many are no line: the clock was set meanwhile
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
 * @most: what the difference is at most, over this clock's time
 * @least: what it is at least, negated
 *
 * One line if there is one between the two bounds; more where the clock was set or its
 * rate was changed.  Where there is none even for a short time the middle is taken, and
 * the uncertainty says by how much traffic disagrees.
 *
 * Return: false: traffic in both directions is wanted.
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
 * cw_clock_uncertainty - how far that may be off
 * @clock: fitted, or all zero
 * @time: on this clock
 *
 * Grows by CW_CLOCK_DRIFT outside of the time that traffic said something about.
 *
 * Return: ns.
 * Context: any.
 */
u64 cw_clock_uncertainty(const struct cw_clock *clock, u64 time);

#endif
