// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes what "dtctl report --why" does with the records of several hosts: their clocks
 * from the traffic in two passes, then traces, statistics, and what makes slow requests
 * slow.  The input is records, each behind a byte that says which host read it.
 */
#include "fuzz.h"

#include <string.h>

#include "align.h"
#include "chunks.h"
#include "file.h"
#include "histogram.h"
#include "store.h"
#include "why.h"

#define HOSTS 4
#define PER_TRACE 48
#define ENTRY (1 + sizeof(union cw_record))

struct input {
	const uint8_t *data;
	size_t count;
};

struct view {
	struct cw_hosts *hosts;
	struct cw_align *align;
	struct cw_why *why;
	bool explain;
	struct cw_trace trace;
};

static uint32_t entry(const struct input *input, size_t i, union cw_record *record)
{
	memcpy(record, input->data + i * ENTRY + 1, sizeof(*record));
	if (!cw_file_record_swap(record))
		return HOSTS;
	return input->data[i * ENTRY] % HOSTS;
}

static void emit(void *user, struct cw_seen *seen, uint32_t events)
{
	struct view *view = user;

	view->trace.seen = seen;
	view->trace.events = events;
	FUZZ_MUST(!cw_trace_build(&view->trace, view->hosts));
	if (view->align)
		cw_align_learn(view->align, view->hosts, &view->trace);
	else if (view->explain)
		cw_why_explain(view->why, view->hosts, &view->trace);
	else
		cw_why_learn(view->why, view->hosts, &view->trace);
}

/* Makes one pass over all records, in their order in the input. */
static void replay(const struct input *input, struct view *view)
{
	static const struct cw_store_limits LIMITS = { 64, 4, PER_TRACE, 1000, 5000 };
	struct cw_store store;
	uint64_t position = 0;

	FUZZ_MUST(!cw_store_init(&store, &LIMITS, &CHUNK_MEMORY, emit, view));
	view->trace.capacity = PER_TRACE;
	view->trace.message = chunk_take(NULL, PER_TRACE, sizeof(*view->trace.message));
	view->trace.hop = chunk_take(NULL, PER_TRACE, sizeof(*view->trace.hop));
	view->trace.span = chunk_take(NULL, PER_TRACE, sizeof(*view->trace.span));
	for (size_t i = 0; i < input->count; i++) {
		union cw_record record;
		uint32_t host = entry(input, i, &record);
		struct cw_seen seen = { .event = record.event, .host = (uint16_t)host };

		if (host == HOSTS)
			continue;
		if (record.event.stage > CW_STAGE_MAX) {
			cw_host_define(view->hosts, host, &record);
			continue;
		}
		seen.event.time = cw_host_time(view->hosts, host, record.event.time);
		position = seen.event.time > position ? seen.event.time : position;
		cw_store_advance(&store, position);
		cw_store_add(&store, &seen);
	}
	cw_store_flush(&store);
}

/* No host is its own ancestor, and the first host is an ancestor of every other one. */
static void check_hosts(const struct cw_hosts *hosts)
{
	for (uint32_t i = 0; i < hosts->count; i++) {
		uint32_t up = i, steps = 0;

		if (!hosts->host[i].aligned)
			continue;
		for (; up; up = hosts->host[up].parent)
			FUZZ_MUST(hosts->host[up].aligned && ++steps < hosts->count);
		FUZZ_MUST(hosts->host[i].clock.lines <= CW_CLOCK_LINES);
		cw_host_uncertainty(hosts, i, 1ULL << 60);
	}
}

static void align(const struct input *input, struct view *view)
{
	static struct cw_align align;

	FUZZ_MUST(!cw_align_init(&align, &CHUNK_MEMORY));
	for (size_t i = 0; i < input->count; i++) {
		union cw_record record;
		uint32_t host = entry(input, i, &record);

		if (host < HOSTS && record.event.stage <= CW_STAGE_MAX)
			cw_align_event(&align, host, &record.event);
	}
	cw_align_roughly(&align, view->hosts);
	check_hosts(view->hosts);
	view->align = &align;
	replay(input, view);
	view->align = NULL;
	cw_align_solve(&align, view->hosts);
	check_hosts(view->hosts);
}

/* For each path, shares are within bounds, the greatest comes first, and paths have names. */
static void check_why(const struct cw_why *why, const struct cw_hosts *hosts)
{
	const struct cw_paths *paths = &why->stats.paths;
	char label[CW_LABEL_LEN];
	uint32_t service[CW_DEPTH_MAX + 1], n;

	for (uint32_t i = 0; i < paths->paths; i++) {
		const struct cw_why_path *path = why->path[i];

		n = cw_path_services(paths, i, service, CW_DEPTH_MAX + 1);
		while (n--)
			FUZZ_MUST(strlen(cw_service_label(label, hosts,
							  &paths->service[service[n]])) <
				  CW_LABEL_LEN);
		if (!path)
			continue;
		FUZZ_MUST(path->slow <= path->whole.count && path->outstanding <= path->shares);
		FUZZ_MUST(path->share + path->shares <= why->shares);
		for (uint32_t s = path->share; s < path->share + path->shares; s++) {
			FUZZ_MUST(why->share[s].path == i && why->share[s].count);
			FUZZ_MUST(s == path->share || why->share[s - 1].more >= why->share[s].more);
			FUZZ_MUST(why->share[s].drop.stage <= CW_STAGE_MAX);
		}
	}
}

static void explain(const struct input *input, struct view *view, uint8_t choice)
{
	static struct cw_why why;

	memset(&why, 0, sizeof(why));
	FUZZ_MUST(!cw_why_init(&why, &CHUNK_MEMORY));
	view->why = &why;
	replay(input, view);
	cw_why_choose(&why, choice & 1 ? 10000 : 500000, choice & 2 ? 1000000 : 0);
	view->explain = true;
	replay(input, view);
	cw_why_solve(&why);
	check_why(&why, view->hosts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cw_hosts hosts;
	struct input input = { data + 1, size ? (size - 1) / ENTRY : 0 };
	struct view view = { .hosts = &hosts };

	if (!input.count || input.count > 400)
		return 0;
	memset(&hosts, 0, sizeof(hosts));
	hosts.memory = CHUNK_MEMORY;
	hosts.sets = 4;
	for (uint8_t i = 0; i < HOSTS; i++) {
		struct cw_file_header header = { .host_id = { i + 1 }, .host_name = "fuzz" };

		FUZZ_MUST(cw_hosts_find(&hosts, &header) == i);
	}
	align(&input, &view);
	explain(&input, &view, data[0]);
	chunks_free();
	return 0;
}
