// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the first look at a packet: it knows packets as they are usually sent, and never says
 * other than the full dissection, whichever byte of them is changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "dissect_check.h"
#include "option.h"
#include "option_long.h"
#include "fast_look.h"

#define PAYLOAD 7
#define SEGMENT (20 + 60 + PAYLOAD)
#define MOST (20 + 8 + 8 + 14 + SEGMENT)

static const struct cw_option mark = {
	.type = CW_OPTION_LONG,
	.sampled = true,
	.class = 3,
	.trace_id = { 0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6 },
	.message = 1ULL << 63 | 0xa1b2c3d4e5,
	.back = 5,
};

static void ipv4(u8 *ip, u8 protocol, u32 length)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	cw_put_be16((u16)length, ip + 2);
	ip[6] = 0x40; /* do not fragment */
	ip[9] = protocol;
	ip[15] = 1;
	ip[19] = 2;
}

/* @options: 0, 12 (time stamps) or 40 (and a mark); returns the packet's length. */
static u32 segment(u8 *ip, u8 options)
{
	u8 *tcp = ip + 20;
	u32 length = 40u + options + PAYLOAD;

	ipv4(ip, 6, length);
	memset(tcp, 0, length - 20);
	cw_put_be16(34567, tcp);
	cw_put_be16(8000, tcp + 2);
	tcp[12] = (u8)((20 + options) << 2);
	if (options >= 12)
		memcpy(tcp + 20, "\x01\x01\x08\x0a", 4);
	if (options == 40)
		cw_option_write(&mark, tcp + 32);
	return length;
}

static u32 in_vxlan(u8 *ip, u8 options)
{
	u32 length = segment(ip + 50, options) + 50;

	ipv4(ip, 17, length);
	memset(ip + 20, 0, 30);
	cw_put_be16(50000, ip + 20);
	cw_put_be16(8472, ip + 22);
	cw_put_be16((u16)(length - 20), ip + 24);
	ip[28] = 8;
	cw_put_be16(0x0800, ip + 48);
	return length;
}

static u32 in_ip(u8 *ip, u8 options)
{
	u32 length = segment(ip + 20, options) + 20;

	ipv4(ip, 4, length);
	return length;
}

static u32 alone(u8 *ip, u8 options)
{
	return segment(ip, options);
}

static const struct {
	const char *name;
	u32 (*make)(u8 *ip, u8 options);
	u32 inner;
	u8 tunnel;
} SHAPES[] = {
	{ "alone", alone, 0, CW_TUNNEL_NONE },
	{ "VXLAN", in_vxlan, 50, CW_TUNNEL_VXLAN },
	{ "IP in IP", in_ip, 20, CW_TUNNEL_IPIP },
};
#define SHAPES_COUNT (sizeof(SHAPES) / sizeof(SHAPES[0]))

static u32 look(const u8 *bytes, u32 head, u32 length, struct cw_fast *fast)
{
	u32 found = cw_fast_look(bytes, head, length, 0x0800, &dissect_ports);

	memset(fast, 0x5a, sizeof(*fast));
	if ((found & CW_FAST_VERDICT) == CW_FAST_MARKED)
		*fast = cw_fast_read(bytes, found);
	return found & CW_FAST_VERDICT;
}

static void test_known(void **state)
{
	struct cw_context context;
	struct cw_fast fast;
	u8 bytes[MOST];
	u32 i, length;

	(void)state;
	for (i = 0; i < SHAPES_COUNT; i++) {
		length = SHAPES[i].make(bytes, 0);
		assert_int_equal(look(bytes, length, length, &fast), CW_FAST_PLAIN);
		length = SHAPES[i].make(bytes, 12);
		assert_int_equal(look(bytes, length, length, &fast), CW_FAST_PLAIN);
		length = SHAPES[i].make(bytes, 40);
		assert_int_equal(look(bytes, length, length, &fast), CW_FAST_MARKED);
		assert_ptr_equal(fast.ip, bytes + SHAPES[i].inner);
		assert_int_equal(fast.tunnel, SHAPES[i].tunnel);
		if (fast.tunnel != CW_TUNNEL_NONE)
			assert_ptr_equal(cw_fast_outer(&fast), bytes);
		assert_int_equal(cw_fast_length(&fast), PAYLOAD);
		assert_true(cw_option_is_traced(cw_fast_option(&fast)));
		cw_option_context(cw_fast_option(&fast), &context);
		assert_memory_equal(context.trace_id, mark.trace_id, sizeof(mark.trace_id));
		assert_int_equal(context.message, mark.message);
		assert_int_equal(context.flags, CW_CTX_VALID | CW_CTX_SAMPLED);
		assert_int_equal(context.class, mark.class);
		assert_int_equal(cw_option_back(cw_fast_option(&fast)), mark.back);
	}
}

/* Bytes that do not lie in memory directly are not looked at, and not guessed. */
static void test_short(void **state)
{
	struct dissect_input input = { .ethertype = 0x0800 };
	struct cw_dissection out;
	struct cw_fast fast;
	u8 bytes[MOST];
	u32 i, length;

	(void)state;
	for (i = 0; i < SHAPES_COUNT; i++) {
		length = SHAPES[i].make(bytes, 40);
		input.bytes = bytes;
		for (input.length = 0; input.length < length; input.length++)
			assert_null(dissect_check(&input, &out));
		assert_int_equal(look(bytes, length - PAYLOAD, length, &fast), CW_FAST_MARKED);
		assert_int_equal(look(bytes, length - PAYLOAD - 1, length, &fast), CW_FAST_OTHER);
	}
}

static void try_other_byte(u8 *bytes, u32 length, u32 at)
{
	struct dissect_input input = { .bytes = bytes, .length = length, .ethertype = 0x0800 };
	struct cw_dissection out;
	u8 right = bytes[at];
	const char *wrong;
	unsigned int value;

	for (value = 0; value < 256; value++) {
		bytes[at] = (u8)value;
		wrong = dissect_check(&input, &out);
		if (wrong)
			fail_msg("byte %u is 0x%02x: %s", at, value, wrong);
	}
	bytes[at] = right;
}

static void test_other_bytes(void **state)
{
	static const u8 OPTIONS[] = { 0, 12, 40 };
	u8 bytes[MOST];
	u32 i, k, at, length;

	(void)state;
	for (i = 0; i < SHAPES_COUNT; i++)
		for (k = 0; k < 3; k++) {
			length = SHAPES[i].make(bytes, OPTIONS[k]);
			for (at = 0; at < length; at++)
				try_other_byte(bytes, length, at);
		}
}

/* An option that says nothing that may be believed. */
static void test_no_context(void **state)
{
	u8 option[CW_OPTION_LONG_LEN];
	struct cw_option other = mark;

	(void)state;
	cw_option_write(&mark, option);
	option[4] |= 0x40; /* version 1 */
	assert_false(cw_option_is_traced(option));
	other.sampled = false;
	cw_option_write(&other, option);
	assert_false(cw_option_is_traced(option));
	other = mark;
	memset(other.trace_id, 0, sizeof(other.trace_id));
	cw_option_write(&other, option);
	assert_false(cw_option_is_traced(option));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_other_bytes),
		cmocka_unit_test(test_no_context),
	};

	return cmocka_run_group_tests_name("fast", tests, NULL, NULL);
}
