// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of chain.c and gap.c: the way of a message through a made-up network, with
 * what may be missing from it.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chain.h"
#include "gap.h"
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

static void check_way(const struct world *world, const struct cw_trace *trace,
		      const struct cw_chain *chain)
{
	static const struct {
		u8 stage;
		u64 after;
		const char *gap;
	} EXPECTED[EVENTS_A_WAY] = {
		{ CW_STAGE_SEND, 0, "waiting to leave TCP" },
		{ CW_STAGE_TCP_OUT, TO_TCP, "IP, netfilter, routing" },
		{ CW_STAGE_DEV_XMIT, TO_DEVICE, "veth" },
		{ CW_STAGE_DEV_RX, OVER_VETH, "bridging or routing" },
		{ CW_STAGE_DEV_QUEUE, TO_TUNNEL, "queueing discipline" },
		{ CW_STAGE_DEV_XMIT, IN_QUEUE, "encapsulation, wire, decapsulation" },
		{ CW_STAGE_DEV_RX, OVER_WIRE, "IP, netfilter" },
		{ CW_STAGE_TCP_IN, TO_SOCKET, "queued for reading" },
		{ CW_STAGE_RECV, TO_READER, NULL },
	};
	const struct cw_hop *hop = trace->hop + chain->hop;
	unsigned int i;

	assert_int_equal(chain->hops, EVENTS_A_WAY);
	for (i = 0; i < EVENTS_A_WAY; i++) {
		assert_int_equal(hop[i].stage, EXPECTED[i].stage);
		assert_int_equal(hop[i].count, 1);
		if (i)
			assert_int_equal(hop[i].first - hop[i - 1].first, EXPECTED[i].after);
		if (EXPECTED[i].gap)
			assert_string_equal(cw_gap_name(&world->hosts, &hop[i], &hop[i + 1]),
					    EXPECTED[i].gap);
	}
}

static void test_stages_in_order(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	unsigned int i;

	world_chain(world, 7, 1000 * MS);
	world_build(world, &trace);
	for (i = 0; i < 2; i++) {
		check_way(world, &trace, &trace.message[i].chain[CW_REQUEST]);
		check_way(world, &trace, &trace.message[i].chain[CW_RESPONSE]);
		assert_int_equal(trace.message[i].unplaced, 0);
	}
}

static void test_stages_on_one_host(void **state)
{
	struct world *world = world_new(true);
	struct cw_trace trace;

	(void)state;
	world_chain(world, 7, 1000 * MS);
	world_build(world, &trace);
	check_way(world, &trace, &trace.message[0].chain[CW_REQUEST]);
	check_way(world, &trace, &trace.message[1].chain[CW_RESPONSE]);
}

/*
 * An exchange whose first byte is @first, and an event of a later packet of its request, at a
 * place that the first one did not pass, after that has come.
 */
static void add_later_packet(struct world *world, u32 first, u16 device, u8 stage)
{
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = MS, .seq = { first, 2 }
	};

	world_exchange(world, &exchange);
	world_add(world, 0,
		  (struct cw_event){ .time = MS + ONE_WAY - TO_READER,
				     .trace_id = { 1, 1 },
				     .message = 5,
				     .seq = first + 1400,
				     .flow = world->seen[5].event.flow,
				     .device = device,
				     .netns = 1,
				     .stage = stage });
}

/* The queue was empty for the first packet, not for the second, which leaves after the first came. */
static void test_queue_was_empty(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;

	add_later_packet(world, 1, 3, CW_STAGE_DEV_DEQUEUE);
	world_build(world, &trace);
	check_way(world, &trace, &trace.message[0].chain[CW_REQUEST]);
	assert_int_equal(trace.message[0].chain[CW_REQUEST].beside, 1);
}

/* A bond's members take packets in turn; that a later one goes first changes nothing. */
static void test_another_way(void **state)
{
	struct world *world = *state;
	const struct cw_chain *chain;
	struct cw_event second;
	struct cw_trace trace;

	add_later_packet(world, 10, 4, CW_STAGE_DEV_XMIT);
	world_build(world, &trace);
	check_way(world, &trace, &trace.message[0].chain[CW_REQUEST]);

	second = world->seen[6].event;
	second.seq = 1410;
	second.time -= 1;
	world_add(world, 1, second);
	world_build(world, &trace);
	chain = &trace.message[0].chain[CW_REQUEST];
	assert_int_equal(chain->hops, EVENTS_A_WAY);
	assert_int_equal(chain->beside, 1);
	assert_int_equal(trace.hop[chain->hop + 6].seq, 10);
	assert_int_equal(trace.hop[chain->hop + 6].first, second.time);
}

