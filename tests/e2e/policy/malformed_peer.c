// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP peer made by hand: the kernel of its host has no socket for it, so it can send
 * any option, any sequence number, any checksum.  It sends and receives by a packet socket on a
 * device, with an address that no host has; one segment at a time, stop and wait.
 *
 *	malformed_peer DEVICE MAC-OF-GATEWAY
 *
 * Commands, a line each; one line of answer:
 *	open SOURCE PORT DESTINATION PORT [stamps]	handshake; with timestamps, 1000
 *	send N [options=HEX] [seq=+-N] [ack=+-N|none] [checksum=bad] [every=N]
 *		N bytes of data (0: a pure ACK); bytes that were acknowledged count as sent.
 *		Bytes are 'a' + position % 26.  Answer: bytes acknowledged, 0 if nothing came
 *	take N		waits for N bytes from the other side; answer: N, or what is wrong
 *	options		those of the last segment with data, as hex; "none"
 *	ours		how many of the segments received had an option of kind 253
 *	reset		ends the connection
 *	finish		closes this side, after the other side has closed
 *	accept SOURCE PORT DESTINATION		takes a connection that the other side has begun
 *	flood N KIND	N segments with a byte and a context of its own each, as fast as it goes;
 *		answer: ns for each.  In order: "ids", "late" (begun long ago); not: "descending",
 *		"middle" (each just before the last one), "offsets" (anywhere), "same" (one place)
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "by_hand.h"
#include "../words.h"

#define LINE 512
#define WORDS 8
#define PAYLOAD_MAX 1400
#define WINDOW 65000

struct segment {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t rest[40 + PAYLOAD_MAX];
} __attribute__((packed));

struct order {
	unsigned int length;
	uint8_t options[40];
	unsigned int options_length;
	int32_t shift;
	int32_t ack_shift;
	bool no_ack;
	bool bad_checksum;
};

static uint32_t here, there;
static uint16_t here_port, there_port;
static uint32_t next_out, acknowledged, next_in;
static uint32_t first_out, first_in;
static unsigned int ours_seen;
static char last_options[2 * 40 + 1];
static const char *trouble;

static uint16_t tcp_checksum(const struct segment *segment, unsigned int length)
{
	uint32_t sum = sum_add(IPPROTO_TCP + length, &segment->ip.saddr, 8);

	return sum_fold(sum_add(sum, &segment->tcp, length));
}

static void headers_fill(struct segment *segment, const struct order *order, uint8_t flags)
{
	unsigned int tcp_length = 20 + order->options_length + order->length;

	memset(segment, 0, 40);
	segment->ip.version = 4;
	segment->ip.ihl = 5;
	segment->ip.ttl = 64;
	segment->ip.protocol = IPPROTO_TCP;
	segment->ip.saddr = here;
	segment->ip.daddr = there;
	segment->ip.tot_len = htons((uint16_t)(20 + tcp_length));
	segment->ip.check = sum_fold(sum_add(0, &segment->ip, 20));
	segment->tcp.source = htons(here_port);
	segment->tcp.dest = htons(there_port);
	segment->tcp.seq = htonl(next_out + (uint32_t)order->shift);
	segment->tcp.ack_seq = htonl(flags & TH_ACK ? next_in + (uint32_t)order->ack_shift : 0);
	segment->tcp.doff = (5 + order->options_length / 4) & 0xf;
	segment->tcp.window = htons(WINDOW);
	segment->tcp.th_flags = flags;
}

static void segment_send(const struct order *order, uint8_t flags)
{
	unsigned int length = 40 + order->options_length + order->length;
	uint32_t at = next_out - first_out + (uint32_t)order->shift;
	struct segment segment;
	uint8_t *payload = segment.rest + order->options_length;

	headers_fill(&segment, order, flags);
	memcpy(segment.rest, order->options, order->options_length);
	for (unsigned int i = 0; i < order->length; i++)
		payload[i] = (uint8_t)('a' + (at + i) % 26);
	segment.tcp.check = tcp_checksum(&segment, length - 20);
	if (order->bad_checksum)
		segment.tcp.check ^= htons(0x1234);
	sendto(packet_socket, &segment, length, 0, (struct sockaddr *)&gateway, sizeof(gateway));
}

