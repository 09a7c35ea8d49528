// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the rows of "dtctl top", compares them with the ones before, sorts and prints them.
 */
#include "top_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../correlate/gap.h"
#include "flow.h"
#include "label.h"

#define PATH_LEN 80

int cw_top_add(struct cw_top_table *table, const struct cw_latency *latency)
{
	struct cw_top_row *row;
	size_t i;

	if (table->count == table->room) {
		size_t room = table->room ? 2 * table->room : 64;

		row = realloc(table->row, room * sizeof(*row));
		if (!row)
			return -ENOMEM;
		table->row = row;
		table->room = room;
	}
	row = &table->row[table->count++];
	memset(row, 0, sizeof(*row));
	row->latency = *latency;
	row->latency.buckets = NULL;
	row->histogram.sum = latency->sum;
	for (i = 0; i < latency->bucket_count; i++) {
		struct cw_bucket bucket;

		/* Attributes are aligned to 4 bytes only. */
		memcpy(&bucket, latency->buckets + i, sizeof(bucket));
		if (bucket.index < CW_HISTOGRAM_BUCKETS)
			row->histogram.bucket[bucket.index] = bucket.count;
	}
	return 0;
}

void cw_top_clear(struct cw_top_table *table)
{
	table->count = 0;
}

void cw_top_free(struct cw_top_table *table)
{
	free(table->row);
	memset(table, 0, sizeof(*table));
}

static bool same_server(const struct cw_latency *a, const struct cw_latency *b)
{
	return a->known == b->known && a->flow.destination_port == b->flow.destination_port &&
	       a->flow.family == b->flow.family && a->flow.protocol == b->flow.protocol &&
	       !memcmp(a->flow.destination, b->flow.destination, sizeof(a->flow.destination));
}

static bool same_row(const struct cw_latency *a, const struct cw_latency *b)
{
	return a->direction == b->direction && a->from == b->from && a->to == b->to &&
	       a->netns_inum == b->netns_inum && !strcmp(a->device, b->device) && same_server(a, b);
}

static const struct cw_top_row *find_row(const struct cw_top_table *table,
					 const struct cw_latency *latency)
{
	size_t i;

	for (i = 0; table && i < table->count; i++)
		if (same_row(&table->row[i].latency, latency))
			return &table->row[i];
	return NULL;
}

/* The buckets tell between which two values all lie; the sum may be ahead of them. */
static void bounds_set(struct cw_histogram *histogram, u64 max)
{
	unsigned int i;

	for (i = 0; i < CW_HISTOGRAM_BUCKETS; i++) {
		if (!histogram->bucket[i])
			continue;
		if (!histogram->count)
			histogram->min = cw_histogram_floor(i);
		histogram->count += histogram->bucket[i];
		histogram->max = cw_histogram_floor(i + 1) - 1;
	}
	if (histogram->max > max)
		histogram->max = max;
}

static void subtract_row(struct cw_top_row *out, const struct cw_top_row *now,
			 const struct cw_top_table *table)
{
	const struct cw_top_row *before = find_row(table, &now->latency);
	unsigned int i;

	*out = *now;
	/* A sum that went back belongs to a table that was made anew. */
	if (before && before->histogram.sum <= now->histogram.sum) {
		out->histogram.sum -= before->histogram.sum;
		for (i = 0; i < CW_HISTOGRAM_BUCKETS; i++)
			out->histogram.bucket[i] -= before->histogram.bucket[i];
	}
	bounds_set(&out->histogram, now->latency.max);
}

static int compare_rows(const void *a, const void *b)
{
	const struct cw_top_row *x = a, *y = b;

	return (x->histogram.sum < y->histogram.sum) - (x->histogram.sum > y->histogram.sum);
}

static void path_label(char out[PATH_LEN], const struct cw_latency *latency)
{
	char text[CW_ADDRESS_SIZE];

	if (!latency->known) {
		snprintf(out, PATH_LEN, "other");
		return;
	}
	cw_address_format(latency->flow.family, latency->flow.destination,
			  latency->flow.destination_port, text);
	snprintf(out, PATH_LEN, "%s", text);
}

static const char *direction_word(int direction)
{
	return direction < 0 ? "passing" : direction ? "response" : "request";
}

