// SPDX-License-Identifier: GPL-2.0
/*
 * Address prefixes and network namespaces from the command line.
 */
#define _GNU_SOURCE
#include "parse_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/nsfs.h>

#include "dtctl.h"
#include "fail.h"
#include "parse.h"
#include "show/netns_name.h"

void cw_prefix_format(const struct cw_prefix *prefix, char out[CW_PREFIX_SIZE])
{
	char address[INET6_ADDRSTRLEN] = "";

	if (!prefix->family) {
		snprintf(out, CW_PREFIX_SIZE, "any");
		return;
	}
	inet_ntop(prefix->family, prefix->bytes, address, sizeof(address));
	snprintf(out, CW_PREFIX_SIZE, "%s/%u", address, prefix->length);
}

/* Clears the bits behind the prefix. Return: whether any was set. */
static bool host_bits_clear(struct cw_prefix *prefix)
{
	unsigned int bits = prefix->family == AF_INET ? 32 : 128;
	bool found = false;

	for (unsigned int bit = prefix->length; bit < bits; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		found |= prefix->bytes[bit / 8] & mask;
		prefix->bytes[bit / 8] &= (uint8_t)~mask;
	}
	return found;
}

static bool address_read(const char *text, struct cw_prefix *out)
{
	out->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	out->length = out->family == AF_INET ? 32 : 128;
	return inet_pton(out->family, text, out->bytes) == 1;
}

int cw_parse_prefix(const char *text, struct cw_prefix *out)
{
	char address[INET6_ADDRSTRLEN] = "";
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	char right[CW_PREFIX_SIZE], remedy[CW_PREFIX_SIZE + 32];
	uint64_t length;

	memset(out, 0, sizeof(*out));
	if (!strcmp(text, "any"))
		return CW_EXIT_OK;
	if (size < sizeof(address))
		memcpy(address, text, size);
	if (!address_read(address, out))
		return cw_fail(CW_EXIT_USAGE, "write 10.1.0.0/16, fd00:1::/32, an address, or any",
			       "prefix \"%s\" is not valid", text);
	if (slash) {
		if (cw_parse_number("prefix length", slash + 1, 0, out->length, &length))
			return CW_EXIT_USAGE;
		out->length = (uint8_t)length;
	}
	if (!host_bits_clear(out))
		return CW_EXIT_OK;
	cw_prefix_format(out, right);
	snprintf(remedy, sizeof(remedy), "write %s, or the address alone", right);
	return cw_fail(CW_EXIT_USAGE, remedy, "prefix \"%s\" has bits set behind its length", text);
}

static bool all_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

int cw_parse_netns(const char *text, int *out)
{
	char path[PATH_MAX];
	const char *format = "/run/netns/%s";
	struct statfs fs;
	int fd;

	if (strchr(text, '/'))
		format = "%s";
	else if (all_digits(text))
		format = "/proc/%s/ns/net";
	snprintf(path, sizeof(path), format, text);
	/* Lists show this word for the namespace of init, unless "ip netns" has one of that name. */
	if (!strcmp(text, CW_NETNS_HOST) && access(path, F_OK))
		snprintf(path, sizeof(path), CW_NETNS_HOST_PATH);
	fd = *text ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return cw_fail(CW_EXIT_USAGE,
			       "give a name that \"ip netns\" lists, a path such as "
			       "/proc/PID/ns/net, or a process id",
			       "network namespace \"%s\": cannot open %s: %s", text, path,
			       *text ? strerror(errno) : "empty name");
	if (fstatfs(fd, &fs) || fs.f_type != NSFS_MAGIC ||
	    ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return cw_fail(CW_EXIT_USAGE, "it should be like /proc/PID/ns/net",
			       "\"%s\" is not a network namespace", path);
	}
	*out = fd;
	return CW_EXIT_OK;
}
