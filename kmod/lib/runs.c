// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the order of a stream's runs and what follows from it: which run covers
 * a byte, which of two claims about the same bytes stays, and what is unknown.
 * Pure; any context, the caller holds the lock of the list and the nodes.
 *
 * Starts rise strictly, so that two runs never cover the same byte.  Costs: each function is
 * O(1) amortized for a stream that is written, received and read in order; a
 * step back (find, insert out of order, a displaced node) walks the list, which
 * the caller bounds.
 */
#include "runs.h"

#define RUN_MASK	3
/* Half of the distance over which numbers can be compared: room for a window on either side. */
#define OLDEST_START	0x40000000U

/* How much a run says about its bytes. */
enum rank {
	RANK_CUT,
	RANK_BOUNDARY,
	RANK_PEER,
};

static enum rank run_rank(const struct cw_run *run)
{
	if (run->flags & CW_RUN_CUT)
		return RANK_CUT;
	return run->flags & CW_RUN_BOUNDARY ? RANK_BOUNDARY : RANK_PEER;
}

static bool on_wire(const struct cw_run *run)
{
	return run->number != CW_RUN_LOCAL;
}

static u32 later_of(u32 a, u32 b)
{
	return cw_before(a, b) ? b : a;
}

static bool same_message(const struct cw_run *a, const struct cw_run *b)
{
	return cw_context_valid(&a->context) && cw_context_valid(&b->context) &&
	       a->context.message == b->context.message;
}

/* Do two claims about one byte agree? */
static bool same_claim(const struct cw_run *a, const struct cw_run *b)
{
	return run_rank(a) == run_rank(b) && a->number == b->number &&
	       cw_context_valid(&a->context) == cw_context_valid(&b->context) &&
	       a->context.message == b->context.message;
}

/*
 * Are two neighbours proven to be one run?  Segmentation offload copies an option to each segment.
 * They are one run if they have one message id, or if they have one run number and touch: three
 * runs would have to lie between two runs with one number, and there is no byte for them.
 */
static bool same_run(const struct cw_run *first, const struct cw_run *second)
{
	if (same_message(first, second))
		return true;
	return same_claim(first, second) && on_wire(first) &&
	       !cw_after(second->start, first->sure_end);
}

/* Finds the run that covers a byte; cw_runs_find() also moves the cursor to it. */
static struct cw_run *find_covering(const struct cw_runs *runs, u32 seq)
{
	struct cw_run *m = runs->first;

	if (!m || cw_before(seq, m->start))
		return NULL;
	if (!cw_before(seq, runs->last->start))
		return runs->last;
	if (runs->cursor && !cw_before(seq, runs->cursor->start))
		m = runs->cursor;
	while (m->next && !cw_before(seq, m->next->start))
		m = m->next;
	return m;
}

static struct cw_run *find_predecessor(const struct cw_runs *runs, const struct cw_run *run)
{
	struct cw_run *m = runs->first;

	if (m == run)
		return NULL;
	if (runs->cursor && cw_before(runs->cursor->start, run->start))
		m = runs->cursor;
	while (m->next != run)
		m = m->next;
	return m;
}

static void link_after(struct cw_runs *runs, struct cw_run *prev, struct cw_run *run)
{
	struct cw_run **link = prev ? &prev->next : &runs->first;

	run->next = *link;
	*link = run;
	if (!run->next)
		runs->last = run;
	runs->count++;
}

static struct cw_run *replace_run(struct cw_runs *runs, struct cw_run *old, struct cw_run *run)
{
	struct cw_run *prev = find_predecessor(runs, old);

	*(prev ? &prev->next : &runs->first) = run;
	run->next = old->next;
	if (runs->last == old)
		runs->last = run;
	if (runs->cursor == old)
		runs->cursor = run;
	old->next = NULL;
	return old;
}

struct cw_run *cw_runs_find(struct cw_runs *runs, u32 seq)
{
	struct cw_run *m = find_covering(runs, seq);

	if (m)
		runs->cursor = m;
	return m;
}

/* Looks for the answered run from @m on, at CW_RUNS_TRIES runs at most. */
static struct cw_run *answered_from(struct cw_run *m, const struct cw_context *context,
				     u32 acknowledged)
{
	unsigned int left = CW_RUNS_TRIES;

	for (; m && left && cw_before(m->start, acknowledged); m = m->next, left--)
		if (cw_context_valid(&m->context) && m->context.message == context->message &&
		    !memcmp(m->context.trace_id, context->trace_id, sizeof(context->trace_id)))
			return m;
	return NULL;
}

