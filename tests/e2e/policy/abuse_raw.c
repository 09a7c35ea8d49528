// SPDX-License-Identifier: GPL-2.0
/*
 * Sends many segments made by hand, from addresses that no host has or that another host has.
 *
 *	abuse_raw DEVICE MAC-OF-GATEWAY TARGET PORT
 *
 * Commands, a line each on standard input; one line of answer:
 *	syn N			SYNs from N random addresses of 10.9.128.0/17
 *	ack N			segments with data and a context of ours, from such addresses, to no
 *				connection: bogus answers to SYN cookies, too
 *	learn SOURCE PORT	where a connection stands, by what the target has sent there
 *	reset N WHERE		N resets in the name of the connection learned: "out" of the
 *				window, "in" it, or "exact"
 *	stray SOURCE PORT	a segment with a context, that no connection is there for; then, from the
 *				same port, a handshake and ten bytes where that stood, without
 *				Answer: 0, or what is wrong
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "by_hand.h"
#include "../words.h"

#define LINE 128
#define WORDS 4
#define OPTION 28
#define DATA 10

struct segment {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t rest[OPTION + DATA];
} __attribute__((packed));

static uint32_t target, here;
static uint16_t target_port, here_port;
/* The next sequence numbers of the connection learned, from its client and from the target. */
static uint32_t next_out, next_in;

/* Fills in a context that no connection had before, with the trace id 'abab...'. */
static void option_fill(uint8_t *option)
{
	memcpy(option, "\xfd\x1c\x43\x57\x20", 5);
	memset(option + 5, 0xab, 16);
	for (int i = 21; i < 26; i++)
		option[i] = (uint8_t)(random() | 1);
	option[26] = 0;
	option[27] = 0;
}

static void segment_send(uint32_t from, uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack,
			 bool option, unsigned int data)
{
	unsigned int options = option ? OPTION : 0, tcp_length = 20 + options + data;
	struct segment s = { 0 };

	s.ip.version = 4;
	s.ip.ihl = 5;
	s.ip.ttl = 64;
	s.ip.protocol = IPPROTO_TCP;
	s.ip.saddr = from;
	s.ip.daddr = target;
	s.ip.tot_len = htons((uint16_t)(20 + tcp_length));
	s.ip.check = sum_fold(sum_add(0, &s.ip, 20));
	s.tcp.source = htons(port);
	s.tcp.dest = htons(target_port);
	s.tcp.seq = htonl(seq);
	s.tcp.ack_seq = htonl(ack);
	s.tcp.doff = (5 + options / 4) & 0xf;
	s.tcp.window = htons(65000);
	s.tcp.th_flags = flags;
	if (option)
		option_fill(s.rest);
	s.tcp.check = sum_fold(
		sum_add(sum_add(IPPROTO_TCP + tcp_length, &s.ip.saddr, 8), &s.tcp, tcp_length));
	/* A segment may be lost where the device's queue is full. */
	if (sendto(packet_socket, &s, 20 + tcp_length, 0, (struct sockaddr *)&gateway,
		   sizeof(gateway)) < 0 &&
	    errno != ENOBUFS)
		err(1, "cannot send");
}

static bool is_wanted(const struct segment *s, ssize_t length, uint8_t flags)
{
	return length >= 40 && s->ip.protocol == IPPROTO_TCP && s->ip.saddr == target &&
	       s->ip.daddr == here && s->tcp.source == htons(target_port) &&
	       s->tcp.dest == htons(here_port) && (s->tcp.th_flags & flags) == flags;
}

/*
 * Waits for the target's next segment to @here with these flags; those that came before are
 * dropped.
 */
static bool segment_wait(struct segment *s, uint8_t flags)
{
	struct pollfd ready = { .fd = packet_socket, .events = POLLIN };
	int64_t until = now_ms() + 10000, left;

	while ((left = until - now_ms()) > 0 && poll(&ready, 1, (int)left) > 0)
		if (is_wanted(s, recv(packet_socket, s, sizeof(*s), 0), flags))
			return true;
	return false;
}

