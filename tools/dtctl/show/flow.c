// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the addresses of a flow for people and programs.
 */
#include "flow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static void host_format(uint8_t family, const uint8_t address[16], char out[INET6_ADDRSTRLEN])
{
	out[0] = '\0';
	if (!inet_ntop(family, address, out, INET6_ADDRSTRLEN))
		strcpy(out, "?");
}

void cw_address_format(uint8_t family, const uint8_t address[16], uint16_t port,
		       char out[CW_ADDRESS_SIZE])
{
	char host[INET6_ADDRSTRLEN];

	host_format(family, address, host);
	snprintf(out, CW_ADDRESS_SIZE, family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port);
}

static void end_print(struct cw_print *print, const char *key, const char *port_key,
		      const struct cw_flow_def *flow, const uint8_t *address, uint16_t port)
{
	char text[CW_ADDRESS_SIZE], host[INET6_ADDRSTRLEN];

	host_format(flow->family, address, host);
	cw_address_format(flow->family, address, port, text);
	cw_print_string(print, key, host, "%s", text);
	cw_print_number(print, port_key, port, CW_JSON_ONLY);
}

void cw_flow_print(struct cw_print *print, const struct cw_flow_def *flow)
{
	end_print(print, "source", "source_port", flow, flow->source, flow->source_port);
	cw_print_text(print, " > ");
	end_print(print, "destination", "destination_port", flow, flow->destination,
		  flow->destination_port);
}

const char *cw_role_word(unsigned int role)
{
	static const char *const words[] = {
		[CW_ROLE_UNKNOWN] = "unknown",
		[CW_ROLE_CLIENT] = "client",
		[CW_ROLE_SERVER] = "server",
		[CW_ROLE_TRANSIT] = "transit",
	};

	return role < sizeof(words) / sizeof(words[0]) ? words[role] : "unknown";
}
