/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address prefixes in the form in which they are compared fast: policy asks hundreds of rules
 * about an address.  Pure; any context.
 */
#ifndef CW_PREFIX_H
#define CW_PREFIX_H

#include "port.h"

#define CW_ADDRESS_LEN 16

/**
 * struct cw_address - an IPv6 address, or an IPv4 one and zeros
 * @words: its bytes, in their order
 */
struct cw_address {
	u64 words[2];
};

/**
 * struct cw_prefix - addresses of one family
 * @want: an address that has the bits of the prefix
 * @mask: ones for the bits of the prefix, zeros behind it
 */
struct cw_prefix {
	struct cw_address want;
	struct cw_address mask;
};

/**
 * cw_address_make() - make an address of bytes in network order
 * @out: result
 * @bytes: the address
 * @length: how many bytes: 4 or 16
 */
static inline void cw_address_make(struct cw_address *out, const u8 *bytes, unsigned int length)
{
	memset(out, 0, sizeof(*out));
	memcpy(out, bytes, length);
}

/**
 * cw_prefix_make() - make a prefix of an address and a number of bits
 * @out: result
 * @bytes: 16 bytes; those behind an IPv4 address may have any value
 * @bits: length of the prefix, up to 128; later bits of @bytes do not count
 */
static inline void cw_prefix_make(struct cw_prefix *out, const u8 *bytes, unsigned int bits)
{
	unsigned int whole = bits / 8;
	u8 mask[CW_ADDRESS_LEN] = { 0 };

	memset(mask, 0xff, whole);
	if (bits % 8)
		mask[whole] = (u8)(0xff << (8 - bits % 8));
	cw_address_make(&out->mask, mask, sizeof(mask));
	cw_address_make(&out->want, bytes, CW_ADDRESS_LEN);
	out->want.words[0] &= out->mask.words[0];
	out->want.words[1] &= out->mask.words[1];
}

/**
 * cw_prefix_covers() - does a prefix cover an address
 * @prefix: the addresses
 * @address: of the same family
 *
 * Return: true if it does.
 */
static inline bool cw_prefix_covers(const struct cw_prefix *prefix,
				    const struct cw_address *address)
{
	return !(((address->words[0] & prefix->mask.words[0]) ^ prefix->want.words[0]) |
		 ((address->words[1] & prefix->mask.words[1]) ^ prefix->want.words[1]));
}

#endif
