// SPDX-License-Identifier: GPL-2.0
/*
 * Draws the lower part of a trace's picture: each message with its stages, their offset
 * from the trace's beginning, and words for the gap between two of them.  A stage that was
 * not seen is reported as such, not filled in.  One thread.
 */
#include "stages.h"

#include <stdio.h>

#include "../../correlate/chain.h"
#include "../../correlate/gap.h"
#include "../../correlate/loss.h"

#define LABEL_LEAST 34
#define TIMES_WIDTH 21 /* columns of offset and duration */
#define WORDS_LEN 256
#define LONG 1000000   /* ns; a gap that takes as long is explained at length */
#define WORDS_WIDTH 36 /* columns that most explanations fit in */

/* The column of labels is as wide as the terminal allows, at most as wide as the labels. */
static int label_width(const struct cw_waterfall *waterfall)
{
	int width = (int)waterfall->columns - TIMES_WIDTH - WORDS_WIDTH;

	if (width > (int)waterfall->labels)
		width = (int)waterfall->labels;
	return width > LABEL_LEAST ? width : LABEL_LEAST;
}

static void print_title(const struct cw_waterfall *waterfall, const struct cw_message *message)
{
	struct cw_print *print = waterfall->print;
	struct cw_service service;
	char id[20];

	cw_print_text(print, "\n");
	cw_service_get(&service, waterfall->hosts, message, false);
	cw_label_print_service(print, "client", waterfall->hosts, &service);
	cw_print_text(print, " > ");
	cw_service_get(&service, waterfall->hosts, message, true);
	cw_label_print_service(print, "server", waterfall->hosts, &service);
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)message->id);
	cw_print_string(print, "message_id", id, "   message %s\n", id);
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)message->parent_span);
	cw_print_string(print, "parent_span", id, CW_JSON_ONLY);
	cw_print_bool(print, "linked", message->parent != CW_NONE, CW_JSON_ONLY);
	cw_print_bool(print, "root", message->root, CW_JSON_ONLY);
	if (message->parent == CW_NONE && message->parent_span && !message->root)
		cw_print_text(print, "  its parent, span %s, was not seen\n", id);
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)message->server_span);
	cw_print_string(print, "server_span", id, CW_JSON_ONLY);
	if (message->unplaced)
		cw_print_text(print, "  %u device events fit neither direction\n",
			      message->unplaced);
}

static void print_offset(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			 u64 time)
{
	char text[CW_DURATION_LEN];

	cw_print_number(waterfall->print, "offset_ns", (s64)(time - trace->first), "  %8s",
			cw_label_duration(text, time - trace->first));
}

static void print_duration(const struct cw_waterfall *waterfall, s64 ns)
{
	char text[CW_DURATION_LEN];

	cw_print_number(waterfall->print, "duration_ns", ns, " %s%8s", ns < 0 ? "-" : " ",
			cw_label_duration(text, (u64)(ns < 0 ? -ns : ns)));
}

/* Says how much of the time a loss and its retransmission explain. */
static const char *explain_loss(const char *name, const struct cw_loss *loss, char out[WORDS_LEN])
{
	char explained[CW_DURATION_LEN], times[24] = "";

	if (loss->retransmits > 1)
		snprintf(times, sizeof(times), " %u times", loss->retransmits);
	snprintf(out, WORDS_LEN, "%s; lost%s: retransmission (%s) explains %s of it",
		 name ? name : "unexplained", times, cw_loss_kind(loss->again),
		 cw_label_duration(explained, loss->ns));
	return out;
}

/* Says what takes the time before a segment leaves TCP. */
static const char *explain_sender(const struct cw_hop *from, const struct cw_hop *to,
				  char out[WORDS_LEN])
{
	u64 ns = to->first - from->first;
	char explained[CW_DURATION_LEN];

	if (!to->detail)
		return ns < LONG ? "waiting to leave TCP" :
				   "waiting to leave TCP (Nagle, congestion window, send buffer)";
	snprintf(out, WORDS_LEN, "receiver's window closed, for %s of it",
		 cw_label_duration(explained, to->detail < ns ? to->detail : ns));
	return out;
}

