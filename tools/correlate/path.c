// SPDX-License-Identifier: GPL-2.0
/*
 * Interning of services and paths in two hash tables of fixed size with linear
 * probing.  Pure, no locks.
 */
#include "path.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "checksum.h"

#define SLOTS (2 * CW_PATH_MAX)

int cw_paths_init(struct cw_paths *paths, const struct cw_memory *memory)
{
	memset(paths, 0, sizeof(*paths));
	paths->service = cw_memory_get(memory, CW_SERVICE_MAX, sizeof(*paths->service));
	paths->path = cw_memory_get(memory, CW_PATH_MAX, sizeof(*paths->path));
	paths->service_slot = cw_memory_get(memory, SLOTS, sizeof(*paths->service_slot));
	paths->path_slot = cw_memory_get(memory, SLOTS, sizeof(*paths->path_slot));
	if (!paths->service || !paths->path || !paths->service_slot || !paths->path_slot)
		return -ENOMEM;
	paths->paths = CW_PATH_OTHER + 1;
	return 0;
}

static void print_end(char *name, u8 family, const u8 *address, u16 port)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(family, address, text, sizeof(text));
	snprintf(name, CW_SERVICE_LEN, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
}

/* An end that was not seen is named as the other end's socket names it. */
static void name_by_address(struct cw_service *service, const struct cw_hosts *hosts,
			    const struct cw_actor *other)
{
	const union cw_record *record = NULL;

	if (other->known)
		record = cw_host_lookup(hosts, other->host, CW_RECORD_FLOW, other->flow);
	if (record)
		print_end(service->name, record->flow.family, record->flow.destination,
			  record->flow.destination_port);
	else
		strcpy(service->name, "?");
}

/* A client's port is another one each time: only its address is a service. */
static void drop_port(char *name)
{
	char *colon = strrchr(name, ':');

	if (colon)
		*colon = 0;
}

void cw_service_get(struct cw_service *service, const struct cw_hosts *hosts,
		    const struct cw_message *message, bool server)
{
	const struct cw_actor *actor = server ? &message->server : &message->client;
	const union cw_record *task = NULL;

	memset(service, 0, sizeof(*service));
	service->host = actor->known ? actor->host : CW_HOST_MAX;
	if (actor->known) {
		service->netns = cw_host_netns(hosts, actor->host, actor->netns);
		task = cw_host_lookup(hosts, actor->host, CW_RECORD_TASK, actor->task);
	}
	if (task) {
		memcpy(service->name, task->task.comm, CW_COMM_LEN);
		return;
	}
	name_by_address(service, hosts, server ? &message->client : &message->server);
	if (!server)
		drop_port(service->name);
}

char *cw_service_label(char label[CW_LABEL_LEN], const struct cw_hosts *hosts,
		       const struct cw_service *service)
{
	char where[CW_HOST_LABEL_LEN] = "";

	if (service->host < hosts->count)
		cw_host_label(where, hosts, service->host,
			      cw_host_netns_id(hosts, service->host, service->netns));
	snprintf(label, CW_LABEL_LEN, "%s%s", service->name, where);
	return label;
}

static u32 intern_service(struct cw_paths *paths, const struct cw_service *service)
{
	u32 slot = (u32)(cw_checksum(service, sizeof(*service)) % SLOTS), index;

	for (; (index = paths->service_slot[slot]); slot = (slot + 1) % SLOTS)
		if (!memcmp(&paths->service[index - 1], service, sizeof(*service)))
			return index - 1;
	if (paths->services == CW_SERVICE_MAX) {
		paths->refused++;
		return CW_SERVICE_MAX;
	}
	paths->service[paths->services] = *service;
	paths->service_slot[slot] = ++paths->services;
	return paths->services - 1;
}

static u32 extend_path(struct cw_paths *paths, u32 parent, const struct cw_service *service)
{
	u32 number = intern_service(paths, service), slot, index;

	if (parent == CW_PATH_OTHER || number == CW_SERVICE_MAX)
		return CW_PATH_OTHER;
	slot = (u32)(cw_hash((u64)parent << 32 | number) % SLOTS);
	for (; (index = paths->path_slot[slot]); slot = (slot + 1) % SLOTS)
		if (paths->path[index].parent == parent && paths->path[index].service == number)
			return index;
	if (paths->paths == CW_PATH_MAX) {
		paths->refused++;
		return CW_PATH_OTHER;
	}
	paths->path[paths->paths] = (struct cw_path){ parent, number };
	paths->path_slot[slot] = paths->paths;
	return paths->paths++;
}

u32 cw_path_of(struct cw_paths *paths, const struct cw_hosts *hosts, const struct cw_trace *trace,
	       s32 message)
{
	s32 way[CW_DEPTH_MAX];
	struct cw_service service;
	u32 steps = 0, path;

	for (; message != CW_NONE && steps < CW_DEPTH_MAX; message = trace->message[message].parent)
		way[steps++] = message;
	cw_service_get(&service, hosts, &trace->message[way[steps - 1]], false);
	path = extend_path(paths, CW_PATH_EMPTY, &service);
	while (steps) {
		cw_service_get(&service, hosts, &trace->message[way[--steps]], true);
		path = extend_path(paths, path, &service);
	}
	return path;
}

u32 cw_path_services(const struct cw_paths *paths, u32 path, u32 *out, u32 max)
{
	u32 count = 0, i;

	for (i = path; i > CW_PATH_OTHER; i = paths->path[i].parent)
		count++;
	for (i = count; path > CW_PATH_OTHER; path = paths->path[path].parent)
		if (--i < max)
			out[i] = paths->path[path].service;
	return count < max ? count : max;
}
