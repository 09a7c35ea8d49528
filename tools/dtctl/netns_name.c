// SPDX-License-Identifier: GPL-2.0
/*
 * Names of network namespaces: each file in /run/netns is one, known by its inode.
 */
#include "netns_name.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct netns_name {
	uint32_t inum;
	char *name;
};

struct cw_netns_names {
	struct netns_name *entries;
	size_t count;
};

static void name_add(struct cw_netns_names *names, const char *name, uint32_t inum)
{
	struct netns_name *entries = realloc(names->entries, (names->count + 1) * sizeof(*entries));

	if (!entries)
		return;
	names->entries = entries;
	entries[names->count].inum = inum;
	entries[names->count].name = strdup(name);
	if (entries[names->count].name)
		names->count++;
}

struct cw_netns_names *cw_netns_names_read(void)
{
	struct cw_netns_names *names = calloc(1, sizeof(*names));
	DIR *directory = opendir("/run/netns");
	struct dirent *entry;
	struct stat status;

	while (names && directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
		    !fstatat(dirfd(directory), entry->d_name, &status, 0))
			name_add(names, entry->d_name, (uint32_t)status.st_ino);
	if (directory)
		closedir(directory);
	return names;
}

void cw_netns_names_free(struct cw_netns_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->entries[i].name);
	free(names->entries);
	free(names);
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
