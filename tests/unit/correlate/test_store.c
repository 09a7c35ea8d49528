// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of store.c: a trace comes out once and whole, whatever the order of its
 * events; and of its bounds.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

#define SECOND 1000000000ULL

struct sink {
	u32 traces;
	u32 events;
	u32 last_events;
	u8 last_trace;
};

static struct sink sink;

static void count(void *user, struct cw_seen *seen, u32 events)
{
	struct sink *to = user;
	u32 i;

	to->traces++;
	to->events += events;
	to->last_events = events;
	to->last_trace = seen->event.trace_id[0];
	for (i = 1; i < events; i++)
		assert_memory_equal(seen[i].event.trace_id, seen[0].event.trace_id,
				    CW_TRACE_ID_LEN);
}

static int set_up(void **state)
{
	sink = (struct sink){ 0 };
	*state = world_new(false);
	return 0;
}

static int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

static void init(struct cw_store *store, u32 events, u32 traces, u32 per_trace)
{
	struct cw_store_limits limits = { events, traces, per_trace, 2 * SECOND, 60 * SECOND };

	assert_int_equal(cw_store_init(store, &limits, &world_memory, count, &sink), 0);
}

static void add_all(struct cw_store *store, const struct world *world)
{
	u32 i;

	for (i = 0; i < world->events; i++)
		cw_store_add(store, &world->seen[i]);
}

static void test_complete_comes_out_soon(void **state)
{
	struct world *world = *state;
	struct cw_store store;
	u64 end = world_chain(world, 1, SECOND);

	init(&store, 1000, 10, 1000);
	add_all(&store, world);
	cw_store_advance(&store, end + 2 * SECOND);
	assert_int_equal(sink.traces, 0);
	cw_store_advance(&store, end + 2 * SECOND + 1);
	assert_int_equal(sink.traces, 1);
	assert_int_equal(sink.events, world->events);
	assert_int_equal(store.events, 0);
	cw_store_flush(&store);
	assert_int_equal(sink.traces, 1);
}

static void test_open_waits(void **state)
{
	struct world *world = *state;
	struct cw_store store;
	u64 end = world_chain(world, 1, SECOND);

	init(&store, 1000, 10, 1000);
	world->events--; /* the reading of the response is still to come */
	add_all(&store, world);
	cw_store_advance(&store, end + 59 * SECOND);
	assert_int_equal(sink.traces, 0);
	cw_store_add(&store, &world->seen[world->events]);
	cw_store_advance(&store, end + 59 * SECOND + 1);
	assert_int_equal(sink.traces, 1);
	assert_int_equal(sink.events, world->events + 1);
}

static void test_open_ends(void **state)
{
	struct world *world = *state;
	struct cw_store store;
	u64 end = world_chain(world, 1, SECOND);

	init(&store, 1000, 10, 1000);
	world->events--;
	add_all(&store, world);
	cw_store_advance(&store, end + 61 * SECOND);
	assert_int_equal(sink.traces, 1);
	assert_int_equal(store.early, 0);
}

/* Shuffled over two seconds of other traffic: still one trace each. */
static void test_any_order(void **state)
{
	struct world *world = *state;
	struct cw_store store;
	u64 seed = 42;
	u32 i;

	init(&store, 10000, 300, 1000);
	for (i = 0; i < 200; i++)
		world_chain(world, (u8)i, SECOND + i * MS);
	for (i = world->events - 1; i; i--) {
		struct cw_seen moved = world->seen[i];
		u32 j;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		j = (u32)(seed >> 33) % (i + 1);
		world->seen[i] = world->seen[j];
		world->seen[j] = moved;
	}
	for (i = 0; i < world->events; i++) {
		cw_store_add(&store, &world->seen[i]);
		cw_store_advance(&store, world->seen[i].event.time);
	}
	assert_int_equal(sink.traces, 0);
	cw_store_flush(&store);
	assert_int_equal(sink.traces, 200);
	assert_int_equal(sink.events, world->events);
	assert_int_equal(store.early + store.split, 0);
}

/* Ten thousand traces through room for twenty: all come out, one piece each. */
static void test_bounded(void **state)
{
	struct world *world = *state;
	struct cw_store store;
	u32 i, round;

	init(&store, 1000, 20, 1000);
	for (round = 0; round < 10000; round++) {
		world->events = 0;
		world_chain(world, 1, round * 100 * MS);
		for (i = 0; i < world->events; i++) {
			memcpy(world->seen[i].event.trace_id + 4, &round, sizeof(round));
			cw_store_add(&store, &world->seen[i]);
		}
		cw_store_advance(&store, round * 100 * MS);
	}
	cw_store_flush(&store);
	assert_int_equal(sink.traces, 10000);
	assert_int_equal(sink.events, 10000 * world->events);
	assert_true(store.peak <= 1000);
	assert_int_equal(store.early, 0);
}

/* No room for another trace: a complete one goes first, then the quietest open one. */
static void test_eviction_order(void **state)
{
	struct world *world = *state;
	struct cw_store store;

	init(&store, 1000, 2, 1000);
	world_chain(world, 1, SECOND);
	world->events--;
	add_all(&store, world);
	world->events = 0;
	world_chain(world, 2, 2 * SECOND);
	add_all(&store, world);
	world->events = 0;
	world_chain(world, 3, 3 * SECOND);
	world->events--;
	add_all(&store, world);
	assert_int_equal(sink.traces, 1);
	assert_int_equal(sink.last_trace, 2);
	assert_int_equal(store.early, 0);
	world->events = 0;
	world_chain(world, 4, 4 * SECOND);
	add_all(&store, world);
	assert_int_equal(sink.traces, 2);
	assert_int_equal(sink.last_trace, 1);
	assert_int_equal(store.early, 1);
}

static void test_no_room_for_events(void **state)
{
	struct world *world = *state;
	struct cw_store store;
	u8 i;

	init(&store, 100, 10, 100);
	for (i = 1; i <= 9; i++) {
		world->events = 0;
		world_chain(world, i, i * SECOND);
		add_all(&store, world);
	}
	cw_store_flush(&store);
	assert_int_equal(sink.events, 9 * world->events);
	assert_true(store.peak <= 100);
}

static void test_long_trace_in_pieces(void **state)
{
	struct world *world = *state;
	struct cw_store store;

	init(&store, 100, 10, 10);
	world_chain(world, 1, SECOND);
	add_all(&store, world);
	cw_store_flush(&store);
	assert_int_equal(sink.events, 36);
	assert_int_equal(sink.traces, 4);
	assert_int_equal(sink.last_events, 6);
	assert_int_equal(store.split, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_complete_comes_out_soon),
		TEST(test_open_waits),
		TEST(test_open_ends),
		TEST(test_any_order),
		TEST(test_bounded),
		TEST(test_eviction_order),
		TEST(test_no_room_for_events),
		TEST(test_long_trace_in_pieces),
	};

	return cmocka_run_group_tests_name("correlate: store", tests, NULL, NULL);
}
