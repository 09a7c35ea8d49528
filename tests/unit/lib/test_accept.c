// SPDX-License-Identifier: GPL-2.0
/*
 * Would TCP take a segment: each edge of the window, of what may be acknowledged, and of the
 * timestamps, on both sides, wherever sequence numbers wrap; and timestamps among options.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "accept.h"

/* All positions are relative to these, which wrap in some of the runs. */
static const u32 BASES[] = { 0, 1000, 0x7fffff00, 0x80000000, 0xffffff00, 0xffffffff };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* 1,000 bytes of window are offered from 100 on, 50 to 300 may be acknowledged, 400 was the time. */
static struct cw_receiver receiver_at(u32 base)
{
	return (struct cw_receiver){
		.wup = base + 100,
		.end = base + 1100,
		.una = base + 100,
		.old = 50,
		.written = base + 300,
		.tsval = base + 400,
		.paws = true,
	};
}

struct row {
	u32 seq;
	u32 length;
	u32 ack;
	u32 tsval;
	enum cw_acceptance wanted;
};

static void judge(const struct row *row, u32 base, bool paws, enum cw_acceptance wanted)
{
	struct cw_receiver receiver = receiver_at(base);
	struct cw_arrived arrived = {
		.seq = base + row->seq,
		.length = row->length,
		.ack = base + row->ack,
		.tsval = base + row->tsval,
		.has_ack = true,
		.has_tsval = true,
	};

	receiver.paws = paws;
	assert_int_equal(cw_receiver_accepts(&receiver, &arrived), wanted);
}

static void test_edges(void **state)
{
	static const struct row t[] = {
		{ 100, 10, 100, 400, CW_ACCEPTED },
		/* window */
		{ 99, 0, 100, 400, CW_OUTSIDE_WINDOW },
		{ 90, 10, 100, 400, CW_ACCEPTED },
		{ 90, 9, 100, 400, CW_OUTSIDE_WINDOW },
		{ 1100, 10, 100, 400, CW_ACCEPTED },
		{ 1101, 10, 100, 400, CW_OUTSIDE_WINDOW },
		{ 0x40000000, 10, 100, 400, CW_OUTSIDE_WINDOW },
		{ 0xc0000000, 10, 100, 400, CW_OUTSIDE_WINDOW },
		/* acknowledgement */
		{ 100, 10, 50, 400, CW_ACCEPTED },
		{ 100, 10, 49, 400, CW_UNACCEPTABLE },
		{ 100, 10, 300, 400, CW_ACCEPTED },
		{ 100, 10, 301, 400, CW_UNACCEPTABLE },
		{ 100, 10, 0x40000000, 400, CW_UNACCEPTABLE },
		{ 100, 10, 0xc0000000, 400, CW_UNACCEPTABLE },
		/* timestamp */
		{ 100, 10, 100, 399, CW_ACCEPTED },
		{ 100, 10, 100, 398, CW_UNACCEPTABLE },
		{ 100, 10, 100, 0x40000000, CW_ACCEPTED },
		{ 100, 10, 100, 0xc0000000, CW_UNACCEPTABLE },
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(t); i++)
		for (unsigned int b = 0; b < COUNT(BASES); b++)
			judge(&t[i], BASES[b], true, t[i].wanted);
}

/* Where timestamps are not in use, or the segment has none, they say nothing. */
static void test_without_timestamps(void **state)
{
	const struct row old = { 100, 10, 100, 100, CW_ACCEPTED };
	struct cw_receiver receiver = receiver_at(0);
	struct cw_arrived arrived = { .seq = 100, .length = 1, .ack = 100, .has_ack = true };

	(void)state;
	judge(&old, 0, false, CW_ACCEPTED);
	judge(&old, 0, true, CW_UNACCEPTABLE);
	assert_int_equal(cw_receiver_accepts(&receiver, &arrived), CW_ACCEPTED);
}

/* A segment without the flag ACK is dropped, whatever the number says. */
static void test_without_acknowledgement(void **state)
{
	struct cw_receiver receiver = receiver_at(0);
	struct cw_arrived arrived = { .seq = 100, .length = 1, .ack = 100 };

	(void)state;
	assert_int_equal(cw_receiver_accepts(&receiver, &arrived), CW_UNACCEPTABLE);
}

static void test_timestamp_find(void **state)
{
	static const struct {
		u8 bytes[40];
		unsigned int length;
		bool found;
	} t[] = {
		{ { 1, 1, 8, 10, 1, 2, 3, 4, 9, 9, 9, 9 }, 12, true },
		{ { 8, 10, 1, 2, 3, 4, 9, 9, 9, 9 }, 10, true },
		{ { 5, 4, 9, 9, 1, 8, 10, 1, 2, 3, 4, 9, 9, 9, 9 }, 15, true },
		{ { 0 }, 0, false },
		{ { 1, 1, 1, 1 }, 4, false },
		{ { 0, 8, 10, 1, 2, 3, 4, 9, 9, 9, 9 }, 11, false },
		{ { 1, 1, 8, 10, 1, 2, 3, 4, 9, 9, 9 }, 11, false },
		{ { 8, 9, 1, 2, 3, 4, 9, 9, 9 }, 9, false },
		{ { 5, 0, 8, 10, 1, 2, 3, 4, 9, 9, 9, 9 }, 12, false },
		{ { 5, 1, 8, 10, 1, 2, 3, 4, 9, 9, 9, 9 }, 12, false },
		{ { 1, 8 }, 2, false },
	};
	u32 tsval;

	(void)state;
	for (unsigned int i = 0; i < COUNT(t); i++) {
		tsval = 0;
		assert_int_equal(cw_timestamp_find(t[i].bytes, t[i].length, &tsval), t[i].found);
		assert_int_equal(tsval, t[i].found ? 0x01020304 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_without_timestamps),
		cmocka_unit_test(test_without_acknowledgement),
		cmocka_unit_test(test_timestamp_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
