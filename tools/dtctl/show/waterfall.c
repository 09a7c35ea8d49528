// SPDX-License-Identifier: GPL-2.0
/*
 * Draws a trace.  The upper part has one line for each service, indented below the service
 * that asked it; the time in flight is drawn thin, the time in the service thick.  The lower
 * part (stages.c) has every stage and the gaps between them.  One thread.
 */
#include "waterfall.h"

#include <stdio.h>
#include <time.h>

#include "../../correlate/chain.h"
#include "stages.h"

#define TREE_MAX 34  /* columns of the left part */
#define TIME_WIDTH 9 /* columns of the duration on the right */

#define STRONG "\033[1m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

enum glyph {
	GLYPH_SPACE,
	GLYPH_IN_FLIGHT,
	GLYPH_SERVICE,
};

static const char *const GLYPHS[2][3] = {
	{ " ", "\xe2\x94\x80", "\xe2\x96\x88" }, /* light horizontal line, full block */
	{ " ", "-", "#" },
};

static const char *const BRANCHES[2] = { "\xe2\x94\x94 ", "`-" };

char *cw_waterfall_id(char out[2 * CW_TRACE_ID_LEN + 1], const u8 *id)
{
	unsigned int i;

	for (i = 0; i < CW_TRACE_ID_LEN; i++)
		snprintf(out + i * 2, 3, "%02x", id[i]);
	return out;
}

char *cw_waterfall_time(char out[40], u64 ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;
	size_t length;

	gmtime_r(&seconds, &tm);
	length = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + length, 40 - length, ".%06uZ", (unsigned int)(ns / 1000 % 1000000));
	return out;
}

static unsigned int bar_width(const struct cw_waterfall *waterfall)
{
	return waterfall->columns - TREE_MAX - TIME_WIDTH - 3;
}

static unsigned int find_column(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
				u64 time)
{
	u64 span = trace->last > trace->first ? trace->last - trace->first : 1;
	unsigned int width = bar_width(waterfall);

	if (time <= trace->first)
		return 0;
	if (time >= trace->last)
		return width - 1;
	return (unsigned int)((double)(time - trace->first) / (double)span * (width - 1));
}

static u64 hop_time(const struct cw_trace *trace, const struct cw_message *message,
		    enum cw_direction direction, u8 stage, u64 otherwise)
{
	const struct cw_hop *hop = cw_chain_find(trace, &message->chain[direction], stage);

	return hop ? hop->first : otherwise;
}

static void draw_bar(const struct cw_waterfall *waterfall, const enum glyph *glyph)
{
	unsigned int i, width = bar_width(waterfall);

	cw_print_text(waterfall->print, "|");
	for (i = 0; i < width; i++)
		cw_print_text(waterfall->print, "%s", GLYPHS[waterfall->ascii][glyph[i]]);
	cw_print_text(waterfall->print, "|");
}

static void fill_glyphs(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			enum glyph *glyph, u64 from, u64 to, enum glyph with)
{
	unsigned int i, end = find_column(waterfall, trace, to);

	for (i = find_column(waterfall, trace, from); i <= end; i++)
		glyph[i] = with;
}

/* Draws one line: tree, bar, duration. */
static void draw_line(const struct cw_waterfall *waterfall, u32 depth, const char *label,
		      const enum glyph *glyph, u64 ns)
{
	char text[CW_DURATION_LEN];
	/* Deep trees keep their last levels readable instead of their indentation. */
	unsigned int indent = depth > 8 ? 16 : depth * 2;
	unsigned int room = TREE_MAX - indent;

	if (depth)
		cw_print_text(waterfall->print, "%*s%s", (int)indent - 2, "",
			      BRANCHES[waterfall->ascii]);
	cw_print_text(waterfall->print, "%s%-*.*s%s", waterfall->colour ? STRONG : "", (int)room,
		      (int)room, label, waterfall->colour ? PLAIN : "");
	draw_bar(waterfall, glyph);
	cw_print_text(waterfall->print, " %*s\n", TIME_WIDTH - 1, cw_label_duration(text, ns));
}

static void draw_server(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			const struct cw_message *message)
{
	enum glyph glyph[CW_WATERFALL_COLUMNS] = { GLYPH_SPACE };
	struct cw_service service;
	char label[CW_LABEL_LEN];
	u64 from, to;

	from = hop_time(trace, message, CW_REQUEST, CW_STAGE_RECV, 0);
	to = hop_time(trace, message, CW_RESPONSE, CW_STAGE_SEND, 0);
	fill_glyphs(waterfall, trace, glyph, message->first, message->last, GLYPH_IN_FLIGHT);
	if (from && to >= from)
		fill_glyphs(waterfall, trace, glyph, from, to, GLYPH_SERVICE);
	cw_service_get(&service, waterfall->hosts, message, true);
	draw_line(waterfall, message->depth + 1,
		  cw_label_service(label, waterfall->hosts, &service), glyph,
		  message->last - message->first);
}

