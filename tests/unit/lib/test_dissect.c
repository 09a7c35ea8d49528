// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the walk from an outer packet to the innermost one: the vectors, each of
 * them cut at every length, shortened with lengths made good, with every byte wrong
 * and at other offsets; then the packets that no vector can hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissect_check.h"
#include "packets.h"
#include "vectors.h"

#define TCP_LENGTH 20u

static const char *const files[] = { "dissect/tunnels.txt", "dissect/frames.txt",
				     "dissect/nested.txt",  "dissect/extensions.txt",
				     "dissect/wrong.txt",   "dissect/captured.txt" };

/* Do something with each vector of each file. */
static void each_packet(void (*run)(const struct packet *packet))
{
	struct packet packet;
	unsigned int count = 0;

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *in = vector_open(files[i]);

		for (; packet_next(in, &packet); count++)
			run(&packet);
		fclose(in);
	}
	assert_true(count > 500);
}

/* Dissect, and fail if the result cannot be true. */
static u8 dissect(const char *name, const struct dissect_input *input, struct cw_dissection *out)
{
	const char *wrong = dissect_check(input, out);

	if (wrong)
		fail_msg("%s, %u bytes: %s", name, input->length, wrong);
	return out->count;
}

static void assert_layer(const struct cw_layer *a, const struct cw_layer *b, u32 moved)
{
	assert_int_equal(a->tunnel, b->tunnel);
	assert_int_equal(a->family, b->family);
	assert_int_equal(a->protocol, b->protocol);
	assert_int_equal(a->fragment, b->fragment);
	assert_memory_equal(a->source, b->source, sizeof(a->source));
	assert_memory_equal(a->destination, b->destination, sizeof(a->destination));
	assert_int_equal(a->source_port, b->source_port);
	assert_int_equal(a->destination_port, b->destination_port);
	assert_int_equal(a->network, b->network + moved);
	assert_int_equal(a->transport, b->transport + moved);
	assert_int_equal(a->end, b->end + moved);
}

static void test_vectors(void **state)
{
	FILE *in = vector_open(*state);
	struct cw_dissection got;
	struct packet packet;
	unsigned int count = 0;

	for (; packet_next(in, &packet); count++) {
		struct dissect_input input = { packet.bytes, packet.length, 0, packet.ethertype };

		print_message("# %s\n", packet.name);
		assert_int_equal(dissect(packet.name, &input, &got), packet.expect.count);
		for (u8 i = 0; i < got.count; i++)
			assert_layer(&got.layer[i], &packet.expect.layer[i], 0);
	}
	fclose(in);
	assert_true(count >= 40);
}

static bool same_layers(const struct cw_dissection *a, const struct cw_dissection *b, u8 count)
{
	for (u8 i = 0; i < count; i++) {
		const struct cw_layer *x = &a->layer[i], *y = &b->layer[i];

		if (x->tunnel != y->tunnel || x->family != y->family ||
		    x->protocol != y->protocol || x->fragment != y->fragment ||
		    memcmp(x->source, y->source, sizeof(x->source)) ||
		    memcmp(x->destination, y->destination, sizeof(x->destination)) ||
		    x->source_port != y->source_port ||
		    x->destination_port != y->destination_port || x->network != y->network ||
		    x->transport != y->transport || x->end != y->end)
			return false;
	}
	return true;
}

/* How far the module agrees with tshark; what it finds otherwise may not be less. */
static bool agrees(const struct cw_dissection *ours, const struct packet *tshark)
{
	const struct cw_dissection *theirs = &tshark->expect;
	u8 last = theirs->count - 1;

	switch (tshark->agree) {
	case AGREE_FIRST:
		return ours->count <= theirs->count && same_layers(ours, theirs, ours->count);
	case AGREE_FURTHER:
		return ours->count >= theirs->count && same_layers(ours, theirs, last) &&
		       ours->layer[last].network == theirs->layer[last].network &&
		       ours->layer[last].transport >= theirs->layer[last].transport;
	default:
		return ours->count == theirs->count && same_layers(ours, theirs, ours->count);
	}
}

