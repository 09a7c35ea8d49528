// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the TCP options of the segments with data that come in at a device, a line of hex
 * each, as a packet socket sees them.
 *
 *	options_seen DEVICE PORT	(PORT: of the source; 0: any)
 *
 * Says "ready" first; ends with a signal.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Where TCP begins; 0: it is none. */
static size_t tcp_at(const uint8_t *packet, size_t length, size_t *end)
{
	if (length >= 20 && packet[0] >> 4 == 4 && packet[9] == IPPROTO_TCP) {
		*end = (size_t)(packet[2] << 8 | packet[3]);
		return (packet[0] & 15) * 4U;
	}
	if (length < 40 || packet[0] >> 4 != 6 || packet[6] != IPPROTO_TCP)
		return 0;
	*end = 40U + (size_t)(packet[4] << 8 | packet[5]);
	return 40;
}

static void look(const uint8_t *packet, size_t length, unsigned int port)
{
	size_t end = 0, at = tcp_at(packet, length, &end), data;
	const uint8_t *tcp = packet + at;

	if (!at || length < at + 20 || (port && (unsigned int)(tcp[0] << 8 | tcp[1]) != port))
		return;
	data = at + (tcp[12] >> 4) * 4U;
	if (data > length || data >= end || data == at + 20)
		return;
	for (size_t i = at + 20; i < data; i++)
		printf("%02x", packet[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct sockaddr_ll place = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	static uint8_t packet[65536];
	ssize_t length;

	if (argc != 3) {
		fprintf(stderr, "usage: options_seen DEVICE PORT\n");
		return 1;
	}
	place.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof(place))) {
		perror("options_seen: packet socket");
		return 1;
	}
	setlinebuf(stdout);
	puts("ready");
	while ((length = recv(fd, packet, sizeof(packet), 0)) >= 0)
		look(packet, (size_t)length, (unsigned int)atoi(argv[2]));
	perror("options_seen");
	return 1;
}
