// SPDX-License-Identifier: GPL-2.0
/*
 * The made-up overlay network.  Short ids: task 100 * (service + 1); namespace
 * service + 1; devices 1 eth0 (veth), 2 the peer, 3 flannel.1, 4 uplink, 5 and 6 port1
 * and port2, all of them of the service's host (with 10 * service added where all share
 * one).  One thread.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void *taken[1u << 16];
static size_t takes;

static void *take(void *user, size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	(void)user;
	if (!memory || takes == sizeof(taken) / sizeof(*taken))
		abort();
	taken[takes++] = memory;
	return memory;
}

const struct cw_memory world_memory = { take, NULL };

static const char *const SERVICES[] = { "curl", "nginx", "app" };

static u32 host_of(const struct world *world, unsigned int service)
{
	return world->one_host ? 0 : service;
}

static u16 device_of(const struct world *world, unsigned int service, u16 device)
{
	return (u16)(device + (world->one_host ? 10 * service : 0));
}

static u32 flow_of(unsigned int local, unsigned int remote, bool transit)
{
	return 1 + local * 10 + remote + (transit ? 100 : 0);
}

void world_device(struct world *world, unsigned int service, u16 id, const char *name,
		  const char *kind)
{
	union cw_record record = { .device = { .id = device_of(world, service, id),
					       .netns = (u16)(service + 1),
					       .stage = CW_RECORD_DEVICE } };

	strcpy(record.device.name, name);
	strcpy(record.device.kind, kind);
	cw_host_define(&world->hosts, host_of(world, service), &record);
}

static void define_flow(struct world *world, unsigned int where, unsigned int from, unsigned int to,
			bool transit)
{
	union cw_record record = { .flow = { .id = flow_of(from, to, transit),
					     .source = { 10, 0, 0, (u8)from },
					     .destination = { 10, 0, 0, (u8)to },
					     .source_port = (u16)(from < to ? 40000 : 80),
					     .destination_port = (u16)(from < to ? 80 : 40000),
					     .family = AF_INET,
					     .role = transit ? CW_ROLE_TRANSIT : CW_ROLE_CLIENT,
					     .stage = CW_RECORD_FLOW } };

	cw_host_define(&world->hosts, host_of(world, where), &record);
}

static void define_service(struct world *world, unsigned int service)
{
	union cw_record task = { .task = { .id = 100 * (service + 1),
					   .netns = (u16)(service + 1),
					   .stage = CW_RECORD_TASK } };
	union cw_record netns = { .netns = { .id = service + 1,
					     .inum = 4026532000u + service,
					     .netns = (u16)(service + 1),
					     .stage = CW_RECORD_NETNS } };
	unsigned int other;

	strcpy(task.task.comm, SERVICES[service]);
	cw_host_define(&world->hosts, host_of(world, service), &task);
	cw_host_define(&world->hosts, host_of(world, service), &netns);
	world_device(world, service, 1, "eth0", "veth");
	world_device(world, service, 2, "veth1", "veth");
	world_device(world, service, 3, "flannel.1", "vxlan");
	world_device(world, service, 4, "uplink", "");
	world_device(world, service, 5, "port1", "");
	world_device(world, service, 6, "port2", "");
	for (other = 0; other < WORLD_SERVICES; other++) {
		define_flow(world, service, service, other, false);
		define_flow(world, service, service, other, true);
		define_flow(world, service, other, service, true);
	}
}

struct world *world_new(bool one_host)
{
	struct world *world = take(NULL, 1, sizeof(*world));
	unsigned int service;

	world->one_host = one_host;
	world->hosts.memory = world_memory;
	for (service = 0; service < WORLD_SERVICES; service++) {
		struct cw_file_header header = { .host_id = { (u8)(1 + host_of(world, service)) } };

		snprintf(header.host_name, sizeof(header.host_name), "n%u",
			 host_of(world, service) + 1);
		if (cw_hosts_find(&world->hosts, &header) != (int)host_of(world, service))
			abort();
		define_service(world, service);
	}
	return world;
}

void world_free(struct world *world)
{
	(void)world;
	while (takes)
		free(taken[--takes]);
}

void world_protocol(struct world *world, unsigned int service, u32 flow, u8 protocol)
{
	union cw_record record = *cw_host_lookup(&world->hosts, service, CW_RECORD_FLOW, flow);

	record.flow.protocol = protocol;
	cw_host_define(&world->hosts, service, &record);
}

void world_add(struct world *world, unsigned int service, struct cw_event event)
{
	if (world->events == WORLD_MAX)
		abort();
	event.time += (u64)world->clock[service];
	event.cpu = world->cpu++ % 2;
	world->seen[world->events++] =
		(struct cw_seen){ .event = event, .host = host_of(world, service) };
}

static void add_socket(struct world *world, const struct exchange *exchange,
		       enum cw_direction direction, u8 stage, u64 time)
{
	bool sends = stage == CW_STAGE_SEND || stage == CW_STAGE_TCP_OUT;
	bool client = sends == (direction == CW_REQUEST);
	bool application = stage == CW_STAGE_SEND || stage == CW_STAGE_RECV;
	unsigned int local = client ? exchange->from : exchange->to;
	unsigned int remote = client ? exchange->to : exchange->from;
	struct cw_event event = { .time = time,
				  .trace_id = { exchange->trace, 1 },
				  .message = exchange->message,
				  .stage = stage,
				  .flow = flow_of(local, remote, false),
				  .netns = (u16)(local + 1),
				  .length = 100,
				  .seq = exchange->seq[direction] };

	event.flags = (direction == CW_RESPONSE ? CW_EVENT_RESPONSE : 0) |
		      (client ? CW_EVENT_CLIENT : CW_EVENT_SERVER) |
		      (application ? CW_EVENT_RUN_START : 0) | exchange->flags;
	if (application) {
		event.task = 100 * (local + 1);
		event.span = client ? exchange->parent_span : exchange->server_span;
	}
	world_add(world, local, event);
}

static void add_device(struct world *world, const struct exchange *exchange,
		       enum cw_direction direction, unsigned int service, u8 stage, u16 device,
		       u64 time)
{
	unsigned int from = direction == CW_REQUEST ? exchange->from : exchange->to;
	unsigned int to = direction == CW_REQUEST ? exchange->to : exchange->from;

	world_add(world, service,
		  (struct cw_event){ .time = time,
				     .trace_id = { exchange->trace, 1 },
				     .message = exchange->message,
				     .stage = stage,
				     .device = device_of(world, service, device),
				     .flow = flow_of(from, to, true),
				     .netns = (u16)(service + 1),
				     .length = 100,
				     .seq = exchange->seq[direction] });
}

/* Adds the hops of the tunnel's packet: port1 of the fabric leads to service 0. */
static void add_underlay(struct world *world, const struct exchange *exchange,
			 enum cw_direction direction, u64 time)
{
	unsigned int from = direction == CW_REQUEST ? exchange->from : exchange->to;
	unsigned int to = direction == CW_REQUEST ? exchange->to : exchange->from;
	u16 in = from ? 6 : 5, out = from ? 5 : 6;

