// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of align.c and host.c: clocks that are off are found within the bound that
 * is given for them (test_clock.c has more); definitions are found again.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "path.h"
#include "world.h"

static struct cw_align alignment;

static int set_up(void **state)
{
	*state = world_new(false);
	return cw_align_init(&alignment, &world_memory);
}

static int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

/* Both passes over one world's events. */
static void align(struct world *world)
{
	struct cw_trace trace;
	u32 i;

	for (i = 0; i < world->events; i++)
		cw_align_event(&alignment, world->seen[i].host, &world->seen[i].event);
	cw_align_roughly(&alignment, &world->hosts);
	for (i = 0; i < world->events; i++)
		world->seen[i].event.time =
			cw_host_time(&world->hosts, world->seen[i].host, world->seen[i].event.time);
	world_build(world, &trace);
	cw_align_learn(&alignment, &world->hosts, &trace);
	cw_align_solve(&alignment, &world->hosts);
}

static void check_within(const struct cw_hosts *hosts, u32 host, u64 time, s64 truth)
{
	u64 off = (u64)llabs((s64)(time - cw_host_time(hosts, host, time)) - truth);

	assert_true(hosts->host[host].aligned);
	assert_true(off <= cw_host_uncertainty(hosts, host, time));
}

static void test_offsets_found(void **state)
{
	static const s64 OFFSETS[][2] = {
		{ 0, 0 }, { 5000000, -3000000 }, { -600000000000, 600000000000 }, { 1, -1 }
	};
	const u64 begin = 1000000 * MS;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct world *world = world_new(false);

		cw_align_init(&alignment, &world_memory);
		world->clock[1] = OFFSETS[i][0];
		world->clock[2] = OFFSETS[i][1];
		world_chain(world, 1, begin);
		align(world);
		check_within(&world->hosts, 0, begin, 0);
		check_within(&world->hosts, 1, begin + (u64)OFFSETS[i][0], OFFSETS[i][0]);
		check_within(&world->hosts, 2, begin + (u64)OFFSETS[i][1], OFFSETS[i][1]);
		/* About half of the wire's time each way, and the same again one host further. */
		assert_in_range(cw_host_uncertainty(&world->hosts, 1,
						    world->hosts.host[1].clock.line[0].begin),
				OVER_WIRE / 2, 2 * OVER_WIRE);
		assert_in_range(cw_host_uncertainty(&world->hosts, 2,
						    world->hosts.host[2].clock.line[0].begin),
				OVER_WIRE, 4 * OVER_WIRE);
	}
}

/* The run's second packet goes another way, and later than the first one comes. */
static void test_later_packet(void **state)
{
	struct world *world = *state;
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = 1000 * MS, .seq = { 1, 2 }
	};

	world->clock[1] = 5 * (s64)MS;
	world_exchange(world, &exchange);
	world_add(world, 0,
		  (struct cw_event){ .time = 1000 * MS + ONE_WAY - TO_READER,
				     .trace_id = { 1, 1 },
				     .message = 5,
				     .seq = 1401,
				     .flow = world->seen[2].event.flow,
				     .device = 4,
				     .netns = 1,
				     .stage = CW_STAGE_DEV_XMIT });
	align(world);
	assert_int_equal(world->hosts.host[1].clock.broken, 0);
	check_within(&world->hosts, 1, 1005 * MS, world->clock[1]);
}

/* One direction alone proves nothing. */
static void test_one_way_is_unaligned(void **state)
{
	struct world *world = *state;
	struct exchange exchange = {
		.trace = 1, .message = 5, .from = 0, .to = 1, .start = MS, .seq = { 1, 2 }
	};

	world->clock[1] = 77;
	world_way(world, &exchange, CW_REQUEST, MS);
	align(world);
	assert_false(world->hosts.host[1].aligned);
	assert_int_equal(cw_host_time(&world->hosts, 1, 5), 5);
	assert_true(world->hosts.host[0].aligned);
}

static void test_definitions(void **state)
{
	struct world *world = *state;
	union cw_record task = { .task = { .id = 9999, .comm = "old", .stage = CW_RECORD_TASK } };
	union cw_record event = { .event = { .stage = CW_STAGE_SEND } };

	assert_null(cw_host_lookup(&world->hosts, 0, CW_RECORD_TASK, 9999));
	assert_null(cw_host_lookup(&world->hosts, 0, CW_RECORD_TASK, 0));
	assert_null(cw_host_lookup(&world->hosts, 60, CW_RECORD_TASK, 100));
	cw_host_define(&world->hosts, 0, &task);
	strcpy(task.task.comm, "new");
	cw_host_define(&world->hosts, 0, &task);
	cw_host_define(&world->hosts, 0, &event);
	assert_string_equal(cw_host_lookup(&world->hosts, 0, CW_RECORD_TASK, 9999)->task.comm,
			    "new");
	assert_null(cw_host_lookup(&world->hosts, 1, CW_RECORD_TASK, 9999));
	assert_int_equal(cw_host_netns(&world->hosts, 0, 1), 4026532000u);
	assert_int_equal(cw_host_netns(&world->hosts, 0, 7), 0);
	assert_int_equal(cw_host_netns_id(&world->hosts, 0, 4026532000u), 1);
	assert_int_equal(cw_host_netns_id(&world->hosts, 0, 1), 0);
}

