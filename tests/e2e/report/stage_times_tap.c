// SPDX-License-Identifier: GPL-2.0
/*
 * Captures what passes devices of several network namespaces, with the kernel's own
 * timestamps, each to a file for tcpdump and tshark: DIRECTORY/NETNS.DEVICE.pcap (Linux
 * cooked, nanoseconds; says of each packet whether it came in or went out).
 *
 *	stage_times_tap DIRECTORY NETNS:DEVICE...
 *
 * Packets wait in the sockets' queues until SIGTERM comes: while there is traffic this
 * process does not run.  Fails if a queue was full.  The file DIRECTORY/ready: it captures.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUEUE (32 << 20)
#define SNAP 65535
#define COOKED 113 /* LINKTYPE_LINUX_SLL */

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap, link;
};

struct pcap_packet {
	uint32_t seconds, nanoseconds, captured, length;
	/* Cooked: network order. */
	uint16_t type, hardware, address_length;
	uint8_t address[8];
	uint16_t protocol;
	uint8_t data[SNAP];
} __attribute__((packed));

#define RECORD_HEADER 16
#define COOKED_HEADER 16

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static int capture_open(const char *device)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int on = 1, size = QUEUE, fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || !at.sll_ifindex ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "%s", device);
	return fd;
}

/* One packet of the queue; false if there is none. */
static bool packet_take(int fd, struct pcap_packet *packet)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec data = { packet->data, sizeof(packet->data) };
	struct sockaddr_ll from;
	struct msghdr message = { .msg_name = &from,
				  .msg_namelen = sizeof(from),
				  .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(fd, &message, 0);
	struct timespec time;

	if (length < 0)
		return false;
	if (!CMSG_FIRSTHDR(&message) || CMSG_FIRSTHDR(&message)->cmsg_type != SO_TIMESTAMPNS)
		errx(1, "a packet without a timestamp");
	memcpy(&time, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(time));
	packet->seconds = (uint32_t)time.tv_sec;
	packet->nanoseconds = (uint32_t)time.tv_nsec;
	packet->captured = packet->length = (uint32_t)length + COOKED_HEADER;
	packet->type = htons(from.sll_pkttype);
	packet->hardware = htons(from.sll_hatype);
	packet->address_length = htons(from.sll_halen);
	packet->protocol = from.sll_protocol;
	memcpy(packet->address, from.sll_addr, sizeof(packet->address));
	return true;
}

static void keep(int fd, const char *path)
{
	const struct pcap_header header = { 0xa1b23c4d, 2, 4, 0, 0, 0x40000, COOKED };
	static struct pcap_packet packet;
	struct tpacket_stats statistics;
	socklen_t size = sizeof(statistics);
	FILE *out = fopen(path, "w");

	if (!out || fwrite(&header, sizeof(header), 1, out) != 1)
		err(1, "%s", path);
	while (packet_take(fd, &packet))
		if (fwrite(&packet, RECORD_HEADER + packet.captured, 1, out) != 1)
			err(1, "%s", path);
	if (errno != EAGAIN || fclose(out))
		err(1, "%s", path);
	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) ||
	    statistics.tp_drops)
		errx(1, "%s: %u packets lost", path, statistics.tp_drops);
}

static void wait_for_end(const char *directory)
{
	sigset_t end;
	char path[256];
	int signal;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	snprintf(path, sizeof(path), "%s/ready", directory);
	if (close(open(path, O_CREAT | O_WRONLY, 0644)))
		err(1, "%s", path);
	sigwait(&end, &signal);
}

int main(int argc, char **argv)
{
	int *fd = calloc((size_t)argc, sizeof(*fd));
	char path[256];

	if (argc < 3 || !fd)
		errx(1, "usage: stage_times_tap DIRECTORY NETNS:DEVICE...");
	for (int i = 2; i < argc; i++) {
		char *device = strchr(argv[i], ':');

		if (!device)
			errx(1, "%s: not NETNS:DEVICE", argv[i]);
		*device = '\0';
		enter(argv[i]);
		fd[i] = capture_open(device + 1);
		*device = '.';
	}
	wait_for_end(argv[1]);
	for (int i = 2; i < argc; i++) {
		snprintf(path, sizeof(path), "%s/%s.pcap", argv[1], argv[i]);
		keep(fd[i], path);
	}
	return 0;
}
