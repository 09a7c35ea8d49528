// SPDX-License-Identifier: GPL-2.0
/*
 * Writes durations, places and services for report and trace.  Names from a record file may
 * hold anything: control characters must not reach the terminal.  One thread.
 */
#include "label.h"

#include <ctype.h>
#include <stdio.h>

#include "../../correlate/gap.h"

#define PATH_SERVICES 32

char *cw_label_duration(char out[CW_DURATION_LEN], u64 ns)
{
	static const char *const UNITS[] = { "us", "ms", "s" };
	double value = (double)ns / 1e3;
	unsigned int unit = 0;

	for (; value >= 999.5 && unit < 2; unit++)
		value /= 1e3;
	snprintf(out, CW_DURATION_LEN, "%.*f%s",
		 value < 9.995 ? 2 :
		 value < 99.95 ? 1 :
				 0,
		 value, UNITS[unit]);
	return out;
}

static void clean_text(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
}

static struct cw_hop hop_of(const struct cw_place *place)
{
	return (struct cw_hop){ .host = place->host,
				.netns = place->netns,
				.device = place->device,
				.stage = place->stage };
}

char *cw_label_device(char out[CW_LABEL_LEN], const struct cw_hosts *hosts,
		      const struct cw_place *place)
{
	struct cw_hop hop = hop_of(place);
	char where[CW_HOST_LABEL_LEN];

	*out = 0;
	if (place->device)
		snprintf(out, CW_LABEL_LEN, "%s%s", cw_hop_device(hosts, &hop),
			 cw_host_label(where, hosts, place->host, place->netns));
	clean_text(out);
	return out;
}

char *cw_label_place(char out[CW_LABEL_LEN], const struct cw_hosts *hosts,
		     const struct cw_place *place)
{
	char device[CW_LABEL_LEN];

	cw_label_device(device, hosts, place);
	snprintf(out, CW_LABEL_LEN, "%s%s%.140s", cw_stage_label(place->stage, place->protocol),
		 *device ? " " : "", device);
	return out;
}

char *cw_label_pair(char out[2 * CW_LABEL_LEN], const struct cw_hosts *hosts,
		    const struct cw_place *from, const struct cw_place *to)
{
	char left[CW_LABEL_LEN], right[CW_LABEL_LEN];

	cw_label_place(left, hosts, from);
	if (from->device && from->device == to->device && from->host == to->host &&
	    from->netns == to->netns)
		snprintf(left, sizeof(left), "%s", cw_stage_label(from->stage, from->protocol));
	snprintf(out, 2 * CW_LABEL_LEN, "%.185s -> %s", left, cw_label_place(right, hosts, to));
	return out;
}

char *cw_label_service(char out[CW_LABEL_LEN], const struct cw_hosts *hosts,
		       const struct cw_service *service)
{
	clean_text(cw_service_label(out, hosts, service));
	return out;
}

/* Prints a namespace by the keys of "dtctl monitor". */
static void print_netns(struct cw_print *print, const struct cw_hosts *hosts, u32 host, u16 netns)
{
	u32 inum = cw_host_netns(hosts, host, netns);
	const char *name = cw_host_netns_name(hosts, host, netns);

	if (*name)
		cw_print_string(print, "netns", name, CW_JSON_ONLY);
	if (inum)
		cw_print_number(print, "netns_inum", inum, CW_JSON_ONLY);
}

void cw_label_print_place(struct cw_print *print, const char *key, const struct cw_hosts *hosts,
			  const struct cw_place *place)
{
	struct cw_hop hop = hop_of(place);

	cw_print_object(print, key);
	cw_print_string(print, "stage", cw_stage_label(place->stage, place->protocol),
			CW_JSON_ONLY);
	if (place->device) {
		cw_print_string(print, "device", cw_hop_device(hosts, &hop), CW_JSON_ONLY);
		cw_print_string(print, "host", hosts->host[place->host].name, CW_JSON_ONLY);
		print_netns(print, hosts, place->host, place->netns);
	}
	cw_print_end(print);
}

