// SPDX-License-Identifier: GPL-2.0
/*
 * Names for what lies between two stages.  A pair that has no name here means
 * that something between the two was not seen, and is shown as such.  Pure.
 */
#include "gap.h"

#include <netinet/in.h>

#include "chain.h"
#include "../../kmod/lib/stage.h"

#define QDISC "queueing discipline"
#define DRIVER "segmentation, driver lock"
#define BACKLOG "GRO, backlog"
#define QUEUED "queued for reading"
#define WAKEUP "wake-up of the reader"
#define BUSY "application busy"

static const char *const TUNNELS[] = { "vxlan", "ipip",	  "geneve", "gre",	"gretap",
				       "sit",	"ip6tnl", "ip6gre", "ip6gretap" };

#define STAGE_NAME(NAME, name) \
	case CW_STAGE_##NAME:  \
		return #name

const char *cw_stage_name(u8 stage)
{
	switch (stage) {
		CW_STAGES(STAGE_NAME);
	}
	return "unknown";
}

/* The two stages that are named after the protocol, for protocols other than TCP. */
static const struct {
	u8 protocol;
	const char *out;
	const char *in;
} OTHERS[] = {
	{ IPPROTO_UDP, "udp_out", "udp_in" },
	{ IPPROTO_ICMP, "icmp_out", "icmp_in" },
	{ IPPROTO_ICMPV6, "icmp_out", "icmp_in" },
};

const char *cw_stage_label(u8 stage, u8 protocol)
{
	size_t i;

	if (!protocol || (stage != CW_STAGE_TCP_OUT && stage != CW_STAGE_TCP_IN))
		return cw_stage_name(stage);
	for (i = 0; i < sizeof(OTHERS) / sizeof(*OTHERS); i++)
		if (OTHERS[i].protocol == protocol)
			return stage == CW_STAGE_TCP_OUT ? OTHERS[i].out : OTHERS[i].in;
	return stage == CW_STAGE_TCP_OUT ? "ip_out" : "ip_in";
}

static const struct cw_device_def *find_device(const struct cw_hosts *hosts,
					       const struct cw_hop *hop)
{
	const union cw_record *record;

	record = cw_host_lookup(hosts, hop->host, CW_RECORD_DEVICE, hop->device);
	return record ? &record->device : NULL;
}

const char *cw_hop_device(const struct cw_hosts *hosts, const struct cw_hop *hop)
{
	const struct cw_device_def *device = find_device(hosts, hop);

	if (!hop->device)
		return "";
	return device ? device->name : "?";
}

static bool is_kind(const struct cw_hosts *hosts, const struct cw_hop *hop, const char *kind)
{
	const struct cw_device_def *device = find_device(hosts, hop);

	return device && !strcmp(device->kind, kind);
}

static bool is_tunnel(const struct cw_hosts *hosts, const struct cw_hop *hop)
{
	size_t i;

	for (i = 0; i < sizeof(TUNNELS) / sizeof(*TUNNELS); i++)
		if (is_kind(hosts, hop, TUNNELS[i]))
			return true;
	return false;
}

/* Without a queueing discipline, or in a recording of an older module, dev_xmit comes first. */
static bool is_leaving(u8 stage)
{
	return stage == CW_STAGE_DEV_QUEUE || stage == CW_STAGE_DEV_DEQUEUE ||
	       stage == CW_STAGE_DEV_XMIT;
}

static bool is_entering(u8 stage)
{
	return stage == CW_STAGE_DEV_ARRIVE || stage == CW_STAGE_DEV_RX;
}

static bool same_namespace(const struct cw_hop *a, const struct cw_hop *b)
{
	return a->host == b->host && a->netns == b->netns;
}

/* A short id in another namespace is another device: ids are given again. */
static bool same_device(const struct cw_hop *a, const struct cw_hop *b)
{
	return same_namespace(a, b) && a->device == b->device;
}

/* Names the way to a device further down on the same host. */
static const char *name_downwards(const struct cw_hosts *hosts, const struct cw_hop *from,
				  const struct cw_hop *to)
{
	if (from->host != to->host || same_device(from, to))
		return NULL;
	/* The underlay's device may be in another namespace than the tunnel's. */
	if (is_tunnel(hosts, from))
		return "encapsulation";
	return is_kind(hosts, from, "bridge") ? "bridging" : NULL;
}