static const char *explain_gap(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			       const struct cw_chain *chain, const struct cw_hop *from,
			       char out[WORDS_LEN])
{
	const struct cw_hop *to = from + 1, *again;
	const char *name = cw_gap_name(waterfall->hosts, from, to);
	char duration[CW_DURATION_LEN];
	struct cw_loss loss;

	if (to->first < from->first)
		return to->late ? "read before its mark came" : "clocks disagree by at least this";
	if (cw_loss_between(trace, chain, from, to, &loss))
		return explain_loss(name, &loss, out);
	again = cw_loss_hole(trace, chain, from, to);
	if (again) {
		snprintf(out, WORDS_LEN, "%s: behind a hole, retransmission (%s)", name,
			 cw_loss_kind(again));
		return out;
	}
	if (from->stage == CW_STAGE_SEND && to->stage == CW_STAGE_TCP_OUT && !to->protocol)
		return explain_sender(from, to, out);
	if (name)
		return name;
	if (from->bare)
		return "went without its mark: not seen on its way";
	snprintf(out, WORDS_LEN, "unexplained: no event for %s between %s and %s",
		 cw_label_duration(duration, to->first - from->first), cw_stage_name(from->stage),
		 cw_stage_name(to->stage));
	return out;
}

static void print_gap(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
		      const struct cw_chain *chain, const struct cw_hop *from)
{
	const struct cw_hop *to = from + 1;
	struct cw_place left = cw_step_place(from), right = cw_step_place(to);
	char label[2 * CW_LABEL_LEN], words[WORDS_LEN];
	struct cw_print *print = waterfall->print;
	const char *gap = explain_gap(waterfall, trace, chain, from, words);

	cw_label_pair(label, waterfall->hosts, &left, &right);
	cw_print_object(print, NULL);
	print_offset(waterfall, trace, from->first);
	print_duration(waterfall, (s64)(to->first - from->first));
	cw_label_print_place(print, "from", waterfall->hosts, &left);
	cw_label_print_place(print, "to", waterfall->hosts, &right);
	/* The times of the last byte; offset and duration are those of the first one. */
	cw_print_number(print, "from_last_ns", (s64)(from->last - trace->first), CW_JSON_ONLY);
	cw_print_number(print, "to_last_ns", (s64)(to->last - trace->first), CW_JSON_ONLY);
	cw_print_text(print, "  %-*s", label_width(waterfall), label);
	/* A long label pushes the words to a line of their own: 80 columns are enough. */
	if (cw_label_width(label) > (size_t)label_width(waterfall))
		cw_print_text(print, "\n%*s", TIMES_WIDTH + label_width(waterfall), "");
	cw_print_string(print, "gap", gap, "  %s\n", gap);
	cw_print_end(print);
}

/* Prints the time from the first byte to the last one, where they differ. */
static void print_rest(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
		       const struct cw_hop *hop, const char *words)
{
	if (!hop || hop->last == hop->first)
		return;
	cw_print_object(waterfall->print, NULL);
	print_offset(waterfall, trace, hop->first);
	print_duration(waterfall, (s64)(hop->last - hop->first));
	cw_print_text(waterfall->print, "  %-*s", label_width(waterfall),
		      "first byte -> last byte");
	cw_print_string(waterfall->print, "gap", words, "  %s\n", words);
	cw_print_end(waterfall->print);
}

/* Draws a retransmission or a drop at its time. */
static void draw_note(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
		      const struct cw_hop *note)
{
	char text[CW_DURATION_LEN], drop[CW_DROP_LEN];

	cw_print_text(waterfall->print, "  %8s           ",
		      cw_label_duration(text, note->first - trace->first));
	if (note->stage == CW_STAGE_DROP)
		cw_print_text(waterfall->print, "! %s\n",
			      cw_label_drop(drop, waterfall->hosts, note));
	else
		cw_print_text(waterfall->print, "! %s sent again: %s\n",
			      note->flags & CW_EVENT_RUN_START ? "first bytes" : "later bytes",
			      cw_loss_kind(note));
}

/* Draws the incidents that came up to a time and are not drawn yet. */
static void draw_notes(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
		       const struct cw_chain *chain, u32 *next, u64 until)
{
	const struct cw_hop *note = cw_chain_notes(trace, chain);

	for (; *next < chain->notes && note[*next].first <= until; ++*next)
		draw_note(waterfall, trace, &note[*next]);
}

/* Prints the incidents of one kind as a list for JSON, where stages stand by themselves. */
static void print_notes(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			const struct cw_chain *chain, u8 stage, const char *key)
{
	const struct cw_hop *note = cw_chain_notes(trace, chain);
	struct cw_print *print = waterfall->print;
	u32 i;

	cw_print_list(print, key);
	for (i = 0; i < chain->notes; i++) {
		if (note[i].stage != stage)
			continue;
		cw_print_object(print, NULL);
		cw_print_number(print, "time_ns", (s64)(note[i].first - trace->first),
				CW_JSON_ONLY);
		cw_print_number(print, "silence_ns", (s64)(note[i].first - note[i].last),
				CW_JSON_ONLY);
		if (stage == CW_STAGE_DROP) {
			cw_label_print_drop(print, waterfall->hosts, &note[i]);
		} else {
			cw_print_string(print, "kind", cw_loss_kind(&note[i]), CW_JSON_ONLY);
			cw_print_bool(print, "first_bytes", note[i].flags & CW_EVENT_RUN_START,
				      CW_JSON_ONLY);
		}
		cw_print_end(print);
	}
	cw_print_end(print);
}

