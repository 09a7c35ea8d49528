/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A made-up overlay network for the tests: "curl" on host 0 asks "nginx" on host 1,
 * which asks "app" on host 2; each packet goes through a veth, a vxlan device and
 * a veth again.  Its events are known exactly, so that what is found in them can
 * be compared.  One thread.
 */
#ifndef CW_TEST_WORLD_H
#define CW_TEST_WORLD_H

#include "align.h"
#include "file.h"
#include "host.h"
#include "path.h"
#include "stats.h"
#include "store.h"
#include "trace.h"

#define WORLD_SERVICES 3
#define WORLD_MAX (1u << 16)
#define US 1000ULL
#define MS 1000000ULL

/* Latencies of one direction, ns; each test may rely on them. */
#define TO_TCP (2 * US)
#define TO_DEVICE (3 * US)
#define OVER_VETH (1 * US)
#define TO_TUNNEL (4 * US)
#define IN_QUEUE (5 * US)
#define OVER_WIRE (100 * US)
#define TO_SOCKET (6 * US)
#define TO_READER (7 * US)
#define ONE_WAY \
	(TO_TCP + TO_DEVICE + OVER_VETH + TO_TUNNEL + IN_QUEUE + OVER_WIRE + TO_SOCKET + TO_READER)
#define EVENTS_A_WAY 9

/* With world.underlay, OVER_WIRE is these and what is left for decapsulation. */
#define FABRIC 2 /* its ports are in the namespace of this service */
#define TO_UPLINK (2 * US)
#define IN_UPLINK (3 * US)
#define TO_FABRIC (20 * US)
#define IN_FABRIC (5 * US)
#define IN_PORT (10 * US)
#define FROM_FABRIC (40 * US)
#define DECAPSULATION \
	(OVER_WIRE - TO_UPLINK - IN_UPLINK - TO_FABRIC - IN_FABRIC - IN_PORT - FROM_FABRIC)
#define UNDERLAY_EVENTS 6

struct world {
	struct cw_seen seen[WORLD_MAX];
	u32 events;
	struct cw_hosts hosts;
	bool one_host;		   /* all three services on host 0 */
	bool underlay;		   /* the tunnel's packets are seen, on services 0 and 1 */
	s64 clock[WORLD_SERVICES]; /* what each host's clock is off */
	u16 cpu;
};

struct exchange {
	u8 trace;
	u64 message;
	u64 parent_span;
	u64 server_span;
	unsigned int from; /* 0, 1, 2: client service */
	unsigned int to;
	u64 start;
	u32 seq[2];
	u64 server_time;
	u8 flags;
};

/* Memory that world_free() gives back. */
extern const struct cw_memory world_memory;

struct world *world_new(bool one_host);
void world_free(struct world *world);

/* Define a device of a service, or another kind for it. */
void world_device(struct world *world, unsigned int service, u16 id, const char *name,
		  const char *kind);

/* Define what protocol a flow of a service's is of. */
void world_protocol(struct world *world, unsigned int service, u32 flow, u8 protocol);

void world_add(struct world *world, unsigned int service, struct cw_event event);

/* A way from one service to another, from its SEND at @start. Return: time of its RECV. */
u64 world_way(struct world *world, const struct exchange *exchange, enum cw_direction direction,
	      u64 start);

/* Both directions. Return: time of the RECV of the response. */
u64 world_exchange(struct world *world, const struct exchange *exchange);

/* curl asks nginx, which asks app in between. Return: time of the last event. */
u64 world_chain(struct world *world, u8 trace, u64 start);

/* Build a trace of all events; its arrays are the caller's to free by world_free(). */
void world_build(struct world *world, struct cw_trace *trace);

#endif
