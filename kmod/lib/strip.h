/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Takes contexts off the options of a segment, in place.  Pure: no allocation, no lock, no clock;
 * any context.
 */
#ifndef CW_STRIP_H
#define CW_STRIP_H

#include "port.h"

/**
 * cw_option_strip() - overwrite options of ours with NOPs
 * @options: what stands between the 20-byte TCP header and the data; changed in place
 * @length: how many bytes, 0..40
 * @obi: overwrite OBI's option (kind 25), too
 *
 * An option is ours by its kind, ExID and length, whatever its version; each one is overwritten if
 * there are several.  The list is walked as cw_option_find() walks it, up to where it ends or
 * breaks; no other byte is changed.
 *
 * Return: how many options were overwritten.
 * Context: any.
 */
unsigned int cw_option_strip(u8 *options, unsigned int length, bool obi);

#endif