static void acknowledge(void)
{
	const struct order nothing = { 0 };

	segment_send(&nothing, TH_ACK);
}

static void options_keep(const uint8_t *options, unsigned int length, bool with_data)
{
	unsigned int i;

	for (i = 0; i < length && options[i]; i += options[i] == 1 ? 1 : options[i + 1]) {
		ours_seen += options[i] == 253;
		if (options[i] != 1 && (i + 1 >= length || options[i + 1] < 2))
			break;
	}
	if (!with_data)
		return;
	last_options[0] = '\0';
	for (i = 0; i < length; i++)
		sprintf(last_options + 2 * i, "%02x", options[i]);
}

static void data_take(uint32_t seq, const uint8_t *data, unsigned int length)
{
	if (seq != next_in)
		return acknowledge(); /* again, or out of order: ask anew */
	for (unsigned int i = 0; i < length; i++)
		if (data[i])
			trouble = "the bytes are not those that an actor writes: zeros";
	next_in += length;
	acknowledge();
}

static bool is_mine(const struct segment *segment, ssize_t length)
{
	return length >= 40 && segment->ip.protocol == IPPROTO_TCP && segment->ip.ihl == 5 &&
	       segment->ip.saddr == there && segment->ip.daddr == here &&
	       segment->tcp.source == htons(there_port) && segment->tcp.dest == htons(here_port);
}

/* Receives one segment; false if none came in time. */
static bool segment_receive(struct segment *segment, int64_t until)
{
	struct pollfd ready = { .fd = packet_socket, .events = POLLIN };
	int64_t left;

	while ((left = until - now_ms()) >= 0 && poll(&ready, 1, (int)left) > 0) {
		if (is_mine(segment, recv(packet_socket, segment, sizeof(*segment), 0)))
			return true;
	}
	return false;
}

static void segment_take(const struct segment *segment)
{
	unsigned int options = segment->tcp.doff * 4U - 20;
	unsigned int length = ntohs(segment->ip.tot_len) - 40U - options;

	if (segment->tcp.rst)
		trouble = "the connection was reset";
	options_keep(segment->rest, options, length);
	if (segment->tcp.ack && (int32_t)(ntohl(segment->tcp.ack_seq) - acknowledged) > 0)
		acknowledged = ntohl(segment->tcp.ack_seq);
	if (length)
		data_take(ntohl(segment->tcp.seq), segment->rest + options, length);
}

static bool connection_open(bool stamps)
{
	const struct order syn = {
		.options = { 2, 4, 5, 0xb4, 1, 1, 8, 10, 0, 0, 1000 >> 8, 1000 & 0xff },
		.options_length = stamps ? 16 : 4,
	};
	int64_t until = now_ms() + 5000;
	struct segment segment;

	next_out = (uint32_t)random();
	next_in = 0;
	trouble = NULL;
	ours_seen = 0;
	segment_send(&syn, TH_SYN);
	while (segment_receive(&segment, until)) {
		if (!segment.tcp.syn || !segment.tcp.ack)
			continue;
		next_in = ntohl(segment.tcp.seq) + 1;
		first_in = next_in;
		first_out = ++next_out;
		acknowledged = next_out;
		acknowledge();
		return true;
	}
	return false;
}

/*
 * The other side's FIN waits in the packet socket, or is under way; that side has to take our FIN.
 */
static bool connection_finish(void)
{
	const struct order nothing = { 0 };
	int64_t until = now_ms() + 5000;
	struct segment segment;
	bool finished = false;

	while (segment_receive(&segment, until)) {
		segment_take(&segment);
		if (segment.tcp.fin && !finished) {
			next_in++;
			segment_send(&nothing, TH_FIN | TH_ACK);
			next_out++;
			finished = true;
		}
		if (finished && acknowledged == next_out)
			return true;
	}
	return false;
}