void cw_label_print_service(struct cw_print *print, const char *key, const struct cw_hosts *hosts,
			    const struct cw_service *service)
{
	char label[CW_LABEL_LEN];

	cw_print_object(print, key);
	cw_print_string(print, "name", service->name, "%s",
			cw_label_service(label, hosts, service));
	if (service->host < hosts->count) {
		cw_print_string(print, "host", hosts->host[service->host].name, CW_JSON_ONLY);
		print_netns(print, hosts, service->host,
			    cw_host_netns_id(hosts, service->host, service->netns));
	}
	cw_print_end(print);
}

void cw_label_print_services(struct cw_print *print, const char *key, const struct cw_hosts *hosts,
			     const struct cw_paths *paths, u32 path)
{
	u32 service[PATH_SERVICES];
	u32 count = cw_path_services(paths, path, service, PATH_SERVICES), i;

	cw_print_list(print, key);
	for (i = 0; i < count; i++) {
		if (i)
			cw_print_text(print, " > ");
		cw_label_print_service(print, NULL, hosts, &paths->service[service[i]]);
	}
	cw_print_end(print);
	if (path == CW_PATH_OTHER)
		cw_print_text(print, "all other paths");
}

static const struct cw_reason_def *find_reason(const struct cw_hosts *hosts,
					       const struct cw_hop *drop)
{
	const union cw_record *record;

	record = cw_host_lookup(hosts, drop->host, CW_RECORD_REASON, (u32)drop->detail);
	return record ? &record->reason : NULL;
}

char *cw_label_drop(char out[CW_DROP_LEN], const struct cw_hosts *hosts, const struct cw_hop *drop)
{
	const struct cw_reason_def *reason = find_reason(hosts, drop);
	char where[CW_HOST_LABEL_LEN];
	int length;

	length = snprintf(out, CW_DROP_LEN, "dropped at %s%s: %s",
			  drop->device ? cw_hop_device(hosts, drop) : "a socket",
			  cw_host_label(where, hosts, drop->host, drop->netns),
			  reason && *reason->name ? reason->name : "no reason given");
	if (reason && *reason->function)
		snprintf(out + length, CW_DROP_LEN - (size_t)length, " in %s", reason->function);
	clean_text(out);
	return out;
}

void cw_label_print_drop(struct cw_print *print, const struct cw_hosts *hosts,
			 const struct cw_hop *drop)
{
	const struct cw_reason_def *reason = find_reason(hosts, drop);

	if (drop->device)
		cw_print_string(print, "device", cw_hop_device(hosts, drop), CW_JSON_ONLY);
	cw_print_string(print, "host", hosts->host[drop->host].name, CW_JSON_ONLY);
	print_netns(print, hosts, drop->host, drop->netns);
	if (reason && *reason->name)
		cw_print_string(print, "reason", reason->name, CW_JSON_ONLY);
	if (reason && *reason->function)
		cw_print_string(print, "function", reason->function, CW_JSON_ONLY);
}

void cw_label_print_where(struct cw_print *print, const struct cw_hosts *hosts, u32 host, u16 netns)
{
	cw_print_string(print, "host", hosts->host[host].name, CW_JSON_ONLY);
	print_netns(print, hosts, host, netns);
}

static void print_numbers(struct cw_print *print, const struct cw_hosts *hosts, u32 host)
{
	u32 id, inum, shown = 0;

	for (id = 1; id <= 0xffff; id++) {
		inum = cw_host_netns(hosts, host, (u16)id);
		if (!inum || cw_host_netns_clear(hosts, host, (u16)id))
			continue;
		if (!shown++)
			cw_print_text(print, "network namespaces of %s:", hosts->host[host].name);
		cw_print_text(print, " [%u] net:%u", id, inum);
	}
	if (shown)
		cw_print_text(print, "\n");
}

void cw_label_print_netns(struct cw_print *print, const struct cw_hosts *hosts)
{
	u32 host;

	for (host = 0; host < hosts->count; host++)
		if (hosts->host[host].netns > 1)
			print_numbers(print, hosts, host);
}

size_t cw_label_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}
