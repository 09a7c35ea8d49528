/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of traces that "dtctl trace" prints: the newest or slowest N of all traces,
 * however many there are.  One thread.
 */
#ifndef CW_TOP_TRACES_H
#define CW_TOP_TRACES_H

#include "label.h"

#define CW_TOP_TRACES_MAX 1000000

struct cw_top_traces;

/**
 * cw_top_traces_open() - an empty list
 * @limit: lines at most, up to CW_TOP_TRACES_MAX
 * @by_duration: keep the slowest, else the newest
 * @hosts: define the ids
 *
 * Return: NULL without memory.
 */
struct cw_top_traces *cw_top_traces_open(size_t limit, bool by_duration,
					 const struct cw_hosts *hosts);

void cw_top_traces_close(struct cw_top_traces *top);

/* Takes in a trace; @user is the list. */
void cw_top_traces_add(void *user, const struct cw_trace *trace);

/* Prints the list, sorted. */
void cw_top_traces_print(struct cw_top_traces *top, struct cw_print *print);

#endif
