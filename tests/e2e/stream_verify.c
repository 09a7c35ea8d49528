// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the recording of byte streams with their payload: is each byte in its context, and was a
 * segment ever shared by two?  Reads one recording, the segments that stream_wire saw at the
 * sender's device, and for each run (a port) DIR/PORT.sent and DIR/PORT.read.  Prints a line of
 * NAME=NUMBER words per run, and the first differences on stderr.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/correlate/file.h"
#include "stream.h"

#define SHOWN 5
#define UNKNOWN 0xff

/* A SEND or RECV event, in the stream's own terms. */
struct claim {
	uint64_t message;
	uint32_t offset;
	uint32_t length;
	uint8_t context; /* UNKNOWN: a trace id that is not of this run */
	bool late;
};

struct list {
	void *items;
	size_t count;
	size_t size;
};

struct result {
	uint64_t traced;
	uint64_t attributed;
	uint64_t right;
	uint64_t wrong;
	uint64_t missed;
	uint64_t misjoined;
	uint64_t unsent;
	uint64_t late;
	uint64_t segments;
	uint64_t marked;
	uint64_t shared;
	uint64_t largest;
	uint64_t full;
};

/**
 * struct run - one stream
 * @truth: of each message; @id: message id that it was sent with, 0: none
 * @got: context of each byte as it was recorded, 0: none was
 */
struct run {
	uint16_t port;
	uint32_t first_seq;
	uint32_t bytes;
	struct stream_truth *truth;
	size_t count;
	uint64_t *id;
	uint8_t *got;
	struct list sent;
	struct list received;
	unsigned int shown;
	struct result result;
};

/* Flows are named in the stream before they are used; ids are used again later. */
struct flow {
	uint32_t id;
	uint16_t port;
	bool reading;
};

static struct run *run_of_port[65536];
static struct list flows;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("stream_verify: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	exit(1);
}

static void __attribute__((format(printf, 2, 3))) show(struct run *run, const char *format, ...)
{
	va_list args;

	if (run->shown++ >= SHOWN)
		return;
	va_start(args, format);
	fprintf(stderr, "%u: ", run->port);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static void *list_add(struct list *list, size_t size)
{
	if (list->count == list->size) {
		list->size = list->size ? 2 * list->size : 64;
		list->items = realloc(list->items, list->size * size);
		if (!list->items)
			die("out of memory");
	}
	return (uint8_t *)list->items + list->count++ * size;
}

/* NULL: there is no such file. */
static uint8_t *file_read(const char *path, size_t *length)
{
	FILE *in = fopen(path, "r");
	uint8_t *data;
	long size;

	if (!in)
		return NULL;
	if (fseek(in, 0, SEEK_END) || (size = ftell(in)) < 0)
		die("cannot read %s: %s", path, strerror(errno));
	rewind(in);
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, in) != (size_t)size)
		die("cannot read %s", path);
	fclose(in);
	data[size] = 0;
	*length = (size_t)size;
	return data;
}

static uint8_t *file_need(const char *path, size_t *length)
{
	uint8_t *data = file_read(path, length);

	if (!data)
		die("cannot read %s: %s", path, strerror(errno));
	return data;
}

/* --- what happened ------------------------------------------------------------------ */

/* A run that did not come to its end is left out. */
static void run_load(const char *directory, const char *port)
{
	struct run *run = calloc(1, sizeof(*run));
	const struct stream_truth *last;
	char path[512];
	uint8_t *sent;
	size_t length;

	snprintf(path, sizeof(path), "%s/%s.sent", directory, port);
	sent = file_read(path, &length);
	snprintf(path, sizeof(path), "%s/%s.read", directory, port);
	run->truth = (struct stream_truth *)file_read(path, &length);
	if (!sent || !run->truth || length < sizeof(*run->truth))
		return;
	run->port = (uint16_t)strtoul(port, NULL, 10);
	run->first_seq = (uint32_t)strtoul((char *)sent, NULL, 10);
	run->count = length / sizeof(*run->truth);
	last = &run->truth[run->count - 1];
	run->bytes = (uint32_t)(last->offset + last->length);
	run->id = calloc(run->count, sizeof(*run->id));
	run->got = calloc(run->bytes, 1);
	run_of_port[run->port] = run;
}

