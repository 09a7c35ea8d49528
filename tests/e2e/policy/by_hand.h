/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For programs that make segments by hand: a packet socket that a gateway is behind,
 * checksums, and until when to wait for an answer.
 */
#ifndef BY_HAND_H
#define BY_HAND_H

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

static int packet_socket;
static struct sockaddr_ll gateway;

/* For packets through @device to the gateway, which has been read; false: errno says why. */
static inline bool packet_socket_open(const char *device)
{
	gateway.sll_family = AF_PACKET;
	gateway.sll_protocol = htons(ETH_P_IP);
	gateway.sll_ifindex = (int)if_nametoindex(device);
	gateway.sll_halen = 6;
	packet_socket = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
	return packet_socket >= 0 &&
	       !bind(packet_socket, (struct sockaddr *)&gateway, sizeof(gateway));
}

static inline bool gateway_read(const char *mac)
{
	uint8_t *byte = gateway.sll_addr;

	return sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", byte, byte + 1, byte + 2, byte + 3,
		      byte + 4, byte + 5) == 6;
}

static inline uint32_t sum_add(uint32_t sum, const void *data, unsigned int length)
{
	const uint8_t *p = data;

	for (; length > 1; length -= 2, p += 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	return length ? sum + (uint32_t)(p[0] << 8) : sum;
}

static inline uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static inline int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
