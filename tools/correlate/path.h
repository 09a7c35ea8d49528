/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Services, and paths: the sequence of services from the one that began a trace
 * to the one that is asked.  Both are interned, so that a path is a number.
 * Pure; the caller serialises.
 */
#ifndef CW_PATH_H
#define CW_PATH_H

#include "trace.h"

#define CW_SERVICE_MAX 4096
#define CW_PATH_MAX 4096
#define CW_SERVICE_LEN 64
#define CW_LABEL_LEN 192

#define CW_PATH_EMPTY 0u
#define CW_PATH_OTHER 1u /* all that came when the table was full */

/**
 * struct cw_service - a service
 * @name: comm of its thread, or the address and port that it was asked at, or "?"
 * @host: index; CW_HOST_MAX where it was not seen itself
 * @netns: inode number of its namespace; 0: not known
 */
struct cw_service {
	char name[CW_SERVICE_LEN];
	u32 host;
	u32 netns;
};

/* A path is a shorter path and one service more. */
struct cw_path {
	u32 parent;
	u32 service;
};

/**
 * struct cw_paths - all of them; set up by cw_paths_init()
 * @service: by index
 * @path: by index
 * @services: how many
 * @paths: how many, with the two fixed ones
 * @service_slot: hash table of indices of services, plus one
 * @path_slot: hash table of numbers of paths
 * @refused: times that a table was full
 */
struct cw_paths {
	struct cw_service *service;
	struct cw_path *path;
	u32 services;
	u32 paths;
	u32 *service_slot;
	u32 *path_slot;
	u64 refused;
};

/**
 * cw_paths_init - take the tables
 * @paths: set up
 * @memory: gives the memory
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_paths_init(struct cw_paths *paths, const struct cw_memory *memory);

/**
 * cw_service_get - the service at one end of a message
 * @service: result
 * @hosts: define the ids
 * @message: of a trace
 * @server: the end that read the request, else the one that wrote it
 *
 * Context: any; the caller serialises.
 */
void cw_service_get(struct cw_service *service, const struct cw_hosts *hosts,
		    const struct cw_message *message, bool server);

/**
 * cw_service_label - a service for people
 * @label: result: its name and where it is, as by cw_host_label()
 * @hosts: names of the hosts
 * @service: the service
 *
 * Return: @label.
 * Context: any.
 */
char *cw_service_label(char label[CW_LABEL_LEN], const struct cw_hosts *hosts,
		       const struct cw_service *service);

/**
 * cw_path_of - the path that leads to a message's server
 * @paths: all
 * @hosts: define the ids
 * @trace: built
 * @message: index of the message
 *
 * Return: its number, CW_PATH_OTHER where the tables are full.
 * Context: any; the caller serialises.
 */
u32 cw_path_of(struct cw_paths *paths, const struct cw_hosts *hosts, const struct cw_trace *trace,
	       s32 message);

/**
 * cw_path_services - the services of a path
 * @paths: all
 * @path: its number
 * @out: receives indices of services, from the first one on
 * @max: members of @out
 *
 * Return: how many.
 * Context: any.
 */
u32 cw_path_services(const struct cw_paths *paths, u32 path, u32 *out, u32 max);

#endif