/* The bytes of @packet, and what tshark made of it. */
static void compare_with_tshark(const struct packet *packet, const struct packet *tshark)
{
	struct dissect_input input = { packet->bytes, packet->length, 0, packet->ethertype };
	struct cw_dissection got;

	assert_string_equal(packet->name, tshark->name);
	assert_int_equal(packet->ethertype, tshark->ethertype);
	dissect(packet->name, &input, &got);
	if (!agrees(&got, tshark))
		fail_msg("%s: %u layers, tshark sees %u, and they differ", packet->name, got.count,
			 tshark->expect.count);
}

static void test_tshark(void **state)
{
	FILE *says = vector_open("dissect/tshark.txt");
	struct packet packet, tshark;
	unsigned int all = 0, count = 0;

	(void)state;
	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *in = vector_open(files[i]);

		for (; packet_next(in, &packet); count++) {
			assert_true(packet_next(says, &tshark));
			compare_with_tshark(&packet, &tshark);
			all += tshark.agree == AGREE_ALL;
		}
		fclose(in);
	}
	assert_false(packet_next(says, &tshark));
	fclose(says);
	print_message("# %u packets, %u of them without reservation\n", count, all);
	assert_true(all >= 300);
}

/*
 * A packet whose length field says more bytes than there are is no packet; with all bytes, it is
 * one.
 */
static void cut_anywhere(const struct packet *packet)
{
	u32 whole = packet->expect.count ? packet->expect.layer[0].end : packet->length + 1;
	struct cw_dissection got;

	for (u32 length = 0; length <= packet->length; length++) {
		struct dissect_input input = { packet->bytes, length, 0, packet->ethertype };

		assert_int_equal(dissect(packet->name, &input, &got),
				 length < whole ? 0 : packet->expect.count);
	}
}

static void test_cut_anywhere(void **state)
{
	(void)state;
	each_packet(cut_anywhere);
}

/* Makes the outermost packet, and the UDP datagram in it, say that they end at @length. */
static void shorten(u8 *bytes, const struct cw_layer *outer, u32 length)
{
	if (outer->family == 4)
		cw_put_be16((u16)length, bytes + 2);
	else
		cw_put_be16((u16)(length - 40), bytes + 4);
	if (outer->protocol == 17)
		cw_put_be16((u16)(length - outer->transport), bytes + outer->transport + 4);
}

/* The outer packet is whole and good, but too short for the one inside. */
static void shortened_outside(const struct packet *packet)
{
	const struct cw_layer *outer = &packet->expect.layer[0];
	struct cw_dissection got;
	u8 bytes[PACKET_BYTES];

	if (packet->expect.count < 2)
		return;
	memcpy(bytes, packet->bytes, packet->length);
	for (u32 length = packet->expect.layer[1].network; length <= outer->end; length++) {
		struct dissect_input input = { bytes, packet->length, 0, packet->ethertype };
		u8 fit = 1;

		while (fit < packet->expect.count && packet->expect.layer[fit].end <= length)
			fit++;
		shorten(bytes, outer, length);
		assert_int_equal(dissect(packet->name, &input, &got), fit);
	}
}

static void test_shortened_outside(void **state)
{
	(void)state;
	each_packet(shortened_outside);
}

static void wrong_byte(const struct packet *packet)
{
	static const u8 changes[] = { 0x01, 0x80, 0xff };
	struct cw_dissection got;
	u8 bytes[PACKET_BYTES];

	memcpy(bytes, packet->bytes, packet->length);
	for (u32 i = 0; i < packet->length; i++) {
		struct dissect_input input = { bytes, packet->length, 0, packet->ethertype };

		for (unsigned int change = 0; change < sizeof(changes); change++) {
			bytes[i] ^= changes[change];
			dissect(packet->name, &input, &got);
			bytes[i] ^= changes[change];
		}
	}
}