static void step_label(char out[PATH_LEN], const struct cw_latency *latency,
		       const struct cw_netns_names *netns)
{
	const char *name = cw_netns_name(netns, latency->netns_inum);

	if (!latency->to)
		snprintf(out, PATH_LEN, "no room of their own");
	else
		snprintf(out, PATH_LEN, "%s -> %s%s%s%s%s", cw_stage_name(latency->from),
			 cw_stage_name(latency->to), *latency->device ? " " : "", latency->device,
			 name ? "@" : "", name ? name : "");
}

static void quantile_print(struct cw_print *print, const char *key, const char *text,
			   const struct cw_histogram *histogram, unsigned int per_mille)
{
	u64 value = cw_histogram_quantile(histogram, per_mille);
	char duration[CW_DURATION_LEN];

	cw_print_number(print, key, (int64_t)value, text, cw_label_duration(duration, value));
}

static void row_print(struct cw_print *print, const struct cw_top_row *row, double seconds,
		      const struct cw_netns_names *netns)
{
	const struct cw_latency *latency = &row->latency;
	double rate = seconds > 0 ? (double)row->histogram.count / seconds : 0;
	char path[PATH_LEN], step[PATH_LEN];

	path_label(path, latency);
	step_label(step, latency, netns);
	cw_print_object(print, NULL);
	cw_print_string(print, "path", path, "%-22s ", path);
	cw_print_string(print, "direction", direction_word(latency->direction), "%-9s",
			direction_word(latency->direction));
	cw_print_text(print, "%-40s", step);
	cw_print_string(print, "from", cw_stage_name(latency->from), CW_JSON_ONLY);
	cw_print_string(print, "to", cw_stage_name(latency->to), CW_JSON_ONLY);
	if (*latency->device)
		cw_print_string(print, "device", latency->device, CW_JSON_ONLY);
	cw_print_number(print, "netns_inum", latency->netns_inum, CW_JSON_ONLY);
	if (cw_netns_name(netns, latency->netns_inum))
		cw_print_string(print, "netns", cw_netns_name(netns, latency->netns_inum),
				CW_JSON_ONLY);
	cw_print_number(print, "count", (int64_t)row->histogram.count, "%8llu",
			(unsigned long long)row->histogram.count);
	cw_print_number(print, "sum_ns", (int64_t)row->histogram.sum, CW_JSON_ONLY);
	if (seconds > 0)
		cw_print_real(print, "rate", rate, "%9.1f", rate);
	else
		cw_print_text(print, "%9s", "-");
	quantile_print(print, "p50_ns", " %7s", &row->histogram, 500);
	quantile_print(print, "p90_ns", " %7s", &row->histogram, 900);
	quantile_print(print, "p99_ns", " %7s", &row->histogram, 990);
	quantile_print(print, "max_ns", " %7s", &row->histogram, 1000);
	cw_print_text(print, "\n");
	cw_print_end(print);
}

void cw_top_print(struct cw_print *print, const struct cw_top_table *now,
		  const struct cw_top_table *before, const struct cw_netns_names *netns)
{
	/* The measured interval, not the wanted one: a busy node reads late. */
	uint64_t interval = before ? now->time - before->time : 0;
	struct cw_top_row *row = calloc(now->count + 1, sizeof(*row));
	size_t count = 0, i;

	for (i = 0; row && i < now->count; i++) {
		subtract_row(&row[count], &now->row[i], before);
		count += !!row[count].histogram.count;
	}
	if (row)
		qsort(row, count, sizeof(*row), compare_rows);
	cw_print_object(print, NULL);
	cw_print_number(print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
	cw_print_number(print, "interval_ms", (int64_t)(interval / 1000000), CW_JSON_ONLY);
	cw_print_text(print, "%-22s %-9s%-40s%8s%9s %7s %7s %7s %7s\n", "SERVER", "", "STAGES",
		      "COUNT", "PER S", "P50", "P90", "P99", "MAX");
	cw_print_list(print, "steps");
	for (i = 0; i < count; i++)
		row_print(print, &row[i], (double)interval / 1e9, netns);
	cw_print_end(print);
	cw_print_end(print);
	free(row);
}
