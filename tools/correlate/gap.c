// SPDX-License-Identifier: GPL-2.0
/*
 * Names for what lies between two stages.  A pair that has no name here means
 * that something between the two was not seen, and is shown as such.  Pure.
 */
#include "gap.h"

static const char *const STAGES[] = {
	[CW_STAGE_SEND] = "send",
	[CW_STAGE_TCP_OUT] = "tcp_out",
	[CW_STAGE_DEV_QUEUE] = "dev_queue",
	[CW_STAGE_DEV_XMIT] = "dev_xmit",
	[CW_STAGE_DEV_RX] = "dev_rx",
	[CW_STAGE_TCP_IN] = "tcp_in",
	[CW_STAGE_RECV] = "recv",
	[CW_STAGE_RETRANSMIT] = "retransmit",
	[CW_STAGE_DEV_DEQUEUE] = "dev_dequeue",
	[CW_STAGE_DEV_ARRIVE] = "dev_arrive",
	[CW_STAGE_READY] = "ready",
	[CW_STAGE_WAKE] = "wake",
	[CW_STAGE_DROP] = "drop",
};

static const char *const TUNNELS[] = { "vxlan", "ipip",	  "geneve", "gre",	"gretap",
				       "sit",	"ip6tnl", "ip6gre", "ip6gretap" };

const char *cw_stage_name(u8 stage)
{
	return stage && stage <= CW_STAGE_MAX ? STAGES[stage] : "unknown";
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

static bool is_leaving(u8 stage)
{
	return stage == CW_STAGE_DEV_QUEUE || stage == CW_STAGE_DEV_XMIT;
}

static bool same_namespace(const struct cw_hop *a, const struct cw_hop *b)
{
	return a->host == b->host && a->netns == b->netns;
}

/* Short ids of devices come again; what has another namespace is another device. */
static bool same_device(const struct cw_hop *a, const struct cw_hop *b)
{
	return same_namespace(a, b) && a->device == b->device;
}

/* To a device further down on the same host. */
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

/* To where it is received; what lies between two tunnel devices may not have been seen. */
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
	return to->stage == CW_STAGE_DEV_RX ? name_across(hosts, from, to) : NULL;
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
	if (to->stage != CW_STAGE_DEV_RX)
		return NULL;
	if (is_tunnel(hosts, to))
		return "decapsulation";
	return is_kind(hosts, to, "bridge") ? "bridging" : NULL;
}

const char *cw_gap_name(const struct cw_hosts *hosts, const struct cw_hop *from,
			const struct cw_hop *to)
{
	switch (from->stage) {
	case CW_STAGE_SEND:
		return to->stage == CW_STAGE_TCP_OUT ? "waiting to leave TCP" : NULL;
	case CW_STAGE_TCP_OUT:
		if (to->stage == CW_STAGE_TCP_IN && from->host == to->host &&
		    from->netns == to->netns)
			return "loopback";
		return is_leaving(to->stage) ? "IP, netfilter, routing" : NULL;
	case CW_STAGE_DEV_QUEUE:
		return to->stage == CW_STAGE_DEV_XMIT && same_device(from, to) ?
			       "queueing discipline" :
			       NULL;
	case CW_STAGE_DEV_XMIT:
		return name_after_xmit(hosts, from, to);
	case CW_STAGE_DEV_RX:
		return name_after_rx(hosts, from, to);
	case CW_STAGE_TCP_IN:
		return to->stage == CW_STAGE_RECV ? "queued for reading" : NULL;
	}
	return NULL;
}