static void print_stages(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			 const struct cw_chain *chain)
{
	const struct cw_hop *hop = trace->hop + chain->hop;
	u32 i, note = 0;

	cw_print_list(waterfall->print, "stages");
	if (chain->hops == 1)
		cw_print_text(waterfall->print, "    seen at %s only\n",
			      cw_stage_label(hop->stage, hop->protocol));
	for (i = 0; i + 1 < chain->hops; i++) {
		print_gap(waterfall, trace, chain, &hop[i]);
		draw_notes(waterfall, trace, chain, &note, hop[i + 1].first);
	}
	draw_notes(waterfall, trace, chain, &note, ~0ULL);
	print_rest(waterfall, trace, cw_chain_find(trace, chain, CW_STAGE_RECV),
		   "reading the rest");
	cw_print_end(waterfall->print);
}

static void print_chain(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			const struct cw_chain *chain, const char *name)
{
	struct cw_print *print = waterfall->print;

	cw_print_text(print, "  %s%s\n", name, chain->hops ? "" : ": not seen");
	cw_print_object(print, name);
	cw_print_number(print, "retransmits", chain->retransmits, CW_JSON_ONLY);
	print_stages(waterfall, trace, chain);
	print_notes(waterfall, trace, chain, CW_STAGE_RETRANSMIT, "retransmissions");
	print_notes(waterfall, trace, chain, CW_STAGE_DROP, "drops");
	cw_print_end(print);
}

static void print_application(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
			      const struct cw_message *message)
{
	const struct cw_hop *read, *write;
	struct cw_print *print = waterfall->print;
	char text[CW_DURATION_LEN], other[CW_DURATION_LEN];
	u64 own, children;

	if (!cw_trace_own_time(trace, (s32)(message - trace->message), &own, &children))
		return;
	read = cw_chain_find(trace, &message->chain[CW_REQUEST], CW_STAGE_RECV);
	write = cw_chain_find(trace, &message->chain[CW_RESPONSE], CW_STAGE_SEND);
	cw_print_text(print, "  application\n");
	cw_print_object(print, "application");
	print_offset(waterfall, trace, read->first);
	print_duration(waterfall, (s64)(write->first - read->first));
	cw_print_number(print, "own_ns", (s64)own, "  %-*s  waiting for the application",
			label_width(waterfall), "recv -> send");
	cw_print_number(print, "children_ns", (s64)children, CW_JSON_ONLY);
	if (message->child != CW_NONE)
		cw_print_text(print, ":\n%*s%s its own, %s asking others",
			      TIMES_WIDTH + label_width(waterfall) + 4, "",
			      cw_label_duration(text, own), cw_label_duration(other, children));
	cw_print_text(print, "\n");
	cw_print_end(print);
}

static size_t chain_width(const struct cw_hosts *hosts, const struct cw_trace *trace,
			  const struct cw_chain *chain)
{
	const struct cw_hop *hop = trace->hop + chain->hop;
	char label[2 * CW_LABEL_LEN];
	size_t widest = 0, width;
	u32 i;

	for (i = 0; i + 1 < chain->hops; i++) {
		struct cw_place from = cw_step_place(&hop[i]), to = cw_step_place(&hop[i + 1]);

		width = cw_label_width(cw_label_pair(label, hosts, &from, &to));
		widest = width > widest ? width : widest;
	}
	return widest;
}

unsigned int cw_stages_width(const struct cw_hosts *hosts, const struct cw_trace *trace)
{
	size_t widest = 0, width;
	u32 i;

	for (i = 0; i < 2 * trace->messages; i++) {
		width = chain_width(hosts, trace, &trace->message[i / 2].chain[i % 2]);
		widest = width > widest ? width : widest;
	}
	return (unsigned int)widest;
}

void cw_stages_draw(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
		    const struct cw_message *message)
{
	cw_print_object(waterfall->print, NULL);
	print_title(waterfall, message);
	print_chain(waterfall, trace, &message->chain[CW_REQUEST], "request");
	print_application(waterfall, trace, message);
	print_chain(waterfall, trace, &message->chain[CW_RESPONSE], "response");
	cw_print_end(waterfall->print);
}