	add_device(world, exchange, direction, from, CW_STAGE_DEV_QUEUE, 4, time += TO_UPLINK);
	add_device(world, exchange, direction, from, CW_STAGE_DEV_XMIT, 4, time += IN_UPLINK);
	add_device(world, exchange, direction, FABRIC, CW_STAGE_DEV_RX, in, time += TO_FABRIC);
	add_device(world, exchange, direction, FABRIC, CW_STAGE_DEV_QUEUE, out, time += IN_FABRIC);
	add_device(world, exchange, direction, FABRIC, CW_STAGE_DEV_XMIT, out, time += IN_PORT);
	add_device(world, exchange, direction, to, CW_STAGE_DEV_RX, 4, time + FROM_FABRIC);
}

u64 world_way(struct world *world, const struct exchange *exchange, enum cw_direction direction,
	      u64 time)
{
	unsigned int from = direction == CW_REQUEST ? exchange->from : exchange->to;
	unsigned int to = direction == CW_REQUEST ? exchange->to : exchange->from;

	add_socket(world, exchange, direction, CW_STAGE_SEND, time);
	add_socket(world, exchange, direction, CW_STAGE_TCP_OUT, time += TO_TCP);
	add_device(world, exchange, direction, from, CW_STAGE_DEV_XMIT, 1, time += TO_DEVICE);
	add_device(world, exchange, direction, from, CW_STAGE_DEV_RX, 2, time += OVER_VETH);
	add_device(world, exchange, direction, from, CW_STAGE_DEV_QUEUE, 3, time += TO_TUNNEL);
	add_device(world, exchange, direction, from, CW_STAGE_DEV_XMIT, 3, time += IN_QUEUE);
	if (world->underlay)
		add_underlay(world, exchange, direction, time);
	add_device(world, exchange, direction, to, CW_STAGE_DEV_RX, 3, time += OVER_WIRE);
	add_socket(world, exchange, direction, CW_STAGE_TCP_IN, time += TO_SOCKET);
	add_socket(world, exchange, direction, CW_STAGE_RECV, time += TO_READER);
	return time;
}

u64 world_exchange(struct world *world, const struct exchange *exchange)
{
	u64 time = world_way(world, exchange, CW_REQUEST, exchange->start);

	return world_way(world, exchange, CW_RESPONSE, time + exchange->server_time);
}

u64 world_chain(struct world *world, u8 trace, u64 start)
{
	struct exchange outer = { .trace = trace,
				  .message = 0x8000000000000001ULL + trace * 2,
				  .parent_span = 0,
				  .server_span = 0x100 + trace,
				  .from = 0,
				  .to = 1,
				  .start = start,
				  .seq = { 1000, 5000 },
				  .server_time = 2 * ONE_WAY + 3 * MS,
				  .flags = 0 };
	struct exchange inner = { .trace = trace,
				  .message = 0x8000000000000002ULL + trace * 2,
				  .parent_span = 0x100 + trace,
				  .server_span = 0x200 + trace,
				  .from = 1,
				  .to = 2,
				  .start = start + ONE_WAY + MS,
				  .seq = { 2000, 6000 },
				  .server_time = 1 * MS };

	world_exchange(world, &inner);
	return world_exchange(world, &outer);
}

void world_build(struct world *world, struct cw_trace *trace)
{
	memset(trace, 0, sizeof(*trace));
	trace->seen = world->seen;
	trace->events = world->events;
	trace->capacity = world->events;
	trace->message = take(NULL, world->events, sizeof(*trace->message));
	trace->hop = take(NULL, world->events, sizeof(*trace->hop));
	trace->span = take(NULL, world->events, sizeof(*trace->span));
	if (cw_trace_build(trace, &world->hosts))
		abort();
}
