/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Draws one trace: its services as bars on a time axis, then each message stage by stage.
 * One thread.
 */
#ifndef CW_WATERFALL_H
#define CW_WATERFALL_H

#include "label.h"

#define CW_WATERFALL_COLUMNS 400 /* at most */

/**
 * struct cw_waterfall - how to draw
 * @print: output; JSON gets the same data without the bars
 * @hosts: define the ids
 * @columns: width of the terminal, at least 80
 * @labels: width of the widest label; set by cw_waterfall_draw()
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

/* Writes 32 hexadecimal digits. Return: @out. */
char *cw_waterfall_id(char out[2 * CW_TRACE_ID_LEN + 1], const u8 *id);

/* Writes ISO 8601 in UTC with microseconds. Return: @out. */
char *cw_waterfall_time(char out[40], u64 ns);

#endif
