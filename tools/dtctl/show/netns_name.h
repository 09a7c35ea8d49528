/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of network namespaces by inode number, as "ip netns" has them in /run/netns; the
 * namespace of init is called "host" unless a file there has this name.
 */
#ifndef CW_NETNS_NAME_H
#define CW_NETNS_NAME_H

#include <stdint.h>

#include <libcauseway.h>

#include "print.h"

#define CW_NETNS_HOST "host"
#define CW_NETNS_HOST_PATH "/proc/1/ns/net"

struct cw_netns_names;

/* Reads the names. Return: NULL without memory; the other functions accept NULL. */
struct cw_netns_names *cw_netns_names_read(void);
/* Reads the names again if the last reading was a second ago. */
void cw_netns_names_refresh(struct cw_netns_names *names);
void cw_netns_names_free(struct cw_netns_names *names);

/**
 * cw_netns_names_fill() - put names into definitions, which the kernel sends without
 * @names: read again if any namespace is among @records: inode numbers are used again
 * @records: as received
 * @count: number of records
 *
 * Return: @records, or a copy with the names, valid until the next call.  Without memory
 * there are no names.
 */
const union cw_record *cw_netns_names_fill(struct cw_netns_names *names,
					   const union cw_record *records, size_t count);

/* Return: the name; NULL if the namespace has none. */
const char *cw_netns_name(const struct cw_netns_names *names, uint32_t inum);

/* Prints " netns NAME" or " netns INUM"; JSON: netns_inum, and netns where there is a name. */
void cw_netns_print(struct cw_print *print, const struct cw_netns_names *names, uint32_t inum);

#endif