/* The other side's SYN waits in the packet socket. */
static bool connection_take(void)
{
	const struct order syn = { .options = { 2, 4, 5, 0xb4 }, .options_length = 4 };
	struct pollfd ready = { .fd = packet_socket, .events = POLLIN };
	struct segment segment;

	while (poll(&ready, 1, 5000) > 0) {
		there_port = 0;
		if (recv(packet_socket, &segment, sizeof(segment), 0) < 40)
			continue;
		there_port = ntohs(segment.tcp.source);
		if (!is_mine(&segment, 40) || !segment.tcp.syn || segment.tcp.ack)
			continue;
		next_out = (uint32_t)random();
		next_in = ntohl(segment.tcp.seq) + 1;
		first_in = next_in;
		trouble = NULL;
		ours_seen = 0;
		segment_send(&syn, TH_SYN | TH_ACK);
		first_out = ++next_out;
		acknowledged = next_out;
		return true;
	}
	return false;
}

static void command_finish(char *answer)
{
	strcpy(answer, connection_finish() ? "0" : "error no end of the other side's");
}

static void command_accept(char **words, char *answer)
{
	if (!words[3] || inet_pton(AF_INET, words[1], &here) != 1 ||
	    inet_pton(AF_INET, words[3], &there) != 1) {
		strcpy(answer, "error accept SOURCE PORT DESTINATION");
		return;
	}
	here_port = (uint16_t)atoi(words[2]);
	strcpy(answer, connection_take() ? "0" : "error nobody asks");
}

static void command_open(char **words, char *answer)
{
	if (!words[4] || inet_pton(AF_INET, words[1], &here) != 1 ||
	    inet_pton(AF_INET, words[3], &there) != 1) {
		strcpy(answer, "error open SOURCE PORT DESTINATION PORT");
		return;
	}
	here_port = (uint16_t)atoi(words[2]);
	there_port = (uint16_t)atoi(words[4]);
	strcpy(answer, connection_open(words[5]) ? "0" : "error nobody answers");
}

static bool hex_read(const char *text, struct order *order)
{
	unsigned int byte;

	for (; *text; text += 2) {
		if (order->options_length == 40 || sscanf(text, "%2x", &byte) != 1)
			return false;
		order->options[order->options_length++] = (uint8_t)byte;
	}
	return order->options_length % 4 == 0;
}

static bool order_read(char **words, struct order *order)
{
	order->length = words[1] ? (unsigned int)atoi(words[1]) : PAYLOAD_MAX + 1;
	for (int i = 2; words[1] && words[i]; i++) {
		if (!strncmp(words[i], "options=", 8)) {
			if (!hex_read(words[i] + 8, order))
				return false;
		} else if (!strncmp(words[i], "seq=", 4)) {
			order->shift = atoi(words[i] + 4);
		} else if (!strcmp(words[i], "ack=none")) {
			order->no_ack = true;
		} else if (!strncmp(words[i], "ack=", 4)) {
			order->ack_shift = atoi(words[i] + 4);
		} else if (!strcmp(words[i], "checksum=bad")) {
			order->bad_checksum = true;
		} else {
			return false;
		}
	}
	return order->length <= PAYLOAD_MAX;
}

/* Data at its place is waited for until it is acknowledged. */
static void command_send(char **words, char *answer)
{
	struct order order = { 0 };
	bool counts;
	int64_t until = now_ms() + 2000;
	struct segment segment;
	uint32_t end;

	if (!order_read(words, &order)) {
		strcpy(answer, "error send N [options=HEX] [seq=N] [ack=N|none] [checksum=bad]");
		return;
	}
	counts = order.length && !order.shift && !order.ack_shift && !order.no_ack &&
		 !order.bad_checksum;
	end = next_out + order.length;
	segment_send(&order, (order.no_ack ? 0 : TH_ACK) | (order.length ? TH_PUSH : 0));
	if (!counts) {
		strcpy(answer, "0");
		return;
	}
	next_out = end;
	while ((int32_t)(acknowledged - end) < 0 && !trouble && segment_receive(&segment, until))
		segment_take(&segment);
	/*
	 * Bytes ahead of their turn may be acknowledged, too; none are if the segment was dropped.
	 */
	next_out = acknowledged;
	if (trouble)
		snprintf(answer, LINE, "error %s", trouble);
	else
		snprintf(answer, LINE, "%u", (int32_t)(acknowledged - end) < 0 ? 0 : order.length);
}

