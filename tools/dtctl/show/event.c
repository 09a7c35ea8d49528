// SPDX-License-Identifier: GPL-2.0
/*
 * Prints events for people and programs.  Ids whose names are known are shown as names,
 * others as numbers.
 */
#include "event.h"

#include <stdio.h>
#include <time.h>

#include "../../correlate/gap.h"
#include "flow.h"

static void time_print(struct cw_print *print, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	unsigned int rest = (unsigned int)(ns % 1000000000);
	char date[40] = "", clock[24] = "", text[64];
	struct tm utc;

	if (gmtime_r(&seconds, &utc)) {
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
		strftime(clock, sizeof(clock), "%H:%M:%S", &utc);
	}
	snprintf(text, sizeof(text), "%s.%09uZ", date, rest);
	cw_print_string(print, "time", text, "%s.%09u", clock, rest);
	cw_print_number(print, "time_ns", (int64_t)ns, CW_JSON_ONLY);
}

static bool has_detail(uint8_t stage)
{
	return stage != CW_STAGE_SEND && stage != CW_STAGE_RECV;
}

static const char *retransmit_word(uint64_t detail)
{
	static const char *const words[] = {
		[CW_RETRANSMIT_FAST] = "fast",
		[CW_RETRANSMIT_TIMEOUT] = "timeout",
		[CW_RETRANSMIT_PROBE] = "probe",
	};

	return detail && detail < sizeof(words) / sizeof(*words) ? words[detail] : "unknown";
}

static void reason_print(struct cw_print *print, uint64_t detail, const struct cw_names *names)
{
	const struct cw_reason_def *reason = cw_names_reason(names, (uint32_t)detail);

	if (!reason)
		return;
	if (*reason->name)
		cw_print_string(print, "reason", reason->name, " %s", reason->name);
	if (*reason->function)
		cw_print_string(print, "function", reason->function, " in %s()", reason->function);
}

/* The difference of two clocks if the sender is another host. */
static void sent_print(struct cw_print *print, const struct cw_event *event)
{
	cw_print_number(print, "sent_ns", (int64_t)event->detail, CW_JSON_ONLY);
	cw_print_number(print, "since_sent_ns", (int64_t)(event->time - event->detail),
			" sent %lld ns before", (long long)(event->time - event->detail));
}

static void detail_print(struct cw_print *print, const struct cw_event *event,
			 const struct cw_names *names)
{
	if (event->stage == CW_STAGE_DROP)
		reason_print(print, event->detail, names);
	else if (event->stage == CW_STAGE_RETRANSMIT)
		cw_print_string(print, "cause", retransmit_word(event->detail), " by %s",
				retransmit_word(event->detail));
	else if (event->stage == CW_STAGE_TCP_OUT && event->detail)
		cw_print_number(print, "window_wait_ns", (int64_t)event->detail,
				" waited %llu ns for the window",
				(unsigned long long)event->detail);
	else if (event->stage == CW_STAGE_TCP_IN && event->detail)
		sent_print(print, event);
}

static void ids_print(struct cw_print *print, const struct cw_event *event)
{
	char trace_id[CW_TRACE_ID_SIZE], message[17], span[17];
	bool response = event->flags & CW_EVENT_RESPONSE;

	cw_trace_id_format(event->trace_id, trace_id);
	snprintf(message, sizeof(message), "%016llx", event->message);
	snprintf(span, sizeof(span), "%016llx", event->span);
	cw_print_string(print, "trace_id", trace_id, " %s", trace_id);
	cw_print_string(print, "message", message, " %s", message);
	/* Only a socket tells a request from a response; a device on the way does not. */
	if (event->flags & (CW_EVENT_SERVER | CW_EVENT_CLIENT))
		cw_print_bool(print, "response", response, " %s",
			      response ? "response" : "request ");
	else
		cw_print_text(print, " %-8s", "-");
	if (event->span && !has_detail(event->stage))
		cw_print_string(print, "span", span, " span %s", span);
}

static void netns_print(struct cw_print *print, const struct cw_netns_def *where,
			const struct cw_netns_names *netns)
{
	if (cw_netns_name(netns, where->inum) || !*where->name) {
		cw_netns_print(print, netns, where->inum);
		return;
	}
	/* The name is gone: the definition has the one from before. */
	cw_print_string(print, "netns", where->name, " netns %s", where->name);
	cw_print_number(print, "netns_inum", where->inum, CW_JSON_ONLY);
}

static void place_print(struct cw_print *print, const struct cw_event *event,
			const struct cw_names *names, const struct cw_netns_names *netns)
{
	const struct cw_device_def *device = cw_names_device(names, event->device);
	const struct cw_netns_def *where = cw_names_netns(names, event->netns);

	if (device)
		cw_print_string(print, "device", device->name, " dev %s", device->name);
	else if (event->device)
		cw_print_number(print, "device_id", event->device, " dev #%u", event->device);
	if (where)
		netns_print(print, where, netns);
	else
		cw_print_number(print, "netns_id", event->netns, " netns #%u", event->netns);
}

static void task_print(struct cw_print *print, const struct cw_event *event,
		       const struct cw_names *names)
{
	const struct cw_task_def *task = cw_names_task(names, event->task);

	if (!event->task)
		return;
	cw_print_number(print, "tid", event->task, " tid %u", event->task);
	if (!task)
		return;
	cw_print_number(print, "pid", task->tgid, CW_JSON_ONLY);
	cw_print_string(print, "comm", task->comm, " %s", task->comm);
}

static void flags_print(struct cw_print *print, unsigned int flags)
{
	static const struct {
		unsigned int bit;
		const char *word;
	} words[] = {
		{ CW_EVENT_RUN_START, "run_start" }, { CW_EVENT_ROOT, "root" },
		{ CW_EVENT_LATE, "late" },	     { CW_EVENT_SERVER, "server" },
		{ CW_EVENT_CLIENT, "client" },	     { CW_EVENT_BARE, "bare" },
	};

	cw_print_list(print, "flags");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (flags & words[i].bit)
			cw_print_string(print, NULL, words[i].word, " %s", words[i].word);
	cw_print_end(print);
}

void cw_event_print(struct cw_print *print, const struct cw_event *event,
		    const struct cw_names *names, const struct cw_netns_names *netns)
{
	const struct cw_flow_def *flow = cw_names_flow(names, event->flow);
	const char *stage = cw_stage_name(event->stage);

	cw_print_object(print, NULL);
	cw_print_number(print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
	time_print(print, event->time);
	cw_print_string(print, "stage", stage, " %-11s", stage);
	ids_print(print, event);
	cw_print_text(print, " ");
	if (flow)
		cw_flow_print(print, flow);
	else
		cw_print_number(print, "flow_id", event->flow, "flow #%u", event->flow);
	cw_print_number(print, "seq", event->seq, " seq %u", event->seq);
	cw_print_number(print, "length", event->length, " len %u", event->length);
	place_print(print, event, names, netns);
	task_print(print, event, names);
	cw_print_number(print, "cpu", event->cpu, " cpu %u", event->cpu);
	detail_print(print, event, names);
	flags_print(print, event->flags);
	cw_print_text(print, "\n");
	cw_print_end(print);
}