/* The message that byte @offset belongs to; @run->count if none. */
static size_t message_at(const struct run *run, uint32_t offset)
{
	size_t low = 0, high = run->count;

	if (offset >= run->bytes)
		return run->count;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (run->truth[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* --- what was recorded -------------------------------------------------------------- */

static void flow_add(const struct cw_flow_def *def)
{
	bool reading = def->role == CW_ROLE_SERVER;
	uint16_t port = reading ? def->source_port : def->destination_port;
	struct flow *flow = flows.items;

	for (size_t i = 0; i < flows.count; i++, flow++)
		if (flow->id == def->id)
			break;
	if (!flow || flow == (struct flow *)flows.items + flows.count)
		flow = list_add(&flows, sizeof(*flow));
	*flow = (struct flow){ .id = def->id, .port = port, .reading = reading };
}

static const struct flow *flow_find(uint32_t id)
{
	const struct flow *all = flows.items;

	for (size_t i = flows.count; i-- > 0;)
		if (all[i].id == id)
			return &all[i];
	return NULL;
}

static void event_add(const struct cw_event *event)
{
	const struct flow *flow = flow_find(event->flow);
	struct run *run = flow ? run_of_port[flow->port] : NULL;
	struct claim *claim;
	uint32_t context;

	if (!run || event->flags & CW_EVENT_RESPONSE)
		return;
	if (event->stage == CW_STAGE_RECV && flow->reading)
		claim = list_add(&run->received, sizeof(*claim));
	else if (event->stage == CW_STAGE_SEND && !flow->reading)
		claim = list_add(&run->sent, sizeof(*claim));
	else
		return;
	context = stream_trace_context(event->trace_id, run->port);
	*claim = (struct claim){
		.message = event->message,
		.offset = event->seq - run->first_seq,
		.length = event->length,
		.context = context && context < STREAM_CONTEXTS ? (uint8_t)context : UNKNOWN,
		.late = event->flags & CW_EVENT_LATE,
	};
}

static void block_read(struct cw_file_reader *reader, const struct cw_file_block *block)
{
	union cw_record record;

	for (size_t i = 0; cw_file_record(reader, block, i, &record) == 1; i++) {
		if (record.event.stage == CW_RECORD_FLOW)
			flow_add(&record.flow);
		else if (record.event.stage <= CW_STAGE_MAX)
			event_add(&record.event);
	}
}

static void recording_read(const char *path)
{
	static struct cw_file_reader reader;
	struct cw_file_block block;
	struct cw_file_loss loss;
	enum cw_file_step step;
	size_t length, used;
	uint8_t *data = file_need(path, &length);
	int at = cw_file_start(&reader, data, length);

	if (at < 0)
		die("%s: not a recording: %s", path, strerror(-at));
	for (data += at, length -= (size_t)at;; data += used, length -= used) {
		step = cw_file_next(&reader, data, length, true, &block, &used);
		if (step == CW_FILE_MORE)
			break;
		if (step == CW_FILE_BLOCK && block.type != CW_FILE_FINISH)
			block_read(&reader, &block);
	}
	cw_file_account(&reader, &loss);
	printf("file produced=%llu dropped=%llu missing=%llu corrupt=%llu finished=%d\n",
	       (unsigned long long)loss.produced, (unsigned long long)loss.dropped,
	       (unsigned long long)loss.missing, (unsigned long long)loss.corrupt, loss.finished);
}

/* --- comparing ---------------------------------------------------------------------- */

static void sent_check(struct run *run, const struct claim *claim)
{
	size_t k = message_at(run, claim->offset);

	if (k == run->count)
		return;
	if (claim->context != run->truth[k].context) {
		run->result.wrong += claim->length;
		show(run, "message %zu of context %u was recorded as sent in %u", k,
		     run->truth[k].context, claim->context);
	} else if (run->id[k] && run->id[k] != claim->message) {
		run->result.misjoined++;
		show(run, "message %zu was sent with two message ids", k);
	}
	run->id[k] = claim->message;
}

/* A part of a message, and what was said about it. */
static void part_check(struct run *run, size_t k, uint32_t from, uint32_t to,
		       const struct claim *claim)
{
	struct result *result = &run->result;

	for (uint32_t i = from; i < to; i++) {
		if (run->got[i])
			result->misjoined++;
		run->got[i] = claim->context;
	}
	if (claim->context != run->truth[k].context) {
		result->wrong += to - from;
		show(run, "bytes %u..%u, message %zu of context %u, were recorded as %u's%s", from,
		     to - 1, k, run->truth[k].context, claim->context,
		     claim->late ? " (late)" : "");
	} else {
		result->right += to - from;
		if (run->id[k] != claim->message) {
			result->misjoined++;
			show(run, "bytes %u..%u, message %zu: message id is another's", from,
			     to - 1, k);
		}
	}
}

static void received_check(struct run *run, const struct claim *claim)
{
	uint32_t at = claim->offset, end = claim->offset + claim->length;
	size_t k = message_at(run, at);

	run->result.late += claim->late;
	if (k == run->count || end > run->bytes || end < at) {
		run->result.wrong += claim->length;
		show(run, "bytes %u..%u were recorded, which never were", at, end - 1);
		return;
	}
	for (; at < end; k++) {
		uint32_t next = (uint32_t)run->truth[k].offset + run->truth[k].length;

		part_check(run, k, at, next < end ? next : end, claim);
		at = next;
	}
}

static unsigned long long first_missed(const struct run *run, const struct stream_truth *truth)
{
	const uint8_t *at = memchr(run->got + truth->offset, 0, truth->length);

	return at ? (unsigned long long)(at - run->got) : 0;
}

/* Attributed is a message of which every byte is. */
static void message_count(struct run *run, size_t k)
{
	const struct stream_truth *truth = &run->truth[k];
	uint32_t missed = 0;

	if (!truth->context)
		return;
	for (uint32_t i = 0; i < truth->length; i++)
		missed += !run->got[truth->offset + i];
	run->result.traced++;
	run->result.missed += missed;
	run->result.unsent += !run->id[k];
	if (!missed && !memchr(run->got + truth->offset, UNKNOWN, truth->length))
		run->result.attributed++;
	else if (missed)
		show(run, "message %zu, bytes %llu..%llu: %u bytes are missed, from byte %llu on",
		     k, (unsigned long long)truth->offset,
		     (unsigned long long)truth->offset + truth->length - 1, missed,
		     first_missed(run, truth));
}

static void segment_check(struct run *run, const struct stream_segment *segment)
{
	uint32_t from = segment->seq - run->first_seq, to = from + segment->length;
	size_t first = message_at(run, from), last = message_at(run, to - 1);
	uint64_t wire =
		segment->headers + (segment->gso_size ? segment->gso_size : segment->length);

	if (first == run->count || last == run->count)
		return;
	run->result.segments++;
	run->result.marked += segment->option != 0;
	if (wire > run->result.largest)
		run->result.full = 0;
	if (wire > run->result.largest)
		run->result.largest = wire;
	run->result.full += segment->option && wire == run->result.largest;
	for (size_t k = first; k < last; k++) {
		if (run->truth[k].context == run->truth[k + 1].context)
			continue;
		run->result.shared++;
		show(run, "bytes %u..%u are one segment, messages %zu and %zu", from, to - 1, k,
		     k + 1);
		return;
	}
}

static void wire_read(const char *path)
{
	size_t length;
	const struct stream_segment *all = (struct stream_segment *)file_need(path, &length);

	for (size_t i = 0; i < length / sizeof(*all); i++)
		if (all[i].outgoing && run_of_port[all[i].destination_port])
			segment_check(run_of_port[all[i].destination_port], &all[i]);
}

static void run_check(struct run *run)
{
	const struct claim *sent = run->sent.items, *received = run->received.items;

	for (size_t i = 0; i < run->sent.count; i++)
		sent_check(run, &sent[i]);
	for (size_t i = 0; i < run->received.count; i++)
		received_check(run, &received[i]);
	for (size_t k = 0; k < run->count; k++)
		message_count(run, k);
}

static void run_print(const struct run *run)
{
	const struct result *r = &run->result;

#define NUMBER(name) printf(" " #name "=%llu", (unsigned long long)r->name)
	printf("%u messages=%zu bytes=%u", run->port, run->count, run->bytes);
	NUMBER(traced);
	NUMBER(attributed);
	NUMBER(right);
	printf(" wrong_bytes=%llu", (unsigned long long)r->wrong);
	NUMBER(missed);
	NUMBER(misjoined);
	NUMBER(unsent);
	NUMBER(late);
	NUMBER(segments);
	NUMBER(marked);
	NUMBER(shared);
	NUMBER(largest);
	NUMBER(full);
	putchar('\n');
#undef NUMBER
}

int main(int argc, char **argv)
{
	struct run *run;
	bool recorded;

	if (argc < 5) {
		fputs("Usage: stream_verify RECORDING|- SEGMENTS DIR PORT...\n", stderr);
		return 1;
	}
	for (int i = 4; i < argc; i++)
		run_load(argv[3], argv[i]);
	recorded = strcmp(argv[1], "-");
	if (recorded)
		recording_read(argv[1]);
	wire_read(argv[2]);
	for (int i = 4; i < argc; i++) {
		run = run_of_port[(uint16_t)strtoul(argv[i], NULL, 10)];
		if (!run) {
			printf("%s incomplete=1\n", argv[i]);
			continue;
		}
		if (recorded)
			run_check(run);
		run_print(run);
	}
	return 0;
}
