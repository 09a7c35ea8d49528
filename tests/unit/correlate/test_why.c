// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of why.c: requests through a made-up overlay, one in fifty of them with a fault
 * whose place is known; with noise on every stage and without.  One thread.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gap.h"
#include "why.h"
#include "world.h"

#define REQUESTS 1000
#define FAULTY_EVERY 50
#define DELAY (5 * MS)
#define FIRST_PERCENT 10000 /* parts per million */

/* A stage of the way, the time to it from the stage before, and its place. */
struct stop {
	u8 stage;
	u8 service; /* 0: the sender; 1: the receiver */
	u16 device;
	u64 after;
};

static const struct stop WAY[] = {
	{ CW_STAGE_SEND, 0, 0, 0 },
	{ CW_STAGE_TCP_OUT, 0, 0, 20 * US },
	{ CW_STAGE_DEV_QUEUE, 0, 1, 10 * US },
	{ CW_STAGE_DEV_DEQUEUE, 0, 1, 5 * US },
	{ CW_STAGE_DEV_XMIT, 0, 1, 2 * US },
	{ CW_STAGE_DEV_ARRIVE, 0, 2, 2 * US },
	{ CW_STAGE_DEV_RX, 0, 2, 5 * US },
	{ CW_STAGE_DEV_QUEUE, 0, 3, 20 * US },
	{ CW_STAGE_DEV_DEQUEUE, 0, 3, 5 * US },
	{ CW_STAGE_DEV_XMIT, 0, 3, 2 * US },
	{ CW_STAGE_DEV_ARRIVE, 1, 3, 90 * US },
	{ CW_STAGE_DEV_RX, 1, 3, 5 * US },
	{ CW_STAGE_TCP_IN, 1, 0, 15 * US },
	{ CW_STAGE_READY, 1, 0, 20 * US },
	{ CW_STAGE_WAKE, 1, 0, 10 * US },
	{ CW_STAGE_RECV, 1, 0, 10 * US },
};
#define STOPS (sizeof(WAY) / sizeof(*WAY))

/* A fault before the stop number @at of one direction, and the words that shall be said of it. */
struct fault {
	u8 direction;
	u8 at; /* 0: in the server */
	u8 cause;
	u16 from_device;
	u8 host;
	const char *gap;
};

static const struct fault FAULTS[] = {
	{ CW_REQUEST, 1, CW_CAUSE_SENDER, 0, 0, "waiting to leave TCP" },
	{ CW_REQUEST, 2, CW_CAUSE_STACK, 0, 0, "IP, netfilter, routing" },
	{ CW_REQUEST, 3, CW_CAUSE_QDISC, 1, 0, "queueing discipline" },
	{ CW_REQUEST, 4, CW_CAUSE_DRIVER, 1, 0, "segmentation, driver lock" },
	{ CW_REQUEST, 5, CW_CAUSE_WIRE, 1, 0, "veth" },
	{ CW_REQUEST, 6, CW_CAUSE_BACKLOG, 2, 0, "GRO, backlog" },
	{ CW_REQUEST, 7, CW_CAUSE_STACK, 2, 0, "bridging or routing" },
	{ CW_REQUEST, 8, CW_CAUSE_QDISC, 3, 0, "queueing discipline" },
	{ CW_REQUEST, 10, CW_CAUSE_WIRE, 3, 0, "encapsulation, wire, decapsulation" },
	{ CW_REQUEST, 11, CW_CAUSE_BACKLOG, 3, 1, "GRO, backlog" },
	{ CW_REQUEST, 12, CW_CAUSE_STACK, 3, 1, "IP, netfilter" },
	{ CW_REQUEST, 13, CW_CAUSE_ORDER, 0, 1, "TCP, socket queue" },
	{ CW_REQUEST, 14, CW_CAUSE_SCHEDULING, 0, 1, "wake-up of the reader" },
	{ CW_REQUEST, 15, CW_CAUSE_APPLICATION, 0, 1, "application read" },
	{ CW_REQUEST, 0, CW_CAUSE_APPLICATION, 0, 1, "the application itself" },
	{ CW_RESPONSE, 3, CW_CAUSE_QDISC, 1, 1, "queueing discipline" },
	{ CW_RESPONSE, 8, CW_CAUSE_QDISC, 3, 1, "queueing discipline" },
	{ CW_RESPONSE, 11, CW_CAUSE_BACKLOG, 3, 0, "GRO, backlog" },
	{ CW_RESPONSE, 14, CW_CAUSE_SCHEDULING, 0, 0, "wake-up of the reader" },
};

