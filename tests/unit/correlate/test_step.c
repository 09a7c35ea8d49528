// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of step.c and loss.c, and of the stages in chain.c and gap.c that are taken with
 * them: from the discipline's end to the reader's wake-up, incidents, datagrams and pings.
 * One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "chain.h"
#include "gap.h"
#include "loss.h"
#include "step.h"
#include "world.h"

#define MESSAGE 5
#define SEQ 100
#define CLIENT_FLOW 2	/* from service 0's socket to service 1 */
#define PACKET_FLOW 102 /* the same on a device */
#define SERVER_FLOW 11

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

/* An event of a request; sockets have device 0. */
static void put(struct world *world, unsigned int service, u8 stage, u16 device, u64 time)
{
	world_add(world, service,
		  (struct cw_event){
			  .time = time,
			  .trace_id = { 1, 1 },
			  .message = MESSAGE,
			  .stage = stage,
			  .device = device,
			  .netns = (u16)(service + 1),
			  .flow = device       ? PACKET_FLOW :
				  service == 0 ? CLIENT_FLOW :
						 SERVER_FLOW,
			  .flags = device ? 0 : CW_EVENT_RUN_START,
			  .seq = SEQ,
			  .length = 10,
		  });
}

static struct cw_event *last(struct world *world)
{
	return &world->seen[world->events - 1].event;
}

static void put_detail(struct world *world, unsigned int service, u8 stage, u16 device, u64 time,
		       u64 detail)
{
	put(world, service, stage, device, time);
	last(world)->detail = detail;
}

static const struct {
	u8 stage;
	u8 service;
	u16 device;
	const char *gap;
	u8 cause;
} WAY[] = {
	{ CW_STAGE_SEND, 0, 0, "waiting to leave TCP", CW_CAUSE_SENDER },
	{ CW_STAGE_TCP_OUT, 0, 0, "IP, netfilter, routing", CW_CAUSE_STACK },
	{ CW_STAGE_DEV_QUEUE, 0, 4, "queueing discipline", CW_CAUSE_QDISC },
	{ CW_STAGE_DEV_DEQUEUE, 0, 4, "segmentation, driver lock", CW_CAUSE_DRIVER },
	{ CW_STAGE_DEV_XMIT, 0, 4, "wire", CW_CAUSE_WIRE },
	{ CW_STAGE_DEV_ARRIVE, 1, 4, "GRO, backlog", CW_CAUSE_BACKLOG },
	{ CW_STAGE_DEV_RX, 1, 4, "decapsulation", CW_CAUSE_STACK },
	{ CW_STAGE_DEV_ARRIVE, 1, 3, "GRO, backlog", CW_CAUSE_BACKLOG },
	{ CW_STAGE_DEV_RX, 1, 3, "IP, netfilter", CW_CAUSE_STACK },
	{ CW_STAGE_TCP_IN, 1, 0, "TCP, socket queue", CW_CAUSE_ORDER },
	{ CW_STAGE_READY, 1, 0, "wake-up of the reader", CW_CAUSE_SCHEDULING },
	{ CW_STAGE_WAKE, 1, 0, "application read", CW_CAUSE_APPLICATION },
	{ CW_STAGE_RECV, 1, 0, NULL, 0 },
};
#define STOPS (sizeof(WAY) / sizeof(*WAY))

/* The steps that a walk has met. */
struct met {
	struct cw_step step[32];
	unsigned int steps;
};

static void meet(void *user, const struct cw_step *step)
{
	struct met *met = user;

	assert_true(met->steps < 32);
	met->step[met->steps++] = *step;
}

static void walk(struct world *world, struct cw_trace *trace, struct met *met)
{
	memset(met, 0, sizeof(*met));
	world_build(world, trace);
	cw_step_walk(&world->hosts, trace, 0, meet, met);
}

