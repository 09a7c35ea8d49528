// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of stats.c: the rows that known latencies give.  One thread.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

static struct cw_stats stats;

static int set_up(void **state)
{
	*state = world_new(false);
	return cw_stats_init(&stats, &world_memory);
}

static int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

static void fold(struct world *world)
{
	struct cw_trace trace;

	world_build(world, &trace);
	cw_stats_fold(&stats, &world->hosts, &trace);
	world->events = 0;
}

static const struct cw_row *find(u32 path, u32 part, u8 from, u8 to)
{
	u32 i;

	for (i = 0; i < stats.rows; i++) {
		const struct cw_row *row = stats.row[i];

		if (row->path == path && row->part == part && row->from.stage == from &&
		    row->to.stage == to)
			return row;
	}
	return NULL;
}

static void check(const struct cw_row *row, u64 count, u64 value, const char *gap)
{
	assert_non_null(row);
	assert_int_equal(row->histogram.count, count);
	assert_int_equal(row->histogram.min, value);
	assert_int_equal(row->histogram.max, value);
	if (gap)
		assert_string_equal(row->gap, gap);
}

static void test_rows(void **state)
{
	struct world *world = *state;
	u32 outer = CW_PATH_OTHER + 2, inner;
	u8 i;

	for (i = 1; i <= 20; i++) {
		world_chain(world, i, i * 100 * MS);
		fold(world);
	}
	inner = outer + 1;
	assert_int_equal(stats.traces, 20);
	assert_int_equal(stats.messages, 40);
	assert_int_equal(stats.complete, 40);
	assert_int_equal(stats.unlinked + stats.unplaced + stats.backwards + stats.refused, 0);
	/* Two messages: 8 pairs each way, own, transfer, whole; one of them has children. */
	assert_int_equal(stats.rows, 2 * (16 + 3) + 1);
	check(find(outer, CW_PART_REQUEST, CW_STAGE_SEND, CW_STAGE_TCP_OUT), 20, TO_TCP,
	      "waiting to leave TCP");
	check(find(outer, CW_PART_RESPONSE, CW_STAGE_DEV_XMIT, CW_STAGE_DEV_RX), 20, OVER_VETH,
	      "veth");
	check(find(inner, CW_PART_RESPONSE, CW_STAGE_TCP_IN, CW_STAGE_RECV), 20, TO_READER,
	      "queued for reading");
	check(find(outer, CW_PART_OWN, 0, 0), 20, 2 * MS, NULL);
	check(find(outer, CW_PART_CHILDREN, 0, 0), 20, 2 * ONE_WAY + MS, NULL);
	check(find(inner, CW_PART_OWN, 0, 0), 20, MS, NULL);
	check(find(outer, CW_PART_WHOLE, 0, 0), 20, 4 * ONE_WAY + 3 * MS, NULL);
	assert_null(find(inner, CW_PART_CHILDREN, 0, 0));
}

/* Sorted by path, part, and the way of the packet. */
static void test_sorted(void **state)
{
	struct world *world = *state;
	u32 i;

	world_chain(world, 1, MS);
	fold(world);
	cw_stats_sort(&stats);
	for (i = 1; i < stats.rows; i++) {
		const struct cw_row *a = stats.row[i - 1], *b = stats.row[i];

		assert_true(a->path <= b->path);
		if (a->path == b->path)
			assert_true(a->part <= b->part);
		if (a->path == b->path && a->part == b->part)
			assert_true(a->offset < b->offset);
	}
}

static void test_clock_behind(void **state)
{
	struct world *world = *state;

	world->clock[1] = -(s64)MS;
	world_chain(world, 1, 1000 * MS);
	fold(world);
	/* To and from the host that is behind, once each. */
	assert_int_equal(stats.backwards, 2);
	assert_int_equal(stats.complete, 2);
}

