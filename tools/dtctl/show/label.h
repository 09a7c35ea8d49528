/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How report and trace write durations, hops and services.  One thread.
 */
#ifndef CW_LABEL_H
#define CW_LABEL_H

#include "../../correlate/path.h"
#include "../../correlate/stats.h"
#include "print.h"

#define CW_DURATION_LEN 16
#define CW_DROP_LEN (CW_HOST_LABEL_LEN + 96)

/**
 * cw_label_duration() - a duration in at most 7 characters and a unit
 *
 * Return: @out, such as "12.3us", "4.57ms", "1.20s".
 */
char *cw_label_duration(char out[CW_DURATION_LEN], u64 ns);

/**
 * cw_label_place() - a stage and its device
 *
 * Return: @out, such as "dev_xmit flannel.1@node1".
 */
char *cw_label_place(char out[CW_LABEL_LEN], const struct cw_hosts *hosts,
		     const struct cw_place *place);

/**
 * cw_label_device() - a device and where it is
 *
 * Return: @out, such as "flannel.1@node1"; "" where the place has none.
 */
char *cw_label_device(char out[CW_LABEL_LEN], const struct cw_hosts *hosts,
		      const struct cw_place *place);

/**
 * cw_label_pair() - two neighbouring places; what they share is said once
 *
 * Return: @out, such as "dev_queue -> dev_xmit cni0".
 */
char *cw_label_pair(char out[2 * CW_LABEL_LEN], const struct cw_hosts *hosts,
		    const struct cw_place *from, const struct cw_place *to);

/* A service's label without control characters. Return: @out. */
char *cw_label_service(char out[CW_LABEL_LEN], const struct cw_hosts *hosts,
		       const struct cw_service *service);

/* For JSON: a place as an object with stage, device, host and namespace. */
void cw_label_print_place(struct cw_print *print, const char *key, const struct cw_hosts *hosts,
			  const struct cw_place *place);
/* The label of a service in text; in JSON an object with name, host and namespace. */
void cw_label_print_service(struct cw_print *print, const char *key, const struct cw_hosts *hosts,
			    const struct cw_service *service);

/* The services of a path; in JSON a list, in text with " > " in between. */
void cw_label_print_services(struct cw_print *print, const char *key, const struct cw_hosts *hosts,
			     const struct cw_paths *paths, u32 path);

/**
 * cw_label_drop() - where and why a packet died
 *
 * Return: @out, such as "dropped at flannel.1@n3: NETFILTER_DROP in nft_do_chain".
 */
char *cw_label_drop(char out[CW_DROP_LEN], const struct cw_hosts *hosts, const struct cw_hop *drop);

/* For JSON: a drop's device, host, namespace, reason, function, in the object around it. */
void cw_label_print_drop(struct cw_print *print, const struct cw_hosts *hosts,
			 const struct cw_hop *drop);

/* For JSON: host and namespace, in the object around it. */
void cw_label_print_where(struct cw_print *print, const struct cw_hosts *hosts, u32 host,
			  u16 netns);

/* Text only: explains the short ids that labels have where a name is not enough. */
void cw_label_print_netns(struct cw_print *print, const struct cw_hosts *hosts);

/* Columns that a text takes on a terminal; it is UTF-8 or ASCII. */
size_t cw_label_width(const char *text);

#endif