/* Names the way to the receiving device; stages between two tunnel devices may be missing. */
static const char *name_across(const struct cw_hosts *hosts, const struct cw_hop *from,
			       const struct cw_hop *to)
{
	if (is_tunnel(hosts, from) && is_tunnel(hosts, to))
		return "encapsulation, wire, decapsulation";
	if (is_tunnel(hosts, to))
		return "wire, decapsulation";
	if (is_tunnel(hosts, from))
		return "encapsulation, wire";
	if (is_kind(hosts, from, "veth") && is_kind(hosts, to, "veth"))
		return "veth";
	if (same_device(from, to))
		return "loopback";
	return same_namespace(from, to) ? NULL : "wire";
}

static const char *name_after_xmit(const struct cw_hosts *hosts, const struct cw_hop *from,
				   const struct cw_hop *to)
{
	if (is_leaving(to->stage))
		return name_downwards(hosts, from, to);
	return is_entering(to->stage) ? name_across(hosts, from, to) : NULL;
}

static const char *name_after_queue(const struct cw_hop *from, const struct cw_hop *to)
{
	if (!same_device(from, to))
		return NULL;
	return to->stage == CW_STAGE_DEV_DEQUEUE || to->stage == CW_STAGE_DEV_XMIT ? QDISC : NULL;
}

static const char *name_after_dequeue(const struct cw_hop *from, const struct cw_hop *to)
{
	return to->stage == CW_STAGE_DEV_XMIT && same_device(from, to) ? DRIVER : NULL;
}

static const char *name_after_arrive(const struct cw_hop *from, const struct cw_hop *to)
{
	return to->stage == CW_STAGE_DEV_RX && same_device(from, to) ? BACKLOG : NULL;
}

static const char *name_after_rx(const struct cw_hosts *hosts, const struct cw_hop *from,
				 const struct cw_hop *to)
{
	if (from->host != to->host)
		return NULL;
	if (to->stage == CW_STAGE_TCP_IN)
		return "IP, netfilter";
	if (is_leaving(to->stage))
		return is_kind(hosts, to, "bridge") ? "routing to the bridge" :
						      "bridging or routing";
	if (!is_entering(to->stage))
		return NULL;
	if (is_tunnel(hosts, to))
		return "decapsulation";
	return is_kind(hosts, to, "bridge") ? "bridging" : NULL;
}

bool cw_gap_is_answer(const struct cw_hop *from, const struct cw_hop *to)
{
	return from->stage == CW_STAGE_TCP_IN && to->stage == CW_STAGE_TCP_OUT &&
	       same_namespace(from, to) && from->protocol == to->protocol && cw_hop_is_icmp(to);
}

/* Names the way from a socket up to its application. */
static const char *name_at_socket(const struct cw_hop *from, const struct cw_hop *to)
{
	if (cw_gap_is_answer(from, to))
		return "the kernel's answer";
	if (cw_stage_order(to->stage) <= cw_stage_order(from->stage))
		return NULL;
	switch (from->stage) {
	case CW_STAGE_TCP_IN:
		if (to->stage == CW_STAGE_READY)
			return from->protocol ? "UDP, socket queue" : "TCP, socket queue";
		return to->stage == CW_STAGE_RECV || to->stage == CW_STAGE_WAKE ? QUEUED : NULL;
	case CW_STAGE_READY:
		return to->stage == CW_STAGE_WAKE ? WAKEUP : BUSY;
	case CW_STAGE_WAKE:
		return "application read";
	}
	return NULL;
}

static const char *name_after_tcp_out(const struct cw_hop *from, const struct cw_hop *to)
{
	if (to->stage == CW_STAGE_TCP_IN && same_namespace(from, to))
		return "loopback";
	return is_leaving(to->stage) ? "IP, netfilter, routing" : NULL;
}

const char *cw_gap_name(const struct cw_hosts *hosts, const struct cw_hop *from,
			const struct cw_hop *to)
{
	switch (from->stage) {
	case CW_STAGE_SEND:
		if (to->stage != CW_STAGE_TCP_OUT)
			return NULL;
		return to->protocol == IPPROTO_UDP ? "UDP" :
		       to->protocol		   ? "IP" :
						     "waiting to leave TCP";
	case CW_STAGE_TCP_OUT:
		return name_after_tcp_out(from, to);
	case CW_STAGE_DEV_QUEUE:
		return name_after_queue(from, to);
	case CW_STAGE_DEV_DEQUEUE:
		return name_after_dequeue(from, to);
	case CW_STAGE_DEV_XMIT:
		return name_after_xmit(hosts, from, to);
	case CW_STAGE_DEV_ARRIVE:
		return name_after_arrive(from, to);
	case CW_STAGE_DEV_RX:
		return name_after_rx(hosts, from, to);
	}
	return name_at_socket(from, to);
}