/* One run of the tests: its requests, and the faults found among them. */
struct run {
	struct cw_why why;
	struct world *world;
	const struct fault *fault;
	double noise; /* standard deviation of each stage, as part of its time */
	u64 seed;
	u32 every;	/* the fault is in each request of this many */
	u64 window;	/* of the delay, ns for which the window was closed */
	u64 retransmit; /* CW_RETRANSMIT_*: the delay is until it comes */
	bool needless;	/* that retransmission was needless: nothing was lost */
	bool dropped;	/* a drop was seen */
	bool third;	/* the server asks another one, and the fault is on that way */
	bool twice;	/* it asks it twice at the same time */
};

static int set_up(void **state)
{
	static struct run only;
	struct run *run = &only;

	memset(run, 0, sizeof(*run));
	run->world = world_new(false);
	run->seed = 1;
	run->every = FAULTY_EVERY;
	*state = run;
	return 0;
}

static int tear_down(void **state)
{
	world_free(((struct run *)*state)->world);
	return 0;
}

static double uniform(struct run *run)
{
	return (double)(cw_hash(run->seed++) >> 11) / (double)(1ULL << 53);
}

/* Twelve uniform variables make nearly a normal one. */
static u64 vary(struct run *run, u64 ns)
{
	double sum = -6;

	for (unsigned int i = 0; i < 12; i++)
		sum += uniform(run);
	sum = (double)ns * (1 + run->noise * sum);
	return sum > 0 ? (u64)sum : 0;
}

static void put(struct run *run, const struct exchange *exchange, u8 direction,
		const struct stop *stop, u64 time)
{
	bool device = stop->device, sends = !stop->service;
	bool server = (direction == CW_REQUEST) == !!stop->service;
	unsigned int local = server ? exchange->to : exchange->from;
	unsigned int remote = server ? exchange->from : exchange->to;
	struct cw_event event = { .time = time,
				  .trace_id = { exchange->trace, (u8)(run->seed >> 8), 1 },
				  .message = exchange->message,
				  .stage = stop->stage,
				  .device = stop->device,
				  .netns = (u16)(local + 1),
				  .length = 100,
				  .seq = exchange->seq[direction] };

	/* Numbers are as in world.c: a device knows a packet's way, a socket its own side. */
	event.flow = 1 + local * 10 + remote + (device ? 100 : 0);
	if (device && !sends)
		event.flow = 1 + remote * 10 + local + 100;
	if (!device)
		event.flags = (direction == CW_RESPONSE ? CW_EVENT_RESPONSE : 0) |
			      CW_EVENT_RUN_START;
	if (stop->stage == CW_STAGE_SEND || stop->stage == CW_STAGE_RECV) {
		event.task = 100 * (local + 1);
		event.span = server ? exchange->server_span : exchange->parent_span;
	}
	if (stop->stage == CW_STAGE_TCP_OUT && stop->after > DELAY / 2)
		event.detail = run->window;
	if (stop->stage == CW_STAGE_RETRANSMIT)
		event.detail = run->retransmit;
	if (stop->stage == CW_STAGE_DROP)
		event.detail = 7;
	world_add(run->world, local, event);
}

