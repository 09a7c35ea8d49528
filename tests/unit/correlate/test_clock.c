// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of bound.c, clock.c and align.c's passes: made-up and recorded traffic whose
 * clocks are shifted and stretched by known amounts.  One thread.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

#define HOSTS 3
#define DRAWS 1000
#define SECOND 1000000000ULL

/* Deterministic: a failure can be repeated. */
static u64 seed;

static double draw(double from, double to)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return from + (to - from) * (double)(seed >> 11) / 9007199254740992.0;
}

/*
 * The true clocks: @start, and each host's offset and rate, give what its clock reads at any time.
 */
struct truth {
	u64 start;
	double offset[HOSTS];
	double rate[HOSTS];
};

static u64 reading(const struct truth *truth, u32 host, double t)
{
	double off = truth->offset[host] + truth->rate[host] * t;

	return truth->start + (u64)(s64)(t + off);
}

static void draw_clocks(struct truth *truth, double minutes, double ppm)
{
	u32 i;

	truth->start = 1790000000ULL * SECOND;
	for (i = 0; i < HOSTS; i++) {
		truth->offset[i] = draw(-minutes, minutes) * 60e9;
		truth->rate[i] = draw(-ppm, ppm) / 1e6;
	}
}

/* Is the true difference to the reference within the uncertainty given for it at the time @t? */
static bool is_right(const struct cw_hosts *hosts, const struct truth *truth, u32 host, double t)
{
	u64 time = reading(truth, host, t), uncertainty;
	double error;

	assert_true(hosts->host[host].aligned);
	error = (double)(s64)(cw_host_time(hosts, host, time) - reading(truth, 0, t));
	uncertainty = cw_host_uncertainty(hosts, host, time);
	/* The reference's own rate is not known: its reading is the time. */
	return fabs(error) <= (double)uncertainty + 2;
}

/* --- made-up crossings ------------------------------------------------------------------ */

static struct cw_hosts *hosts_new(u32 count)
{
	struct cw_hosts *hosts = world_memory.get(NULL, 1, sizeof(*hosts));

	hosts->count = count;
	hosts->host[0].aligned = true;
	return hosts;
}

static struct cw_align *align_new(void)
{
	struct cw_align *align = world_memory.get(NULL, 1, sizeof(*align));

	assert_int_equal(cw_align_init(align, &world_memory), 0);
	return align;
}

/* One message from @from to @to that left at @t and took @delay, all in true time. */
static void cross(struct cw_align *align, const struct cw_hosts *hosts, const struct truth *truth,
		  u32 from, u32 to, double t, double delay)
{
	struct cw_hop hop[2] = {
		{ .stage = CW_STAGE_DEV_XMIT, .host = (u16)from, .first = reading(truth, from, t) },
		{ .stage = CW_STAGE_DEV_RX,
		  .host = (u16)to,
		  .first = reading(truth, to, t + delay) },
	};
	struct cw_message message = { .chain = { { .hops = 2 } } };
	struct cw_trace trace = { .message = &message, .messages = 1, .hop = hop, .hops = 2 };

	cw_align_learn(align, hosts, &trace);
}

/* Messages both ways between two hosts, at random times. */
static void traffic(struct cw_align *align, const struct cw_hosts *hosts, const struct truth *truth,
		    u32 a, u32 b, double length)
{
	double base[2] = { draw(5e3, 500e3), draw(5e3, 500e3) };
	u32 messages = (u32)draw(2, 60), i;
	double t;

	for (i = 0; i < messages; i++) {
		t = draw(0, length);
		/* Delays of queues: mostly short, now and then long. */
		cross(align, hosts, truth, a, b, t, base[0] - 300e3 * log(draw(1e-9, 1)));
		cross(align, hosts, truth, b, a, t, base[1] - 300e3 * log(draw(1e-9, 1)));
	}
}

