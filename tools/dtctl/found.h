/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of traces that "dtctl trace" prints: the newest or slowest N of all
 * that are met, however many those are.  One thread.
 */
#ifndef CW_FOUND_H
#define CW_FOUND_H

#include "label.h"

#define CW_FOUND_MAX 1000000

struct cw_found;

/**
 * cw_found_open() - an empty list
 * @limit: lines at most, up to CW_FOUND_MAX
 * @by_duration: keep the slowest, else the newest
 * @hosts: what ids mean
 *
 * Return: NULL without memory.
 */
struct cw_found *cw_found_open(size_t limit, bool by_duration, const struct cw_hosts *hosts);

void cw_found_close(struct cw_found *found);

/* Takes in a trace; @user is the list. */
void cw_found_add(void *user, const struct cw_trace *trace);

/* Prints the list, sorted. */
void cw_found_print(struct cw_found *found, struct cw_print *print);

#endif
