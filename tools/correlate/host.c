// SPDX-License-Identifier: GPL-2.0
/*
 * Definitions by host: set-associative tables, so that memory stays fixed however
 * many connections and threads a file names.  Pure, no locks.
 */
#include "host.h"

#include <stdio.h>

#define WAYS 8u

#define FEW_SETS 512u

/* Devices, namespaces and reasons are few. */
static u32 table_sets(const struct cw_hosts *hosts, unsigned int table)
{
	u32 sets = hosts->sets ? hosts->sets : CW_HOST_SETS;

	if (table < CW_RECORD_DEVICE - CW_RECORD_FLOW || sets < FEW_SETS)
		return sets;
	return FEW_SETS;
}

static u32 record_id(const union cw_record *record)
{
	/* All definitions begin with their id. */
	u32 id;

	memcpy(&id, record->bytes, sizeof(id));
	return id;
}

static union cw_record *find_set(const struct cw_hosts *hosts, u32 host, u8 kind, u32 id)
{
	unsigned int table = kind - CW_RECORD_FLOW;

	return hosts->host[host].slot[table] +
	       (size_t)(cw_hash(id) % table_sets(hosts, table)) * WAYS;
}

static int take_tables(struct cw_hosts *hosts, struct cw_host *host)
{
	unsigned int table;

	for (table = 0; table < CW_HOST_TABLES; table++) {
		host->slot[table] = cw_memory_get(&hosts->memory,
						  (size_t)table_sets(hosts, table) * WAYS,
						  sizeof(union cw_record));
		if (!host->slot[table])
			return -ENOMEM;
	}
	return 0;
}

int cw_hosts_find(struct cw_hosts *hosts, const struct cw_file_header *header)
{
	struct cw_host *host;
	u32 i;

	for (i = 0; i < hosts->count; i++)
		if (!memcmp(hosts->host[i].id, header->host_id, CW_FILE_ID_LEN) &&
		    !strcmp(hosts->host[i].name, header->host_name))
			return (int)i;
	if (i == CW_HOST_MAX)
		return -ENOSPC;
	host = &hosts->host[i];
	memcpy(host->id, header->host_id, CW_FILE_ID_LEN);
	memcpy(host->name, header->host_name, CW_FILE_NAME_LEN);
	if (take_tables(hosts, host))
		return -ENOMEM;
	hosts->count++;
	return (int)i;
}

static bool is_same_netns(const struct cw_netns_def *a, const struct cw_netns_def *b)
{
	return a->inum == b->inum && a->cookie == b->cookie;
}

