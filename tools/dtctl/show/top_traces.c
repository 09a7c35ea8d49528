// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the best N traces in a heap; a better trace displaces the one at its top.
 * One thread.
 */
#include "top_traces.h"

#include <stdlib.h>

#include "waterfall.h"

struct entry {
	u8 id[CW_TRACE_ID_LEN];
	u64 first;
	u64 duration;
	u32 messages;
	struct cw_service root;
};

struct cw_top_traces {
	const struct cw_hosts *hosts;
	bool by_duration;
	size_t limit;
	size_t count;
	u64 total;
	struct entry entry[];
};

struct cw_top_traces *cw_top_traces_open(size_t limit, bool by_duration,
					 const struct cw_hosts *hosts)
{
	struct cw_top_traces *top = calloc(1, sizeof(*top) + limit * sizeof(*top->entry));

	if (!top)
		return NULL;
	top->hosts = hosts;
	top->by_duration = by_duration;
	top->limit = limit;
	return top;
}

void cw_top_traces_close(struct cw_top_traces *top)
{
	free(top);
}

static u64 rank_entry(const struct cw_top_traces *top, const struct entry *entry)
{
	return top->by_duration ? entry->duration : entry->first;
}

static void swap_entries(struct entry *a, struct entry *b)
{
	struct entry moved = *a;

	*a = *b;
	*b = moved;
}

static void sift_up(struct cw_top_traces *top, size_t i)
{
	struct entry *entry = top->entry;

	for (; i && rank_entry(top, &entry[i]) < rank_entry(top, &entry[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap_entries(&entry[i], &entry[(i - 1) / 2]);
}

static void sift_down(struct cw_top_traces *top)
{
	struct entry *entry = top->entry;
	size_t i = 0, child;

	while ((child = 2 * i + 1) < top->count) {
		if (child + 1 < top->count &&
		    rank_entry(top, &entry[child + 1]) < rank_entry(top, &entry[child]))
			child++;
		if (rank_entry(top, &entry[child]) >= rank_entry(top, &entry[i]))
			break;
		swap_entries(&entry[i], &entry[child]);
		i = child;
	}
}

void cw_top_traces_add(void *user, const struct cw_trace *trace)
{
	struct cw_top_traces *top = user;
	struct entry entry = {
		.first = trace->first,
		.duration = trace->last - trace->first,
		.messages = trace->messages,
	};

	top->total++;
	if (top->count == top->limit && rank_entry(top, &entry) <= rank_entry(top, &top->entry[0]))
		return;
	memcpy(entry.id, trace->id, CW_TRACE_ID_LEN);
	cw_service_get(&entry.root, top->hosts, &trace->message[0],
		       !trace->message[0].client.known);
	if (top->count < top->limit) {
		top->entry[top->count] = entry;
		sift_up(top, top->count++);
	} else {
		top->entry[0] = entry;
		sift_down(top);
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

/* Joins the parts of a trace: one that pauses for long comes in parts. */
static void join_parts(struct cw_top_traces *top)
{
	struct entry *entry = top->entry;
	size_t from, to = 0;

	qsort(entry, top->count, sizeof(*entry), compare_id);
	for (from = 1; from < top->count; from++) {
		u64 end = entry[from].first + entry[from].duration;

		if (memcmp(entry[to].id, entry[from].id, sizeof(entry->id))) {
			entry[++to] = entry[from];
			continue;
		}
		entry[to].messages += entry[from].messages;
		if (end > entry[to].first + entry[to].duration)
			entry[to].duration = end - entry[to].first;
	}
	if (top->count) {
		top->total -= top->count - (to + 1);
		top->count = to + 1;
	}
}

static void sort_entries(struct cw_top_traces *top)
{
	join_parts(top);
	qsort(top->entry, top->count, sizeof(*top->entry),
	      top->by_duration ? compare_duration : compare_start);
}

static void print_entry(const struct cw_top_traces *top, struct cw_print *print,
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
	cw_label_print_service(print, "root", top->hosts, &entry->root);
	cw_print_text(print, "\n");
	cw_print_end(print);
}

void cw_top_traces_print(struct cw_top_traces *top, struct cw_print *print)
{
	size_t i;

	sort_entries(top);
	cw_print_text(print, "%-32s  %-27s %9s %9s  %s\n", "TRACE", "START", "DURATION", "MESSAGES",
		      "ROOT");
	cw_print_list(print, "list");
	for (i = 0; i < top->count; i++)
		print_entry(top, print, &top->entry[i]);
	cw_print_end(print);
	cw_print_number(print, "traces", (s64)top->total, CW_JSON_ONLY);
	if (top->total > top->count)
		cw_print_text(print, "%zu of %llu traces\n", top->count,
			      (unsigned long long)top->total);
	cw_print_text(print, "\n");
}