/* Each stage has its name, whatever the clock's resolution and the two hosts' clocks. */
static void test_whole_way(void **state)
{
	static const u64 SPACING[] = { US, 0 };
	static const s64 OFF[] = { 0, -1000 * (s64)MS, 1000 * (s64)MS };

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		struct world *world = world_new(false);
		u64 space = SPACING[i % 2];
		struct cw_trace trace;
		struct met met;

		world->clock[1] = OFF[i / 2];
		/* The events are put in backwards, so that only their times order them. */
		for (unsigned int stop = STOPS; stop-- > 0;)
			put(world, WAY[stop].service, WAY[stop].stage, WAY[stop].device,
			    5000 * MS + (stop < 7 ? stop * space : stop * US));
		walk(world, &trace, &met);
		assert_int_equal(met.steps, STOPS - 1);
		for (unsigned int stop = 0; stop + 1 < STOPS; stop++) {
			assert_string_equal(met.step[stop].name, WAY[stop].gap);
			assert_int_equal(met.step[stop].cause, WAY[stop].cause);
			assert_int_equal(met.step[stop].begin->stage, WAY[stop].stage);
			assert_int_equal(met.step[stop].end->device, WAY[stop + 1].device);
			assert_int_equal(met.step[stop].backwards, i / 2 == 1 && stop == 4);
		}
	}
}

static const char *name_of(struct world *world, u8 from, u8 to)
{
	struct cw_hop a = { .stage = from, .netns = 1 }, b = { .stage = to, .netns = 1 };

	return cw_gap_name(&world->hosts, &a, &b);
}

/* A reader that was running is tested, and recordings without the newer stages. */
static void test_other_pairs(void **state)
{
	struct world *world = *state;

	assert_string_equal(name_of(world, CW_STAGE_READY, CW_STAGE_RECV), "application busy");
	assert_string_equal(name_of(world, CW_STAGE_TCP_IN, CW_STAGE_RECV), "queued for reading");
	assert_string_equal(name_of(world, CW_STAGE_TCP_IN, CW_STAGE_WAKE), "queued for reading");
	assert_null(name_of(world, CW_STAGE_WAKE, CW_STAGE_READY));
	assert_null(name_of(world, CW_STAGE_DEV_RX, CW_STAGE_READY));
	assert_null(name_of(world, CW_STAGE_SEND, CW_STAGE_DEV_QUEUE));
	assert_null(name_of(world, CW_STAGE_DROP, CW_STAGE_RECV));
}

/* Between the same hops, one after the other. */
static void assert_step(const struct met *met, unsigned int index, u8 cause, u64 ns)
{
	assert_true(index < met->steps);
	assert_int_equal(met->step[index].cause, cause);
	assert_int_equal(met->step[index].ns, ns);
}

static void test_window(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	struct met met;

	put(world, 0, CW_STAGE_SEND, 0, MS);
	put_detail(world, 0, CW_STAGE_TCP_OUT, 0, 11 * MS, 8 * MS);
	walk(world, &trace, &met);
	assert_int_equal(met.steps, 2);
	assert_step(&met, 0, CW_CAUSE_WINDOW, 8 * MS);
	assert_step(&met, 1, CW_CAUSE_SENDER, 2 * MS);
	/* The kernel counts the closed window in jiffies: a step never gets more than its time. */
	last(world)->detail = 12 * MS;
	walk(world, &trace, &met);
	assert_step(&met, 0, CW_CAUSE_WINDOW, 10 * MS);
	assert_step(&met, 1, CW_CAUSE_SENDER, 0);
}

