/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other half of the packet fuzzer, which reads the bytes that get through.
 */
#ifndef CW_FUZZ_PACKETS_H
#define CW_FUZZ_PACKETS_H

#include <stdint.h>

/* Accepts and reads at @port, for ever; a status for exit() where it cannot begin. */
int packets_read(uint16_t port);

#endif
