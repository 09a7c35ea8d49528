// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps definitions by kind and id in the C library's binary tree.  The number of ids that
 * the kernel gives out bounds it; names are made safe for a terminal here.
 */
#define _GNU_SOURCE
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct cw_names {
	void *root;
};

/* All definitions have their id first. */
static uint32_t id_of(const union cw_record *record)
{
	return record->flow.id;
}

static int compare_records(const void *left, const void *right)
{
	const union cw_record *a = left, *b = right;

	if (a->flow.stage != b->flow.stage)
		return a->flow.stage < b->flow.stage ? -1 : 1;
	return id_of(a) < id_of(b) ? -1 : id_of(a) > id_of(b);
}

/* A task chooses its name: control characters must not reach a terminal. */
static void name_clean(char *name, size_t size)
{
	name[size - 1] = '\0';
	for (char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
}

struct cw_names *cw_names_new(void)
{
	return calloc(1, sizeof(struct cw_names));
}

void cw_names_free(struct cw_names *names)
{
	if (!names)
		return;
	tdestroy(names->root, free);
	free(names);
}

int cw_names_add(struct cw_names *names, const union cw_record *record)
{
	union cw_record *copy = malloc(sizeof(*copy));
	union cw_record **found;

	if (!copy)
		return -ENOMEM;
	*copy = *record;
	if (copy->flow.stage == CW_RECORD_TASK)
		name_clean(copy->task.comm, sizeof(copy->task.comm));
	if (copy->flow.stage == CW_RECORD_DEVICE) {
		name_clean(copy->device.name, sizeof(copy->device.name));
		name_clean(copy->device.kind, sizeof(copy->device.kind));
	}
	if (copy->flow.stage == CW_RECORD_NETNS)
		name_clean(copy->netns.name, sizeof(copy->netns.name));
	if (copy->flow.stage == CW_RECORD_REASON) {
		name_clean(copy->reason.name, sizeof(copy->reason.name));
		name_clean(copy->reason.function, sizeof(copy->reason.function));
	}
	found = tsearch(copy, &names->root, compare_records);
	if (!found) {
		free(copy);
		return -ENOMEM;
	}
	if (*found != copy) {
		**found = *copy;
		free(copy);
	}
	return 0;
}

static const union cw_record *find_record(const struct cw_names *names, uint8_t kind, uint32_t id)
{
	union cw_record key = { .flow = { .id = id, .stage = kind } };
	union cw_record *const *found = id ? tfind(&key, &names->root, compare_records) : NULL;

	return found ? *found : NULL;
}

const struct cw_flow_def *cw_names_flow(const struct cw_names *names, uint32_t id)
{
	return (const struct cw_flow_def *)find_record(names, CW_RECORD_FLOW, id);
}

const struct cw_task_def *cw_names_task(const struct cw_names *names, uint32_t id)
{
	return (const struct cw_task_def *)find_record(names, CW_RECORD_TASK, id);
}

const struct cw_device_def *cw_names_device(const struct cw_names *names, uint32_t id)
{
	return (const struct cw_device_def *)find_record(names, CW_RECORD_DEVICE, id);
}

const struct cw_netns_def *cw_names_netns(const struct cw_names *names, uint32_t id)
{
	return (const struct cw_netns_def *)find_record(names, CW_RECORD_NETNS, id);
}

const struct cw_reason_def *cw_names_reason(const struct cw_names *names, uint32_t id)
{
	return (const struct cw_reason_def *)find_record(names, CW_RECORD_REASON, id);
}
