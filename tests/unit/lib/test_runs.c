// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of runs: the rules one by one, at an ordinary place of the sequence
 * space and across its end, and random operations against a model with fixed
 * seeds.  One thread; nodes are taken from an array and never freed, but those
 * of the model are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runs.h"
#include "runs_build.h"
#include "runs_model.h"

/* Each test runs at each of these: offsets of up to some thousand cross 0 and 2^31. */
static u32 bases[] = { 5000, 0xffffff00, 0xffffffff, 0, 0x7fffff80, 0x80000000 };

static u32 base_of(void **state)
{
	return *(const u32 *)*state;
}

static void add(struct cw_runs *list, struct cw_run *runs, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		assert_null(cw_runs_insert(list, &runs[i]));
	assert_int_equal(list->count, count);
}

static void test_empty(void **state)
{
	u32 b = base_of(state);
	struct cw_runs list = { 0 };
	struct cw_piece piece;

	assert_null(cw_runs_find(&list, b));
	assert_null(cw_runs_expire(&list, b, UINT32_MAX));
	assert_null(cw_runs_clear(&list));
	cw_runs_piece(&list, b, b + 7, b + 7, &piece);
	assert_int_equal(piece.from, b);
	assert_int_equal(piece.to, b + 7);
	assert_null(piece.run);
	assert_false(piece.known);
}

static void test_find(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { nobody(b + 10, 0), nobody(b + 200, 1), nobody(b + 3000, 2) };
	struct cw_runs list = { 0 };
	static const struct {
		u32 at;
		int run;
	} t[] = {
		{ 0, -1 },  { 9, -1 },	 { 10, 0 },   { 11, 0 },      { 199, 0 },
		{ 200, 1 }, { 2999, 1 }, { 3000, 2 }, { 1000000, 2 }, { 250, 1 },
		{ 10, 0 },  { 9, -1 },	 { 3001, 2 },
	};

	add(&list, m, 3);
	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_ptr_equal(cw_runs_find(&list, b + t[i].at),
				 t[i].run < 0 ? NULL : &m[t[i].run]);
}

static void test_insert_in_any_order(void **state)
{
	static const unsigned int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
						  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	u32 b = base_of(state);

	for (unsigned int o = 0; o < 6; o++) {
		struct cw_run m[] = { nobody(b, 0), nobody(b + 100, 1), nobody(b + 300, 2) };
		struct cw_runs list = { 0 };

		for (unsigned int i = 0; i < 3; i++)
			assert_null(cw_runs_insert(&list, &m[orders[o][i]]));
		assert_int_equal(list.count, 3);
		assert_ptr_equal(list.first, &m[0]);
		assert_ptr_equal(m[0].next, &m[1]);
		assert_ptr_equal(m[1].next, &m[2]);
		assert_null(m[2].next);
		assert_ptr_equal(list.last, &m[2]);
	}
}

static void test_insert_same_start(void **state)
{
	u32 b = base_of(state);
	enum { OLD, NEW };
	const struct {
		struct cw_run old, new;
		int stays;
	} t[] = {
		{ cut(b), cut(b), OLD },
		{ cut(b), boundary(b, 1), NEW },
		{ cut(b), nobody(b, 1), NEW },
		{ cut(b), ctx(b, 1, 7), NEW },
		{ boundary(b, 1), cut(b), OLD },
		{ boundary(b, 1), boundary(b, 1), OLD },
		{ boundary(b, 1), boundary(b, 2), OLD },
		{ boundary(b, 1), nobody(b, 1), NEW },
		{ boundary(b, 1), ctx(b, 1, 7), NEW },
		{ nobody(b, 1), cut(b), OLD },
		{ nobody(b, 1), boundary(b, 1), OLD },
		{ nobody(b, 1), nobody(b, 1), OLD },
		{ nobody(b, 1), ctx(b, 1, 7), OLD },
		{ ctx(b, 1, 7), cut(b), OLD },
		{ ctx(b, 1, 7), boundary(b, 1), OLD },
		{ ctx(b, 1, 7), nobody(b, 1), OLD },
		{ ctx(b, 1, 7), ctx(b, 1, 7), OLD },
		{ ctx(b, 1, 7), ctx(b, 1, 8), OLD },
	};

	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct cw_run old = t[i].old, new = t[i].new;
		struct cw_run around[] = { cut(b - 50), cut(b + 50) };
		struct cw_runs list = { 0 };
		struct cw_run *stays = t[i].stays == NEW ? &new : &old;

		add(&list, around, 2);
		assert_null(cw_runs_insert(&list, &old));
		assert_ptr_equal(cw_runs_find(&list, b), &old);
		assert_ptr_equal(cw_runs_insert(&list, &new), stays == &new ? &old : &new);
		assert_int_equal(list.count, 3);
		assert_ptr_equal(cw_runs_find(&list, b + 49), stays);
		assert_ptr_equal(around[0].next, stays);
		assert_ptr_equal(stays->next, &around[1]);
	}
}

