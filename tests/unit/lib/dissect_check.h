/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The properties that dissecting any bytes at all must have, for the unit tests and the fuzzer.
 * User space, one thread.
 */
#ifndef CW_TEST_DISSECT_CHECK_H
#define CW_TEST_DISSECT_CHECK_H

#include "dissect.h"

/**
 * struct dissect_input - what is dissected
 * @bytes: a packet, copied to a heap block of just its length before it is read
 * @length: of it
 * @network: offset of its IP header
 * @ethertype: of it
 */
struct dissect_input {
	const u8 *bytes;
	u32 length;
	u32 network;
	u16 ethertype;
};

/* VXLAN at 4789 and 8472. */
extern const struct cw_tunnel_ports dissect_ports;

/**
 * dissect_check() - dissect, and look whether the result can be true
 * @input: the packet
 * @out: result
 *
 * Dissects with all bytes directly there, with none, and with some; the three must agree.
 * Nothing is read beyond the length; layers lie in one another, and their fields are those in the
 * bytes.  cw_fast_look() keeps its promises.
 *
 * Return: NULL, or the property that does not hold.
 * Context: process.
 */
const char *dissect_check(const struct dissect_input *input, struct cw_dissection *out);

#endif
