// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the order of a stream's marks and what follows from it: which mark covers
 * a byte, which of two claims about the same bytes stays, and what is unknown.
 * Pure; any context, the caller holds the lock of the list and the nodes.
 *
 * Starts rise strictly, so that two marks never cover the same byte.  Costs: all
 * is O(1) amortized for a stream that is written, received and read in order; a
 * step back (find, insert out of order, a displaced node) walks the list, which
 * the caller bounds.
 */
#include "marks.h"

#define RUN_MASK	3
/* Half of what can be compared: room for a window on either side. */
#define OLDEST_START	0x40000000U

/* How much a mark says about its bytes. */
enum rank {
	RANK_CUT,
	RANK_BOUNDARY,
	RANK_PEER,
};

static enum rank mark_rank(const struct cw_mark *mark)
{
	if (mark->flags & CW_MARK_CUT)
		return RANK_CUT;
	return mark->flags & CW_MARK_BOUNDARY ? RANK_BOUNDARY : RANK_PEER;
}

static bool on_wire(const struct cw_mark *mark)
{
	return mark->run != CW_RUN_LOCAL;
}

static u32 later(u32 a, u32 b)
{
	return cw_before(a, b) ? b : a;
}

static bool same_message(const struct cw_mark *a, const struct cw_mark *b)
{
	return cw_context_valid(&a->context) && cw_context_valid(&b->context) &&
	       a->context.message == b->context.message;
}

/* Whether two claims about the same byte say the same. */
static bool same_claim(const struct cw_mark *a, const struct cw_mark *b)
{
	return mark_rank(a) == mark_rank(b) && a->run == b->run &&
	       cw_context_valid(&a->context) == cw_context_valid(&b->context) &&
	       a->context.message == b->context.message;
}

/*
 * Whether two neighbours are proven to be one run, since segmentation offload
 * copies an option to each segment: they have one message id, or they have the
 * same number and touch, and no four runs fit into no byte.
 */
static bool same_run(const struct cw_mark *first, const struct cw_mark *second)
{
	if (same_message(first, second))
		return true;
	return same_claim(first, second) && on_wire(first) &&
	       !cw_after(second->start, first->sure_end);
}

/* As cw_marks_find(), without a memory. */
static struct cw_mark *covering(const struct cw_marks *marks, u32 seq)
{
	struct cw_mark *m = marks->first;

	if (!m || cw_before(seq, m->start))
		return NULL;
	if (!cw_before(seq, marks->last->start))
		return marks->last;
	if (marks->cursor && !cw_before(seq, marks->cursor->start))
		m = marks->cursor;
	while (m->next && !cw_before(seq, m->next->start))
		m = m->next;
	return m;
}

static struct cw_mark *predecessor(const struct cw_marks *marks, const struct cw_mark *mark)
{
	struct cw_mark *m = marks->first;

	if (m == mark)
		return NULL;
	if (marks->cursor && cw_before(marks->cursor->start, mark->start))
		m = marks->cursor;
	while (m->next != mark)
		m = m->next;
	return m;
}

static void link_after(struct cw_marks *marks, struct cw_mark *prev, struct cw_mark *mark)
{
	struct cw_mark **link = prev ? &prev->next : &marks->first;

	mark->next = *link;
	*link = mark;
	if (!mark->next)
		marks->last = mark;
	marks->count++;
}

static struct cw_mark *replace(struct cw_marks *marks, struct cw_mark *old, struct cw_mark *mark)
{
	struct cw_mark *prev = predecessor(marks, old);

	*(prev ? &prev->next : &marks->first) = mark;
	mark->next = old->next;
	if (marks->last == old)
		marks->last = mark;
	if (marks->cursor == old)
		marks->cursor = mark;
	old->next = NULL;
	return old;
}

struct cw_mark *cw_marks_find(struct cw_marks *marks, u32 seq)
{
	struct cw_mark *m = covering(marks, seq);

	if (m)
		marks->cursor = m;
	return m;
}

/* From @m on, as far as we look. */
static struct cw_mark *answered_from(struct cw_mark *m, const struct cw_context *context,
				     u32 acknowledged)
{
	unsigned int left = CW_MARKS_TRIES;

	for (; m && left && cw_before(m->start, acknowledged); m = m->next, left--)
		if (cw_context_valid(&m->context) && m->context.message == context->message &&
		    !memcmp(m->context.trace_id, context->trace_id, sizeof(context->trace_id)))
			return m;
	return NULL;
}