static void test_insert_sure_end(void **state)
{
	u32 b = base_of(state);
	const struct {
		struct cw_run old, new;
		u32 old_sure, new_sure, sure;
	} t[] = {
		{ ctx(b, 1, 7), ctx(b, 1, 7), 100, 300, 300 },
		{ ctx(b, 1, 7), ctx(b, 1, 7), 300, 100, 300 },
		{ ctx(b, 1, 7), ctx(b, 1, 8), 100, 300, 100 },
		{ ctx(b, 1, 7), boundary(b, 1), 100, 300, 100 },
		{ boundary(b, 1), boundary(b, 1), 100, 300, 300 },
		{ boundary(b, 1), boundary(b, 2), 100, 300, 100 },
		{ boundary(b, 1), ctx(b, 1, 7), 300, 100, 300 },
		{ boundary(b, 1), ctx(b, 2, 7), 300, 100, 100 },
		{ nobody(b, 3), nobody(b, 3), 100, 300, 300 },
	};

	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct cw_run old = t[i].old, new = t[i].new;
		struct cw_runs list = { 0 };

		old.sure_end = b + t[i].old_sure;
		new.sure_end = b + t[i].new_sure;
		cw_runs_insert(&list, &old);
		cw_runs_insert(&list, &new);
		assert_int_equal(cw_runs_find(&list, b)->sure_end, b + t[i].sure);
	}
}

/* Segmentation's copies of an option, in order and not. */
static void test_insert_one_run(void **state)
{
	u32 b = base_of(state);
	const struct {
		struct cw_run first, second;
		u32 sure;
		bool one;
	} t[] = {
		{ ctx(b, 1, 7), ctx(b + 100, 1, 7), 100, true },
		{ ctx(b, 1, 7), ctx(b + 100, 1, 7), 20, true },
		{ ctx(b, 1, 7), ctx(b + 100, 1, 8), 100, false },
		{ ctx(b, 1, 7), ctx(b + 100, 2, 8), 100, false },
		{ boundary(b, 1), boundary(b + 100, 1), 100, true },
		{ boundary(b, 1), boundary(b + 100, 1), 99, false },
		{ boundary(b, 1), boundary(b + 100, 2), 100, false },
		{ nobody(b, 1), nobody(b + 100, 1), 100, true },
		{ nobody(b, 1), nobody(b + 100, 1), 99, false },
		{ nobody(b, 1), boundary(b + 100, 1), 100, false },
		{ nobody(b, CW_RUN_LOCAL), nobody(b + 100, CW_RUN_LOCAL), 100, false },
		{ cut(b), cut(b + 100), 100, false },
	};

	for (unsigned int i = 0; i < 2 * sizeof(t) / sizeof(t[0]); i++) {
		struct cw_run first = t[i / 2].first, second = t[i / 2].second;
		struct cw_runs list = { 0 };
		bool one = t[i / 2].one;

		first.sure_end = b + t[i / 2].sure;
		second.sure_end = b + 200;
		assert_null(cw_runs_insert(&list, i % 2 ? &second : &first));
		assert_ptr_equal(cw_runs_insert(&list, i % 2 ? &first : &second),
				 one ? &second : NULL);
		assert_int_equal(list.count, one ? 1 : 2);
		assert_ptr_equal(list.first, &first);
		assert_ptr_equal(cw_runs_find(&list, b + 150), one ? &first : &second);
		assert_int_equal(first.sure_end, b + (one ? 200 : t[i / 2].sure));
	}
}

static void test_append(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b, 0, 1), ctx(b + 10, 1, 2), ctx(b + 10, 1, 3), ctx(b + 10, 1, 4),
			      ctx(b + 11, 2, 5) };
	struct cw_runs list = { 0 };

	assert_null(cw_runs_append(&list, &m[0]));
	assert_null(cw_runs_append(&list, &m[1]));
	assert_ptr_equal(cw_runs_append(&list, &m[2]), &m[1]);
	assert_ptr_equal(cw_runs_find(&list, b + 10), &m[2]);
	assert_ptr_equal(cw_runs_append(&list, &m[3]), &m[2]);
	assert_null(cw_runs_append(&list, &m[4]));
	assert_int_equal(list.count, 3);
	assert_ptr_equal(m[0].next, &m[3]);
	assert_ptr_equal(m[3].next, &m[4]);
	assert_ptr_equal(cw_runs_find(&list, b + 10), &m[3]);
}

