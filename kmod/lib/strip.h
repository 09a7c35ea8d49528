/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts taken off a segment: bytes in, the same number of bytes out.  Pure: no
 * allocation, no lock, no clock; any context.
 */
#ifndef CW_STRIP_H
#define CW_STRIP_H

#include "port.h"

/**
 * cw_option_strip() - overwrite options of ours with NOPs
 * @options: what stands between the 20-byte TCP header and the data; changed in place
 * @length: how many bytes, 0..40
 * @obi: OBI's (kind 25) as well
 *
 * Ours by kind, ExID and length, of every version, and each of several.  The list is walked
 * as cw_option_find() does, up to where it ends or breaks; nothing else is touched.
 *
 * Return: how many options were overwritten.
 * Context: any.
 */
unsigned int cw_option_strip(u8 *options, unsigned int length, bool obi);

#endif
