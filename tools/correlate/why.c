// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the steps of slow requests with the usual ones.  While a server waits for others,
 * the others take the time: their steps count instead of the wait.  Pure, no locks.
 */
#include "why.h"

#include <stdlib.h>

#define SLOTS (2 * CW_WHY_MAX)
/*
 * A step stands out if slow requests take a tenth more than usual ones, and the step explains
 * a fifth of that and six times what it varies by in the faster half of its requests.  The
 * last is more than a normal distribution's slowest hundredth gets by chance (4 times).
 */
#define TAIL_LEAST 0.1
#define SHARE_LEAST 0.2
#define SPREADS_LEAST 6

int cw_why_init(struct cw_why *why, const struct cw_memory *memory)
{
	memset(why, 0, sizeof(*why));
	why->memory = *memory;
	why->path = cw_memory_get(memory, CW_PATH_MAX, sizeof(struct cw_why_path *));
	why->share = cw_memory_get(memory, CW_WHY_MAX, sizeof(*why->share));
	why->slot = cw_memory_get(memory, SLOTS, sizeof(*why->slot));
	if (!why->path || !why->share || !why->slot)
		return -ENOMEM;
	return cw_stats_init(&why->stats, memory);
}

/* The time from the first hop to the last one; incidents do not count. */
static u64 duration_of(const struct cw_trace *trace, const struct cw_message *message)
{
	const struct cw_chain *first = &message->chain[CW_REQUEST];
	const struct cw_chain *last = &message->chain[CW_RESPONSE];
	const struct cw_hop *begin, *end;

	if (!first->hops)
		first = last;
	if (!last->hops)
		last = first;
	if (!first->hops)
		return 0;
	begin = &trace->hop[first->hop];
	end = &trace->hop[last->hop + last->hops - 1];
	if (end->stage == CW_STAGE_RECV)
		return end->last > begin->first ? end->last - begin->first : 0;
	return end->first > begin->first ? end->first - begin->first : 0;
}

void cw_why_learn(struct cw_why *why, const struct cw_hosts *hosts, const struct cw_trace *trace)
{
	u32 i;

	cw_stats_fold(&why->stats, hosts, trace);
	for (i = 0; i < trace->messages; i++) {
		u32 path = cw_path_of(&why->stats.paths, hosts, trace, (s32)i);

		if (!why->path[path])
			why->path[path] = cw_memory_get(&why->memory, 1, sizeof(**why->path));
		if (why->path[path])
			cw_histogram_add(&why->path[path]->whole,
					 duration_of(trace, &trace->message[i]));
		else
			why->refused++;
	}
}

/* Finds the interval from which on the slowest lie, or more where one interval holds more. */
static u64 find_threshold(const struct cw_histogram *whole, u32 slowest)
{
	u64 wanted = (whole->count * slowest + CW_WHY_ONE - 1) / CW_WHY_ONE, found = 0;
	unsigned int i = CW_HISTOGRAM_BUCKETS;

	while (i && found < wanted && (!found || found + whole->bucket[i - 1] <= wanted))
		found += whole->bucket[--i];
	return cw_histogram_floor(i);
}

void cw_why_choose(struct cw_why *why, u32 slowest, u64 over)
{
	struct cw_why_path *path;
	u32 i;

	for (i = 0; i < CW_PATH_MAX; i++) {
		path = why->path[i];
		if (!path)
			continue;
		path->threshold = over ? over : find_threshold(&path->whole, slowest);
		if (!path->threshold)
			path->threshold = 1;
	}
}

/* One slow request, and what it led to. */
struct explain {
	struct cw_why *why;
	const struct cw_hosts *hosts;
	const struct cw_trace *trace;
	u32 path;  /* of the slow request */
	u32 where; /* path of the message that is examined */
	double scale;
	u64 others;
};

static struct cw_why_share *add_share(struct cw_why *why, u32 path, const struct cw_row *row,
				      const struct cw_step *step)
{
	struct cw_why_share *share;

	if (why->shares == CW_WHY_MAX) {
		why->refused++;
		return NULL;
	}
	share = &why->share[why->shares++];
	share->path = path;
	share->row = row;
	if (step->begin) {
		share->host = step->begin->host;
		share->netns = step->begin->netns;
	}
	return share;
}

static struct cw_why_share *find_share(struct cw_why *why, u32 path, const struct cw_row *row,
				       const struct cw_step *step)
{
	u32 slot = (u32)(cw_hash((u64)(uintptr_t)row ^ cw_hash(path)) % SLOTS), index;
	struct cw_why_share *share;

	for (; (index = why->slot[slot]); slot = (slot + 1) % SLOTS)
		if (why->share[index - 1].path == path && why->share[index - 1].row == row)
			return &why->share[index - 1];
	share = add_share(why, path, row, step);
	if (share)
		why->slot[slot] = why->shares;
	return share;
}

