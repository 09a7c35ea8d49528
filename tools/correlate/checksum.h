/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The checksum of record files: XXH64 with seed 0, which is defined over bytes
 * and therefore the same on every machine.  Pure; callable from anywhere.
 */
#ifndef CW_CHECKSUM_H
#define CW_CHECKSUM_H

#include "../../kmod/lib/port.h"

/**
 * cw_checksum - XXH64 of a piece of memory
 * @data: first byte; any alignment
 * @length: number of bytes
 *
 * Return: the 64-bit hash, seed 0.
 * Context: any.
 */
u64 cw_checksum(const void *data, size_t length);

#endif