static void draw_client(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			const struct cw_message *message, u64 last)
{
	enum glyph glyph[CW_WATERFALL_COLUMNS] = { GLYPH_SPACE };
	struct cw_service service;
	char label[CW_LABEL_LEN];

	fill_glyphs(waterfall, trace, glyph, message->first, last, GLYPH_SERVICE);
	cw_service_get(&service, waterfall->hosts, message, false);
	draw_line(waterfall, 0, cw_label_service(label, waterfall->hosts, &service), glyph,
		  last - message->first);
}

static bool same_client(const struct cw_message *a, const struct cw_message *b)
{
	return a->client.known && b->client.known && a->client.task == b->client.task &&
	       a->client.host == b->client.host && a->parent_span == b->parent_span;
}

static bool is_drawn(const struct cw_trace *trace, s32 index)
{
	s32 i;

	for (i = 0; i < index; i++)
		if (trace->message[i].parent == CW_NONE &&
		    same_client(&trace->message[i], &trace->message[index]))
			return true;
	return false;
}

/* Finds the next message of a tree, parents before children. */
static s32 next_message(const struct cw_trace *trace, s32 index)
{
	if (trace->message[index].child != CW_NONE)
		return trace->message[index].child;
	for (; index != CW_NONE; index = trace->message[index].parent)
		if (trace->message[index].parent != CW_NONE &&
		    trace->message[index].sibling != CW_NONE)
			return trace->message[index].sibling;
	return CW_NONE;
}

static void draw_tree(const struct cw_waterfall *waterfall, const struct cw_trace *trace, s32 root,
		      void (*draw)(const struct cw_waterfall *, const struct cw_trace *,
				   const struct cw_message *))
{
	s32 index;

	for (index = root; index != CW_NONE; index = next_message(trace, index))
		draw(waterfall, trace, &trace->message[index]);
}

/* Draws all that one client began, under one line for the client. */
static void draw_root(const struct cw_waterfall *waterfall, const struct cw_trace *trace, s32 root)
{
	const struct cw_message *first = &trace->message[root];
	u64 last = first->last;
	s32 i;

	for (i = root + 1; i < (s32)trace->messages; i++)
		if (trace->message[i].parent == CW_NONE && same_client(first, &trace->message[i]) &&
		    trace->message[i].last > last)
			last = trace->message[i].last;
	draw_client(waterfall, trace, first, last);
	draw_tree(waterfall, trace, root, draw_server);
	for (i = root + 1; i < (s32)trace->messages; i++)
		if (trace->message[i].parent == CW_NONE && same_client(first, &trace->message[i]))
			draw_tree(waterfall, trace, i, draw_server);
}

static void draw_head(const struct cw_waterfall *waterfall, const struct cw_trace *trace)
{
	char id[2 * CW_TRACE_ID_LEN + 1], duration[CW_DURATION_LEN], time[40];
	struct cw_print *print = waterfall->print;

	cw_print_string(print, "trace_id", cw_waterfall_id(id, trace->id), "trace %s\n", id);
	cw_print_string(print, "start", cw_waterfall_time(time, trace->first), "%s  ", time);
	cw_print_number(print, "start_ns", (s64)trace->first, CW_JSON_ONLY);
	cw_print_number(print, "duration_ns", (s64)(trace->last - trace->first), "%s  ",
			cw_label_duration(duration, trace->last - trace->first));
	cw_print_text(print, "%u %s, %u events\n", trace->messages,
		      trace->messages == 1 ? "message" : "messages", trace->events);
	cw_print_number(print, "events", trace->events, CW_JSON_ONLY);
	cw_print_text(print, "%s  %s in the service   %s in flight or being read%s\n\n",
		      waterfall->colour ? FAINT : "", GLYPHS[waterfall->ascii][GLYPH_SERVICE],
		      GLYPHS[waterfall->ascii][GLYPH_IN_FLIGHT], waterfall->colour ? PLAIN : "");
}

void cw_waterfall_draw(struct cw_waterfall *waterfall, const struct cw_trace *trace)
{
	s32 i;

	waterfall->labels = cw_stages_width(waterfall->hosts, trace);
	draw_head(waterfall, trace);
	for (i = 0; i < (s32)trace->messages; i++)
		if (trace->message[i].parent == CW_NONE && !is_drawn(trace, i))
			draw_root(waterfall, trace, i);
	cw_print_list(waterfall->print, "messages");
	for (i = 0; i < (s32)trace->messages; i++)
		if (trace->message[i].parent == CW_NONE)
			draw_tree(waterfall, trace, i, cw_stages_draw);
	cw_print_end(waterfall->print);
	cw_print_text(waterfall->print, "\n");
	cw_label_print_netns(waterfall->print, waterfall->hosts);
}
