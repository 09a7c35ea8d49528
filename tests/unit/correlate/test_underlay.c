// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of chain.c and gap.c where the tunnel's packets are seen on the underlay too:
 * all of it, parts of it and none; on three hosts and on one.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gap.h"
#include "world.h"

#define HOPS (EVENTS_A_WAY + UNDERLAY_EVENTS)
#define ALL ((1u << HOPS) - 1)

/* Hops by their place on the way; a mask of them says which are seen. */
enum {
	AT_TUNNEL = 5,
	AT_QUEUE,
	AT_UPLINK,
	AT_PORT_IN,
	AT_PORT_QUEUE,
	AT_PORT_OUT,
	AT_UPLINK_IN,
	AT_TUNNEL_IN
};

static const struct exchange EXCHANGE = { .trace = 1,
					  .message = 5,
					  .server_span = 9,
					  .from = 0,
					  .to = 1,
					  .start = 1000 * MS,
					  .seq = { 1, 2 },
					  .server_time = MS };

static int set_up(void **state)
{
	struct world *world = world_new(false);

	world->underlay = true;
	*state = world;
	return 0;
}

static int set_up_one_host(void **state)
{
	struct world *world = world_new(true);

	world->underlay = true;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

/* An exchange of which only the hops in the mask are seen, both ways. */
static void build(struct world *world, u32 seen, struct cw_trace *trace)
{
	u32 i, kept = 0;

	world_exchange(world, &EXCHANGE);
	assert_int_equal(world->events, 2 * HOPS);
	for (i = 0; i < world->events; i++)
		if (seen & 1u << i % HOPS)
			world->seen[kept++] = world->seen[i];
	world->events = kept;
	world_build(world, trace);
	assert_int_equal(trace->messages, 1);
	assert_int_equal(trace->message[0].unplaced, 0);
}

/* The gap behind the hop that is number @index of those seen, in both directions. */
static void assert_gap(const struct world *world, const struct cw_trace *trace, u32 index,
		       const char *expected)
{
	for (unsigned int way = CW_REQUEST; way <= CW_RESPONSE; way++) {
		const struct cw_chain *chain = &trace->message[0].chain[way];
		const struct cw_hop *hop = trace->hop + chain->hop + index;
		const char *gap;

		assert_true(index + 1 < chain->hops);
		gap = cw_gap_name(&world->hosts, hop, hop + 1);
		if (expected)
			assert_string_equal(gap ? gap : "(none)", expected);
		else
			assert_null(gap);
	}
}

static const struct {
	u8 stage;
	u16 device[2]; /* by direction */
	u64 takes;
	const char *gap;
} WAY[HOPS] = {
	{ CW_STAGE_SEND, { 0, 0 }, TO_TCP, "waiting to leave TCP" },
	{ CW_STAGE_TCP_OUT, { 0, 0 }, TO_DEVICE, "IP, netfilter, routing" },
	{ CW_STAGE_DEV_XMIT, { 1, 1 }, OVER_VETH, "veth" },
	{ CW_STAGE_DEV_RX, { 2, 2 }, TO_TUNNEL, "bridging or routing" },
	{ CW_STAGE_DEV_QUEUE, { 3, 3 }, IN_QUEUE, "queueing discipline" },
	{ CW_STAGE_DEV_XMIT, { 3, 3 }, TO_UPLINK, "encapsulation" },
	{ CW_STAGE_DEV_QUEUE, { 4, 4 }, IN_UPLINK, "queueing discipline" },
	{ CW_STAGE_DEV_XMIT, { 4, 4 }, TO_FABRIC, "wire" },
	{ CW_STAGE_DEV_RX, { 5, 6 }, IN_FABRIC, "bridging or routing" },
	{ CW_STAGE_DEV_QUEUE, { 6, 5 }, IN_PORT, "queueing discipline" },
	{ CW_STAGE_DEV_XMIT, { 6, 5 }, FROM_FABRIC, "wire" },
	{ CW_STAGE_DEV_RX, { 4, 4 }, DECAPSULATION, "decapsulation" },
	{ CW_STAGE_DEV_RX, { 3, 3 }, TO_SOCKET, "IP, netfilter" },
	{ CW_STAGE_TCP_IN, { 0, 0 }, TO_READER, "queued for reading" },
	{ CW_STAGE_RECV, { 0, 0 }, 0, NULL },
};

static void check_hops(const struct world *world, const struct cw_trace *trace, bool times)
{
	for (unsigned int way = CW_REQUEST; way <= CW_RESPONSE; way++) {
		const struct cw_chain *chain = &trace->message[0].chain[way];
		const struct cw_hop *hop = trace->hop + chain->hop;

		assert_int_equal(chain->hops, HOPS);
		for (unsigned int i = 0; i < HOPS; i++) {
			assert_int_equal(hop[i].stage, WAY[i].stage);
			assert_int_equal(hop[i].device % 10, WAY[i].device[way]);
			assert_int_equal(hop[i].count, 1);
			if (times && i + 1 < HOPS)
				assert_int_equal(hop[i + 1].first - hop[i].first, WAY[i].takes);
		}
	}
	for (unsigned int i = 0; i + 1 < HOPS; i++)
		assert_gap(world, trace, i, WAY[i].gap);
}

static void test_whole_way(void **state)
{
	struct cw_trace trace;

	build(*state, ALL, &trace);
	check_hops(*state, &trace, true);
}

/* None of the three clocks agrees with another: the order of the hops must not depend on clocks. */
static void test_clocks_apart(void **state)
{
	static const s64 OFF[][3] = { { 0, -10000 * (s64)MS, 500000 * (s64)MS },
				      { 0, 300000 * (s64)MS, -900 * (s64)MS },
				      { 70000 * (s64)MS, 0, 0 } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(OFF) / sizeof(*OFF); i++) {
		struct world *world = world_new(false);
		struct cw_trace trace;

		world->underlay = true;
		memcpy(world->clock, OFF[i], sizeof(OFF[i]));
		build(world, ALL, &trace);
		check_hops(world, &trace, false);
	}
}

static void test_no_underlay(void **state)
{
	struct cw_trace trace;
	u32 none = ALL & ~(1u << AT_QUEUE | 1u << AT_UPLINK | 1u << AT_PORT_IN |
			   1u << AT_PORT_QUEUE | 1u << AT_PORT_OUT | 1u << AT_UPLINK_IN);

	build(*state, none, &trace);
	assert_gap(*state, &trace, AT_TUNNEL, "encapsulation, wire, decapsulation");
	assert_gap(*state, &trace, AT_TUNNEL + 1, "IP, netfilter");
}

/* Only the two nodes are watched, not the devices between them. */
static void test_no_fabric(void **state)
{
	u32 fabric = 1u << AT_PORT_IN | 1u << AT_PORT_QUEUE | 1u << AT_PORT_OUT;
	struct cw_trace trace;

	build(*state, ALL & ~fabric, &trace);
	assert_gap(*state, &trace, AT_TUNNEL, "encapsulation");
	assert_gap(*state, &trace, AT_QUEUE, "queueing discipline");
	assert_gap(*state, &trace, AT_UPLINK, "wire");
	assert_gap(*state, &trace, AT_UPLINK + 1, "decapsulation");
	assert_gap(*state, &trace, AT_UPLINK + 2, "IP, netfilter");
}

/* Only one end's underlay is seen: the gap has one name for all that is between. */
static void test_one_end(void **state)
{
	u32 fabric = 1u << AT_PORT_IN | 1u << AT_PORT_QUEUE | 1u << AT_PORT_OUT;
	struct cw_trace trace;
	struct world *other;

	build(*state, ALL & ~fabric & ~(1u << AT_UPLINK_IN), &trace);
	assert_gap(*state, &trace, AT_TUNNEL, "encapsulation");
	assert_gap(*state, &trace, AT_UPLINK, "wire, decapsulation");
	other = world_new(false);
	other->underlay = true;
	build(other, ALL & ~fabric & ~(1u << AT_QUEUE | 1u << AT_UPLINK), &trace);
	assert_gap(other, &trace, AT_TUNNEL, "encapsulation, wire");
	assert_gap(other, &trace, AT_TUNNEL + 1, "decapsulation");
}

/* For a device without a queue, the driver is the first to see the packet. */
static void test_no_queue(void **state)
{
	struct cw_trace trace;

	build(*state, ALL & ~(1u << AT_QUEUE | 1u << AT_PORT_QUEUE), &trace);
	assert_gap(*state, &trace, AT_TUNNEL, "encapsulation");
	assert_gap(*state, &trace, AT_TUNNEL + 1, "wire");
	assert_gap(*state, &trace, AT_TUNNEL + 2, "bridging or routing");
	assert_gap(*state, &trace, AT_TUNNEL + 3, "wire");
}

static void set_kind(struct world *world, unsigned int service, u16 device, const char *kind)
{
	world_device(world, service, device, kind, kind);
}

static void test_veth_as_wire(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;

	for (unsigned int service = 0; service < WORLD_SERVICES; service++)
		for (u16 device = 4; device <= 6; device++)
			set_kind(world, service, device, "veth");
	build(world, ALL, &trace);
	assert_gap(world, &trace, AT_TUNNEL, "encapsulation");
	assert_gap(world, &trace, AT_UPLINK, "veth");
	assert_gap(world, &trace, AT_PORT_OUT, "veth");
	assert_gap(world, &trace, AT_UPLINK_IN, "decapsulation");
}

/* The other end of a cable is not taken for a veth because this end is one. */
static void test_veth_at_one_end(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;

	set_kind(world, 0, 4, "veth");
	set_kind(world, 1, 4, "veth");
	build(world, ALL, &trace);
	assert_gap(world, &trace, AT_UPLINK, "wire");
	assert_gap(world, &trace, AT_PORT_OUT, "wire");
}

static void test_tunnel_kinds(void **state)
{
	static const char *const KINDS[] = { "vxlan", "ipip",	"geneve", "gre",      "gretap",
					     "sit",   "ip6tnl", "ip6gre", "ip6gretap" };

	(void)state;
	for (unsigned int i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++) {
		struct world *world = world_new(false);
		struct cw_trace trace;

		world->underlay = true;
		set_kind(world, 0, 3, KINDS[i]);
		set_kind(world, 1, 3, KINDS[i]);
		build(world, ALL, &trace);
		check_hops(world, &trace, true);
	}
}

/* A bridge on the fabric is seen between its ports. */
static void test_bridge(void **state)
{
	struct world *world = *state;
	struct cw_hop hop[] = {
		{ .device = 5, .host = 2, .netns = 3, .stage = CW_STAGE_DEV_RX },
		{ .device = 4, .host = 2, .netns = 3, .stage = CW_STAGE_DEV_RX },
		{ .device = 4, .host = 2, .netns = 3, .stage = CW_STAGE_DEV_XMIT },
		{ .device = 6, .host = 2, .netns = 3, .stage = CW_STAGE_DEV_QUEUE }
	};

	set_kind(world, 2, 4, "bridge");
	assert_string_equal(cw_gap_name(&world->hosts, &hop[0], &hop[1]), "bridging");
	assert_string_equal(cw_gap_name(&world->hosts, &hop[2], &hop[3]), "bridging");
}

/*
 * There is one kernel, and devices of two namespaces have one short id: these are two places, and
 * the way from one to the other is no loop.
 */
static void test_one_device_two_namespaces(void **state)
{
	struct world *world = *state;
	const struct cw_chain *chain;
	const struct cw_hop *hop;
	struct cw_trace trace;

	world_exchange(world, &EXCHANGE);
	for (u32 i = 0; i < world->events; i++)
		world->seen[i].event.device %= 10;
	world_build(world, &trace);
	check_hops(world, &trace, true);
	chain = &trace.message[0].chain[CW_REQUEST];
	hop = trace.hop + chain->hop;
	assert_int_equal(hop[AT_UPLINK].device, hop[AT_UPLINK_IN].device);
	assert_int_not_equal(hop[AT_UPLINK].netns, hop[AT_UPLINK_IN].netns);
	assert_string_equal(cw_gap_name(&world->hosts, &hop[AT_UPLINK], &hop[AT_UPLINK_IN]),
			    "wire");
}

/* A gap has no name where a stage between its two hops was not seen. */
static void test_nameless(void **state)
{
	static const struct cw_hop PAIRS[][2] = {
		/* one device's queue, another one's driver */
		{ { .device = 4, .netns = 1, .stage = CW_STAGE_DEV_QUEUE },
		  { .device = 4, .netns = 2, .stage = CW_STAGE_DEV_XMIT } },
		/* out and in again, within one namespace */
		{ { .device = 4, .netns = 1, .stage = CW_STAGE_DEV_XMIT },
		  { .device = 5, .netns = 1, .stage = CW_STAGE_DEV_RX } },
		/* the tunnel again */
		{ { .device = 3, .netns = 1, .stage = CW_STAGE_DEV_XMIT },
		  { .device = 3, .netns = 1, .stage = CW_STAGE_DEV_QUEUE } },
		/* from an uplink straight to another device's queue */
		{ { .device = 4, .netns = 1, .stage = CW_STAGE_DEV_XMIT },
		  { .device = 5, .netns = 1, .stage = CW_STAGE_DEV_QUEUE } },
		/* a tunnel's packet in another host's queue */
		{ { .device = 3, .netns = 1, .stage = CW_STAGE_DEV_XMIT },
		  { .device = 4, .host = 1, .netns = 2, .stage = CW_STAGE_DEV_QUEUE } },
		/* decapsulated on another host */
		{ { .device = 4, .netns = 1, .stage = CW_STAGE_DEV_RX },
		  { .device = 3, .host = 1, .netns = 2, .stage = CW_STAGE_DEV_RX } },
	};
	const struct world *world = *state;

	for (unsigned int i = 0; i < sizeof(PAIRS) / sizeof(*PAIRS); i++)
		assert_null(cw_gap_name(&world->hosts, &PAIRS[i][0], &PAIRS[i][1]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_ONE_HOST(name)                                                \
	{                                                                  \
#name ", one host", name, set_up_one_host, tear_down, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_way),
		TEST(test_clocks_apart),
		TEST(test_no_underlay),
		TEST(test_no_fabric),
		TEST(test_one_end),
		TEST(test_no_queue),
		TEST(test_veth_as_wire),
		TEST(test_veth_at_one_end),
		TEST(test_tunnel_kinds),
		TEST(test_bridge),
		TEST(test_nameless),
		TEST_ONE_HOST(test_whole_way),
		TEST_ONE_HOST(test_no_underlay),
		TEST_ONE_HOST(test_no_fabric),
		TEST_ONE_HOST(test_no_queue),
		TEST_ONE_HOST(test_veth_as_wire),
		TEST_ONE_HOST(test_one_device_two_namespaces),
	};

	return cmocka_run_group_tests_name("correlate: underlay", tests, NULL, NULL);
}