static void test_append_displaces_only_one(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b, 0, 1), ctx(b, 0, 2) };
	struct cw_runs list = { 0 };

	assert_null(cw_runs_append(&list, &m[0]));
	assert_ptr_equal(cw_runs_append(&list, &m[1]), &m[0]);
	assert_int_equal(list.count, 1);
	assert_ptr_equal(list.first, &m[1]);
	assert_ptr_equal(list.last, &m[1]);
	assert_null(m[1].next);
}

static unsigned int chain_length(const struct cw_run *chain)
{
	unsigned int n = 0;

	for (; chain; chain = chain->next)
		n++;
	return n;
}

static void test_expire(void **state)
{
	static const struct {
		u32 to;
		u32 most;
		unsigned int out;
	} t[] = {
		{ 0, 9, 0 },	{ 10, 9, 0 },	{ 199, 9, 0 },	{ 200, 9, 1 },	{ 2999, 9, 1 },
		{ 3000, 9, 2 }, { 9000, 9, 2 }, { 9000, 2, 2 }, { 9000, 1, 1 }, { 9000, 0, 0 },
	};
	u32 b = base_of(state);

	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct cw_run m[] = { nobody(b + 10, 0), nobody(b + 200, 1), nobody(b + 3000, 2) };
		struct cw_runs list = { 0 };
		struct cw_run *chain;

		add(&list, m, 3);
		cw_runs_find(&list, b + 250);
		chain = cw_runs_expire(&list, b + t[i].to, t[i].most);
		assert_ptr_equal(chain, t[i].out ? &m[0] : NULL);
		assert_int_equal(chain_length(chain), t[i].out);
		assert_int_equal(list.count, 3 - t[i].out);
		assert_ptr_equal(list.first, &m[t[i].out]);
		assert_ptr_equal(cw_runs_find(&list, b + 3000), &m[2]);
	}
}

/* A run of 10 GB: more than sequence numbers can tell apart, twice around. */
static void test_long_run(void **state)
{
	u32 b = base_of(state);
	struct cw_run m = ctx(b, 0, 7);
	struct cw_runs list = { 0 };
	struct cw_piece piece;
	u32 seq = b;

	m.sure_end = b + 1448;
	assert_null(cw_runs_insert(&list, &m));
	for (unsigned int i = 0; i < 100; i++, seq += 100000000) {
		assert_ptr_equal(cw_runs_find(&list, seq), &m);
		cw_runs_piece(&list, seq, seq + 100000000, seq + 100000000, &piece);
		assert_ptr_equal(piece.run, &m);
		assert_true(piece.known);
		assert_null(cw_runs_expire(&list, seq, UINT32_MAX));
		assert_int_equal(m.start, i <= 10 ? b : seq - 0x40000000);
		assert_false(cw_before(m.sure_end, m.start));
	}
}

static void test_clear(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { nobody(b, 0), nobody(b + 1, 1), cut(b + 2) };
	struct cw_runs list = { 0 };
	struct cw_run *chain;

	add(&list, m, 3);
	cw_runs_find(&list, b + 1);
	chain = cw_runs_clear(&list);
	assert_ptr_equal(chain, &m[0]);
	assert_int_equal(chain_length(chain), 3);
	assert_int_equal(list.count, 0);
	assert_null(cw_runs_find(&list, b + 1));
	assert_null(list.first);
	assert_null(list.last);
}

struct want {
	u32 to;
	int run;
	bool known;
};

static void check_pieces(struct cw_runs *list, struct cw_run *m, u32 b, u32 from,
			 const struct want *want, unsigned int count)
{
	u32 to = want[count - 1].to;

	for (unsigned int i = 0; i < count; i++) {
		struct cw_piece piece;

		cw_runs_piece(list, b + from, b + to, b + 1000, &piece);
		assert_int_equal(piece.from - b, from);
		assert_int_equal(piece.to - b, want[i].to);
		assert_ptr_equal(piece.run, want[i].run < 0 ? NULL : &m[want[i].run]);
		assert_int_equal(piece.known, want[i].known);
		from = piece.to - b;
	}
}

#define CHECK_PIECES(list, m, b, from, ...)                                  \
	check_pieces(list, m, b, from, (const struct want[]){ __VA_ARGS__ }, \
		     sizeof((const struct want[]){ __VA_ARGS__ }) / sizeof(struct want))

static void test_pieces(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b + 10, 3, 7),    ctx(b + 200, 0, 8), nobody(b + 210, 1),
			      boundary(b + 300, 2), ctx(b + 400, 3, 9), cut(b + 500),
			      ctx(b + 600, 0, 10) };
	struct cw_runs list = { 0 };

	add(&list, m, 7);
	CHECK_PIECES(&list, m, b, 0, { 5, -1, false });
	CHECK_PIECES(&list, m, b, 0, { 10, -1, false }, { 200, 0, true }, { 210, 1, true },
		     { 300, 2, true }, { 400, 3, false }, { 500, 4, true }, { 600, 5, false },
		     { 700, 6, true });
	CHECK_PIECES(&list, m, b, 199, { 200, 0, true }, { 201, 1, true });
	CHECK_PIECES(&list, m, b, 200, { 210, 1, true });
	CHECK_PIECES(&list, m, b, 10, { 11, 0, true });
	CHECK_PIECES(&list, m, b, 9, { 10, -1, false }, { 11, 0, true });
}

