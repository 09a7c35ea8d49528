// SPDX-License-Identifier: GPL-2.0
/*
 * A firewall in user space that lets everything pass: binds a queue of netfilter's and accepts all
 * packets that come to it, each MS after it came.  The rest of the hook, and the code that follows
 * it, then run in this process ("nf_queue"), which holds no socket's lock.
 *
 *	nf_queue QUEUE [gso] [late MS]	(gso: packets come as they are, not segmented before)
 *
 * Says "ready" first; after SIGTERM, when all that waited has passed: "packets N".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* As many packets wait here at most; the kernel's queue is given the same length. */
#define WAITING 4096
/* As much of each packet is copied as a firewall wants to see: headers. */
#define COPIED 128
#define RECEIVE_BUFFER (8 << 20)

struct queue {
	struct mnl_socket *socket;
	uint16_t number;
	bool gso;
	uint64_t late; /* ns */
	uint64_t packets;
	unsigned int first, count; /* of waiting, a ring in order of arrival */
	struct {
		uint32_t id;
		uint64_t due;
	} waiting[WAITING];
};

static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	ended = signal;
}

static void fail(const char *what)
{
	fprintf(stderr, "nf_queue: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct nlmsghdr *message(const struct queue *queue, char *buffer, uint16_t type)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *netfilter;

	header->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	header->nlmsg_flags = NLM_F_REQUEST;
	netfilter = mnl_nlmsg_put_extra_header(header, sizeof(*netfilter));
	netfilter->version = NFNETLINK_V0;
	netfilter->res_id = htons(queue->number);
	return header;
}

static void send_message(const struct queue *queue, const struct nlmsghdr *header, const char *what)
{
	if (mnl_socket_sendto(queue->socket, header, header->nlmsg_len) < 0)
		fail(what);
}

/* No message comes before the queue is bound; after that, packets may come before the answer. */
static void configure(const struct queue *queue, struct nlmsghdr *header, const char *what)
{
	char answer[MNL_SOCKET_BUFFER_SIZE];
	unsigned int portid = mnl_socket_get_portid(queue->socket);
	ssize_t length;

	header->nlmsg_flags |= NLM_F_ACK;
	send_message(queue, header, what);
	length = mnl_socket_recvfrom(queue->socket, answer, sizeof(answer));
	if (length < 0 || mnl_cb_run(answer, (size_t)length, 0, portid, NULL, NULL) < 0)
		fail(what);
}

/* The last of these commands begins the copying of packets: no packet comes before. */
static void bind_queue(const struct queue *queue)
{
	const struct nfqnl_msg_config_cmd command = { .command = NFQNL_CFG_CMD_BIND };
	const struct nfqnl_msg_config_params params = {
		.copy_range = htonl(COPIED),
		.copy_mode = NFQNL_COPY_PACKET,
	};
	char buffer[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *header;

	header = message(queue, buffer, NFQNL_MSG_CONFIG);
	mnl_attr_put(header, NFQA_CFG_CMD, sizeof(command), &command);
	configure(queue, header, "cannot bind the queue");
	header = message(queue, buffer, NFQNL_MSG_CONFIG);
	mnl_attr_put(header, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(header, NFQA_CFG_QUEUE_MAXLEN, htonl(WAITING));
	mnl_attr_put_u32(header, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(header, NFQA_CFG_FLAGS, htonl(queue->gso ? NFQA_CFG_F_GSO : 0));
	configure(queue, header, "cannot set up the queue");
}

/* A receive buffer that overflows is an error: those packets would wait for ever. */
static void open_queue(struct queue *queue)
{
	int size = RECEIVE_BUFFER;

	queue->socket = mnl_socket_open(NETLINK_NETFILTER);
	if (!queue->socket || mnl_socket_bind(queue->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("netlink");
	if (setsockopt(mnl_socket_get_fd(queue->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)))
		fail("SO_RCVBUFFORCE");
	bind_queue(queue);
}

static void accept_packet(struct queue *queue, uint32_t id)
{
	const struct nfqnl_msg_verdict_hdr verdict = {
		.verdict = htonl(NF_ACCEPT),
		.id = htonl(id),
	};
	char buffer[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *header = message(queue, buffer, NFQNL_MSG_VERDICT);

	mnl_attr_put(header, NFQA_VERDICT_HDR, sizeof(verdict), &verdict);
	send_message(queue, header, "cannot accept a packet");
	queue->packets++;
}

static int packet_came(const struct nlmsghdr *header, void *data)
{
	struct queue *queue = data;
	const struct nfqnl_msg_packet_hdr *packet;
	const struct nlattr *attribute;
	unsigned int place = (queue->first + queue->count) % WAITING;

	mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attribute) != NFQA_PACKET_HDR)
			continue;
		packet = mnl_attr_get_payload(attribute);
		if (queue->count == WAITING)
			break; /* the kernel keeps no more than as many */
		queue->waiting[place].id = ntohl(packet->packet_id);
		queue->waiting[place].due = now() + queue->late;
		queue->count++;
		break;
	}
	return MNL_CB_OK;
}

static void receive(struct queue *queue)
{
	static char buffer[1 << 16];
	ssize_t length = mnl_socket_recvfrom(queue->socket, buffer, sizeof(buffer));

	if (length < 0 && errno == EINTR)
		return;
	if (length < 0 || mnl_cb_run(buffer, (size_t)length, 0, 0, packet_came, queue) < 0)
		fail("cannot receive");
}

static void accept_due(struct queue *queue)
{
	while (queue->count && queue->waiting[queue->first].due <= now()) {
		accept_packet(queue, queue->waiting[queue->first].id);
		queue->first = (queue->first + 1) % WAITING;
		queue->count--;
	}
}

static void run(struct queue *queue, const sigset_t *open)
{
	struct pollfd waits = { .fd = mnl_socket_get_fd(queue->socket), .events = POLLIN };
	struct timespec time;
	uint64_t left, due;

	while (!ended || queue->count) {
		due = queue->count ? queue->waiting[queue->first].due : UINT64_MAX;
		left = due > now() ? due - now() : 0;
		time.tv_sec = (time_t)(left / 1000000000);
		time.tv_nsec = (long)(left % 1000000000);
		if (ppoll(&waits, 1, queue->count ? &time : NULL, open) > 0)
			receive(queue);
		accept_due(queue);
	}
}

static void usage(void)
{
	fputs("usage: nf_queue QUEUE [gso] [late MS]\n", stderr);
	exit(1);
}

static void arguments(struct queue *queue, char **words)
{
	if (!*words)
		usage();
	queue->number = (uint16_t)atoi(*words);
	while (*++words) {
		if (!strcmp(*words, "gso"))
			queue->gso = true;
		else if (!strcmp(*words, "late") && words[1])
			queue->late = strtoull(*++words, NULL, 10) * 1000000;
		else
			usage();
	}
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	static struct queue queue;
	sigset_t held, open;

	(void)argc;
	arguments(&queue, argv + 1);
	/* The signal comes while ppoll() waits, and at no other time. */
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &open);
	sigaction(SIGTERM, &action, NULL);
	open_queue(&queue);
	setlinebuf(stdout);
	puts("ready");
	run(&queue, &open);
	printf("packets %llu\n", (unsigned long long)queue.packets);
	return 0;
}