static void test_wrong_byte(void **state)
{
	(void)state;
	each_packet(wrong_byte);
}

static void at_offset(const struct packet *packet)
{
	static const u32 offsets[] = { 1, 14, 18, 333 };
	struct cw_dissection got;
	u8 bytes[PACKET_BYTES + 333];

	for (unsigned int i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		u32 at = offsets[i];
		struct dissect_input input = { bytes, at + packet->length, at, packet->ethertype };

		memset(bytes, 0x45, at);
		memcpy(bytes + at, packet->bytes, packet->length);
		assert_int_equal(dissect(packet->name, &input, &got), packet->expect.count);
		for (u8 j = 0; j < got.count; j++)
			assert_layer(&got.layer[j], &packet->expect.layer[j], at);
	}
}

static void test_at_offset(void **state)
{
	(void)state;
	each_packet(at_offset);
}

/* Makes a plain TCP packet of @length bytes that says so; returns 0 where it cannot. */
static struct dissect_input make_tcp(u8 family, u32 length)
{
	u8 *bytes = calloc(1, length);
	u32 said = family == 4 ? length : length - 40;

	assert_non_null(bytes);
	bytes[0] = family == 4 ? 0x45 : 0x60;
	cw_put_be16(said > 0xffff ? 0 : (u16)said, bytes + (family == 4 ? 2 : 4));
	bytes[family == 4 ? 9 : 6] = 6;
	return (struct dissect_input){ bytes, length, 0, family == 4 ? 0x0800 : 0x86dd };
}

static void test_beyond_16_bits(void **state)
{
	static const struct {
		u8 family;
		u32 length;
		u32 end;
	} cases[] = { { 4, 65535, 65535 }, { 4, 65536, 65536 }, { 4, 500000, 500000 },
		      { 6, 65575, 65575 }, { 6, 65576, 65576 }, { 6, 500000, 500000 } };
	struct cw_dissection got;

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dissect_input input = make_tcp(cases[i].family, cases[i].length);

		assert_int_equal(dissect("long", &input, &got), 1);
		assert_int_equal(got.layer[0].end, cases[i].end);
		free((void *)input.bytes);
	}
}

/* A length of 0 means "too long to say" only where there are so many bytes. */
static void test_length_0(void **state)
{
	struct cw_dissection got;

	(void)state;
	for (u32 length = 60; length < 65536; length += 13095) {
		struct dissect_input input = make_tcp(4, length);

		memset((u8 *)input.bytes + 2, 0, 2);
		assert_int_equal(dissect("4", &input, &got), 0);
		free((void *)input.bytes);
		input = make_tcp(6, length);
		memset((u8 *)input.bytes + 4, 0, 2);
		assert_int_equal(dissect("6", &input, &got), 0);
		free((void *)input.bytes);
	}
}

static const u8 *never_read(const void *data, u32 offset, u32 length, u8 *buffer)
{
	(void)data;
	(void)buffer;
	fail_msg("read %u bytes at %u", length, offset);
	return NULL;
}

static void test_absurd(void **state)
{
	static const u32 offsets[] = { 1, 61, 0x7fffffff, 0xfffffff0u, 0xffffffffu };
	static const u8 bytes[40] = { 0x45, 0, 0, 40 };
	struct cw_packet packet = { .read = never_read, .length = 0 };
	struct cw_dissection got;

	(void)state;
	for (unsigned int i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		packet.length = 0;
		assert_null(cw_dissect(&packet, offsets[i], 0x0800, &dissect_ports, &got));
		assert_null(cw_dissect(&packet, offsets[i], 0x86dd, &dissect_ports, &got));
		packet.head = bytes;
		packet.head_length = sizeof(bytes);
		packet.length = sizeof(bytes);
		if (offsets[i] > sizeof(bytes))
			assert_null(cw_dissect(&packet, offsets[i], 0x0800, &dissect_ports, &got));
		packet.head_length = 0;
		/* No packet is this long: sums of offsets could wrap. */
		packet.length = 0xffffffffu - i;
		assert_null(cw_dissect(&packet, 0, 0x0800, &dissect_ports, &got));
	}
	assert_int_equal(got.count, 0);
}