static void socket_drain(void)
{
	char byte;

	while (recv(packet_socket, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

static uint32_t nobody(void)
{
	return htonl(0x0a098000 | (uint32_t)(random() & 0x7fff));
}

static uint16_t any_port(void)
{
	return (uint16_t)(1024 + random() % 60000);
}

static const char *flood(unsigned long count, bool syn)
{
	for (unsigned long i = 0; i < count; i++)
		segment_send(nobody(), any_port(), syn ? TH_SYN : TH_ACK | TH_PUSH,
			     (uint32_t)random(), syn ? 0 : (uint32_t)random(), !syn,
			     syn ? 0 : DATA);
	socket_drain();
	return "0";
}

static bool here_read(char **words)
{
	if (!words[1] || !words[2] || inet_pton(AF_INET, words[1], &here) != 1)
		return false;
	here_port = (uint16_t)atoi(words[2]);
	return true;
}

/* Takes the numbers of the last segment that has come. */
static const char *learn(char **words)
{
	struct segment s;
	bool found = false;
	ssize_t got;

	if (!here_read(words))
		return "error learn SOURCE PORT";
	while ((got = recv(packet_socket, &s, sizeof(s), MSG_DONTWAIT)) >= 0) {
		if (!is_wanted(&s, got, TH_ACK))
			continue;
		found = true;
		next_out = ntohl(s.tcp.ack_seq);
		next_in = ntohl(s.tcp.seq) + ntohs(s.ip.tot_len) - 20U - s.tcp.doff * 4U;
	}
	return found ? "0" : "error nothing has come";
}

static const char *reset(unsigned long count, const char *where)
{
	for (unsigned long i = 0; i < count; i++) {
		uint32_t seq = next_out;

		if (where && !strcmp(where, "in"))
			seq += 1 + (uint32_t)random() % 20000;
		else if (where && !strcmp(where, "out"))
			seq += 0x10000000 + (uint32_t)random() % 0xd0000000;
		else if (!where || strcmp(where, "exact"))
			return "error reset N out|in|exact";
		segment_send(here, here_port, TH_RST | (i & 1 ? TH_ACK : 0), seq, next_in, false,
			     0);
	}
	socket_drain();
	return "0";
}

static const char *stray(char **words)
{
	uint32_t first = (uint32_t)random();
	struct segment s;

	if (!here_read(words))
		return "error stray SOURCE PORT";
	segment_send(here, here_port, TH_ACK | TH_PUSH, first + 1, (uint32_t)random(), true, DATA);
	if (!segment_wait(&s, TH_RST))
		return "error it was not refused";
	segment_send(here, here_port, TH_SYN, first, 0, false, 0);
	if (!segment_wait(&s, TH_SYN | TH_ACK))
		return "error nobody answers";
	next_in = ntohl(s.tcp.seq) + 1;
	segment_send(here, here_port, TH_ACK, first + 1, next_in, false, 0);
	segment_send(here, here_port, TH_ACK | TH_PUSH, first + 1, next_in, false, DATA);
	next_out = first + 1 + DATA;
	return "0";
}

static const char *run(char **words)
{
	unsigned long n = words[1] ? strtoul(words[1], NULL, 10) : 0;

	if (!strcmp(words[0], "syn") || !strcmp(words[0], "ack"))
		return flood(n, !strcmp(words[0], "syn"));
	if (!strcmp(words[0], "learn"))
		return learn(words);
	if (!strcmp(words[0], "reset"))
		return reset(n, words[2]);
	if (!strcmp(words[0], "stray"))
		return stray(words);
	return "error not a command";
}

int main(int argc, char **argv)
{
	char line[LINE], *words[WORDS + 1];

	if (argc != 5 || inet_pton(AF_INET, argv[3], &target) != 1 || !gateway_read(argv[2]))
		errx(1, "usage: abuse_raw DEVICE MAC TARGET PORT");
	target_port = (uint16_t)atoi(argv[4]);
	if (!packet_socket_open(argv[1]))
		err(1, "packet socket");
	srandom((unsigned int)getpid());
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin))
		puts(words_split(line, words, WORDS) ? run(words) : "error no command");
	return 0;
}