static void test_pieces_of_gaps(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b, 0, 7), ctx(b + 100, 2, 8) };
	struct cw_runs list = { 0 };

	m[0].sure_end = b + 40;
	add(&list, m, 2);
	CHECK_PIECES(&list, m, b, 0, { 40, 0, true }, { 100, 0, false }, { 120, 1, true });
	CHECK_PIECES(&list, m, b, 0, { 39, 0, true });
	CHECK_PIECES(&list, m, b, 0, { 40, 0, true });
	CHECK_PIECES(&list, m, b, 0, { 40, 0, true }, { 41, 0, false });
	CHECK_PIECES(&list, m, b, 40, { 50, 0, false });
	CHECK_PIECES(&list, m, b, 70, { 100, 0, false }, { 101, 1, true });
}

static void test_gap_only_of_what_arrived(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b, 0, 7), ctx(b + 100, 2, 8) };
	struct cw_runs list = { 0 };
	struct cw_piece piece;

	add(&list, m, 2);
	for (u32 arrived = 90; arrived <= 100; arrived++) {
		cw_runs_piece(&list, b + 80, b + 90, b + arrived, &piece);
		assert_int_equal(piece.known, arrived < 100);
	}
}

static void test_gap_only_between_peers_numbers(void **state)
{
	u32 b = base_of(state);

	for (unsigned int i = 0; i < 36; i++) {
		unsigned int runs[] = { i / 6, i % 6 };
		struct cw_run m[] = { ctx(b, runs[0], 7), ctx(b + 100, runs[1], 8) };
		struct cw_runs list = { 0 };
		bool local = runs[0] > 3 || runs[1] > 3;

		for (unsigned int j = 0; j < 2; j++) {
			if (runs[j] > 3)
				m[j].number = CW_RUN_LOCAL;
		}
		add(&list, m, 2);
		CHECK_PIECES(&list, m, b, 0, { 100, 0, local || runs[1] == (runs[0] + 1) % 4 });
	}
}

/* A run goes on behind a cut that the peer did not make. */
static void test_no_gap_within_a_message(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b, 1, 7), cut(b + 50), ctx(b + 60, 1, 7) };
	struct cw_runs list = { 0 };

	add(&list, m, 3);
	CHECK_PIECES(&list, m, b, 0, { 50, 0, true }, { 60, 1, false }, { 90, 2, true });
	assert_ptr_equal(m[0].next, &m[1]);
}

static u64 next_random(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void test_model(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 4000; seed++) {
		u64 x = seed * 0x9e3779b97f4a7c15ULL;
		u8 data[1200];
		const char *wrong;

		for (unsigned int i = 0; i < sizeof(data); i++)
			data[i] = (u8)(next_random(&x) >> 32);
		wrong = runs_model_run(data, sizeof(data) - seed % 1100);
		if (wrong)
			fail_msg("seed %llu: %s", (unsigned long long)seed, wrong);
	}
}

/* A test at a place. */
static struct CMUnitTest place(const struct CMUnitTest *test, u32 *base)
{
	struct CMUnitTest placed = *test;
	char *name = malloc(64);

	if (!name)
		abort();
	snprintf(name, 64, "%s at %#x", test->name, (unsigned int)*base);
	placed.name = name;
	placed.initial_state = base;
	return placed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_insert_in_any_order),
		cmocka_unit_test(test_insert_same_start),
		cmocka_unit_test(test_insert_sure_end),
		cmocka_unit_test(test_insert_one_run),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_append_displaces_only_one),
		cmocka_unit_test(test_expire),
		cmocka_unit_test(test_long_run),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_pieces_of_gaps),
		cmocka_unit_test(test_gap_only_of_what_arrived),
		cmocka_unit_test(test_gap_only_between_peers_numbers),
		cmocka_unit_test(test_no_gap_within_a_message),
	};
	enum {
		TESTS = sizeof(tests) / sizeof(tests[0]),
		PLACES = sizeof(bases) / sizeof(bases[0])
	};
	struct CMUnitTest all[TESTS * PLACES + 1] = { cmocka_unit_test(test_model) };
	int failed;

	for (unsigned int i = 0; i < TESTS * PLACES; i++)
		all[i + 1] = place(&tests[i / PLACES], &bases[i % PLACES]);
	failed = cmocka_run_group_tests_name("runs", all, NULL, NULL);
	for (unsigned int i = 1; i <= TESTS * PLACES; i++)
		free((char *)all[i].name);
	return failed;
}