static void test_unlinked_counted(void **state)
{
	struct world *world = *state;
	struct exchange lone = { .trace = 1,
				 .message = 6,
				 .parent_span = 0x99,
				 .server_span = 0x11,
				 .from = 1,
				 .to = 2,
				 .start = MS,
				 .seq = { 3, 4 } };
	struct exchange root = { .trace = 2,
				 .message = 7,
				 .parent_span = 0x98,
				 .server_span = 0x12,
				 .from = 0,
				 .to = 2,
				 .start = MS,
				 .seq = { 3, 4 },
				 .flags = CW_EVENT_ROOT };

	world_exchange(world, &lone);
	fold(world);
	world_exchange(world, &root);
	fold(world);
	assert_int_equal(stats.unlinked, 1);
}

/* More distinct rows than there is room for: counted, and the rest stays right. */
static void test_rows_refused(void **state)
{
	struct world *world = *state;
	struct cw_event event = { .trace_id = { 1 },
				  .message = 5,
				  .seq = 1,
				  .task = 100,
				  .stage = CW_STAGE_SEND,
				  .flags = CW_EVENT_RUN_START };
	unsigned int i;

	for (i = 0; i < CW_STATS_MAX + 100; i++) {
		event.time = MS;
		event.stage = CW_STAGE_SEND;
		event.device = 0;
		world_add(world, 0, event);
		event.time += US;
		event.stage = CW_STAGE_DEV_XMIT;
		event.device = (u16)(i + 1);
		world_add(world, 0, event);
		event.device = 0;
		fold(world);
		if (i == 100)
			assert_int_equal(stats.rows, 101);
	}
	assert_int_equal(stats.rows, CW_STATS_MAX);
	assert_int_equal(stats.refused, 100);
}

/* Paths without end: the table fills, the rest is one path. */
static void test_paths_refused(void **state)
{
	struct world *world = *state;
	struct cw_event event = {
		.trace_id = { 1 }, .message = 5, .time = MS, .task = 100, .stage = CW_STAGE_SEND
	};
	unsigned int i;

	for (i = 0; i < CW_SERVICE_MAX + 10; i++) {
		union cw_record flow = { .flow = { .id = 5000 + i,
						   .family = 2,
						   .destination_port = (u16)(i + 1),
						   .stage = CW_RECORD_FLOW } };

		cw_host_define(&world->hosts, 0, &flow);
		event.flow = flow.flow.id;
		world_add(world, 0, event);
		fold(world);
	}
	assert_true(stats.paths.refused > 0);
	assert_int_equal(stats.messages, CW_SERVICE_MAX + 10);
	assert_true(stats.paths.paths <= CW_PATH_MAX);
}

/* The whole time of an echo is known, though no process reads the request, or answers. */
static void test_echo(void **state)
{
	static const u8 STAGES[] = { CW_STAGE_SEND, CW_STAGE_TCP_OUT, CW_STAGE_TCP_IN,
				     CW_STAGE_TCP_OUT, CW_STAGE_TCP_IN };
	struct world *world = *state;

	world_protocol(world, 0, 2, IPPROTO_ICMP);
	world_protocol(world, 1, 11, IPPROTO_ICMP);
	for (u8 i = 0; i < sizeof(STAGES); i++) {
		bool server = i == 2 || i == 3;

		world_add(world, server,
			  (struct cw_event){ .time = (1 + i) * MS,
					     .trace_id = { 1, 1 },
					     .message = 5,
					     .stage = STAGES[i],
					     .netns = server ? 2 : 1,
					     .flow = server ? 11 : 2,
					     .flags = CW_EVENT_RUN_START |
						      (i > 2 ? CW_EVENT_RESPONSE : 0) });
	}
	fold(world);
	assert_int_equal(stats.complete, 1);
	check(find(CW_PATH_OTHER + 2, CW_PART_WHOLE, 0, 0), 1, 4 * MS, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),	 TEST(test_sorted),
		TEST(test_clock_behind), TEST(test_unlinked_counted),
		TEST(test_rows_refused), TEST(test_paths_refused),
		TEST(test_echo),
	};

	return cmocka_run_group_tests_name("correlate: stats", tests, NULL, NULL);
}
