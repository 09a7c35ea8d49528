/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of the module's histograms at one time, and the difference of two tables.
 */
#ifndef CW_TOP_TABLE_H
#define CW_TOP_TABLE_H

#include <libcauseway.h>

#include "../../correlate/histogram.h"
#include "netns_name.h"
#include "print.h"

/**
 * struct cw_top_row - one histogram
 * @latency: names it; its buckets are in @histogram
 * @histogram: counts; least and greatest value as far as buckets tell
 */
struct cw_top_row {
	struct cw_latency latency;
	struct cw_histogram histogram;
};

/**
 * struct cw_top_table - all histograms; all zero is an empty table
 * @time: when they were read; ns, monotonic
 * @row: @count rows; there is room for @room
 */
struct cw_top_table {
	uint64_t time;
	struct cw_top_row *row;
	size_t count;
	size_t room;
};

/* Return: 0, -ENOMEM. */
int cw_top_add(struct cw_top_table *table, const struct cw_latency *latency);
void cw_top_clear(struct cw_top_table *table);
void cw_top_free(struct cw_top_table *table);

/**
 * cw_top_print() - show a table, rows that took most time first
 * @now: the table
 * @before: show only what came since this table; NULL: show all, without rates
 */
void cw_top_print(struct cw_print *print, const struct cw_top_table *now,
		  const struct cw_top_table *before, const struct cw_netns_names *netns);

#endif