static void define_netns(struct world *world, u32 host, u16 id, u32 inum, const char *name)
{
	union cw_record netns = {
		.netns = { .id = id, .inum = inum, .netns = id, .stage = CW_RECORD_NETNS }
	};

	memcpy(netns.netns.name, name, strnlen(name, CW_NETNS_NAME_LEN));
	cw_host_define(&world->hosts, host, &netns);
}

static const char *label(struct world *world, u32 host, u16 netns)
{
	static char out[CW_HOST_LABEL_LEN];

	return cw_host_label(out, &world->hosts, host, netns);
}

static void test_netns_names(void **state)
{
	struct world *world = *state;
	struct cw_hosts *hosts = &world->hosts;

	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "");
	assert_string_equal(cw_host_netns_name(hosts, 0, 7), "");
	define_netns(world, 0, 1, 4026532000u, "client");
	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "client");
	/* Taken from /run/netns since; then another namespace has got its id. */
	define_netns(world, 0, 1, 4026532000u, "");
	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "client");
	define_netns(world, 0, 1, 4026532000u, "renamed");
	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "renamed");
	define_netns(world, 0, 1, 4026532009u, "");
	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "");
	/* Whatever a file holds: printable, and its end is an end. */
	define_netns(world, 0, 1, 4026532009u, "a\033[2J b\xc3\xa4\x7f\n");
	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "a?[2J?b????");
	define_netns(world, 0, 1, 4026532009u, "0123456789abcdef0123456789abcdefgh");
	assert_string_equal(cw_host_netns_name(hosts, 0, 1), "0123456789abcdef0123456789abcde");
}

static void test_labels_one_host(void **state)
{
	struct cw_service service = { .name = "nginx", .host = 0, .netns = 4026532001u };
	struct world *one = world_new(true);
	char name[CW_LABEL_LEN];

	(void)state;
	assert_string_equal(label(one, 0, 0), "");
	assert_string_equal(label(one, 0, 2), "[2]");
	define_netns(one, 0, 1, 4026532000u, CW_HOST_NETNS);
	define_netns(one, 0, 2, 4026532001u, "pod");
	assert_string_equal(label(one, 0, 1), "@host");
	assert_string_equal(label(one, 0, 2), "@pod");
	assert_string_equal(label(one, 0, 3), "[3]");
	assert_string_equal(cw_service_label(name, &one->hosts, &service), "nginx@pod");
	assert_true(cw_host_netns_clear(&one->hosts, 0, 2));
	assert_false(cw_host_netns_clear(&one->hosts, 0, 3));
	assert_false(cw_host_netns_clear(&one->hosts, 0, 9));
	/* Deleted and made again under the same name. */
	define_netns(one, 0, 3, 4026532002u, "pod");
	assert_false(cw_host_netns_clear(&one->hosts, 0, 2));
	assert_string_equal(label(one, 0, 2), "@pod[2]");
	assert_string_equal(label(one, 0, 3), "@pod[3]");
	/* The same one, known by two ids: nothing to tell apart. */
	define_netns(one, 0, 3, 4026532001u, "pod");
	assert_string_equal(label(one, 0, 3), "@pod");
}

static void test_labels_hosts(void **state)
{
	struct world *world = *state;

	/* One namespace each: there is nothing to say. */
	define_netns(world, 0, 1, 4026532000u, "client");
	assert_string_equal(label(world, 0, 1), "@n1");
	define_netns(world, 0, 2, 4026532001u, CW_HOST_NETNS);
	define_netns(world, 0, 3, 4026532002u, "");
	assert_string_equal(label(world, 0, 1), "@n1/client");
	assert_string_equal(label(world, 0, 2), "@n1");
	assert_string_equal(label(world, 0, 3), "@n1[3]");
	assert_string_equal(label(world, 1, 2), "@n2");
}

/* More threads than there is room for: the newest are known, memory stays. */
static void test_definitions_bounded(void **state)
{
	struct world *world = *state;
	union cw_record task = { .task = { .comm = "x", .stage = CW_RECORD_TASK } };
	u32 id, known = 0;

	for (id = 1; id <= 300000; id++) {
		task.task.id = id;
		cw_host_define(&world->hosts, 0, &task);
		assert_non_null(cw_host_lookup(&world->hosts, 0, CW_RECORD_TASK, id));
	}
	for (id = 1; id <= 300000; id++)
		known += !!cw_host_lookup(&world->hosts, 0, CW_RECORD_TASK, id);
	assert_true(known > 130000 && known <= 262144);
}

static void test_hosts_bounded(void **state)
{
	struct world *world = *state;
	struct cw_file_header header = { 0 };
	int i;

	world->hosts.count = CW_HOST_MAX - 1;
	strcpy(header.host_name, "one");
	i = cw_hosts_find(&world->hosts, &header);
	assert_int_equal(i, CW_HOST_MAX - 1);
	assert_int_equal(cw_hosts_find(&world->hosts, &header), i);
	strcpy(header.host_name, "another");
	assert_int_equal(cw_hosts_find(&world->hosts, &header), -ENOSPC);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_offsets_found),	 TEST(test_later_packet),
		TEST(test_one_way_is_unaligned), TEST(test_definitions),
		TEST(test_definitions_bounded),	 TEST(test_hosts_bounded),
		TEST(test_netns_names),		 TEST(test_labels_one_host),
		TEST(test_labels_hosts),
	};

	return cmocka_run_group_tests_name("correlate: align, host", tests, NULL, NULL);
}
