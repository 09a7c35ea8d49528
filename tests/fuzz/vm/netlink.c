// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink fuzzer: sends messages of the family "causeway" that are nearly right, or not right
 * at all, from several sockets, which come and go, and some of which do not read.
 *
 *	netlink COUNT SEED
 *
 * All answers have to be whole messages.  Prints how many requests were taken and
 * how many refused; a seed gives the same requests again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <causeway.h>

#include "random.h"

#define SOCKETS 8
#define MESSAGE 4096
#define ERRORS 256
#define DEPTH 3

struct message {
	union {
		struct nlmsghdr header;
		uint8_t bytes[MESSAGE];
	};
	size_t length;
};

static struct random chance;
static int sockets[SOCKETS], namespace_fd, null_fd;
static uint16_t family;
static uint32_t group;
static uint64_t requests, taken, refused[ERRORS], replies, unsent;
static uint32_t latest; /* id of a rule or session that was made */

static void die(const char *what)
{
	fprintf(stderr, "netlink: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- attributes ------------------------------------------------------------------------- */

static const uint8_t SIZES[CW_A_MAX + 1] = {
	[CW_A_NETNS_FD] = 4,
	[CW_A_RULE_ID] = 4,
	[CW_A_RULE_KIND] = 1,
	[CW_A_RULE_SIDE] = 1,
	[CW_A_RULE_DIRECTION] = 1,
	[CW_A_RULE_PORT] = 2,
	[CW_A_RULE_FAMILY] = 1,
	[CW_A_RULE_PREFIX] = 4,
	[CW_A_RULE_PREFIX_LEN] = 1,
	[CW_A_RULE_CGROUP] = 8,
	[CW_A_RULE_COMM] = 8,
	[CW_A_RULE_RATIO] = 4,
	[CW_A_RULE_RATE] = 4,
	[CW_A_RULE_CLASS] = 1,
	[CW_A_RULE_FLAGS] = 4,
	[CW_A_TRACE_ID] = 16,
	[CW_A_SPAN_ID] = 8,
	[CW_A_CONTEXT_FLAGS] = 1,
	[CW_A_CLASS] = 1,
	[CW_A_TID] = 4,
	[CW_A_CARRIER_OFF] = 1,
	[CW_A_SESSION_ID] = 4,
	[CW_A_FILTER_TRACE_ID] = 16,
	[CW_A_FILTER_TID] = 4,
	[CW_A_FILTER_NETNS_FD] = 4,
	[CW_A_FILTER_PORT] = 2,
	[CW_A_FILTER_STAGES] = 4,
};

/* The attributes that a command takes; 0 ends the list.  The first ones are those that it needs. */
static const uint8_t TAKES[CW_CMD_MAX + 1][20] = {
	[CW_CMD_POLICY_ADD] = { CW_A_RULE_KIND, CW_A_RULE_FAMILY, CW_A_RULE_PREFIX,
				CW_A_RULE_PREFIX_LEN, CW_A_RULE_PORT, CW_A_NETNS_FD, CW_A_ALL_NETNS,
				CW_A_RULE_SIDE, CW_A_RULE_DIRECTION, CW_A_RULE_CGROUP,
				CW_A_RULE_COMM, CW_A_RULE_RATIO, CW_A_RULE_RATE, CW_A_RULE_CLASS,
				CW_A_RULE_FLAGS },
	[CW_CMD_POLICY_DEL] = { CW_A_RULE_ID },
	[CW_CMD_CONTEXT_SET] = { CW_A_TRACE_ID, CW_A_SPAN_ID, CW_A_CONTEXT_FLAGS, CW_A_CLASS,
				 CW_A_TID },
	[CW_CMD_CONTEXT_CLEAR] = { CW_A_TID },
	[CW_CMD_CONTEXT_GET] = { CW_A_TID },
	[CW_CMD_SESSION_OPEN] = { CW_A_FILTER_TRACE_ID, CW_A_FILTER_TID, CW_A_FILTER_NETNS_FD,
				  CW_A_FILTER_PORT, CW_A_FILTER_STAGES },
	[CW_CMD_SESSION_CLOSE] = { CW_A_SESSION_ID },
	[CW_CMD_CARRIER_SET] = { CW_A_CARRIER_OFF },
};

static uint32_t number(unsigned int type)
{
	switch (type) {
	case CW_A_NETNS_FD:
	case CW_A_FILTER_NETNS_FD:
		return (uint32_t)(random_one_in(&chance, 4) ? null_fd : namespace_fd);
	case CW_A_TID:
	case CW_A_FILTER_TID:
		return random_one_in(&chance, 2) ? (uint32_t)getpid() : random_below(&chance, 1000);
	case CW_A_RULE_ID:
	case CW_A_SESSION_ID:
		/* The first ids belong to another process. */
		return random_one_in(&chance, 2) ? random_below(&chance, 4) :
						   latest - random_below(&chance, 4);
	case CW_A_RULE_FAMILY:
		return random_one_in(&chance, 4) ? AF_INET6 : AF_INET;
	case CW_A_FILTER_STAGES:
		return (uint32_t)random_next(&chance) & 0x3ffe;
	default:
		return random_below(&chance, 3) + 1;
	}
}

/* Draws an attribute's bytes: most often of the right size and with a likely value. */
static size_t payload(unsigned int type, uint8_t *out)
{
	size_t size = type <= CW_A_MAX ? SIZES[type] : random_below(&chance, 64);
	uint64_t value = number(type);

	random_fill(&chance, out, 64);
	if (random_one_in(&chance, 8))
		value = random_edge(&chance);
	if (size <= 8 && type != CW_A_RULE_PREFIX)
		memcpy(out, &value, 8);
	if (type == CW_A_RULE_COMM)
		memcpy(out, "curl\0\0\0", 8);
	if (type == CW_A_RULE_PREFIX)
		size = random_one_in(&chance, 4) ? 16 : 4;
	if (random_one_in(&chance, 16))
		size = random_below(&chance, 64);
	return size;
}

/* Adds an attribute, whose length field may lie. */
static bool attribute(struct message *message, unsigned int type, const uint8_t *bytes, size_t size)
{
	struct nlattr *attr = (struct nlattr *)(message->bytes + message->length);

	if (message->length + NLA_HDRLEN + NLA_ALIGN(size) > MESSAGE)
		return false;
	attr->nla_type = (uint16_t)type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (random_one_in(&chance, 64))
		attr->nla_len = (uint16_t)random_edge(&chance);
	memset(attr + 1, 0, NLA_ALIGN(size));
	if (size)
		memcpy(attr + 1, bytes, size);
	message->length += NLA_HDRLEN + NLA_ALIGN(size);
	return true;
}

static void attribute_random(struct message *message, unsigned int command, unsigned int depth)
{
	unsigned int type = random_below(&chance, CW_A_MAX + 8);
	size_t at = message->length;
	uint8_t bytes[64];

	if (command <= CW_CMD_MAX && random_below(&chance, 4))
		type = TAKES[command][random_below(&chance, sizeof(TAKES[command]))];
	if (random_one_in(&chance, 64))
		type = (unsigned int)random_next(&chance) & 0xffff;
	if (random_one_in(&chance, 32))
		type |= NLA_F_NESTED;
	if (!depth || !(type & NLA_F_NESTED)) {
		attribute(message, type, bytes, payload(type & NLA_TYPE_MASK, bytes));
		return;
	}
	if (!attribute(message, type, NULL, 0))
		return;
	for (unsigned int i = random_below(&chance, 4); i; i--)
		attribute_random(message, command, depth - 1);
	((struct nlattr *)(message->bytes + at))->nla_len = (uint16_t)(message->length - at);
}

/* --- messages --------------------------------------------------------------------------- */

static void message_begin(struct message *message, unsigned int type, unsigned int command,
			  unsigned int flags)
{
	struct genlmsghdr *generic = (struct genlmsghdr *)(message->bytes + NLMSG_HDRLEN);

	memset(message->bytes, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	message->header.nlmsg_type = (uint16_t)type;
	message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->header.nlmsg_seq = (uint32_t)requests;
	generic->cmd = (uint8_t)command;
	generic->version = CW_GENL_VERSION;
	message->length = NLMSG_HDRLEN + GENL_HDRLEN;
}

/* Adds as many attributes as a command can do with, and others. */
static void message_fill(struct message *message, unsigned int command)
{
	uint8_t bytes[64];

	for (unsigned int i = 0; command <= CW_CMD_MAX && i < 3; i++) {
		unsigned int type = TAKES[command][i];

		if (type == CW_A_RULE_ID && random_one_in(&chance, 16))
			type = CW_A_ALL;
		if (type && random_below(&chance, 8))
			attribute(message, type, bytes, payload(type, bytes));
	}
	if (random_one_in(&chance, 2))
		return;
	for (unsigned int i = random_below(&chance, 6); i; i--)
		attribute_random(message, command, DEPTH);
}

static void message_damage(struct message *message)
{
	switch (random_below(&chance, 5)) {
	case 0:
		message->header.nlmsg_len = random_edge(&chance);
		break;
	case 1:
		message->length = random_below(&chance, (uint32_t)message->length) + 1;
		break;
	case 2:
		random_fill(&chance, message->bytes + message->length, 3);
		message->length += random_below(&chance, 3) + 1;
		break;
	case 3:
		message->header.nlmsg_flags = (uint16_t)random_next(&chance);
		break;
	default:
		message->bytes[NLMSG_HDRLEN +
			       random_below(&chance, (uint32_t)message->length - NLMSG_HDRLEN)] ^=
			(uint8_t)(1 << random_below(&chance, 8));
	}
}

/* Most often, the attribute is one that the command knows. */
static unsigned int flags_of(unsigned int command)
{
	bool dump = command == CW_CMD_COUNTER_GET || command == CW_CMD_NETNS_GET ||
		    command == CW_CMD_POLICY_GET || command == CW_CMD_SOCKET_GET ||
		    command == CW_CMD_SESSION_GET || command == CW_CMD_DEFINITION_GET ||
		    command == CW_CMD_HISTOGRAM_GET;

	if (random_one_in(&chance, 8))
		dump = !dump;
	if (dump)
		return NLM_F_DUMP;
	return random_one_in(&chance, 8) ? 0 : NLM_F_ACK;
}

static void message_make(struct message *message)
{
	unsigned int command = random_below(&chance, CW_CMD_MAX) + 1;

	/* These commands have the most attributes. */
	if (random_one_in(&chance, 4))
		command = random_one_in(&chance, 4) ? CW_CMD_SESSION_OPEN : CW_CMD_POLICY_ADD;
	if (random_one_in(&chance, 32))
		command = random_below(&chance, 256);
	message_begin(message, family, command, flags_of(command));
	message_fill(message, command);
	/* Random bytes are written behind it. */
	if (message->length > MESSAGE - 64)
		message->length = MESSAGE - 64;
	message->header.nlmsg_len = (uint32_t)message->length;
	if (random_one_in(&chance, 8))
		message_damage(message);
}

/* --- sockets ---------------------------------------------------------------------------- */

static void socket_open(int *fd)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	const int on = 1, small = 4096;

	if (*fd >= 0)
		close(*fd);
	*fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&self, sizeof(self)))
		die("no netlink socket");
	setsockopt(*fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (random_below(&chance, 4))
		setsockopt(*fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	if (random_one_in(&chance, 4))
		setsockopt(*fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (random_one_in(&chance, 4))
		setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	/* The kernel refuses this to a process that may not hear of events. */
	if (random_one_in(&chance, 2))
		setsockopt(*fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

static void answer_take(const struct nlmsghdr *header)
{
	const struct genlmsghdr *generic = NLMSG_DATA(header);
	const struct nlmsgerr *error = NLMSG_DATA(header);
	const struct nlattr *attr = (const struct nlattr *)(generic + 1);

	if (header->nlmsg_type == NLMSG_ERROR && header->nlmsg_len >= NLMSG_LENGTH(4)) {
		taken += !error->error;
		if (error->error)
			refused[-error->error % ERRORS]++;
		return;
	}
	if (header->nlmsg_type != family)
		return;
	replies++;
	if ((generic->cmd == CW_CMD_POLICY_ADD || generic->cmd == CW_CMD_SESSION_OPEN) &&
	    header->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN + NLA_HDRLEN + 4))
		memcpy(&latest, attr + 1, sizeof(latest));
}

/* Checks that the answer is whole messages, one behind the other. */
static void answers_take(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		const struct nlmsghdr *header = (const struct nlmsghdr *)(bytes + at);

		if (length - at < NLMSG_HDRLEN || header->nlmsg_len < NLMSG_HDRLEN ||
		    header->nlmsg_len > length - at) {
			fprintf(stderr, "netlink: %zu bytes at the end are no message\n",
				length - at);
			exit(1);
		}
		answer_take(header);
		at += NLMSG_ALIGN(header->nlmsg_len);
	}
}

static void answers_read(int fd)
{
	static uint8_t bytes[1 << 16];
	ssize_t got;

	while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0 || errno == ENOBUFS)
		if (got > 0)
			answers_take(bytes, (size_t)got);
	if (errno != EAGAIN)
		die("cannot receive");
}

/* Asks the kernel's controller for the id and the group of the family. */
static void family_find(void)
{
	static const char NAME[] = CW_GENL_NAME;
	struct message message;
	uint8_t bytes[8192];
	ssize_t got;

	message_begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	attribute(&message, CTRL_ATTR_FAMILY_NAME, (const uint8_t *)NAME, sizeof(NAME));
	message.header.nlmsg_len = (uint32_t)message.length;
	if (send(sockets[0], message.bytes, message.length, 0) < 0)
		die("cannot send");
	got = recv(sockets[0], bytes, sizeof(bytes), 0);
	for (ssize_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN < got;) {
		const struct nlattr *attr = (const struct nlattr *)(bytes + at);

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&family, attr + 1, sizeof(family));
		/* Looks into the groups, the first of them, and its id, one level after another. */
		if (attr->nla_type == CTRL_ATTR_MCAST_GROUPS)
			memcpy(&group, bytes + at + 4 + 4 + 4, sizeof(group));
		if (attr->nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(attr->nla_len);
	}
	if (!family) {
		errno = ENOENT;
		die("no family " CW_GENL_NAME);
	}
}

static void run(uint64_t count)
{
	static struct message message;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	for (; requests < count; requests++) {
		unsigned int i = random_below(&chance, SOCKETS);

		if (random_one_in(&chance, 200))
			socket_open(&sockets[i]);
		message_make(&message);
		if (sendto(sockets[i], message.bytes, message.length, 0, (struct sockaddr *)&kernel,
			   sizeof(kernel)) < 0)
			unsent++;
		/* The last one is slow to read. */
		if (i < SOCKETS - 1 || random_one_in(&chance, 64))
			answers_read(sockets[i]);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: netlink COUNT SEED\n");
		return 2;
	}
	chance.state = strtoull(argv[2], NULL, 10);
	namespace_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < SOCKETS; i++) {
		sockets[i] = -1;
		socket_open(&sockets[i]);
	}
	family_find();
	run(strtoull(argv[1], NULL, 10));
	printf("sent %llu unsent %llu replies %llu taken %llu", (unsigned long long)requests,
	       (unsigned long long)unsent, (unsigned long long)replies, (unsigned long long)taken);
	for (int i = 0; i < ERRORS; i++)
		if (refused[i])
			printf(" %s %llu", strerrorname_np(i), (unsigned long long)refused[i]);
	printf("\n");
	return 0;
}
