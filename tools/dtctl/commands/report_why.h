/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dtctl report --why: what makes slow requests slow.  One thread.
 */
#ifndef CW_REPORT_WHY_H
#define CW_REPORT_WHY_H

#include "../dtctl.h"
#include "../replay.h"

/**
 * struct cw_why_options - which requests are slow
 * @slowest: parts per million of each path's
 * @over: ns; those that take as long, instead; 0: by @slowest
 */
struct cw_why_options {
	uint32_t slowest;
	uint64_t over;
};

/**
 * cw_why_report() - read the files twice and print the findings
 * @strict: missing events are a failure
 *
 * Return: an exit code; what went wrong was said on stderr.
 */
int cw_why_report(struct cw_replay *replay, struct cw_cli *cli,
		  const struct cw_why_options *options, bool strict);

#endif
