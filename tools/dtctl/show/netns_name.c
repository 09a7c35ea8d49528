// SPDX-License-Identifier: GPL-2.0
/*
 * Names of network namespaces: each file in /run/netns is one, known by its inode.
 * They come and go, so a command that runs for long reads them again.  One thread.
 */
#include "netns_name.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct netns_name {
	uint32_t inum;
	char *name;
};

struct cw_netns_names {
	struct netns_name *entries;
	size_t count;
	time_t read; /* monotonic */
	union cw_record *filled;
};

static time_t read_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void name_add(struct cw_netns_names *names, const char *name, uint32_t inum)
{
	struct netns_name *entries = realloc(names->entries, (names->count + 1) * sizeof(*entries));

	if (!entries)
		return;
	names->entries = entries;
	entries[names->count].inum = inum;
	entries[names->count].name = strdup(name);
	if (!entries[names->count].name)
		return;
	for (char *c = entries[names->count++].name; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
}

static bool name_known(const struct cw_netns_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->entries[i].name, name))
			return true;
	return false;
}

static void names_clear(struct cw_netns_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->entries[i].name);
	names->count = 0;
}

/* A file that "ip netns" has not mounted yet is no namespace: its inode number means nothing. */
static void names_load(struct cw_netns_names *names)
{
	DIR *directory = opendir("/run/netns");
	struct stat own, status;
	struct dirent *entry;

	names_clear(names);
	names->read = read_clock();
	while (directory && !stat("/proc/self/ns/net", &own) && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
		    !fstatat(dirfd(directory), entry->d_name, &status, 0) &&
		    status.st_dev == own.st_dev)
			name_add(names, entry->d_name, (uint32_t)status.st_ino);
	if (directory)
		closedir(directory);
	if (!name_known(names, CW_NETNS_HOST) && !stat(CW_NETNS_HOST_PATH, &status))
		name_add(names, CW_NETNS_HOST, (uint32_t)status.st_ino);
}

struct cw_netns_names *cw_netns_names_read(void)
{
	struct cw_netns_names *names = calloc(1, sizeof(*names));

	if (names)
		names_load(names);
	return names;
}

void cw_netns_names_refresh(struct cw_netns_names *names)
{
	if (names && names->read != read_clock())
		names_load(names);
}

void cw_netns_names_free(struct cw_netns_names *names)
{
	if (!names)
		return;
	names_clear(names);
	free(names->entries);
	free(names->filled);
	free(names);
}

static bool netns_among(const union cw_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (records[i].event.stage == CW_RECORD_NETNS)
			return true;
	return false;
}

static void name_fill(const struct cw_netns_names *names, struct cw_netns_def *netns)
{
	const char *name = cw_netns_name(names, netns->inum);

	memset(netns->name, 0, sizeof(netns->name));
	if (name)
		memcpy(netns->name, name, strnlen(name, sizeof(netns->name) - 1));
}

const union cw_record *cw_netns_names_fill(struct cw_netns_names *names,
					   const union cw_record *records, size_t count)
{
	union cw_record *filled;

	if (!names || !netns_among(records, count))
		return records;
	filled = realloc(names->filled, count * sizeof(*filled));
	if (!filled)
		return records;
	names->filled = filled;
	memcpy(filled, records, count * sizeof(*filled));
	names_load(names);
	for (size_t i = 0; i < count; i++)
		if (filled[i].event.stage == CW_RECORD_NETNS)
			name_fill(names, &filled[i].netns);
	return filled;
}

const char *cw_netns_name(const struct cw_netns_names *names, uint32_t inum)
{
	for (size_t i = 0; names && i < names->count; i++)
		if (names->entries[i].inum == inum)
			return names->entries[i].name;
	return NULL;
}

void cw_netns_print(struct cw_print *print, const struct cw_netns_names *names, uint32_t inum)
{
	const char *name = cw_netns_name(names, inum);

	if (name)
		cw_print_string(print, "netns", name, " netns %s", name);
	else
		cw_print_text(print, " netns %u", inum);
	cw_print_number(print, "netns_inum", inum, CW_JSON_ONLY);
}
