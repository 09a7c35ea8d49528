// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of trace.c and path.c on a made-up network.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

static int set_up(void **state)
{
	*state = world_new(false);
	return 0;
}

static int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

static void test_chain_of_three(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	u64 end = world_chain(world, 7, 1000 * MS), own, children;

	world_build(world, &trace);
	assert_int_equal(trace.messages, 2);
	assert_int_equal(trace.first, 1000 * MS);
	assert_int_equal(trace.last, end);
	assert_int_equal(trace.message[0].parent, CW_NONE);
	assert_int_equal(trace.message[1].parent, 0);
	assert_int_equal(trace.message[0].child, 1);
	assert_int_equal(trace.message[1].depth, 1);
	assert_int_equal(trace.message[0].server.task, 200);
	assert_int_equal(trace.message[1].client.task, 200);
	assert_int_equal(trace.message[1].server.task, 300);
	assert_true(cw_trace_own_time(&trace, 0, &own, &children));
	assert_int_equal(children, 2 * ONE_WAY + MS);
	assert_int_equal(own, 2 * MS);
	assert_true(cw_trace_own_time(&trace, 1, &own, &children));
	assert_int_equal(children, 0);
	assert_int_equal(own, MS);
}

/* Each single event may be lost: the rest stays right, and the hole has no name. */
static void test_each_event_lost(void **state)
{
	struct world *world = *state;
	u32 lost, all;

	world_chain(world, 1, MS);
	all = world->events;
	for (lost = 0; lost < all; lost++) {
		struct world *less = world_new(false);
		struct cw_trace trace;
		u32 i, hops = 0;

		for (i = 0; i < all; i++)
			if (i != lost)
				less->seen[less->events++] = world->seen[i];
		world_build(less, &trace);
		assert_int_equal(trace.messages, 2);
		assert_int_equal(trace.message[1].parent, 0);
		for (i = 0; i < 2; i++)
			hops += trace.message[i].chain[0].hops + trace.message[i].chain[1].hops;
		assert_int_equal(hops, all - 1);
	}
}

static void test_unlinked_stays_separate(void **state)
{
	struct world *world = *state;
	struct exchange a = { .trace = 1,
			      .message = 5,
			      .parent_span = 0x77,
			      .server_span = 0x10,
			      .from = 0,
			      .to = 1,
			      .start = MS,
			      .seq = { 1, 2 },
			      .server_time = 10 * MS };
	/* Its time lies within the first one's server, but its parent is another span. */
	struct exchange b = { .trace = 1,
			      .message = 6,
			      .parent_span = 0x99,
			      .server_span = 0x11,
			      .from = 1,
			      .to = 2,
			      .start = 3 * MS,
			      .seq = { 3, 4 } };
	struct cw_trace trace;

	world_exchange(world, &a);
	world_exchange(world, &b);
	world_build(world, &trace);
	assert_int_equal(trace.messages, 2);
	assert_int_equal(trace.message[0].parent, CW_NONE);
	assert_int_equal(trace.message[1].parent, CW_NONE);
	assert_int_equal(trace.message[1].parent_span, 0x99);
}

/* Spans that claim a ring: something stays a root, and nothing runs forever. */
static void test_ring_of_parents(void **state)
{
	struct world *world = *state;
	struct exchange a = { .trace = 1,
			      .message = 5,
			      .parent_span = 0x11,
			      .server_span = 0x10,
			      .from = 0,
			      .to = 1,
			      .start = MS,
			      .seq = { 1, 2 } };
	struct exchange b = { .trace = 1,
			      .message = 6,
			      .parent_span = 0x10,
			      .server_span = 0x11,
			      .from = 1,
			      .to = 2,
			      .start = 3 * MS,
			      .seq = { 3, 4 } };
	struct exchange own = { .trace = 1,
				.message = 7,
				.parent_span = 0x12,
				.server_span = 0x12,
				.from = 1,
				.to = 2,
				.start = 5 * MS,
				.seq = { 5, 6 } };
	struct cw_trace trace;

	world_exchange(world, &a);
	world_exchange(world, &b);
	world_exchange(world, &own);
	world_build(world, &trace);
	assert_int_equal(trace.messages, 3);
	assert_int_equal(
		(trace.message[0].parent == CW_NONE) + (trace.message[1].parent == CW_NONE), 1);
	assert_int_equal(trace.message[2].parent, CW_NONE);
}