/* The receiver's clock is 10 s behind: order along the way must not depend on it. */
static void test_clocks_apart(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;

	world->clock[1] = -10000 * (s64)MS;
	world_chain(world, 7, 100000 * MS);
	world_build(world, &trace);
	assert_int_equal(trace.messages, 2);
	for (unsigned int i = 0; i < 2; i++)
		for (unsigned int d = 0; d < 2; d++) {
			const struct cw_chain *chain = &trace.message[i].chain[d];

			assert_int_equal(chain->hops, EVENTS_A_WAY);
			assert_int_equal(trace.hop[chain->hop].stage, CW_STAGE_SEND);
			assert_int_equal(trace.hop[chain->hop + 5].device, 3);
			assert_int_equal(trace.hop[chain->hop + 6].stage, CW_STAGE_DEV_RX);
			assert_int_equal(trace.hop[chain->hop + 8].stage, CW_STAGE_RECV);
		}
}

/* A third host's device lies between the two ends, whatever its clock says. */
static void test_transit_host(void **state)
{
	static const u64 TIMES[] = { MS, 1000000 * MS };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct world *world = world_new(false);
		struct exchange exchange = { .trace = 1,
					     .message = 5,
					     .from = 0,
					     .to = 1,
					     .start = 1000 * MS,
					     .seq = { 1, 2 } };
		struct cw_event transit = { .time = TIMES[i],
					    .trace_id = { 1, 1 },
					    .message = 5,
					    .seq = 1,
					    .device = 1,
					    .netns = 3,
					    .stage = CW_STAGE_DEV_RX };
		const struct cw_hop *hop;
		struct cw_trace trace;

		world_exchange(world, &exchange);
		world_add(world, 2, transit);
		world_build(world, &trace);
		hop = trace.hop + trace.message[0].chain[CW_REQUEST].hop;
		assert_int_equal(trace.message[0].chain[CW_REQUEST].hops, EVENTS_A_WAY + 1);
		assert_int_equal(hop[5].host, 0);
		assert_int_equal(hop[6].host, 2);
		assert_int_equal(hop[7].host, 1);
	}
	(void)state;
}

/* Both runs begin at the same sequence number: the addresses decide. */
static void test_direction_by_address(void **state)
{
	struct world *world = *state;
	struct exchange exchange = { .trace = 1,
				     .message = 5,
				     .from = 0,
				     .to = 1,
				     .start = MS,
				     .seq = { 777, 777 },
				     .server_time = MS };
	struct cw_trace trace;

	world_exchange(world, &exchange);
	world_build(world, &trace);
	check_way(world, &trace, &trace.message[0].chain[CW_REQUEST]);
	check_way(world, &trace, &trace.message[0].chain[CW_RESPONSE]);
}

static void test_direction_unknown(void **state)
{
	struct world *world = *state;
	struct cw_event stray = { .time = MS,
				  .trace_id = { 1, 1 },
				  .message = 5,
				  .device = 3,
				  .stage = CW_STAGE_DEV_RX,
				  .seq = 99 };
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = MS, .seq = { 1, 2 }
	};
	struct cw_trace trace;

	world_exchange(world, &exchange);
	world_add(world, 1, stray);
	world_build(world, &trace);
	assert_int_equal(trace.message[0].unplaced, 1);
	assert_int_equal(trace.message[0].chain[0].hops, EVENTS_A_WAY);
}

/* Sequence numbers wrap between the run's start and its later segments. */
static void test_sequence_wrap(void **state)
{
	struct world *world = *state;
	struct exchange exchange = { .trace = 1,
				     .message = 5,
				     .from = 0,
				     .to = 1,
				     .start = MS,
				     .seq = { 0xfffffff0u, 0xffffffffu },
				     .server_time = MS };
	struct cw_event more = { .time = 100 * MS,
				 .trace_id = { 1, 1 },
				 .message = 5,
				 .stage = CW_STAGE_RECV,
				 .flags = CW_EVENT_RESPONSE,
				 .seq = 99,
				 .length = 50,
				 .task = 100 };
	struct cw_trace trace;
	const struct cw_hop *read;

	world_exchange(world, &exchange);
	world_add(world, 0, more);
	world_build(world, &trace);
	check_way(world, &trace, &trace.message[0].chain[CW_REQUEST]);
	read = cw_chain_find(&trace, &trace.message[0].chain[CW_RESPONSE], CW_STAGE_RECV);
	assert_int_equal(read->count, 2);
	assert_int_equal(read->bytes, 150);
	assert_int_equal(read->last, 100 * MS);
	assert_int_equal(read->first, MS + 2 * ONE_WAY + MS);
}

