// SPDX-License-Identifier: GPL-2.0
/*
 * The model of runs: a slot for each byte holds the claim that begins there, and
 * all questions are answered by looking at byte after byte.  It says nothing of
 * cost, order of nodes or hints.  User space, one thread; every node of the list
 * is freed here, so that the address sanitizer sees a lost or doubled one.
 */
#include "runs_model.h"

#include <stdlib.h>

#include "runs.h"

#define BYTES 128
#define NONE (-1)
/* A search that takes more steps than any list may is a failure, not a hang. */
#define MANY (4 * BYTES)

enum kind { KIND_CUT, KIND_BOUNDARY, KIND_NONE, KIND_CONTEXT, KINDS };

struct slot {
	struct cw_run *node;
	enum kind kind;
	unsigned int message;
	unsigned int run;
	int sure;
};

struct model {
	struct cw_runs list;
	struct slot slots[BYTES];
	u32 base;
	int floor;
	const uint8_t *data;
	size_t left;
	const char *wrong;
};

static void expect(struct model *m, bool good, const char *what)
{
	if (!good && !m->wrong)
		m->wrong = what;
}

static unsigned int take(struct model *m, unsigned int below)
{
	if (!m->left)
		return 0;
	m->left--;
	return *m->data++ % below;
}

static bool is_set(const struct model *m, int p)
{
	return m->slots[p].node;
}

static int down(const struct model *m, int p)
{
	while (p >= 0 && !is_set(m, p))
		p--;
	return p;
}

static int up(const struct model *m, int p)
{
	while (p < BYTES && !is_set(m, p))
		p++;
	return p < BYTES ? p : NONE;
}

static bool local(const struct slot *s)
{
	return s->run == CW_RUN_LOCAL;
}

/* NONE and CONTEXT are both the peer's last word. */
static int weight(const struct slot *s)
{
	return s->kind == KIND_CONTEXT ? KIND_NONE : s->kind;
}

static bool equal(const struct slot *a, const struct slot *b)
{
	return a->kind == b->kind && a->message == b->message && a->run == b->run;
}

static bool one_message(const struct slot *a, const struct slot *b)
{
	return a->kind == KIND_CONTEXT && b->kind == KIND_CONTEXT && a->message == b->message;
}

static bool one_run(const struct slot *a, const struct slot *b, int b_at)
{
	return one_message(a, b) || (equal(a, b) && !local(a) && b_at <= a->sure);
}

static void grow(struct slot *s, int sure)
{
	if (sure > s->sure)
		s->sure = sure;
}

/* The slot at @from, if any, is replaced by @s at @to.  The list must give its node back. */
static struct cw_run *settle(struct model *m, int from, int to, const struct slot *s)
{
	struct cw_run *out = from == NONE ? NULL : m->slots[from].node;

	if (from != NONE)
		m->slots[from] = (struct slot){ 0 };
	m->slots[to] = *s;
	return out;
}

static struct cw_run *model_contest(struct model *m, int at, struct slot *s)
{
	struct slot *old = &m->slots[at];

	if (weight(s) > weight(old)) {
		if (!local(s) && s->run == old->run)
			grow(s, old->sure);
		return settle(m, at, at, s);
	}
	if (equal(old, s))
		grow(old, s->sure);
	return s->node;
}

static struct cw_run *model_insert(struct model *m, int at, struct slot *s)
{
	int prev = down(m, at);
	int next = at + 1 < BYTES ? up(m, at + 1) : NONE;

	if (prev == at)
		return model_contest(m, at, s);
	if (prev != NONE && one_run(&m->slots[prev], s, at)) {
		grow(&m->slots[prev], s->sure);
		return s->node;
	}
	if (next == NONE || !one_run(s, &m->slots[next], next))
		return settle(m, NONE, at, s);
	grow(s, m->slots[next].sure);
	return settle(m, next, at, s);
}

static void make(struct model *m, int at, struct slot *s)
{
	static const u8 flags[KINDS] = { CW_RUN_CUT, CW_RUN_BOUNDARY, 0, 0 };
	unsigned int bits = take(m, 256);

	s->kind = bits % KINDS;
	s->run = bits & 0x40 ? CW_RUN_LOCAL : bits / KINDS % 4;
	if (s->kind == KIND_CUT)
		s->run = CW_RUN_LOCAL;
	s->message = s->kind == KIND_CONTEXT ? 1 + take(m, 6) : 0;
	s->sure = at + (int)take(m, BYTES / 4);
	s->node = calloc(1, sizeof(*s->node));
	if (!s->node)
		abort();
	s->node->next = s->node; /* what stands there before must not matter */
	s->node->start = m->base + (u32)at;
	s->node->sure_end = m->base + (u32)s->sure;
	s->node->number = (u8)s->run;
	s->node->flags = flags[s->kind];
	s->node->context.flags = s->kind == KIND_CONTEXT ? CW_CTX_VALID : 0;
	s->node->context.message = s->message;
}

static void give_back(struct model *m, struct cw_run *got, struct cw_run *want)
{
	expect(m, got == want, "another node came back");
	if (got != want || !got)
		return;
	expect(m, !got->next, "a node came back with others");
	free(got);
}

static void do_insert(struct model *m)
{
	int at = m->floor + (int)take(m, (unsigned int)(BYTES - m->floor));
	struct cw_run *got, *want;
	struct slot s;

	make(m, at, &s);
	want = model_insert(m, at, &s);
	got = cw_runs_insert(&m->list, s.node);
	give_back(m, got, want);
}