static void explain_step(void *user, const struct cw_step *step)
{
	struct explain *explain = user;
	const struct cw_row *row = cw_stats_find(&explain->why->stats, explain->where, step);
	struct cw_why_share *share;

	if (step->part == CW_PART_CHILDREN) {
		explain->others = step->ns;
		return;
	}
	share = row ? find_share(explain->why, explain->path, row, step) : NULL;
	if (!share)
		return;
	share->count++;
	share->scales += explain->scale;
	share->sum += (double)step->ns * explain->scale;
	if (step->drop)
		share->drop = *step->drop;
}

/* Messages that are under way at the same time share the time that they take together. */
static void explain_message(struct explain *explain, s32 index, double scale)
{
	const struct cw_trace *trace = explain->trace;
	u64 others, sum = 0;
	s32 child;

	explain->where = cw_path_of(&explain->why->stats.paths, explain->hosts, trace, index);
	explain->scale = scale;
	explain->others = 0;
	cw_step_walk(explain->hosts, trace, index, explain_step, explain);
	others = explain->others;
	for (child = trace->message[index].child; child != CW_NONE;
	     child = trace->message[child].sibling)
		sum += duration_of(trace, &trace->message[child]);
	if (sum > others)
		scale *= (double)others / (double)sum;
	for (child = trace->message[index].child; child != CW_NONE && others;
	     child = trace->message[child].sibling)
		explain_message(explain, child, scale);
}

void cw_why_explain(struct cw_why *why, const struct cw_hosts *hosts, const struct cw_trace *trace)
{
	struct explain explain = { .why = why, .hosts = hosts, .trace = trace };
	struct cw_why_path *path;
	u64 duration;
	u32 i;

	for (i = 0; i < trace->messages; i++) {
		explain.path = cw_path_of(&why->stats.paths, hosts, trace, (s32)i);
		path = why->path[explain.path];
		duration = duration_of(trace, &trace->message[i]);
		if (!path || !path->threshold || duration < path->threshold)
			continue;
		path->slow++;
		path->sum += duration;
		explain_message(&explain, (s32)i, 1);
	}
}

/*
 * The value that @rank of @total values do not exceed; a value that was not counted is zero.
 * Values are spread evenly over their interval: a spread within one must not be zero.
 */
static double find_quantile(const struct cw_histogram *histogram, double rank, double total)
{
	double before = total - (double)histogram->count, from, to, value;
	unsigned int i;

	for (i = 0; i < CW_HISTOGRAM_BUCKETS && rank > before; i++) {
		double count = (double)histogram->bucket[i];

		if (count <= 0 || rank > before + count) {
			before += count;
			continue;
		}
		from = (double)cw_histogram_floor(i);
		to = (double)cw_histogram_floor(i + 1);
		value = from + (to - from) * (rank - before) / count;
		if (value < (double)histogram->min)
			return (double)histogram->min;
		return value > (double)histogram->max ? (double)histogram->max : value;
	}
	return 0;
}

static double share_quantile(const struct cw_why *why, const struct cw_why_share *share,
			     double part)
{
	const struct cw_why_path *own = why->path[share->row->path], *path = why->path[share->path];
	double total = (double)share->row->histogram.count, times = 1;

	if (own && (double)own->whole.count > total)
		total = (double)own->whole.count;
	/* A usual request asks there so often. */
	if (own && own != path)
		times = (double)own->whole.count / (double)path->whole.count;
	if (times < 0.5)
		return 0;
	/* Only its part counts of the time at which others ran, too. */
	times *= share->scales / (double)share->count;
	return times * find_quantile(&share->row->histogram, part * total, total);
}

static void solve_share(const struct cw_why *why, struct cw_why_share *share)
{
	const struct cw_why_path *path = why->path[share->path];
	double excess = path->mean - path->median, spread;

	share->usual = share_quantile(why, share, 0.5);
	share->slow = share->sum / (double)path->slow;
	share->more = share->slow - share->usual;
	spread = share->usual - share_quantile(why, share, 0.25);
	share->outstanding = path->tail && share->more >= SHARE_LEAST * excess &&
			     share->more >= SPREADS_LEAST * spread;
}

static int compare_share(const void *a, const void *b)
{
	const struct cw_why_share *x = a, *y = b;

	if (x->path != y->path)
		return x->path < y->path ? -1 : 1;
	return (x->more < y->more) - (x->more > y->more);
}

static void solve_path(struct cw_why_path *path)
{
	double count = (double)path->whole.count;

	path->median = find_quantile(&path->whole, 0.5 * count, count);
	path->mean = path->slow ? (double)path->sum / (double)path->slow : 0;
	path->tail = path->mean - path->median >= TAIL_LEAST * path->median &&
		     path->mean > path->median;
}

void cw_why_solve(struct cw_why *why)
{
	struct cw_why_path *path;
	u32 i;

	for (i = 0; i < CW_PATH_MAX; i++)
		if (why->path[i])
			solve_path(why->path[i]);
	for (i = 0; i < why->shares; i++)
		solve_share(why, &why->share[i]);
	qsort(why->share, why->shares, sizeof(*why->share), compare_share);
	for (i = 0; i < why->shares; i++) {
		path = why->path[why->share[i].path];
		if (!path->shares++)
			path->share = i;
		path->outstanding += why->share[i].outstanding;
	}
}