static void test_draws(void **state)
{
	static const double AT[] = { 0, 0.5, 1, -1, 3 };
	u32 i, j, right = 0, asked = 0;

	(void)state;
	seed = 1;
	for (i = 0; i < DRAWS; i++) {
		struct cw_hosts *hosts = hosts_new(HOSTS);
		struct cw_align *align = align_new();
		double length = exp(draw(log(1e7), log(3600e9)));
		struct truth truth;

		draw_clocks(&truth, 10, 200);
		traffic(align, hosts, &truth, 0, 1, length);
		/* The third host exchanges messages with the second one only. */
		traffic(align, hosts, &truth, 1, 2, length);
		cw_align_solve(align, hosts);
		for (j = 0; j < sizeof(AT) / sizeof(*AT); j++) {
			right += is_right(hosts, &truth, 1, AT[j] * length);
			right += is_right(hosts, &truth, 2, AT[j] * length);
			asked += 2;
		}
		world_free(NULL);
	}
	print_message("# %u of %u within the uncertainty\n", right, asked);
	assert_true(right >= asked * 99ULL / 100);
}

/* No message is received before it is sent, whatever was seen. */
static void test_no_receive_before_its_send(void **state)
{
	u32 i, j;

	(void)state;
	seed = 2;
	for (i = 0; i < 100; i++) {
		struct cw_hosts *hosts = hosts_new(2);
		struct cw_align *align = align_new();
		double sent[200], came[200];
		struct truth truth;

		draw_clocks(&truth, 10, 200);
		for (j = 0; j < 200; j++) {
			sent[j] = draw(0, 600e9);
			came[j] = sent[j] + draw(20e3, 30e3);
			cross(align, hosts, &truth, j & 1, !(j & 1), sent[j], came[j] - sent[j]);
		}
		cw_align_solve(align, hosts);
		for (j = 0; j < 200; j++) {
			u64 left = cw_host_time(hosts, j & 1, reading(&truth, j & 1, sent[j]));
			u64 got = cw_host_time(hosts, !(j & 1), reading(&truth, !(j & 1), came[j]));

			/* Equal but for the rounding to a ns. */
			assert_true((s64)(got - left) >= -3);
		}
		world_free(NULL);
	}
}

static void test_far_from_the_data_less_is_known(void **state)
{
	struct cw_hosts *hosts = hosts_new(2);
	struct cw_align *align = align_new();
	struct truth truth = { .start = SECOND, .rate = { 0, 100e-6 } };
	u64 near, far;

	(void)state;
	cross(align, hosts, &truth, 0, 1, 100e9, 1e5);
	cross(align, hosts, &truth, 1, 0, 100e9, 1e5);
	cw_align_solve(align, hosts);
	near = cw_host_uncertainty(hosts, 1, reading(&truth, 1, 100e9));
	far = cw_host_uncertainty(hosts, 1, reading(&truth, 1, 110e9));
	assert_in_range(near, 1e5, 2e5);
	assert_in_range(far, 4e6, 2e7);
	assert_true(is_right(hosts, &truth, 1, 0));
	assert_true(is_right(hosts, &truth, 1, 110e9));
	assert_int_equal(cw_host_uncertainty(hosts, 0, 5), 0);
	world_free(NULL);
}

static void test_one_way_is_unaligned(void **state)
{
	struct cw_hosts *hosts = hosts_new(2);
	struct cw_align *align = align_new();
	struct truth truth = { .start = SECOND, .offset = { 0, 5e9 } };

	(void)state;
	cross(align, hosts, &truth, 0, 1, 1e9, 1e5);
	cw_align_solve(align, hosts);
	assert_false(hosts->host[1].aligned);
	assert_int_equal(cw_host_time(hosts, 1, 12345), 12345);
	assert_int_equal(cw_host_uncertainty(hosts, 1, 12345), 0);
	world_free(NULL);
}

/* A clock is set by a minute in the middle: it has two lines, each right for its time. */
static void test_clock_that_was_set(void **state)
{
	struct cw_hosts *hosts = hosts_new(2);
	struct cw_align *align = align_new();
	struct truth before = { .start = SECOND, .rate = { 0, 50e-6 } }, after = before;
	u32 i;

	(void)state;
	seed = 3;
	after.offset[1] = 60e9;
	for (i = 0; i < 400; i++) {
		const struct truth *truth = i < 200 ? &before : &after;

		cross(align, hosts, truth, i & 1, !(i & 1), 1e9 * i, draw(1e5, 2e5));
	}
	cw_align_solve(align, hosts);
	assert_true(hosts->host[1].clock.lines >= 2);
	assert_true(is_right(hosts, &before, 1, 50e9));
	assert_true(is_right(hosts, &after, 1, 350e9));
	world_free(NULL);
}

/*
 * The messages disagree even within a short time: that is reported, and the uncertainty covers it.
 */