/* Children one after the other and overlapping are covered once. */
static void test_own_time_overlap(void **state)
{
	struct world *world = *state;
	struct exchange outer = { .trace = 1,
				  .message = 1,
				  .server_span = 0x10,
				  .from = 0,
				  .to = 1,
				  .start = MS,
				  .seq = { 1, 2 },
				  .server_time = 20 * MS };
	struct exchange inner = { .trace = 1,
				  .parent_span = 0x10,
				  .from = 1,
				  .to = 2,
				  .seq = { 3, 4 },
				  .server_time = 4 * MS };
	u64 begin = MS + ONE_WAY, own, children;
	struct cw_trace trace;
	unsigned int i;

	world_exchange(world, &outer);
	for (i = 0; i < 3; i++) {
		inner.message = 10 + i;
		inner.server_span = 0x20 + i;
		inner.start = begin + MS + i * 2 * MS;
		world_exchange(world, &inner);
	}
	world_build(world, &trace);
	assert_int_equal(trace.messages, 4);
	assert_true(cw_trace_own_time(&trace, 0, &own, &children));
	assert_int_equal(children, 2 * 2 * MS + 4 * MS + 2 * ONE_WAY);
	assert_int_equal(own + children, 20 * MS);
}

static void test_path(void **state)
{
	struct world *world = *state;
	char label[CW_LABEL_LEN];
	struct cw_paths paths;
	struct cw_trace trace;
	u32 service[8], inner;

	world_chain(world, 7, MS);
	world_build(world, &trace);
	assert_int_equal(cw_paths_init(&paths, &world_memory), 0);
	inner = cw_path_of(&paths, &world->hosts, &trace, 1);
	assert_int_equal(cw_path_services(&paths, inner, service, 8), 3);
	assert_string_equal(paths.service[service[0]].name, "curl");
	assert_string_equal(paths.service[service[1]].name, "nginx");
	assert_string_equal(paths.service[service[2]].name, "app");
	assert_string_equal(cw_service_label(label, &world->hosts, &paths.service[service[1]]),
			    "nginx@n2");
	assert_int_equal(cw_path_of(&paths, &world->hosts, &trace, 1), inner);
	assert_int_not_equal(cw_path_of(&paths, &world->hosts, &trace, 0), inner);
}

/* A server without the module is named by the address that it was asked at. */
static void test_path_by_address(void **state)
{
	struct world *world = *state;
	struct cw_event send = { .time = MS,
				 .trace_id = { 1 },
				 .message = 5,
				 .flow = 1 + 1,
				 .stage = CW_STAGE_SEND,
				 .task = 100,
				 .netns = 1 };
	struct cw_service service;
	struct cw_trace trace;

	world_add(world, 0, send);
	world_build(world, &trace);
	cw_service_get(&service, &world->hosts, &trace.message[0], true);
	assert_string_equal(service.name, "10.0.0.1:80");
	assert_int_equal(service.host, CW_HOST_MAX);
}

/* A client without it, by its address alone: its port is another one each time. */
static void test_client_by_address(void **state)
{
	struct world *world = *state;
	struct cw_event read = { .time = MS,
				 .trace_id = { 1 },
				 .message = 5,
				 .flow = 1 + 10,
				 .stage = CW_STAGE_RECV,
				 .task = 200,
				 .netns = 2,
				 .flags = CW_EVENT_SERVER | CW_EVENT_ROOT };
	struct cw_service service;
	struct cw_trace trace;

	world_add(world, 1, read);
	world_build(world, &trace);
	assert_true(trace.message[0].root);
	cw_service_get(&service, &world->hosts, &trace.message[0], false);
	assert_string_equal(service.name, "10.0.0.0");
	cw_service_get(&service, &world->hosts, &trace.message[0], true);
	assert_string_equal(service.name, "nginx");
}

static void test_no_room(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;

	world_chain(world, 1, MS);
	world_build(world, &trace);
	trace.capacity = trace.events - 1;
	assert_int_equal(cw_trace_build(&trace, &world->hosts), -ENOSPC);
	trace.events = 0;
	assert_int_equal(cw_trace_build(&trace, &world->hosts), -ENODATA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_chain_of_three),
		TEST(test_each_event_lost),
		TEST(test_unlinked_stays_separate),
		TEST(test_ring_of_parents),
		TEST(test_own_time_overlap),
		TEST(test_path),
		TEST(test_path_by_address),
		TEST(test_client_by_address),
		TEST(test_no_room),
	};

	return cmocka_run_group_tests_name("correlate: trace", tests, NULL, NULL);
}
