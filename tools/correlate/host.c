// SPDX-License-Identifier: GPL-2.0
/*
 * Definitions by host: set-associative tables, so that memory stays fixed however
 * many connections and threads a file names.  Pure, no locks.
 */
#include "host.h"

#define WAYS	8u

/* Sets per kind: flow, task, device, netns. */
static const u32 SETS[4] = { 8192, 8192, 512, 512 };

static u32 record_id(const union cw_record *record)
{
	/* All definitions begin with their id. */
	u32 id;

	memcpy(&id, record->bytes, sizeof(id));
	return id;
}

static union cw_record *find_set(const struct cw_host *host, u8 kind, u32 id)
{
	unsigned int table = kind - CW_RECORD_FLOW;

	return host->slot[table] + (size_t)(cw_hash(id) % SETS[table]) * WAYS;
}

static int take_tables(struct cw_hosts *hosts, struct cw_host *host)
{
	unsigned int table;

	for (table = 0; table < 4; table++) {
		host->slot[table] = cw_memory_get(&hosts->memory, (size_t)SETS[table] * WAYS,
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

void cw_host_define(struct cw_hosts *hosts, u32 host, const union cw_record *record)
{
	u8 kind = record->event.stage;
	u32 id = record_id(record), way;
	union cw_record *set;

	if (kind < CW_RECORD_FLOW || kind > CW_RECORD_NETNS)
		return;
	set = find_set(&hosts->host[host], kind, id);
	for (way = 0; way < WAYS - 1; way++)
		if (!set[way].event.stage || record_id(&set[way]) == id)
			break;
	if (kind == CW_RECORD_NETNS && !set[way].event.stage)
		hosts->netns |= ++hosts->host[host].netns > 1;
	/* Newest first: what falls out of a full set is the oldest. */
	memmove(set + 1, set, way * sizeof(*set));
	set[0] = *record;
}

const union cw_record *cw_host_lookup(const struct cw_hosts *hosts, u32 host, u8 kind, u32 id)
{
	const union cw_record *set;
	u32 way;

	if (!id || host >= hosts->count)
		return NULL;
	set = find_set(&hosts->host[host], kind, id);
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