/* Two copies are lost between the discipline and the wire; the third one gets through. */
static void test_lost_twice(void **state)
{
	struct world *world = *state;
	const struct cw_chain *chain;
	struct cw_loss loss;
	struct cw_trace trace;
	struct met met;

	put(world, 0, CW_STAGE_TCP_OUT, 0, 1 * MS);
	put(world, 0, CW_STAGE_DEV_QUEUE, 4, 2 * MS);
	put_detail(world, 0, CW_STAGE_RETRANSMIT, 0, 202 * MS, CW_RETRANSMIT_PROBE);
	put(world, 0, CW_STAGE_DEV_QUEUE, 4, 203 * MS);
	put_detail(world, 0, CW_STAGE_DROP, 4, 204 * MS, 77);
	put_detail(world, 0, CW_STAGE_RETRANSMIT, 0, 602 * MS, CW_RETRANSMIT_TIMEOUT);
	put(world, 0, CW_STAGE_DEV_QUEUE, 4, 603 * MS);
	put(world, 0, CW_STAGE_DEV_DEQUEUE, 4, 604 * MS);
	walk(world, &trace, &met);
	chain = &trace.message[0].chain[CW_REQUEST];
	assert_int_equal(chain->hops, 3);
	assert_int_equal(chain->notes, 3);
	assert_int_equal(chain->retransmits, 2);
	assert_int_equal(cw_chain_notes(&trace, chain)[0].last, 2 * MS); /* silence before it */
	assert_int_equal(cw_chain_notes(&trace, chain)[1].stage, CW_STAGE_DROP);
	assert_int_equal(cw_chain_notes(&trace, chain)[1].detail, 77);
	assert_true(cw_loss_between(&trace, chain, &trace.hop[1], &trace.hop[2], &loss));
	assert_int_equal(loss.retransmits, 2);
	assert_int_equal(loss.drop->device, 4);
	assert_string_equal(cw_loss_kind(loss.again), "timeout");
	assert_int_equal(met.steps, 3);
	assert_step(&met, 1, CW_CAUSE_TIMEOUT, 600 * MS);
	assert_step(&met, 2, CW_CAUSE_QDISC, 2 * MS);
	assert_non_null(met.step[1].drop);
	assert_null(met.step[2].drop);
}

/* Between the last device and the socket, copies are counted at the device alone. */
static void test_lost_before_socket(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	struct met met;

	put(world, 0, CW_STAGE_TCP_OUT, 0, 1 * MS);
	put(world, 1, CW_STAGE_DEV_RX, 3, 2 * MS);
	put_detail(world, 0, CW_STAGE_RETRANSMIT, 0, 8 * MS, CW_RETRANSMIT_FAST);
	put(world, 1, CW_STAGE_DEV_RX, 3, 9 * MS);
	put(world, 1, CW_STAGE_TCP_IN, 0, 10 * MS);
	walk(world, &trace, &met);
	assert_step(&met, 1, CW_CAUSE_FAST, 6 * MS);
	assert_step(&met, 2, CW_CAUSE_STACK, 2 * MS);
	/* Only one copy with a context was seen, and it got there: the other one had no context. */
	world->seen[3] = world->seen[--world->events];
	walk(world, &trace, &met);
	assert_int_equal(met.steps, 2);
	assert_step(&met, 1, CW_CAUSE_STACK, 8 * MS);
}

/* Later bytes were lost: the reader got the first ones at once, and waits for the rest. */
static void test_lost_later(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	struct met met;

	for (u8 response = 0; response <= 1; response++) {
		world->events = 0;
		put(world, 1, CW_STAGE_RECV, 0, 1 * MS);
		put(world, 1, CW_STAGE_RECV, 0, 3 * MS);
		put_detail(world, 0, CW_STAGE_RETRANSMIT, 0, 203 * MS, CW_RETRANSMIT_TIMEOUT);
		last(world)->flags = 0;
		last(world)->seq += 5000;
		put_detail(world, 0, CW_STAGE_RETRANSMIT, 0, 205 * MS, CW_RETRANSMIT_FAST);
		last(world)->flags = 0;
		put(world, 1, CW_STAGE_RECV, 0, 206 * MS);
		for (u32 i = 0; i < world->events && response; i++)
			world->seen[i].event.flags |= CW_EVENT_RESPONSE;
		if (!response) {
			put(world, 1, CW_STAGE_SEND, 0, 210 * MS);
			last(world)->flags |= CW_EVENT_RESPONSE;
		}
		walk(world, &trace, &met);
		assert_int_equal(met.steps, 3);
		assert_step(&met, 0, CW_CAUSE_FAST, 2 * MS);
		assert_step(&met, 1, CW_CAUSE_TIMEOUT, 200 * MS);
		if (response)
			assert_step(&met, 2, CW_CAUSE_TRANSFER, 3 * MS);
		else
			assert_step(&met, 2, CW_CAUSE_APPLICATION, 7 * MS);
	}
}

