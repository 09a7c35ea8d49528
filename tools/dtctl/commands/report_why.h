/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dtctl report --why: why slow requests are slow.  One thread.
 */
#ifndef CW_REPORT_WHY_H
#define CW_REPORT_WHY_H

#include "../dtctl.h"
#include "../replay.h"

/**
 * struct cw_why_options - which requests are slow
 * @slowest: parts per million of each path's requests
 * @over: ns; if it is not 0, requests that take as long are slow, whatever @slowest
 */
struct cw_why_options {
	uint32_t slowest;
	uint64_t over;
};

/**
 * cw_why_report() - read the files twice and print the findings
 * @strict: missing events are a failure
 *
 * Return: an exit code; errors were reported on stderr.
 */
int cw_why_report(struct cw_replay *replay, struct cw_cli *cli,
		  const struct cw_why_options *options, bool strict);

#endif
