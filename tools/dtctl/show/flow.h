/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints the addresses of a flow, as text and as JSON keys.
 */
#ifndef CW_FLOW_H
#define CW_FLOW_H

#include <libcauseway.h>

#include "print.h"

/* Writes "10.0.0.1:80" or "[fd00::1]:80". */
#define CW_ADDRESS_SIZE 56
void cw_address_format(uint8_t family, const uint8_t address[16], uint16_t port,
		       char out[CW_ADDRESS_SIZE]);

/* Prints text "SOURCE > DESTINATION"; JSON source, source_port, destination, destination_port. */
void cw_flow_print(struct cw_print *print, const struct cw_flow_def *flow);

/* Return: "client", "server", "transit", "unknown". */
const char *cw_role_word(unsigned int role);

#endif