/* The segment arrived in time, behind another message's bytes that were lost. */
static void test_hole(void **state)
{
	struct world *world = *state;
	struct cw_trace trace;
	struct met met;

	put(world, 0, CW_STAGE_TCP_OUT, 0, 2 * MS);
	put(world, 1, CW_STAGE_TCP_IN, 0, 3 * MS);
	put(world, 1, CW_STAGE_READY, 0, 250 * MS);
	put(world, 0, CW_STAGE_TCP_OUT, 0, 4 * MS); /* another message, begins later */
	last(world)->message = MESSAGE + 1;
	last(world)->seq = SEQ - 10;
	put_detail(world, 0, CW_STAGE_RETRANSMIT, 0, 240 * MS, CW_RETRANSMIT_TIMEOUT);
	last(world)->message = MESSAGE + 1;
	last(world)->seq = SEQ - 10;
	walk(world, &trace, &met);
	assert_step(&met, 1, CW_CAUSE_HOLE, 247 * MS);
	assert_step(&met, 2, CW_CAUSE_ORDER, 0);
	/*
	 * A loss of bytes behind the message is no hole before it; nor is a loss on another
	 * connection.
	 */
	for (u32 i = 0; i < world->events; i++)
		if (world->seen[i].event.stage == CW_STAGE_RETRANSMIT)
			world->seen[i].event.seq = SEQ + 10;
	walk(world, &trace, &met);
	assert_step(&met, 1, CW_CAUSE_ORDER, 247 * MS);
	for (u32 i = 0; i < world->events; i++)
		if (world->seen[i].event.stage == CW_STAGE_RETRANSMIT) {
			world->seen[i].event.seq = SEQ - 10;
			world->seen[i].event.flow = CLIENT_FLOW + 1;
		}
	walk(world, &trace, &met);
	assert_step(&met, 1, CW_CAUSE_ORDER, 247 * MS);
}

static void all_protocol(struct world *world, u8 protocol)
{
	world_protocol(world, 0, CLIENT_FLOW, protocol);
	world_protocol(world, 0, PACKET_FLOW, protocol);
	world_protocol(world, 1, SERVER_FLOW, protocol);
	world_protocol(world, 1, PACKET_FLOW, protocol);
}

/* Datagrams have no sequence numbers: each event says which way its packet goes. */
static void test_datagrams(void **state)
{
	static const u8 STAGES[] = { CW_STAGE_SEND,	  CW_STAGE_TCP_OUT, CW_STAGE_DEV_XMIT,
				     CW_STAGE_DEV_ARRIVE, CW_STAGE_DEV_RX,  CW_STAGE_TCP_IN,
				     CW_STAGE_READY,	  CW_STAGE_WAKE,    CW_STAGE_RECV };
	struct world *world = *state;
	struct cw_trace trace;
	struct met met;

	all_protocol(world, IPPROTO_UDP);
	for (u8 response = 0; response <= 1; response++)
		for (u8 i = 0; i < sizeof(STAGES); i++) {
			bool device = i >= 2 && i <= 4, sends = i < 3;

			put(world, sends == !!response, STAGES[i], device ? 4 : 0,
			    (1 + i + 20u * response) * MS);
			last(world)->seq = 0;
			if (response)
				last(world)->flags |= CW_EVENT_RESPONSE;
		}
	walk(world, &trace, &met);
	assert_int_equal(trace.message[0].unplaced, 0);
	for (u8 way = 0; way <= 1; way++) {
		const struct cw_chain *chain = &trace.message[0].chain[way];
		const struct cw_hop *out = cw_chain_find(&trace, chain, CW_STAGE_TCP_OUT);
		struct cw_place place = cw_step_place(out);

		assert_int_equal(chain->hops, sizeof(STAGES));
		assert_string_equal(cw_stage_label(place.stage, place.protocol), "udp_out");
	}
	assert_string_equal(met.step[0].name, "UDP");
	assert_string_equal(met.step[5].name, "UDP, socket queue");
	assert_int_equal(met.step[5].cause, CW_CAUSE_ORDER);
	assert_string_equal(met.step[6].name, "wake-up of the reader");
	assert_int_equal(met.step[6].cause, CW_CAUSE_SCHEDULING);
	assert_string_equal(met.step[7].name, "application read");
	assert_int_equal(met.step[7].cause, CW_CAUSE_APPLICATION);
}