struct cw_run *cw_runs_answered(struct cw_runs *runs, const struct cw_context *context,
				  u32 acknowledged)
{
	struct cw_run *m = answered_from(runs->cursor, context, acknowledged);

	if (!m)
		m = answered_from(runs->first, context, acknowledged);
	if (m)
		runs->cursor = m;
	return m;
}

struct cw_run *cw_runs_append(struct cw_runs *runs, struct cw_run *run)
{
	if (runs->last && runs->last->start == run->start)
		return replace_run(runs, runs->last, run);
	link_after(runs, runs->last, run);
	return NULL;
}

/* Settles two claims about one byte: the later one replaces the first only if it says more. */
static struct cw_run *settle_claims(struct cw_runs *runs, struct cw_run *old, struct cw_run *run)
{
	bool more = run_rank(run) > run_rank(old);

	if (more && !(on_wire(old) && old->number == run->number))
		return replace_run(runs, old, run);
	if (more) {
		run->sure_end = later_of(run->sure_end, old->sure_end);
		return replace_run(runs, old, run);
	}
	if (same_claim(old, run))
		old->sure_end = later_of(old->sure_end, run->sure_end);
	return run;
}

struct cw_run *cw_runs_insert(struct cw_runs *runs, struct cw_run *run)
{
	struct cw_run *prev = find_covering(runs, run->start);
	struct cw_run *next = prev ? prev->next : runs->first;

	run->next = NULL;
	if (prev && prev->start == run->start)
		return settle_claims(runs, prev, run);
	if (prev && same_run(prev, run)) {
		prev->sure_end = later_of(prev->sure_end, run->sure_end);
		return run;
	}
	if (next && same_run(run, next)) {
		run->sure_end = later_of(run->sure_end, next->sure_end);
		return replace_run(runs, next, run);
	}
	link_after(runs, prev, run);
	return NULL;
}

/*
 * A run may be longer than the distance over which sequence numbers can be compared.  Its first
 * byte was acknowledged or read long ago then, so its start may be moved nearer to @seq.
 */
static void move_start(struct cw_run *run, u32 seq)
{
	if (cw_before(seq, run->start) || seq - run->start <= OLDEST_START)
		return;
	run->start = seq - OLDEST_START;
	run->sure_end = later_of(run->sure_end, run->start);
}

struct cw_run *cw_runs_expire(struct cw_runs *runs, u32 seq, u32 most)
{
	struct cw_run *chain = runs->first;
	struct cw_run *end = NULL;
	struct cw_run *m;

	for (m = chain; most-- && m && m->next && !cw_before(seq, m->next->start); m = m->next) {
		if (runs->cursor == m)
			runs->cursor = NULL;
		runs->count--;
		end = m;
	}
	if (m && (!m->next || cw_before(seq, m->next->start)))
		move_start(m, seq);
	if (!end)
		return NULL;
	runs->first = m;
	end->next = NULL;
	return chain;
}

struct cw_run *cw_runs_clear(struct cw_runs *runs)
{
	struct cw_run *chain = runs->first;

	memset(runs, 0, sizeof(*runs));
	return chain;
}

/* Do the numbers of two neighbours show that a run between them was missed? */
static bool shows_gap(const struct cw_run *run, const struct cw_run *next)
{
	return on_wire(run) && on_wire(next) && !same_message(run, next) &&
	       next->number != ((run->number + 1) & RUN_MASK);
}

void cw_runs_piece(struct cw_runs *runs, u32 from, u32 to, u32 arrived, struct cw_piece *out)
{
	struct cw_run *run = cw_runs_find(runs, from);
	struct cw_run *next = run ? run->next : runs->first;

	out->from = from;
	out->to = next && cw_before(next->start, to) ? next->start : to;
	out->run = run;
	out->known = run && run_rank(run) == RANK_PEER;
	if (!out->known || !next || cw_after(next->start, arrived) || !shows_gap(run, next))
		return;
	if (!cw_before(from, run->sure_end))
		out->known = false;
	else if (cw_before(run->sure_end, out->to))
		out->to = run->sure_end;
}