/* Returns the position of segment @i of @count, and how long ago its run began. */
static bool flood_place(const char *kind, int i, int count, struct order *order, uint16_t *back)
{
	*back = 0;
	order->shift = 0;
	if (!strcmp(kind, "late"))
		*back = 65535;
	else if (!strcmp(kind, "descending"))
		order->shift = count - i;
	else if (!strcmp(kind, "middle"))
		order->shift = i ? i : 2 * count;
	else if (!strcmp(kind, "same"))
		order->shift = 1;
	else if (!strcmp(kind, "offsets"))
		order->shift = 1 + (int32_t)(random() % (2 * count));
	else
		return !strcmp(kind, "ids");
	if (!strcmp(kind, "offsets"))
		*back = (uint16_t)random();
	return true;
}

/* Writes our long form with ids that no message had before. */
static void flood_option(struct order *order, int i, uint16_t back)
{
	uint8_t *option = order->options;

	memcpy(option, "\xfd\x1c\x43\x57", 4);
	option[4] = (uint8_t)(0x20 | (i & 3));
	for (int b = 5; b < 26; b++)
		option[b] = (uint8_t)(random() | 1);
	option[26] = (uint8_t)(back >> 8);
	option[27] = (uint8_t)back;
}

static void command_flood(char **words, char *answer)
{
	struct order order = { .length = 1, .options_length = 28 };
	int count = words[1] ? atoi(words[1]) : 0;
	struct timespec begin, end;
	struct segment segment;
	int64_t ns = 0;
	uint16_t back;

	if (count <= 0 || !words[2] || !flood_place(words[2], 0, count, &order, &back)) {
		strcpy(answer, "error flood N KIND");
		return;
	}
	for (int i = 0; i < count; i++) {
		flood_place(words[2], i, count, &order, &back);
		flood_option(&order, i, back);
		clock_gettime(CLOCK_MONOTONIC, &begin);
		segment_send(&order, TH_ACK | TH_PUSH);
		clock_gettime(CLOCK_MONOTONIC, &end);
		ns += (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec;
		next_out += !order.shift;
		while (segment_receive(&segment, now_ms()))
			segment_take(&segment);
	}
	snprintf(answer, LINE, "%ld", (long)(ns / count));
}

static void command_take(char **words, char *answer)
{
	uint32_t wanted = words[1] ? (uint32_t)atoi(words[1]) : 0;
	static uint32_t taken;
	int64_t until = now_ms() + 5000;
	struct segment segment;

	if (next_in - first_in < taken)
		taken = 0; /* a new connection */
	while (next_in - first_in - taken < wanted && !trouble && segment_receive(&segment, until))
		segment_take(&segment);
	if (trouble)
		snprintf(answer, LINE, "error %s", trouble);
	else if (next_in - first_in - taken < wanted)
		snprintf(answer, LINE, "error only %u bytes came", next_in - first_in - taken);
	else
		snprintf(answer, LINE, "%u", wanted);
	taken += wanted;
}

static void run(char *line, char *answer)
{
	const struct order nothing = { 0 };
	char *words[WORDS + 1];

	strcpy(answer, "0");
	if (!words_split(line, words, WORDS))
		strcpy(answer, "error no command");
	else if (!strcmp(words[0], "open"))
		command_open(words, answer);
	else if (!strcmp(words[0], "send"))
		command_send(words, answer);
	else if (!strcmp(words[0], "take"))
		command_take(words, answer);
	else if (!strcmp(words[0], "accept"))
		command_accept(words, answer);
	else if (!strcmp(words[0], "flood"))
		command_flood(words, answer);
	else if (!strcmp(words[0], "options"))
		strcpy(answer, *last_options ? last_options : "none");
	else if (!strcmp(words[0], "ours"))
		snprintf(answer, LINE, "%u", ours_seen);
	else if (!strcmp(words[0], "finish"))
		command_finish(answer);
	else if (!strcmp(words[0], "reset"))
		segment_send(&nothing, TH_RST | TH_ACK);
	else
		snprintf(answer, LINE, "error not a command: %.100s", words[0]);
}

int main(int argc, char **argv)
{
	char line[LINE], answer[LINE];

	if (argc != 3 || !gateway_read(argv[2]))
		errx(1, "usage: malformed_peer DEVICE MAC");
	if (!packet_socket_open(argv[1]))
		err(1, "packet socket");
	srandom((unsigned int)getpid());
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		run(line, answer);
		puts(answer);
	}
	return 0;
}
