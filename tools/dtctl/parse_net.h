/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address prefixes and network namespaces as people write them.  Each cw_parse_ function
 * reads one value; where the value is wrong, it says on stderr what would be right.
 *
 * Return: CW_EXIT_OK or CW_EXIT_USAGE.
 */
#ifndef CW_PARSE_NET_H
#define CW_PARSE_NET_H

#include <stdint.h>

/* An address prefix; @family is 0 for "any". */
struct cw_prefix {
	uint8_t family;
	uint8_t bytes[16];
	uint8_t length;
};

/* "10.1.0.0/16", "fd00::/8", an address alone, "any"; bits behind the prefix must be zero. */
int cw_parse_prefix(const char *text, struct cw_prefix *out);
/* A name in /run/netns, "host", a path, or a process id: an open file, which the caller closes. */
int cw_parse_netns(const char *text, int *fd);

/* Writes what cw_parse_prefix() reads. */
#define CW_PREFIX_SIZE 64
void cw_prefix_format(const struct cw_prefix *prefix, char out[CW_PREFIX_SIZE]);

#endif