static void test_retransmit(void **state)
{
	struct world *world = *state;
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = MS, .seq = { 1, 2 }
	};
	struct cw_event again = { .time = MS + 50 * US,
				  .trace_id = { 1, 1 },
				  .message = 5,
				  .stage = CW_STAGE_RETRANSMIT,
				  .seq = 1,
				  .netns = 1 };
	struct cw_trace trace;

	world_exchange(world, &exchange);
	world_add(world, 0, again);
	again.stage = CW_STAGE_DEV_XMIT;
	again.device = 3;
	again.time += US;
	world_add(world, 0, again);
	world_build(world, &trace);
	assert_int_equal(trace.message[0].chain[0].retransmits, 1);
	assert_int_equal(trace.message[0].chain[1].retransmits, 0);
	assert_int_equal(trace.message[0].chain[0].retransmitted, MS + 50 * US);
	assert_int_equal(trace.message[0].chain[0].hops, EVENTS_A_WAY);
	assert_int_equal(trace.hop[trace.message[0].chain[0].hop + 5].count, 2);
}

static void test_late_and_bare(void **state)
{
	struct world *world = *state;
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = MS, .seq = { 1, 2 }
	};
	const struct cw_chain *chain;
	struct cw_trace trace;
	u32 i;

	world_exchange(world, &exchange);
	for (i = 0; i < world->events; i++) {
		struct cw_event *event = &world->seen[i].event;

		if (event->stage == CW_STAGE_TCP_OUT)
			event->flags |= CW_EVENT_BARE;
		if (event->stage == CW_STAGE_RECV)
			event->flags |= CW_EVENT_LATE;
	}
	world_build(world, &trace);
	chain = &trace.message[0].chain[CW_REQUEST];
	for (i = 0; i < chain->hops; i++) {
		const struct cw_hop *hop = &trace.hop[chain->hop + i];

		assert_int_equal(hop->bare, hop->stage == CW_STAGE_TCP_OUT);
		assert_int_equal(hop->late, hop->stage == CW_STAGE_RECV);
	}
}

static void test_hole_has_no_name(void **state)
{
	struct world *world = *state;
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = MS, .seq = { 1, 2 }
	};
	const struct cw_hop *hop;
	struct cw_trace trace;

	world_exchange(world, &exchange);
	world->seen[6] = world->seen[--world->events]; /* DEV_RX behind the wire */
	world_build(world, &trace);
	hop = trace.hop + trace.message[0].chain[0].hop;
	assert_int_equal(hop[5].stage, CW_STAGE_DEV_XMIT);
	assert_int_equal(hop[6].stage, CW_STAGE_TCP_IN);
	assert_null(cw_gap_name(&world->hosts, &hop[5], &hop[6]));
}

/* Many messages on one connection, one after the other and nested in time (pipelined). */
static void test_pipelined(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct exchange e = { .trace = 1,
				      .message = 100 + i,
				      .server_span = 1000 + i,
				      .from = 0,
				      .to = 1,
				      .start = MS + i * 10 * US,
				      .seq = { i * 100, 0x80000000u + i * 1000 },
				      .server_time = (100 - i) * MS };

		world_exchange(world, &e);
	}
	world_build(world, &trace);
	assert_int_equal(trace.messages, 100);
	for (i = 0; i < 100; i++) {
		assert_int_equal(trace.message[i].id, 100 + i);
		check_way(world, &trace, &trace.message[i].chain[CW_REQUEST]);
		check_way(world, &trace, &trace.message[i].chain[CW_RESPONSE]);
	}
}

static void test_stage_names(void **state)
{
	struct world *world = *state;
	struct cw_hop hop = { .device = 3 }, none = { 0 }, lost = { .device = 77 };

	assert_string_equal(cw_stage_name(CW_STAGE_TCP_OUT), "tcp_out");
	assert_string_equal(cw_stage_name(CW_STAGE_RETRANSMIT), "retransmit");
	assert_string_equal(cw_stage_name(0), "unknown");
	assert_string_equal(cw_stage_name(200), "unknown");
	assert_string_equal(cw_hop_device(&world->hosts, &hop), "flannel.1");
	assert_string_equal(cw_hop_device(&world->hosts, &none), "");
	assert_string_equal(cw_hop_device(&world->hosts, &lost), "?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stages_in_order),
		TEST(test_stages_on_one_host),
		TEST(test_queue_was_empty),
		TEST(test_another_way),
		TEST(test_clocks_apart),
		TEST(test_transit_host),
		TEST(test_direction_by_address),
		TEST(test_direction_unknown),
		TEST(test_sequence_wrap),
		TEST(test_retransmit),
		TEST(test_late_and_bare),
		TEST(test_hole_has_no_name),
		TEST(test_pipelined),
		TEST(test_stage_names),
	};

	return cmocka_run_group_tests_name("correlate: chain", tests, NULL, NULL);
}
