/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holds critical windows open, so that tests hit them.  Only a module that "make modules-delay"
 * built does so; in any other cw_delay() is empty.
 */
#ifndef CW_DELAY_H
#define CW_DELAY_H

/**
 * enum cw_delay_point - windows in which another CPU, or a later verdict, may act
 * @CW_DELAY_INSERT: a segment has found its socket, whose state is inserted next
 * @CW_DELAY_FOUND: a segment has found its socket's state, which is locked next
 * @CW_DELAY_WRITE: a segment's option is chosen, and is written next
 * @CW_DELAY_POINTS: how many there are
 */
enum cw_delay_point {
	CW_DELAY_INSERT,
	CW_DELAY_FOUND,
	CW_DELAY_WRITE,
	CW_DELAY_POINTS,
};

#ifdef CW_DELAY
/* Waits, busy, for as long as module parameter delay_ms says for the point; any context. */
void cw_delay(enum cw_delay_point point);
#else
static inline void cw_delay(enum cw_delay_point point)
{
}
#endif

#endif
