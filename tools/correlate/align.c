// SPDX-License-Identifier: GPL-2.0
/*
 * The two passes, and the tree of hosts.  Pure, no locks.
 */
#include "align.h"

#define RUN_SLOTS (1u << 17)
#define RUN_PROBES 16
#define RUN_HOSTS 4

#define END_SENDER 0x1
#define END_RECEIVER 0x2
#define WAY_REQUEST 0x1
#define WAY_RESPONSE 0x2

/**
 * struct cw_align_run - one direction of a message; @hosts 0: a free slot
 * @message: message id
 * @seq: of its first byte
 * @way: directions that its sockets report; both: two runs are taken for one
 * @hosts: number of hosts that have seen it
 * @seen: host, whether it is an end, and its earliest event
 */
struct cw_align_run {
	u64 message;
	u32 seq;
	u8 way;
	u8 hosts;
	struct {
		u8 host;
		u8 end;
		s64 first;
	} seen[RUN_HOSTS];
};

int cw_align_init(struct cw_align *align, const struct cw_memory *memory)
{
	memset(align, 0, sizeof(*align));
	align->memory = *memory;
	align->run = cw_memory_get(memory, RUN_SLOTS, sizeof(*align->run));
	return align->run ? 0 : -ENOMEM;
}

static struct cw_align_run *find_run(struct cw_align *align, u64 message, u32 seq)
{
	u32 slot = (u32)cw_hash(message ^ seq), i;

	for (i = 0; i < RUN_PROBES; i++) {
		struct cw_align_run *run = &align->run[(slot + i) % RUN_SLOTS];

		if (run->hosts && (run->message != message || run->seq != seq))
			continue;
		align->runs += !run->hosts;
		run->message = message;
		run->seq = seq;
		return run;
	}
	align->unseen++;
	return NULL;
}

static void add_sighting(struct cw_align_run *run, u32 host, u8 end, s64 time)
{
	u32 i;

	for (i = 0; i < run->hosts; i++)
		if (run->seen[i].host == host)
			break;
	if (i == RUN_HOSTS)
		return;
	if (i == run->hosts) {
		run->hosts++;
		run->seen[i].host = (u8)host;
		run->seen[i].first = time;
	}
	run->seen[i].end |= end;
	if (time < run->seen[i].first)
		run->seen[i].first = time;
}

/* Tells which end of a run the socket of an event is; 0: a device, which is no end. */
static u8 end_of(const struct cw_event *event)
{
	switch (event->stage) {
	case CW_STAGE_SEND:
	case CW_STAGE_TCP_OUT:
		return END_SENDER;
	case CW_STAGE_TCP_IN:
	case CW_STAGE_RECV:
		return END_RECEIVER;
	}
	return 0;
}

void cw_align_event(struct cw_align *align, u32 host, const struct cw_event *event)
{
	u8 end = end_of(event);
	bool device = event->stage == CW_STAGE_DEV_XMIT || event->stage == CW_STAGE_DEV_RX;
	struct cw_align_run *run;

	/* A datagram has no sequence number: without its socket its direction is not known. */
	if (host >= CW_HOST_MAX || event->time >> 62 || !(end || (device && event->seq)))
		return;
	if (end && (!(event->flags & CW_EVENT_RUN_START) || event->flags & CW_EVENT_LATE))
		return;
	run = find_run(align, event->message, event->seq);
	if (!run)
		return;
	if (end)
		run->way |= event->flags & CW_EVENT_RESPONSE ? WAY_RESPONSE : WAY_REQUEST;
	add_sighting(run, host, end, (s64)event->time);
}

static void note_delay(struct cw_align *align, u8 from, u8 to, s64 delay)
{
	if (!align->known[from][to] || delay < align->quickest[from][to])
		align->quickest[from][to] = delay;
	align->known[from][to] = true;
}

/* A host that is neither end lies between the two. */
static void note_run(struct cw_align *align, const struct cw_align_run *run)
{
	u32 a, b;

	if (run->way == (WAY_REQUEST | WAY_RESPONSE))
		return;
	for (a = 0; a < run->hosts; a++)
		for (b = 0; b < run->hosts; b++) {
			bool from_end = run->seen[a].end == END_SENDER;
			bool to_end = run->seen[b].end == END_RECEIVER;

			if (a != b && (from_end || to_end) && run->seen[a].end != END_RECEIVER &&
			    run->seen[b].end != END_SENDER)
				note_delay(align, run->seen[a].host, run->seen[b].host,
					   run->seen[b].first - run->seen[a].first);
		}
}

static void forget_clocks(struct cw_hosts *hosts)
{
	u32 i;

	for (i = 0; i < hosts->count; i++) {
		memset(&hosts->host[i].clock, 0, sizeof(hosts->host[i].clock));
		hosts->host[i].aligned = !i;
		hosts->host[i].parent = 0;
	}
}