/* All copies of a segment pass the stops before the fault. */
static void put_again(struct run *run, const struct exchange *exchange, u8 direction, u64 lost,
		      u64 time)
{
	const struct stop again = { CW_STAGE_RETRANSMIT, 0, 0, 0 };
	struct stop drop = { CW_STAGE_DROP, 0, 0, 0 };
	u8 i;

	if (run->dropped) {
		drop.service = WAY[run->fault->at - 1].service;
		drop.device = WAY[run->fault->at - 1].device;
		put(run, exchange, direction, &drop, lost + US);
	}
	put(run, exchange, direction, &again, time - 100 * US);
	for (i = 2; i < (run->needless ? STOPS - 4 : run->fault->at); i++)
		put(run, exchange, direction, &WAY[i], time - 90 * US + i);
}

static u64 way(struct run *run, const struct exchange *exchange, u8 direction, u64 time,
	       bool faulty)
{
	const struct fault *fault = run->fault;
	u64 before;
	u8 i;

	for (i = 0; i < STOPS; i++) {
		struct stop stop = WAY[i];
		bool here = faulty && fault->at && fault->direction == direction && fault->at == i;

		before = time;
		stop.after = vary(run, stop.after) + (here ? vary(run, DELAY) : 0);
		time += stop.after;
		if (here && run->retransmit)
			put_again(run, exchange, direction, before, time);
		put(run, exchange, direction, &stop, time);
	}
	return time;
}

static u64 exchange(struct run *run, struct exchange *e, bool faulty, u64 inside)
{
	u64 time = way(run, e, CW_REQUEST, e->start, faulty);

	time += vary(run, 200 * US) + inside;
	if (faulty && !run->fault->at)
		time += DELAY;
	return way(run, e, CW_RESPONSE, time, faulty);
}

/* One trace, numbered, handed to a pass. */
static void make(struct run *run, u32 number,
		 void (*pass)(struct cw_why *, const struct cw_hosts *, const struct cw_trace *))
{
	bool faulty = run->fault && number % run->every == run->every / 2;
	struct exchange inner = { .trace = (u8)number,
				  .message = 2 * number + 2,
				  .parent_span = 1000,
				  .server_span = 2000,
				  .from = 1,
				  .to = 2,
				  .start = 1000 * MS + MS,
				  .seq = { 30, 40 } };
	struct exchange outer = { .trace = (u8)number,
				  .message = 2 * number + 1,
				  .server_span = 1000,
				  .from = 0,
				  .to = 1,
				  .start = 1000 * MS,
				  .seq = { 10, 20 } };
	struct cw_trace trace;
	u64 inside = 0;

	run->world->events = 0;
	run->seed = 1 + number * 100000ULL;
	if (run->third)
		inside = exchange(run, &inner, faulty, 0) - outer.start;
	if (run->twice) {
		inner.message = 1ULL << 40 | number;
		inner.seq[0] = 50;
		inner.seq[1] = 60;
		run->seed = 1 + number * 100000ULL; /* as long as the first one */
		exchange(run, &inner, faulty, 0);
	}
	exchange(run, &outer, faulty && !run->third, inside);
	world_build(run->world, &trace);
	pass(&run->why, &run->world->hosts, &trace);
}

static void solve(struct run *run, u32 requests, u32 slowest, u64 over)
{
	u32 i;

	assert_int_equal(cw_why_init(&run->why, &world_memory), 0);
	for (i = 0; i < requests; i++)
		make(run, i, cw_why_learn);
	cw_why_choose(&run->why, slowest, over);
	for (i = 0; i < requests; i++)
		make(run, i, cw_why_explain);
	cw_why_solve(&run->why);
	assert_int_equal(run->why.refused, 0);
}

/* This is the only path with so many services. */
static const struct cw_why_path *path_of(const struct run *run, u32 services)
{
	u32 service[WORLD_SERVICES], i;

	for (i = 0; i < CW_PATH_MAX; i++)
		if (run->why.path[i] &&
		    cw_path_services(&run->why.stats.paths, i, service, WORLD_SERVICES) == services)
			return run->why.path[i];
	fail_msg("no path of %u services", services);
	return NULL;
}