static void test_broken_clock(void **state)
{
	struct cw_hosts *hosts = hosts_new(2);
	struct cw_align *align = align_new();
	struct truth early = { .start = 1ULL << 40 }, late = early;

	(void)state;
	late.offset[1] = 1e9;
	cross(align, hosts, &early, 0, 1, 0, 1e3);
	cross(align, hosts, &late, 1, 0, 10, 1e3);
	cw_align_solve(align, hosts);
	assert_true(hosts->host[1].aligned);
	assert_int_equal(hosts->host[1].clock.broken, 1);
	assert_in_range(cw_host_uncertainty(hosts, 1, 1ULL << 40), 4e8, 6e8);
	world_free(NULL);
}

/* A file may hold any numbers. */
static void test_damaged_times(void **state)
{
	static const u64 TIMES[] = { 0,		 1,	     SECOND, 1ULL << 61, (1ULL << 62) - 1,
				     1ULL << 62, 1ULL << 63, ~0ULL };
	struct cw_hosts *hosts = hosts_new(2);
	struct cw_align *align = align_new();
	const u32 count = sizeof(TIMES) / sizeof(*TIMES);
	u32 i;

	(void)state;
	for (i = 0; i < count * count; i++) {
		struct cw_hop hop[2] = { { .first = TIMES[i % count] },
					 { .first = TIMES[i / count], .host = 1 } };
		struct cw_message message = { .chain = { { .hops = 2 } } };
		struct cw_trace trace = { .message = &message, .messages = 1, .hop = hop };
		struct cw_event event = { .time = TIMES[i % count],
					  .stage = CW_STAGE_TCP_OUT,
					  .flags = CW_EVENT_RUN_START,
					  .message = i };

		cw_align_event(align, i & 1, &event);
		cw_align_learn(align, hosts, &trace);
		hop[0].host = 1;
		hop[1].host = 0;
		cw_align_learn(align, hosts, &trace);
	}
	cw_align_solve(align, hosts);
	cw_align_roughly(align, hosts);
	world_free(NULL);
}

/*
 * Hulls with more bends than there is room for stay below the points added, or say that they lost
 * some.
 */
static void test_bound(void **state)
{
	struct cw_bound *bound = world_memory.get(NULL, 1, sizeof(*bound));
	u64 x;

	(void)state;
	for (x = 0; x < 1000; x++)
		cw_bound_add(bound, x * SECOND, (s64)(x * x));
	assert_true(bound->count <= CW_BOUND_WINDOWS);
	assert_true(bound->lost);
	memset(bound, 0, sizeof(*bound));
	/* Points on a line, and many above it: a window needs two vertices. */
	for (x = 0; x < 100000; x++)
		cw_bound_add(bound, (x * 7919) % 100000 * 1000000,
			     (s64)((x * 7919) % 100000) + (s64)(x % 3 ? 500 + x % 77 : 0));
	assert_int_equal(bound->lost, 0);
	for (x = 0; x < bound->count; x++)
		assert_in_range(bound->window[x].count, 1, 4);
	world_free(NULL);
}

/* --- recorded traffic ------------------------------------------------------------------- */

#define RECORDING "tests/vectors/recordings/chain.cw"
#define EVENTS_MAX 8192

struct recording {
	struct cw_seen seen[EVENTS_MAX];
	u32 events;
	u64 first;
	u64 last;
	u8 host_of[256]; /* by short id of a namespace, plus one; 0: left out */
};

static u8 host_named(const char *name)
{
	static const char *const NAMES[] = { "client", "n1", "proxy", "n2", "app", "n3" };
	u8 i;

	for (i = 0; i < 6; i++)
		if (!strcmp(NAMES[i], name))
			return (u8)(i / 2 + 1);
	return 0;
}

static void take_record(struct recording *recording, const union cw_record *record)
{
	const struct cw_event *event = &record->event;

	if (event->stage == CW_RECORD_NETNS)
		recording->host_of[record->netns.id & 255] = host_named(record->netns.name);
	if (event->stage > CW_STAGE_MAX || !recording->host_of[event->netns & 255])
		return;
	assert_in_range(recording->events, 0, EVENTS_MAX - 1);
	recording->seen[recording->events].event = *event;
	recording->seen[recording->events++].host = recording->host_of[event->netns & 255] - 1u;
	if (!recording->first || event->time < recording->first)
		recording->first = event->time;
	if (event->time > recording->last)
		recording->last = event->time;
}

