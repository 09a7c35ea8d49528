/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One trace, drawn: its services as bars on a time axis, then each message stage
 * by stage.  One thread.
 */
#ifndef CW_WATERFALL_H
#define CW_WATERFALL_H

#include "label.h"

#define CW_WATERFALL_COLUMNS 400 /* at most */

/**
 * struct cw_waterfall - how to draw
 * @print: where; JSON gets the same data without the bars
 * @hosts: what ids mean
 * @columns: of the terminal, at least 80
 * @labels: of the widest label; set by cw_waterfall_draw()
 * @ascii: no line-drawing characters
 * @colour: escape sequences may be used
 */
struct cw_waterfall {
	struct cw_print *print;
	const struct cw_hosts *hosts;
	unsigned int columns;
	unsigned int labels;
	bool ascii;
	bool colour;
};

/**
 * cw_waterfall_draw() - draw a trace, inside of an object that the caller began
 */
void cw_waterfall_draw(struct cw_waterfall *waterfall, const struct cw_trace *trace);

/* 32 hexadecimal digits. Return: @out. */
char *cw_waterfall_id(char out[2 * CW_TRACE_ID_LEN + 1], const u8 *id);

/* ISO 8601 in UTC, microseconds. Return: @out. */
char *cw_waterfall_time(char out[40], u64 ns);

#endif
