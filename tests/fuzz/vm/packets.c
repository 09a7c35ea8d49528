// SPDX-License-Identifier: GPL-2.0
/*
 * The packet fuzzer: sends packets through a device, as a host whose only purpose is to confuse the
 * module would; and the program that reads the bytes that get through.
 *
 *	packets send DEVICE COUNT SEED MAC ADDRESS ADDRESS6 INNER INNER6 PORT
 *		MAC and addresses are the other side's; ours have 77 (IPv6: 0x77) as last byte.
 *		Streams lead to PORT: handshakes are made by hand, since no kernel has a
 *		socket for them.  Prints how many there were of each kind.
 *	packets read PORT
 *		accepts and reads whatever comes, by TCP, and by UDP at SHAPE_UDP_PORT
 *
 * A seed gives the same packets again but for what the other side chooses: its sequence
 * numbers, and which connections it still has.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "packets.h"
#include "shape.h"

#define BATCH 64
#define STREAMS 32
#define FIRST_PORT 20000
#define LAST_PORT 60000
#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4
#define TCP_PSH 8
#define TCP_ACK 16

enum state { CLOSED, ASKED, OPEN };

struct connection {
	enum state state;
	struct shape_stream stream;
};

static const char *const OUTCOME_NAMES[OUTCOMES] = {
	"any", "malformed", "version", "duplicate", "checksum", "trailer", "trailer_malformed",
};

static int packet_socket;
static struct shape_ends ends;
static struct random chance;
static struct connection connections[STREAMS];
static uint16_t service, next_port = FIRST_PORT;
static uint64_t handshakes, resets, refused, damaged, outcomes[OUTCOMES];

static void die(const char *what)
{
	fprintf(stderr, "packets: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- streams ---------------------------------------------------------------------------- */

static void send_now(const struct shape_stream *stream)
{
	static struct frame frame;

	shape_plain(&frame, &ends, stream);
	if (send(packet_socket, frame.bytes, frame.length, 0) < 0 && errno != ENOBUFS)
		die("cannot send");
}

