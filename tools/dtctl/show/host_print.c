// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the clocks of several hosts, and how well they are known.
 */
#include "host_print.h"

static void print_clock(const struct cw_hosts *hosts, u32 index, struct cw_print *print)
{
	const struct cw_clock *clock = &hosts->host[index].clock;
	const struct cw_clock_line *line = &clock->line[0];
	s64 offset = (s64)(line->begin - cw_host_time(hosts, index, line->begin));
	u64 first = cw_host_uncertainty(hosts, index, line->begin);
	u64 last = cw_host_uncertainty(hosts, index, clock->line[clock->lines - 1].end);

	cw_print_number(print, "offset_ns", offset, "%+.1f us", (double)offset / 1e3);
	cw_print_real(print, "drift_ppm", line->rate * 1e6, ", drifting %+.1f ppm",
		      line->rate * 1e6);
	cw_print_number(print, "uncertainty_ns", (s64)(first > last ? first : last),
			", give or take %.1f us", (double)(first > last ? first : last) / 1e3);
	cw_print_number(print, "lines", clock->lines, CW_JSON_ONLY);
	if (clock->lines > 1)
		cw_print_text(print, "; it changed its pace or was set, %u times",
			      clock->lines - 1);
	cw_print_number(print, "broken", clock->broken, CW_JSON_ONLY);
	if (clock->broken)
		cw_print_text(print, "; %u stretches where traffic disagrees with any clock",
			      clock->broken);
}

static void print_host(const struct cw_hosts *hosts, u32 index, struct cw_print *print)
{
	const struct cw_host *host = &hosts->host[index];

	cw_print_object(print, NULL);
	cw_print_string(print, "name", host->name, "clock of %s: ", host->name);
	cw_print_bool(print, "aligned", host->aligned, CW_JSON_ONLY);
	if (!index)
		cw_print_text(print, "the reference");
	else if (!host->aligned)
		cw_print_text(print,
			      "taken as it is: no traffic in both directions to align it by");
	if (host->aligned && index) {
		print_clock(hosts, index, print);
	} else {
		cw_print_number(print, "offset_ns", 0, CW_JSON_ONLY);
		cw_print_number(print, "uncertainty_ns", 0, CW_JSON_ONLY);
	}
	cw_print_text(print, "\n");
	cw_print_end(print);
}

void cw_hosts_print(const struct cw_hosts *hosts, struct cw_print *print)
{
	u32 i;

	cw_print_list(print, "hosts");
	for (i = 0; i < hosts->count && hosts->count > 1; i++)
		print_host(hosts, i, print);
	cw_print_end(print);
}