static const struct cw_why_share *best_of(const struct run *run, const struct cw_why_path *path)
{
	assert_true(path->tail);
	assert_true(path->outstanding >= 1);
	assert_true(run->why.share[path->share].outstanding);
	return &run->why.share[path->share];
}

static void assert_named(const struct run *run, u32 services, u32 host)
{
	const struct cw_why_path *path = path_of(run, services);
	const struct cw_why_share *best = best_of(run, path);
	const struct fault *fault = run->fault;
	double share = best->more / (path->mean - path->median);

	assert_int_equal(path->outstanding, 1);
	assert_string_equal(best->row->gap ? best->row->gap : "(none)", fault->gap);
	assert_int_equal(best->row->cause, fault->cause);
	assert_int_equal(best->row->from.device, fault->from_device);
	assert_int_equal(best->host, host);
	assert_int_equal(best->netns, host + 1);
	assert_int_equal(best->row->part, !fault->at	   ? CW_PART_OWN :
					  fault->direction ? CW_PART_RESPONSE :
							     CW_PART_REQUEST);
	assert_true(share > 0.9 && share < 1.1);
	/* The slowest of them: those with a longer delay than others. */
	assert_true(best->more > 0.9 * DELAY && best->more < (1.1 + 3 * run->noise) * DELAY);
}

static void each_fault(struct run *run, double noise)
{
	for (size_t i = 0; i < sizeof(FAULTS) / sizeof(*FAULTS); i++) {
		run->fault = &FAULTS[i];
		run->noise = noise;
		solve(run, REQUESTS, FIRST_PERCENT, 0);
		assert_named(run, 2, run->fault->host);
		assert_int_equal(path_of(run, 2)->whole.count, REQUESTS);
		assert_in_range(path_of(run, 2)->slow, 1, REQUESTS / FAULTY_EVERY);
		world_free(run->world);
		set_up((void **)&run);
	}
}

static void test_each_fault(void **state)
{
	each_fault(*state, 0);
}

static void test_each_fault_with_noise(void **state)
{
	each_fault(*state, 0.3);
}

/* Nothing is wrong: there is nothing to say of any request, also not of the slowest. */
static void test_nothing(void **state)
{
	static const double NOISE[] = { 0, 0.01, 0.1, 0.3 };
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(NOISE) / sizeof(*NOISE); i++) {
		run->noise = NOISE[i];
		solve(run, REQUESTS, FIRST_PERCENT, 0);
		assert_int_equal(path_of(run, 2)->outstanding, 0);
		assert_true(path_of(run, 2)->slow >= 1);
	}
}

/* A fault in every request is usual, and not reported. */
static void test_always(void **state)
{
	struct run *run = *state;

	run->fault = &FAULTS[2];
	run->every = 1;
	solve(run, 100, FIRST_PERCENT, 0);
	assert_int_equal(path_of(run, 2)->outstanding, 0);
	assert_true(path_of(run, 2)->median > DELAY);
}

/* There is one request only: it is the slowest, and as usual as can be. */
static void test_one_request(void **state)
{
	struct run *run = *state;

	solve(run, 1, FIRST_PERCENT, 0);
	assert_int_equal(path_of(run, 2)->slow, 1);
	assert_false(path_of(run, 2)->tail);
}

static void test_over(void **state)
{
	struct run *run = *state;

	run->fault = &FAULTS[7];
	solve(run, REQUESTS, 0, DELAY);
	assert_int_equal(path_of(run, 2)->slow, REQUESTS / FAULTY_EVERY);
	assert_named(run, 2, 0);
	solve(run, REQUESTS, 0, 10 * DELAY);
	assert_int_equal(path_of(run, 2)->slow, 0);
	assert_int_equal(path_of(run, 2)->shares, 0);
}