struct cw_mark *cw_marks_answered(struct cw_marks *marks, const struct cw_context *context,
				  u32 acknowledged)
{
	struct cw_mark *m = answered_from(marks->cursor, context, acknowledged);

	if (!m)
		m = answered_from(marks->first, context, acknowledged);
	if (m)
		marks->cursor = m;
	return m;
}

struct cw_mark *cw_marks_append(struct cw_marks *marks, struct cw_mark *mark)
{
	if (marks->last && marks->last->start == mark->start)
		return replace(marks, marks->last, mark);
	link_after(marks, marks->last, mark);
	return NULL;
}

/* Two claims about one byte: a wrong one must not rewrite what is known. */
static struct cw_mark *contest(struct cw_marks *marks, struct cw_mark *old, struct cw_mark *mark)
{
	bool more = mark_rank(mark) > mark_rank(old);

	if (more && !(on_wire(old) && old->run == mark->run))
		return replace(marks, old, mark);
	if (more) {
		mark->sure_end = later(mark->sure_end, old->sure_end);
		return replace(marks, old, mark);
	}
	if (same_claim(old, mark))
		old->sure_end = later(old->sure_end, mark->sure_end);
	return mark;
}

struct cw_mark *cw_marks_insert(struct cw_marks *marks, struct cw_mark *mark)
{
	struct cw_mark *prev = covering(marks, mark->start);
	struct cw_mark *next = prev ? prev->next : marks->first;

	mark->next = NULL;
	if (prev && prev->start == mark->start)
		return contest(marks, prev, mark);
	if (prev && same_run(prev, mark)) {
		prev->sure_end = later(prev->sure_end, mark->sure_end);
		return mark;
	}
	if (next && same_run(mark, next)) {
		mark->sure_end = later(mark->sure_end, next->sure_end);
		return replace(marks, next, mark);
	}
	link_after(marks, prev, mark);
	return NULL;
}

/*
 * A run may be longer than what can be compared.  Its first byte is long gone
 * by then, so the start is a position like any other before @seq.
 */
static void drag(struct cw_mark *mark, u32 seq)
{
	if (cw_before(seq, mark->start) || seq - mark->start <= OLDEST_START)
		return;
	mark->start = seq - OLDEST_START;
	mark->sure_end = later(mark->sure_end, mark->start);
}

struct cw_mark *cw_marks_expire(struct cw_marks *marks, u32 seq, u32 most)
{
	struct cw_mark *chain = marks->first;
	struct cw_mark *end = NULL;
	struct cw_mark *m;

	for (m = chain; most-- && m && m->next && !cw_before(seq, m->next->start); m = m->next) {
		if (marks->cursor == m)
			marks->cursor = NULL;
		marks->count--;
		end = m;
	}
	if (m && (!m->next || cw_before(seq, m->next->start)))
		drag(m, seq);
	if (!end)
		return NULL;
	marks->first = m;
	end->next = NULL;
	return chain;
}

struct cw_mark *cw_marks_clear(struct cw_marks *marks)
{
	struct cw_mark *chain = marks->first;

	memset(marks, 0, sizeof(*marks));
	return chain;
}

/* Whether the numbers of two neighbours show that a run between them was missed. */
static bool gap(const struct cw_mark *mark, const struct cw_mark *next)
{
	return on_wire(mark) && on_wire(next) && !same_message(mark, next) &&
	       next->run != ((mark->run + 1) & RUN_MASK);
}

void cw_marks_piece(struct cw_marks *marks, u32 from, u32 to, u32 arrived, struct cw_piece *out)
{
	struct cw_mark *mark = cw_marks_find(marks, from);
	struct cw_mark *next = mark ? mark->next : marks->first;

	out->from = from;
	out->to = next && cw_before(next->start, to) ? next->start : to;
	out->mark = mark;
	out->known = mark && mark_rank(mark) == RANK_PEER;
	if (!out->known || !next || cw_after(next->start, arrived) || !gap(mark, next))
		return;
	if (!cw_before(from, mark->sure_end))
		out->known = false;
	else if (cw_before(mark->sure_end, out->to))
		out->to = mark->sure_end;
}