/* Finds the best known difference between an aligned host and one that is not yet. */
static bool find_rough(const struct cw_align *align, const struct cw_hosts *hosts, u32 *known,
		       u32 *fresh)
{
	s64 best = INT64_MAX, sum;
	u32 a, b;

	for (a = 0; a < hosts->count; a++)
		for (b = 0; b < hosts->count; b++) {
			if (!hosts->host[a].aligned || hosts->host[b].aligned ||
			    !align->known[a][b] || !align->known[b][a])
				continue;
			sum = align->quickest[a][b] + align->quickest[b][a];
			if (sum >= best)
				continue;
			best = sum;
			*known = a;
			*fresh = b;
		}
	return best != INT64_MAX;
}

void cw_align_roughly(struct cw_align *align, struct cw_hosts *hosts)
{
	u32 i, a, b;

	for (i = 0; i < RUN_SLOTS; i++)
		note_run(align, &align->run[i]);
	forget_clocks(hosts);
	while (find_rough(align, hosts, &a, &b)) {
		struct cw_host *host = &hosts->host[b];

		host->aligned = true;
		host->parent = a;
		host->clock.lines = 1;
		host->clock.line[0].offset = align->quickest[a][b] / 2 - align->quickest[b][a] / 2;
	}
}

static struct cw_align_pair *pair_of(struct cw_align *align, u32 host, u32 other)
{
	struct cw_align_pair **pair = &align->pair[host][other];

	if (!*pair)
		*pair = cw_memory_get(&align->memory, 1, sizeof(**pair));
	return *pair;
}

/* Takes in a packet that left @from at its time @left and reached @to at its time @came. */
static void learn_crossing(struct cw_align *align, u32 from, u64 left, u32 to, u64 came)
{
	struct cw_align_pair *forth = pair_of(align, to, from), *back = pair_of(align, from, to);
	s64 delay = (s64)(came - left);

	/* The record is damaged: no clock shows such a time. */
	if (left >> 62 || came >> 62)
		return;
	if (forth)
		cw_bound_add(&forth->most, came, delay);
	if (back)
		cw_bound_add(&back->least, left, delay);
}

static void learn_chain(struct cw_align *align, const struct cw_hosts *hosts,
			const struct cw_trace *trace, const struct cw_chain *chain)
{
	const struct cw_hop *hop = trace->hop + chain->hop;
	u32 i;

	for (i = 0; i + 1 < chain->hops; i++) {
		u16 from = hop[i].host, to = hop[i + 1].host;

		if (from == to || from >= CW_HOST_MAX || to >= CW_HOST_MAX || hop[i + 1].late)
			continue;
		learn_crossing(align, from, cw_host_raw(hosts, from, hop[i].first), to,
			       cw_host_raw(hosts, to, hop[i + 1].first));
	}
}

void cw_align_learn(struct cw_align *align, const struct cw_hosts *hosts,
		    const struct cw_trace *trace)
{
	u32 i;

	for (i = 0; i < trace->messages; i++) {
		learn_chain(align, hosts, trace, &trace->message[i].chain[CW_REQUEST]);
		learn_chain(align, hosts, trace, &trace->message[i].chain[CW_RESPONSE]);
	}
}

static u64 half_way(const struct cw_clock *clock)
{
	const struct cw_clock_line *line = &clock->line[clock->lines / 2];

	return line->begin + (line->end - line->begin) / 2;
}

static bool find_next(const struct cw_align *align, const struct cw_hosts *hosts, u32 *known,
		      u32 *fresh, struct cw_clock *best)
{
	u64 least = ~0ULL, uncertainty;
	struct cw_clock clock;
	u32 a, b;

	for (a = 0; a < hosts->count; a++)
		for (b = 0; b < hosts->count; b++) {
			const struct cw_align_pair *pair = align->pair[b][a];

			if (!hosts->host[a].aligned || hosts->host[b].aligned || !pair ||
			    !cw_clock_fit(&clock, &pair->most, &pair->least))
				continue;
			uncertainty = cw_clock_uncertainty(&clock, half_way(&clock)) +
				      cw_host_uncertainty(hosts, a, half_way(&clock));
			if (uncertainty >= least)
				continue;
			least = uncertainty;
			*known = a;
			*fresh = b;
			*best = clock;
		}
	return least != ~0ULL;
}

void cw_align_solve(const struct cw_align *align, struct cw_hosts *hosts)
{
	struct cw_clock clock;
	u32 a, b;

	forget_clocks(hosts);
	while (find_next(align, hosts, &a, &b, &clock)) {
		hosts->host[b].aligned = true;
		hosts->host[b].parent = a;
		hosts->host[b].clock = clock;
	}
}