static void load(struct recording *recording)
{
	FILE *file = fopen(CW_TREE "/" RECORDING, "rb");
	static u8 data[1u << 20];
	struct cw_file_reader reader;
	struct cw_file_block block;
	union cw_record record;
	size_t length, used, i;
	u8 *at = data;
	int got;

	assert_non_null(file);
	length = fread(data, 1, sizeof(data), file);
	fclose(file);
	got = cw_file_start(&reader, data, length);
	assert_true(got > 0);
	at += got;
	while (cw_file_next(&reader, at, (size_t)(data + length - at), true, &block, &used) ==
	       CW_FILE_BLOCK) {
		for (i = 0; cw_file_record(&reader, &block, i, &record) > 0; i++)
			take_record(recording, &record);
		at += used;
	}
	assert_true(recording->events > 300);
}

struct reader {
	struct cw_align *align;
	struct cw_hosts *hosts;
	struct cw_trace trace;
};

static void learn(void *user, struct cw_seen *seen, u32 events)
{
	struct reader *reader = user;

	reader->trace.seen = seen;
	reader->trace.events = events;
	assert_int_equal(cw_trace_build(&reader->trace, reader->hosts), 0);
	cw_align_learn(reader->align, reader->hosts, &reader->trace);
}

/* Does with three files what "dtctl report" does, from their events on. */
static void align(struct recording *recording, const struct truth *truth, struct cw_hosts *hosts)
{
	struct cw_store_limits limits = { EVENTS_MAX, 256, EVENTS_MAX, 2 * SECOND, 60 * SECOND };
	static struct cw_message message[EVENTS_MAX];
	static struct cw_hop hop[EVENTS_MAX];
	static struct cw_span_ref span[EVENTS_MAX];
	struct reader reader = {
		align_new(),
		hosts,
		{ .capacity = EVENTS_MAX, .message = message, .hop = hop, .span = span }
	};
	struct cw_store store;
	struct cw_seen seen;
	u32 i;

	for (i = 0; i < recording->events; i++) {
		seen = recording->seen[i];
		seen.event.time =
			reading(truth, seen.host, (double)(seen.event.time - recording->first));
		cw_align_event(reader.align, seen.host, &seen.event);
	}
	cw_align_roughly(reader.align, hosts);
	assert_int_equal(cw_store_init(&store, &limits, &world_memory, learn, &reader), 0);
	for (i = 0; i < recording->events; i++) {
		seen = recording->seen[i];
		seen.event.time =
			reading(truth, seen.host, (double)(seen.event.time - recording->first));
		seen.event.time = cw_host_time(hosts, seen.host, seen.event.time);
		cw_store_add(&store, &seen);
	}
	cw_store_flush(&store);
	cw_align_solve(reader.align, hosts);
}

static void test_recording_draws(void **state)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	u32 i, j, right = 0, asked = 0;

	(void)state;
	seed = 4;
	load(recording);
	for (i = 0; i < DRAWS; i++) {
		struct cw_hosts *hosts = hosts_new(HOSTS);
		double length = (double)(recording->last - recording->first);
		struct truth truth;

		hosts->memory = world_memory;
		hosts->sets = 1;
		draw_clocks(&truth, 10, 200);
		for (j = 0; j < HOSTS; j++) {
			struct cw_file_header header = { 0 };

			hosts->count = j;
			header.host_name[0] = (char)('a' + j);
			assert_int_equal(cw_hosts_find(hosts, &header), j);
		}
		align(recording, &truth, hosts);
		for (j = 0; j <= 2; j++) {
			right += is_right(hosts, &truth, 1, length * j / 2);
			right += is_right(hosts, &truth, 2, length * j / 2);
			asked += 2;
		}
		world_free(NULL);
	}
	print_message("# %u of %u within the uncertainty\n", right, asked);
	assert_true(right >= asked * 99ULL / 100);
	free(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_no_receive_before_its_send),
		cmocka_unit_test(test_far_from_the_data_less_is_known),
		cmocka_unit_test(test_one_way_is_unaligned),
		cmocka_unit_test(test_clock_that_was_set),
		cmocka_unit_test(test_broken_clock),
		cmocka_unit_test(test_damaged_times),
		cmocka_unit_test(test_recording_draws),
	};

	return cmocka_run_group_tests_name("correlate: bound, clock, align", tests, NULL, NULL);
}
