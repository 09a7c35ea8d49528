/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hosts that files come from, and the definitions of their short ids.  Each host
 * keeps the latest definition of each id in tables of fixed size, where a new one
 * displaces an old one.  Pure; the caller serialises.
 */
#ifndef CW_HOST_H
#define CW_HOST_H

#include "../../uapi/causeway.h"
#include "clock.h"
#include "file.h"
#include "memory.h"

#define CW_HOST_MAX 64
/*
 * Each set holds eight definitions.  A trace is read seconds after its definitions came:
 * ten thousand new connections a second must not have displaced them by then.
 */
#define CW_HOST_SETS 32768
#define CW_HOST_TABLES (CW_RECORD_REASON - CW_RECORD_FLOW + 1)
/* A host's name, a namespace's name and its number, and the characters between them. */
#define CW_HOST_LABEL_LEN (CW_FILE_NAME_LEN + CW_NETNS_NAME_LEN + 16)
/* Name of the namespace that a host's init is in, as the recorder gives it. */
#define CW_HOST_NETNS "host"

/**
 * struct cw_host - one host
 * @id: machine id
 * @name: for people
 * @aligned: @clock was found from traffic, or it is the reference, the first host
 * @parent: index of the host that @clock is compared with
 * @clock: how far its clock is ahead
 * @netns: number of its namespaces that were defined
 * @slot: definitions, one table for each kind, CW_RECORD_FLOW to CW_RECORD_REASON
 */
struct cw_host {
	u8 id[CW_FILE_ID_LEN];
	char name[CW_FILE_NAME_LEN];
	bool aligned;
	u32 parent;
	struct cw_clock clock;
	u32 netns;
	union cw_record *slot[CW_HOST_TABLES];
};

/**
 * struct cw_hosts - all of them
 * @memory: for their tables
 * @sets: how many sets a table has; 0: CW_HOST_SETS; set before the first host
 * @count: how many
 * @host: in order of appearance
 */
struct cw_hosts {
	struct cw_memory memory;
	u32 sets;
	u32 count;
	struct cw_host host[CW_HOST_MAX];
};

/**
 * cw_hosts_find - the host of a file, new or known
 * @hosts: all
 * @header: of the file
 *
 * Return: its index; -ENOMEM, -ENOSPC: too many hosts.
 * Context: any; the caller serialises.
 */
int cw_hosts_find(struct cw_hosts *hosts, const struct cw_file_header *header);

/**
 * cw_host_time - a time on the reference's clock
 * @hosts: all
 * @host: index of the host whose clock read it
 * @time: as it was read, ns
 *
 * Return: ns; @time itself where the host is not aligned.
 * Context: any.
 */
u64 cw_host_time(const struct cw_hosts *hosts, u32 host, u64 time);

/**
 * cw_host_raw - the inverse of cw_host_time(), where clocks differ by constants
 * @hosts: all, with one line each
 * @host: index of the host
 * @time: on the reference's clock
 *
 * Return: the time that the host's clock showed.
 * Context: any.
 */
u64 cw_host_raw(const struct cw_hosts *hosts, u32 host, u64 time);

/**
 * cw_host_uncertainty - how far cw_host_time() may be off
 * @hosts: all
 * @host: index of the host
 * @time: as it was read
 *
 * Return: ns, of all clocks on the way to the reference; 0: it is the reference, or not
 *	aligned.
 * Context: any.
 */
u64 cw_host_uncertainty(const struct cw_hosts *hosts, u32 host, u64 time);

/**
 * cw_host_define - take in a definition
 * @hosts: all
 * @host: index of the host that defines
 * @record: one of CW_RECORD_*; others are ignored
 *
 * Names of namespaces become printable.  A namespace whose name is gone keeps the one
 * that it had.
 *
 * Context: any; the caller serialises.
 */
void cw_host_define(struct cw_hosts *hosts, u32 host, const union cw_record *record);

/**
 * cw_host_lookup - find the definition of a short id
 * @hosts: all
 * @host: index of the host that used it
 * @kind: CW_RECORD_*
 * @id: short id
 *
 * Return: the definition, or NULL where it was lost or displaced.
 * Context: any; the caller serialises.
 */
const union cw_record *cw_host_lookup(const struct cw_hosts *hosts, u32 host, u8 kind, u32 id);

/**
 * cw_host_netns - a namespace's inode number
 * @hosts: all
 * @host: index of the host
 * @netns: short id
 *
 * Return: as in /proc/PID/ns/net; 0: not known.
 * Context: any; the caller serialises.
 */
u32 cw_host_netns(const struct cw_hosts *hosts, u32 host, u16 netns);

/**
 * cw_host_netns_id - the short id of a namespace
 * @hosts: all
 * @host: index of the host
 * @inum: inode number
 *
 * Searches a whole table: for labels only.
 *
 * Return: short id; 0: not known.
 * Context: any; the caller serialises.
 */
u16 cw_host_netns_id(const struct cw_hosts *hosts, u32 host, u32 inum);

/**
 * cw_host_netns_name - a namespace's name
 * @hosts: all
 * @host: index of the host
 * @netns: short id
 *
 * Return: printable ASCII; "" where it has none, or is not known.
 * Context: any; the caller serialises.
 */
const char *cw_host_netns_name(const struct cw_hosts *hosts, u32 host, u16 netns);

/**
 * cw_host_netns_clear - whether a namespace's name tells it apart
 * @hosts: all
 * @host: index of the host
 * @netns: short id
 *
 * Searches a whole table: for labels only.
 *
 * Return: whether it has a name that no other namespace of the host has.
 * Context: any; the caller serialises.
 */
bool cw_host_netns_clear(const struct cw_hosts *hosts, u32 host, u16 netns);

/**
 * cw_host_label - text behind a name that says where it is
 * @out: result: the host where there are several, the namespace where the host has several:
 *	"", "@client", "@node1", "@node1/client", and the short id where the name is not
 *	enough: "[3]", "@client[3]"
 * @hosts: all
 * @host: index of the host
 * @netns: short id; 0: not known
 *
 * With several hosts, the namespace of a host's init is left out.
 *
 * Return: @out.
 * Context: any; the caller serialises.
 */
char *cw_host_label(char out[CW_HOST_LABEL_LEN], const struct cw_hosts *hosts, u32 host, u16 netns);

#endif
