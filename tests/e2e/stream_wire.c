// SPDX-License-Identifier: GPL-2.0
/*
 * Watches a device and writes down each TCP segment with payload that passes it (struct
 * stream_segment, stream.h), as the device has it: a GSO packet with its gso_size.
 * Ends with SIGTERM; fails if it could not keep up.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <causeway.h>

#include "stream.h"

/* Headers are enough. */
#define SNAP 256
#define QUEUE (64 << 20)

static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	ended = signal;
}

static int fail(const char *what)
{
	fprintf(stderr, "stream_wire: %s: %s\n", what, strerror(errno));
	return 1;
}

static uint8_t option_length(const uint8_t *options, size_t length)
{
	for (size_t i = 0; i < length && options[i] != TCPOPT_EOL;) {
		if (options[i] == TCPOPT_NOP) {
			i++;
			continue;
		}
		if (i + 2 > length || options[i + 1] < 2 || i + options[i + 1] > length)
			return 0;
		if (options[i] == CW_OPTION_KIND && options[i + 1] >= 4 &&
		    (options[i + 2] << 8 | options[i + 3]) == CW_OPTION_EXID)
			return options[i + 1];
		i += options[i + 1];
	}
	return 0;
}

/* Length of the IP header and, in @total, of the packet; 0: not TCP, or a fragment. */
static size_t ip_header(const uint8_t *packet, size_t length, size_t *total)
{
	const struct ip6_hdr *v6 = (const struct ip6_hdr *)packet;
	const struct iphdr *v4 = (const struct iphdr *)packet;

	if (length < sizeof(*v6))
		return 0;
	if (v4->version == 4) {
		*total = ntohs(v4->tot_len);
		return v4->protocol == IPPROTO_TCP ? v4->ihl * 4u : 0;
	}
	*total = sizeof(*v6) + ntohs(v6->ip6_plen);
	return v6->ip6_nxt == IPPROTO_TCP ? sizeof(*v6) : 0;
}

static bool segment_parse(const uint8_t *packet, size_t length, struct stream_segment *out)
{
	size_t total, ip = ip_header(packet, length, &total);
	const struct tcphdr *tcp = (const struct tcphdr *)(packet + ip);

	if (!ip || length < ip + sizeof(*tcp) || length < ip + tcp->doff * 4u)
		return false;
	out->headers = (uint16_t)(ip + tcp->doff * 4u);
	if (total <= out->headers)
		return false;
	out->length = (uint32_t)(total - out->headers);
	out->seq = ntohl(tcp->seq);
	out->source_port = ntohs(tcp->source);
	out->destination_port = ntohs(tcp->dest);
	out->option = option_length((const uint8_t *)(tcp + 1), tcp->doff * 4u - sizeof(*tcp));
	return true;
}

static int watch(int fd, FILE *out)
{
	struct {
		struct virtio_net_hdr offload;
		struct ethhdr ethernet;
		uint8_t packet[SNAP];
	} __attribute__((packed)) frame;
	struct sockaddr_ll from;

	for (;;) {
		struct stream_segment segment = { 0 };
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(fd, &frame, sizeof(frame), ended ? MSG_DONTWAIT : 0,
				     (struct sockaddr *)&from, &size);

		if (n < 0 && errno == EAGAIN && ended)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail("cannot receive");
		if (n < (ssize_t)(sizeof(frame) - SNAP) ||
		    !segment_parse(frame.packet, (size_t)n - (sizeof(frame) - SNAP), &segment))
			continue;
		segment.outgoing = from.sll_pkttype == PACKET_OUTGOING;
		if (frame.offload.gso_type != VIRTIO_NET_HDR_GSO_NONE)
			segment.gso_size = frame.offload.gso_size;
		if (fwrite(&segment, sizeof(segment), 1, out) != 1)
			return fail("cannot write");
	}
}

static int socket_open(const char *device)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	struct timeval patience = { .tv_usec = 100000 }; /* a signal may come at any time */
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1, size = QUEUE;

	if (fd < 0 || !at.sll_ifindex ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	return fd;
}

static int lost(int fd)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		return fail("no statistics");
	if (stats.tp_drops)
		fprintf(stderr, "stream_wire: %u packets lost\n", stats.tp_drops);
	return stats.tp_drops != 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	FILE *out;
	int fd;

	if (argc != 3) {
		fputs("Usage: stream_wire DEVICE FILE\n", stderr);
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);
	fd = socket_open(argv[1]);
	if (fd < 0)
		return fail(argv[1]);
	out = fopen(argv[2], "w"); /* exists: is watching */
	if (!out)
		return fail(argv[2]);
	if (watch(fd, out))
		return 1;
	if (fclose(out))
		return fail(argv[2]);
	return lost(fd);
}