static const u8 *read_until(const void *data, u32 offset, u32 length, u8 *buffer)
{
	u32 *left = (u32 *)data;

	(void)offset;
	if (!*left)
		return NULL;
	--*left;
	/* Version 4, of 20 bytes and no more: IPIP. */
	memset(buffer, 0, length);
	buffer[0] = 0x45;
	buffer[3] = 100;
	buffer[9] = 4;
	return buffer;
}

/* An skb may refuse bytes that its length promises. */
static void test_read_refused(void **state)
{
	struct cw_dissection got;
	u32 left;

	(void)state;
	for (u32 reads = 0; reads <= CW_DISSECT_LAYERS; reads++) {
		struct cw_packet packet = { .read = read_until, .data = &left, .length = 100 };

		left = reads;
		cw_dissect(&packet, 0, 0x0800, &dissect_ports, &got);
		/* The second packet says 100 bytes again, and 80 are left. */
		assert_int_equal(got.count, reads ? 1 : 0);
	}
}

/* VXLAN is found at the given ports, and only there. */
static void test_ports(void **state)
{
	FILE *in = vector_open("dissect/tunnels.txt");
	struct packet packet;
	struct cw_dissection got;
	unsigned int count = 0;

	(void)state;
	while (packet_next(in, &packet)) {
		struct cw_tunnel_ports ports = { { 1, 2, 3, 4, 5, 6, 7, 4789 } };
		struct cw_packet input = { .read = never_read,
					   .head = packet.bytes,
					   .head_length = packet.length,
					   .length = packet.length };

		if (strncmp(packet.name, "vxlan-", 6))
			continue;
		cw_dissect(&input, 0, packet.ethertype, &ports, &got);
		assert_int_equal(got.count, 2);
		ports.vxlan[7] = 0;
		cw_dissect(&input, 0, packet.ethertype, &ports, &got);
		assert_int_equal(got.count, 1);
		memset(&ports, 0, sizeof(ports));
		cw_dissect(&input, 0, packet.ethertype, &ports, &got);
		assert_int_equal(got.count, 1);
		count++;
	}
	fclose(in);
	assert_int_equal(count, 12);
}

/* No port is none. */
static void test_port_0(void **state)
{
	const struct cw_tunnel_ports ports = { { 4789 } };

	(void)state;
	assert_true(cw_is_vxlan(&ports, 4789));
	assert_false(cw_is_vxlan(&ports, 8472));
	assert_false(cw_is_vxlan(&ports, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "test_vectors tunnels.txt", test_vectors, NULL, NULL, "dissect/tunnels.txt" },
		{ "test_vectors frames.txt", test_vectors, NULL, NULL, "dissect/frames.txt" },
		{ "test_vectors nested.txt", test_vectors, NULL, NULL, "dissect/nested.txt" },
		{ "test_vectors extensions.txt", test_vectors, NULL, NULL,
		  "dissect/extensions.txt" },
		{ "test_vectors wrong.txt", test_vectors, NULL, NULL, "dissect/wrong.txt" },
		{ "test_vectors captured.txt", test_vectors, NULL, NULL, "dissect/captured.txt" },
		cmocka_unit_test(test_tshark),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_shortened_outside),
		cmocka_unit_test(test_wrong_byte),
		cmocka_unit_test(test_at_offset),
		cmocka_unit_test(test_beyond_16_bits),
		cmocka_unit_test(test_length_0),
		cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_read_refused),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_port_0),
	};

	return cmocka_run_group_tests_name("dissect", tests, NULL, NULL);
}