/* An echo request is not read, and its answer is not written, by any process. */
static void test_echo(void **state)
{
	static const struct {
		u8 stage;
		u8 service;
		u16 device;
	} ECHO[] = { { CW_STAGE_SEND, 0, 0 },	    { CW_STAGE_TCP_OUT, 0, 0 },
		     { CW_STAGE_DEV_XMIT, 0, 4 },   { CW_STAGE_DEV_ARRIVE, 1, 4 },
		     { CW_STAGE_DEV_RX, 1, 4 },	    { CW_STAGE_TCP_IN, 1, 0 },
		     { CW_STAGE_TCP_OUT, 1, 0 },    { CW_STAGE_DEV_XMIT, 1, 4 },
		     { CW_STAGE_DEV_ARRIVE, 0, 4 }, { CW_STAGE_DEV_RX, 0, 4 },
		     { CW_STAGE_TCP_IN, 0, 0 } };
	struct world *world = *state;
	struct cw_trace trace;
	struct met met;

	all_protocol(world, IPPROTO_ICMP);
	for (u8 i = 0; i < sizeof(ECHO) / sizeof(*ECHO); i++) {
		put(world, ECHO[i].service, ECHO[i].stage, ECHO[i].device, (1 + i) * MS);
		last(world)->seq = 0;
		if (i > 5)
			last(world)->flags |= CW_EVENT_RESPONSE;
	}
	walk(world, &trace, &met);
	assert_int_equal(met.steps, sizeof(ECHO) / sizeof(*ECHO) - 1);
	assert_string_equal(met.step[0].name, "IP");
	assert_string_equal(met.step[5].name, "the kernel's answer");
	assert_int_equal(met.step[5].cause, CW_CAUSE_STACK);
	assert_int_equal(met.step[5].part, CW_PART_REQUEST);
	assert_int_equal(met.step[5].ns, MS);
	assert_int_equal(met.step[6].part, CW_PART_RESPONSE);
}

static void test_words(void **state)
{
	struct cw_hop note = { .detail = 99 };

	(void)state;
	assert_string_equal(cw_loss_kind(&note), "?");
	assert_string_equal(cw_stage_label(CW_STAGE_TCP_IN, 0), "tcp_in");
	assert_string_equal(cw_stage_label(CW_STAGE_TCP_IN, IPPROTO_ICMPV6), "icmp_in");
	assert_string_equal(cw_stage_label(CW_STAGE_TCP_OUT, IPPROTO_SCTP), "ip_out");
	assert_string_equal(cw_stage_label(CW_STAGE_READY, IPPROTO_UDP), "ready");
	for (unsigned int cause = 0; cause <= CW_CAUSE_MAX; cause++)
		assert_true(*cw_cause_key(cause));
	assert_string_equal(cw_cause_key(CW_CAUSE_MAX + 1), "unknown");
	assert_null(cw_cause_name(CW_CAUSE_MAX + 1));
	for (u8 stage = 1; stage <= CW_STAGE_MAX; stage++)
		assert_true(cw_stage_order(stage));
	assert_int_equal(cw_stage_order(CW_STAGE_MAX + 1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_way),  TEST(test_other_pairs), TEST(test_window),
		TEST(test_lost_twice), TEST(test_lost_later),  TEST(test_lost_before_socket),
		TEST(test_hole),       TEST(test_datagrams),   TEST(test_echo),
		TEST(test_words),
	};

	return cmocka_run_group_tests_name("correlate: step, loss", tests, NULL, NULL);
}
