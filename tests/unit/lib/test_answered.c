// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of which sent run an answer names: at an ordinary place of the sequence space and
 * across its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runs.h"
#include "runs_build.h"

static u32 bases[] = { 5000, 0xffffffe0, 0, 0x7fffffe0 };

static u32 base_of(void **state)
{
	return *(const u32 *)*state;
}

/* Which run an answer names: in order, out of order, and what is not asked about. */
static void test_table(void **state)
{
	u32 b = base_of(state);
	struct cw_run m[] = { ctx(b, 0, 1), ctx(b + 10, 1, 2), nobody(b + 20, 2), ctx(b + 30, 3, 4),
			      ctx(b + 40, 0, 5) };
	static const struct {
		u64 message;
		u32 acknowledged;
		u8 trace;
		int run;
	} t[] = {
		{ 1, 50, 0, 0 },  { 2, 50, 0, 1 }, { 4, 50, 0, 3 },  { 5, 50, 0, 4 },
		{ 2, 50, 0, 1 },  { 1, 50, 0, 0 }, { 5, 41, 0, 4 },  { 5, 40, 0, -1 },
		{ 1, 0, 0, -1 },  { 1, 1, 0, 0 },  { 7, 50, 0, -1 }, { 0, 50, 0, -1 },
		{ 4, 50, 9, -1 }, { 4, 31, 0, 3 },
	};
	struct cw_runs list = { 0 };

	assert_null(cw_runs_answered(&list, &m[0].context, b));
	for (unsigned int i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		assert_null(cw_runs_append(&list, &m[i]));
	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct cw_context asked = m[0].context;

		asked.message = t[i].message;
		asked.trace_id[3] = t[i].trace;
		assert_ptr_equal(cw_runs_answered(&list, &asked, b + t[i].acknowledged),
				 t[i].run < 0 ? NULL : &m[t[i].run]);
	}
}

/* However many runs there are, all are found in order, and not those far out of order. */
static void test_bound(void **state)
{
	enum { MANY = 5 * CW_RUNS_TRIES };
	static struct cw_run m[MANY];
	struct cw_context asked = ctx(0, 0, 0).context;
	struct cw_runs list = { 0 };
	u32 b = base_of(state);

	for (unsigned int i = 0; i < MANY; i++) {
		m[i] = ctx(b + i, i, 1 + i);
		assert_null(cw_runs_append(&list, &m[i]));
	}
	asked.message = CW_RUNS_TRIES + 1;
	assert_null(cw_runs_answered(&list, &asked, b + MANY));
	for (unsigned int i = 0; i < MANY; i++) {
		asked.message = 1 + i;
		assert_ptr_equal(cw_runs_answered(&list, &asked, b + MANY), &m[i]);
	}
	/*
	 * A search by byte went to the end of the list; the first runs are still found, the middle
	 * is not.
	 */
	assert_ptr_equal(cw_runs_find(&list, b + MANY - 1), &m[MANY - 1]);
	asked.message = MANY / 2;
	assert_null(cw_runs_answered(&list, &asked, b + MANY));
	asked.message = CW_RUNS_TRIES;
	assert_ptr_equal(cw_runs_answered(&list, &asked, b + MANY), &m[CW_RUNS_TRIES - 1]);
	/* The run that was found last goes away when its bytes are acknowledged. */
	assert_ptr_equal(cw_runs_expire(&list, b + MANY - 1, UINT32_MAX), &m[0]);
	assert_null(cw_runs_answered(&list, &asked, b + MANY));
	asked.message = MANY;
	assert_ptr_equal(cw_runs_answered(&list, &asked, b + MANY), &m[MANY - 1]);
}

int main(void)
{
	struct CMUnitTest tests[2 * sizeof(bases) / sizeof(bases[0])];
	unsigned int n = 0;

	for (unsigned int i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		tests[n++] = (struct CMUnitTest)cmocka_unit_test_prestate(test_table, &bases[i]);
		tests[n++] = (struct CMUnitTest)cmocka_unit_test_prestate(test_bound, &bases[i]);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
