// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the best N traces in a heap whose top is the first one to give way.
 * One thread.
 */
#include "found.h"

#include <stdlib.h>

#include "waterfall.h"

struct entry {
	u8 id[CW_TRACE_ID_LEN];
	u64 first;
	u64 duration;
	u32 messages;
	struct cw_service root;
};

struct cw_found {
	const struct cw_hosts *hosts;
	bool by_duration;
	size_t limit;
	size_t count;
	u64 total;
	struct entry entry[];
};

struct cw_found *cw_found_open(size_t limit, bool by_duration, const struct cw_hosts *hosts)
{
	struct cw_found *found = calloc(1, sizeof(*found) + limit * sizeof(*found->entry));

	if (!found)
		return NULL;
	found->hosts = hosts;
	found->by_duration = by_duration;
	found->limit = limit;
	return found;
}

void cw_found_close(struct cw_found *found)
{
	free(found);
}

static u64 worth(const struct cw_found *found, const struct entry *entry)
{
	return found->by_duration ? entry->duration : entry->first;
}

static void swap(struct entry *a, struct entry *b)
{
	struct entry moved = *a;

	*a = *b;
	*b = moved;
}

static void sift_up(struct cw_found *found, size_t i)
{
	struct entry *entry = found->entry;

	for (; i && worth(found, &entry[i]) < worth(found, &entry[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&entry[i], &entry[(i - 1) / 2]);
}

static void sift_down(struct cw_found *found)
{
	struct entry *entry = found->entry;
	size_t i = 0, child;

	while ((child = 2 * i + 1) < found->count) {
		if (child + 1 < found->count &&
		    worth(found, &entry[child + 1]) < worth(found, &entry[child]))
			child++;
		if (worth(found, &entry[child]) >= worth(found, &entry[i]))
			break;
		swap(&entry[i], &entry[child]);
		i = child;
	}
}

void cw_found_add(void *user, const struct cw_trace *trace)
{
	struct cw_found *found = user;
	struct entry entry = {
		.first = trace->first,
		.duration = trace->last - trace->first,
		.messages = trace->messages,
	};

	found->total++;
	if (found->count == found->limit && worth(found, &entry) <= worth(found, &found->entry[0]))
		return;
	memcpy(entry.id, trace->id, CW_TRACE_ID_LEN);
	cw_service_get(&entry.root, found->hosts, &trace->message[0],
		       !trace->message[0].client.known);
	if (found->count < found->limit) {
		found->entry[found->count] = entry;
		sift_up(found, found->count++);
	} else {
		found->entry[0] = entry;
		sift_down(found);
	}
}

static int compare_id(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = memcmp(x->id, y->id, sizeof(x->id));

	return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int compare_start(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->first < y->first) - (x->first > y->first);
}

static int compare_duration(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->duration < y->duration) - (x->duration > y->duration);
}

/* A trace that pauses for long comes in parts: they are one again here. */
static void join_parts(struct cw_found *found)
{
	struct entry *entry = found->entry;
	size_t from, to = 0;

	qsort(entry, found->count, sizeof(*entry), compare_id);
	for (from = 1; from < found->count; from++) {
		u64 end = entry[from].first + entry[from].duration;

		if (memcmp(entry[to].id, entry[from].id, sizeof(entry->id))) {
			entry[++to] = entry[from];
			continue;
		}
		entry[to].messages += entry[from].messages;
		if (end > entry[to].first + entry[to].duration)
			entry[to].duration = end - entry[to].first;
	}
	if (found->count) {
		found->total -= found->count - (to + 1);
		found->count = to + 1;
	}
}

static void sort(struct cw_found *found)
{
	join_parts(found);
	qsort(found->entry, found->count, sizeof(*found->entry),
	      found->by_duration ? compare_duration : compare_start);
}

static void print_entry(const struct cw_found *found, struct cw_print *print,
			const struct entry *entry)
{
	char id[2 * CW_TRACE_ID_LEN + 1], time[40], duration[CW_DURATION_LEN];

	cw_print_object(print, NULL);
	cw_print_string(print, "trace_id", cw_waterfall_id(id, entry->id), "%s", id);
	cw_print_string(print, "start", cw_waterfall_time(time, entry->first), "  %s", time);
	cw_print_number(print, "start_ns", (s64)entry->first, CW_JSON_ONLY);
	cw_print_number(print, "duration_ns", (s64)entry->duration, " %9s",
			cw_label_duration(duration, entry->duration));
	cw_print_number(print, "messages", entry->messages, " %9u  ", entry->messages);
	cw_label_print_service(print, "root", found->hosts, &entry->root);
	cw_print_text(print, "\n");
	cw_print_end(print);
}

void cw_found_print(struct cw_found *found, struct cw_print *print)
{
	size_t i;

	sort(found);
	cw_print_text(print, "%-32s  %-27s %9s %9s  %s\n", "TRACE", "START", "DURATION", "MESSAGES",
		      "ROOT");
	cw_print_list(print, "list");
	for (i = 0; i < found->count; i++)
		print_entry(found, print, &found->entry[i]);
	cw_print_end(print);
	cw_print_number(print, "traces", (s64)found->total, CW_JSON_ONLY);
	if (found->total > found->count)
		cw_print_text(print, "%zu of %llu traces\n", found->count,
			      (unsigned long long)found->total);
	cw_print_text(print, "\n");
}