/* The window was closed for part of the time before the segment left. */
static void test_window(void **state)
{
	static const struct fault WINDOW = { CW_REQUEST, 1, CW_CAUSE_WINDOW,
					     0,		 0, "receiver's window closed" };
	struct run *run = *state;

	run->fault = &WINDOW;
	run->window = 10 * DELAY; /* as jiffies may have it */
	solve(run, REQUESTS, FIRST_PERCENT, 0);
	assert_named(run, 2, 1); /* the receiver's host */
}

static void check_retransmit(struct run *run, u64 kind, const struct fault *fault, bool dropped)
{
	run->fault = fault;
	run->retransmit = kind;
	run->dropped = dropped;
	solve(run, REQUESTS, FIRST_PERCENT, 0);
	assert_named(run, 2, fault->host);
	assert_int_equal(best_of(run, path_of(run, 2))->drop.stage, dropped ? CW_STAGE_DROP : 0);
}

/*
 * A packet is lost between two devices, in a device's queue, or before the first or behind the last
 * one.
 */
static void test_retransmit(void **state)
{
	static const struct fault LOST[] = {
		{ CW_REQUEST, 7, CW_CAUSE_TIMEOUT, 2, 0, "retransmission (timeout)" },
		{ CW_REQUEST, 8, CW_CAUSE_FAST, 3, 0, "retransmission (fast)" },
		{ CW_REQUEST, 10, CW_CAUSE_PROBE, 3, 0, "retransmission (tail loss probe)" },
		{ CW_RESPONSE, 12, CW_CAUSE_TIMEOUT, 3, 0, "retransmission (timeout)" },
		{ CW_REQUEST, 2, CW_CAUSE_TIMEOUT, 0, 0, "retransmission (timeout)" },
	};
	static const u64 KINDS[] = { CW_RETRANSMIT_TIMEOUT, CW_RETRANSMIT_FAST, CW_RETRANSMIT_PROBE,
				     CW_RETRANSMIT_TIMEOUT, CW_RETRANSMIT_TIMEOUT };
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(LOST) / sizeof(*LOST); i++) {
		check_retransmit(run, KINDS[i], &LOST[i], false);
		check_retransmit(run, KINDS[i], &LOST[i], true);
	}
}

/* The packet was late and not lost: a retransmission explains nothing. */
static void test_needless_retransmit(void **state)
{
	struct run *run = *state;

	run->needless = true;
	check_retransmit(run, CW_RETRANSMIT_TIMEOUT, &FAULTS[7], false);
	check_retransmit(run, CW_RETRANSMIT_PROBE, &FAULTS[8], false);
}

/* A server asks another one: a fault there makes both paths slow, and is named for both. */
static void test_behind_the_server(void **state)
{
	struct run *run = *state;

	run->third = true;
	run->fault = &FAULTS[2];
	run->noise = 0.1;
	solve(run, REQUESTS, FIRST_PERCENT, 0);
	assert_named(run, 3, 1);
	assert_named(run, 2, 1);
}

/* Two requests at the same time do not take twice as long. */
static void test_at_the_same_time(void **state)
{
	struct run *run = *state;
	const struct cw_why_share *best;

	run->third = true;
	run->twice = true;
	run->fault = &FAULTS[14]; /* in the server, which takes 200 us otherwise */
	solve(run, REQUESTS, FIRST_PERCENT, 0);
	assert_named(run, 3, 2);
	assert_named(run, 2, 2);
	best = best_of(run, path_of(run, 2));
	assert_in_range((u64)best->usual, 190 * US, 210 * US);
	assert_in_range((u64)best->slow, DELAY + 190 * US, DELAY + 210 * US);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_fault),
		TEST(test_each_fault_with_noise),
		TEST(test_nothing),
		TEST(test_always),
		TEST(test_one_request),
		TEST(test_over),
		TEST(test_window),
		TEST(test_retransmit),
		TEST(test_needless_retransmit),
		TEST(test_behind_the_server),
		TEST(test_at_the_same_time),
	};

	return cmocka_run_group_tests_name("correlate: why", tests, NULL, NULL);
}