/* Each stream has a port of its own; ports come back after 40000 streams. */
static void stream_open(struct connection *connection)
{
	connection->state = ASKED;
	connection->stream = (struct shape_stream){
		.six = random_one_in(&chance, 4),
		.source = next_port,
		.destination = service,
		.seq = (uint32_t)random_next(&chance),
		.flags = TCP_SYN,
	};
	if (++next_port == LAST_PORT)
		next_port = FIRST_PORT;
	send_now(&connection->stream);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static struct connection *stream_find(uint16_t port)
{
	for (unsigned int i = 0; i < STREAMS; i++)
		if (connections[i].state != CLOSED && connections[i].stream.source == port)
			return &connections[i];
	return NULL;
}

/* Takes a segment to us, which says where the other side is now. */
static void stream_take(const uint8_t *tcp, size_t payload)
{
	struct connection *connection = stream_find((uint16_t)(tcp[2] << 8 | tcp[3]));

	if (!connection)
		return;
	if (tcp[13] & (TCP_RST | TCP_FIN)) {
		connection->state = CLOSED;
		resets++;
		return;
	}
	if (tcp[13] & TCP_ACK)
		connection->stream.seq = get32(tcp + 8);
	connection->stream.ack = get32(tcp + 4) + (uint32_t)payload;
	if (connection->state == ASKED && tcp[13] & TCP_SYN) {
		connection->state = OPEN;
		connection->stream.ack++;
		connection->stream.flags = TCP_ACK;
		send_now(&connection->stream);
		handshakes++;
	}
}

static void frame_take(const uint8_t *bytes, size_t length)
{
	const uint8_t *ip = bytes + 14, *tcp;
	size_t header = 40, total;

	if (length < 14 + 60)
		return;
	if (ip[0] >> 4 == 4) {
		header = (size_t)(ip[0] & 15) * 4;
		total = (size_t)(ip[2] << 8 | ip[3]);
		if (ip[9] != IPPROTO_TCP || memcmp(ip + 16, ends.outer[0][0], 4))
			return;
	} else {
		total = 40 + (size_t)(ip[4] << 8 | ip[5]);
		if (ip[6] != IPPROTO_TCP || memcmp(ip + 24, ends.outer[1][0], 16))
			return;
	}
	tcp = ip + header;
	header += (size_t)(tcp[12] >> 4) * 4;
	if (total >= header && total <= length - 14)
		stream_take(tcp, total - header);
}

/* Takes all frames that have come since the last time, also those that are not for us. */
static void drain(void)
{
	static uint8_t bytes[FRAME_MAX];
	ssize_t length;

	while ((length = recv(packet_socket, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		frame_take(bytes, (size_t)length);
}

/* --- packets ---------------------------------------------------------------------------- */

/* Chooses a stream to put a segment into; now and then it is opened anew. */
static struct shape_stream stream_choose(void)
{
	struct connection *connection = &connections[random_below(&chance, STREAMS)];
	struct shape_stream stream;

	if (connection->state != OPEN && random_one_in(&chance, 8))
		stream_open(connection);
	stream = connection->stream;
	stream.flags = TCP_ACK | TCP_PSH;
	if (random_one_in(&chance, 256))
		stream.flags |= TCP_FIN;
	if (random_one_in(&chance, 4))
		stream.seq += random_below(&chance, 200);
	stream.payload = (uint16_t)random_below(&chance, random_one_in(&chance, 8) ? 1200 : 64);
	return stream;
}

static void frame_make(struct frame *frame)
{
	struct shape_stream stream = stream_choose();
	enum outcome outcome = shape_make(frame, &chance, &ends, &stream);

	if (outcome != OUTCOME_ANY) {
		outcomes[outcome]++;
		return;
	}
	if (random_one_in(&chance, 4))
		return;
	damaged++;
	for (unsigned int i = random_below(&chance, 3); i < 3; i++)
		frame_damage(frame, &chance);
	if (random_below(&chance, 4))
		frame_checksums(frame);
}

static void batch_send(struct mmsghdr *messages, unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		int sent = sendmmsg(packet_socket, messages + done, count - done, 0);

		if (sent > 0) {
			done += (unsigned int)sent;
			continue;
		}
		/*
		 * The frame is longer than the device takes, or has no header: go on with the next
		 * one.
		 */
		if (errno != EMSGSIZE && errno != EINVAL && errno != ENOBUFS)
			die("cannot send");
		refused++;
		done++;
	}
}

static void run(uint64_t count)
{
	static struct frame frames[BATCH];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec pieces[BATCH];

	while (count) {
		unsigned int batch = count < BATCH ? (unsigned int)count : BATCH;

		for (unsigned int i = 0; i < batch; i++) {
			frame_make(&frames[i]);
			pieces[i] = (struct iovec){ frames[i].bytes, frames[i].length };
			messages[i].msg_hdr.msg_iov = &pieces[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		batch_send(messages, batch);
		count -= batch;
		drain();
	}
}

/* --- beginning and end ------------------------------------------------------------------ */

static void address_read(const char *text, int family, uint8_t pair[2][16])
{
	if (inet_pton(family, text, pair[1]) != 1) {
		errno = EINVAL;
		die(text);
	}
	memcpy(pair[0], pair[1], 16);
	pair[0][family == AF_INET ? 3 : 15] = family == AF_INET ? 77 : 0x77;
}

static void device_open(const char *name, const char *mac)
{
	struct sockaddr_ll device = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	const int on = 1, size = 4 << 20;
	unsigned int byte[6];

	packet_socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	device.sll_ifindex = (int)if_nametoindex(name);
	if (packet_socket < 0 || !device.sll_ifindex)
		die(name);
	/* Frames that we send do not come back to us. */
	setsockopt(packet_socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	setsockopt(packet_socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(packet_socket, (struct sockaddr *)&device, sizeof(device)))
		die(name);
	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", byte, byte + 1, byte + 2, byte + 3, byte + 4,
		   byte + 5) != 6) {
		errno = EINVAL;
		die(mac);
	}
	for (int i = 0; i < 6; i++)
		ends.mac[1][i] = (uint8_t)byte[i];
	memcpy(ends.mac[0], "\2\0\0\0\0\x77", 6);
}

/* Resets all open streams, so that the other side does not keep them open. */
static void close_all(void)
{
	drain();
	for (unsigned int i = 0; i < STREAMS; i++) {
		if (connections[i].state == CLOSED)
			continue;
		connections[i].stream.flags = TCP_RST | TCP_ACK;
		send_now(&connections[i].stream);
	}
}

static void report(uint64_t count, const struct timespec *begin)
{
	struct timespec end;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds =
		(double)(end.tv_sec - begin->tv_sec) + (double)(end.tv_nsec - begin->tv_nsec) / 1e9;
	printf("sent %llu\n", (unsigned long long)count);
	printf("refused %llu\n", (unsigned long long)refused);
	printf("damaged %llu\n", (unsigned long long)damaged);
	printf("handshakes %llu\n", (unsigned long long)handshakes);
	printf("resets %llu\n", (unsigned long long)resets);
	for (unsigned int i = 1; i < OUTCOMES; i++)
		printf("%s %llu\n", OUTCOME_NAMES[i], (unsigned long long)outcomes[i]);
	printf("seconds %.1f\n", seconds);
	printf("rate %.0f\n", (double)count / seconds);
}

static int send_all(char **words)
{
	struct timespec begin;
	uint64_t count = strtoull(words[1], NULL, 10);

	chance.state = strtoull(words[2], NULL, 10);
	address_read(words[4], AF_INET, ends.outer[0]);
	address_read(words[5], AF_INET6, ends.outer[1]);
	address_read(words[6], AF_INET, ends.inner[0]);
	address_read(words[7], AF_INET6, ends.inner[1]);
	service = (uint16_t)atoi(words[8]);
	device_open(words[0], words[3]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	run(count);
	close_all();
	report(count, &begin);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 11 && !strcmp(argv[1], "send"))
		return send_all(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "read"))
		return packets_read((uint16_t)atoi(argv[2]));
	fprintf(stderr, "packets: see the head of packets.c for its arguments\n");
	return 2;
}