static void do_append(struct model *m)
{
	int last = down(m, BYTES - 1);
	struct cw_run *got, *want;
	struct slot s;
	int at;

	if (last < m->floor)
		last = m->floor;
	at = last + (int)take(m, 8);
	if (at >= BYTES)
		return;
	make(m, at, &s);
	want = settle(m, is_set(m, at) ? at : NONE, at, &s);
	got = cw_runs_append(&m->list, s.node);
	give_back(m, got, want);
}

static void do_find(struct model *m)
{
	int at = (int)take(m, BYTES);
	int owner = down(m, at);
	struct cw_run *got = cw_runs_find(&m->list, m->base + (u32)at);

	expect(m, got == (owner == NONE ? NULL : m->slots[owner].node), "find: another run");
	expect(m, !got || m->list.cursor == got, "find: not remembered");
}

/* The list gave back the nodes below @end, in order, and no others; they are freed. */
static void take_back(struct model *m, struct cw_run *chain, int end)
{
	struct cw_run *next;

	for (int p = 0; p < end; p++) {
		if (!is_set(m, p))
			continue;
		expect(m, chain == m->slots[p].node, "another chain came back");
		if (m->wrong)
			return;
		next = chain->next;
		free(chain);
		chain = next;
		m->slots[p] = (struct slot){ 0 };
	}
	expect(m, !chain, "too many came back");
}

static void do_expire(struct model *m)
{
	int at = m->floor + (int)take(m, 24);
	struct cw_run *chain;

	if (at >= BYTES)
		return;
	m->floor = at;
	chain = cw_runs_expire(&m->list, m->base + (u32)at, UINT32_MAX);
	take_back(m, chain, down(m, at));
}

static void do_clear(struct model *m)
{
	take_back(m, cw_runs_clear(&m->list), BYTES);
	m->floor = 0;
}

static bool missed(const struct slot *a, const struct slot *b)
{
	return !local(a) && !local(b) && !one_message(a, b) && (a->run + 1) % 4 != b->run;
}

/* Applies the rules to one byte, without regard to the others. */
static bool byte_known(const struct model *m, int p, int arrived)
{
	int owner = down(m, p);
	int next = up(m, p + 1 < BYTES ? p + 1 : p);
	const struct slot *s;

	if (owner == NONE)
		return false;
	s = &m->slots[owner];
	if (weight(s) != KIND_NONE)
		return false;
	if (next <= owner || next > arrived || !missed(s, &m->slots[next]))
		return true;
	return p < s->sure;
}

static void check_piece(struct model *m, int from, int to, int arrived,
			const struct cw_piece *piece)
{
	int end = (int)(piece->to - m->base);

	expect(m, piece->from == m->base + (u32)from, "piece: begins elsewhere");
	expect(m, end > from && end <= to, "piece: empty or too long");
	for (int p = from; p < end && !m->wrong; p++) {
		int owner = down(m, p);

		expect(m, piece->run == (owner == NONE ? NULL : m->slots[owner].node),
		       "piece: another run");
		expect(m, piece->known == byte_known(m, p, arrived), "piece: known or not");
	}
	if (!m->wrong && end < to)
		expect(m, is_set(m, end) || byte_known(m, end, arrived) != piece->known,
		       "piece: ends too early");
}

static void do_pieces(struct model *m)
{
	int from = (int)take(m, BYTES - 1);
	int to = from + 1 + (int)take(m, (unsigned int)(BYTES - 1 - from));
	int arrived = to + (int)take(m, (unsigned int)(BYTES - to));

	while (from < to && !m->wrong) {
		struct cw_piece piece;

		cw_runs_piece(&m->list, m->base + (u32)from, m->base + (u32)to,
			      m->base + (u32)arrived, &piece);
		check_piece(m, from, to, arrived, &piece);
		from = (int)(piece.to - m->base);
	}
}

static void check_node(struct model *m, int p, const struct cw_run *node)
{
	const struct slot *s = &m->slots[p];

	expect(m, node == s->node, "list: another node");
	if (m->wrong)
		return;
	expect(m, node->start == m->base + (u32)p, "list: start changed");
	expect(m, node->sure_end == m->base + (u32)s->sure, "list: sure_end differs");
	expect(m, node->number == s->run && node->context.message == s->message,
	       "list: content changed");
}

static void check_list(struct model *m)
{
	const struct cw_run *node = m->list.first;
	const struct cw_run *last = NULL;
	unsigned int count = 0;

	for (int p = 0; p < BYTES && !m->wrong; p++) {
		if (!is_set(m, p))
			continue;
		check_node(m, p, node);
		if (m->wrong)
			return;
		last = node;
		node = node->next;
		count++;
	}
	expect(m, !node, "list: too many");
	expect(m, m->list.last == last, "list: last");
	expect(m, m->list.count == count, "list: count");
}

static void step(struct model *m)
{
	static void (*const deeds[])(struct model * m) = {
		do_insert, do_insert, do_insert, do_insert, do_append, do_append,
		do_find,   do_find,   do_pieces, do_pieces, do_pieces, do_expire,
	};
	unsigned int deed = take(m, 64);

	if (deed == 63)
		do_clear(m);
	else
		deeds[deed % (sizeof(deeds) / sizeof(deeds[0]))](m);
	check_list(m);
}

const char *runs_model_run(const uint8_t *data, size_t size)
{
	static const u32 bases[] = { 1000, 0xffffffff - BYTES / 2, 0x7fffffff - BYTES / 2,
				     0xffffffff - BYTES + 1, 0 };
	struct model m = { .data = data, .left = size };

	m.base = bases[take(&m, 5)];
	for (int steps = 0; m.left && !m.wrong && steps < MANY; steps++)
		step(&m);
	if (!m.wrong)
		do_clear(&m);
	return m.wrong;
}