/* Replaces characters that a terminal must not get: a file may hold anything. */
static void clean_name(char name[CW_NETNS_NAME_LEN])
{
	size_t length = strnlen(name, CW_NETNS_NAME_LEN - 1), i;

	memset(name + length, 0, CW_NETNS_NAME_LEN - length);
	for (i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~')
			name[i] = '?';
}

static void keep_name(struct cw_netns_def *netns, const struct cw_netns_def *before)
{
	clean_name(netns->name);
	if (!*netns->name && is_same_netns(netns, before))
		memcpy(netns->name, before->name, sizeof(netns->name));
}

/* Parents are aligned before their children: the way to the reference has an end. */
u64 cw_host_time(const struct cw_hosts *hosts, u32 host, u64 time)
{
	for (; host; host = hosts->host[host].parent)
		time -= (u64)cw_clock_offset(&hosts->host[host].clock, time);
	return time;
}

u64 cw_host_raw(const struct cw_hosts *hosts, u32 host, u64 time)
{
	for (; host; host = hosts->host[host].parent)
		time += (u64)hosts->host[host].clock.line[0].offset;
	return time;
}

u64 cw_host_uncertainty(const struct cw_hosts *hosts, u32 host, u64 time)
{
	u64 sum = 0;

	for (; host; host = hosts->host[host].parent) {
		sum += cw_clock_uncertainty(&hosts->host[host].clock, time);
		time -= (u64)cw_clock_offset(&hosts->host[host].clock, time);
	}
	return sum;
}

void cw_host_define(struct cw_hosts *hosts, u32 host, const union cw_record *record)
{
	u8 kind = record->event.stage;
	u32 id = record_id(record), way;
	union cw_record *set, new = *record;

	if (kind < CW_RECORD_FLOW || kind > CW_RECORD_REASON)
		return;
	set = find_set(hosts, host, kind, id);
	for (way = 0; way < WAYS - 1; way++)
		if (!set[way].event.stage || record_id(&set[way]) == id)
			break;
	if (kind == CW_RECORD_NETNS && !set[way].event.stage)
		hosts->host[host].netns++;
	if (kind == CW_RECORD_NETNS)
		keep_name(&new.netns, &set[way].netns);
	/* Newest first: a full set loses its oldest definition. */
	memmove(set + 1, set, way * sizeof(*set));
	set[0] = new;
}

const union cw_record *cw_host_lookup(const struct cw_hosts *hosts, u32 host, u8 kind, u32 id)
{
	const union cw_record *set;
	u32 way;

	if (!id || host >= hosts->count)
		return NULL;
	set = find_set(hosts, host, kind, id);
	for (way = 0; way < WAYS; way++)
		if (set[way].event.stage && record_id(&set[way]) == id)
			return &set[way];
	return NULL;
}

u32 cw_host_netns(const struct cw_hosts *hosts, u32 host, u16 netns)
{
	const union cw_record *record = cw_host_lookup(hosts, host, CW_RECORD_NETNS, netns);

	return record ? record->netns.inum : 0;
}

u16 cw_host_netns_id(const struct cw_hosts *hosts, u32 host, u32 inum)
{
	const unsigned int table = CW_RECORD_NETNS - CW_RECORD_FLOW;
	const union cw_record *slot = hosts->host[host].slot[table];
	u32 i;

	for (i = 0; i < table_sets(hosts, table) * WAYS; i++)
		if (slot[i].event.stage && slot[i].netns.inum == inum)
			return (u16)slot[i].netns.id;
	return 0;
}

const char *cw_host_netns_name(const struct cw_hosts *hosts, u32 host, u16 netns)
{
	const union cw_record *record = cw_host_lookup(hosts, host, CW_RECORD_NETNS, netns);

	return record ? record->netns.name : "";
}

bool cw_host_netns_clear(const struct cw_hosts *hosts, u32 host, u16 netns)
{
	const union cw_record *record = cw_host_lookup(hosts, host, CW_RECORD_NETNS, netns);
	const unsigned int table = CW_RECORD_NETNS - CW_RECORD_FLOW;
	const union cw_record *slot = hosts->host[host].slot[table];
	u32 i;

	if (!record || !*record->netns.name)
		return false;
	for (i = 0; i < table_sets(hosts, table) * WAYS; i++)
		if (slot[i].event.stage && !strcmp(slot[i].netns.name, record->netns.name) &&
		    !is_same_netns(&slot[i].netns, &record->netns))
			return false;
	return true;
}

char *cw_host_label(char out[CW_HOST_LABEL_LEN], const struct cw_hosts *hosts, u32 host, u16 netns)
{
	const char *name = cw_host_netns_name(hosts, host, netns);
	bool several = hosts->count > 1;
	size_t length = 0;

	*out = 0;
	if (several)
		length += (size_t)snprintf(out, CW_HOST_LABEL_LEN, "@%s", hosts->host[host].name);
	if (hosts->host[host].netns < 2 || !netns)
		return out;
	if (*name && !(several && !strcmp(name, CW_HOST_NETNS)))
		length += (size_t)snprintf(out + length, CW_HOST_LABEL_LEN - length, "%c%s",
					   several ? '/' : '@', name);
	if (!cw_host_netns_clear(hosts, host, netns))
		snprintf(out + length, CW_HOST_LABEL_LEN - length, "[%u]", netns);
	return out;
}
