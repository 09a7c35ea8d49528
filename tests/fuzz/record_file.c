// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes all that reads record files: decoding, definitions, traces in flight,
 * matching, statistics. The first byte of the input chooses: the rest is a file
 * as it is; or it is records, put into a file with right checksums, so that the
 * parts behind the decoder are reached; or such a file with one byte damaged.
 * Decoding is from heap blocks of just their size.
 */
#include "fuzz.h"

#include <string.h>

#include "align.h"
#include "chunks.h"
#include "file.h"
#include "gap.h"
#include "stats.h"
#include "store.h"

#define FILE_MAX (1u << 16)
#define PER_TRACE 48

struct run {
	struct cw_file_reader reader;
	struct cw_store store;
	struct cw_stats stats;
	struct cw_trace trace;
	uint64_t events;
	uint64_t emitted;
	size_t records;
};

/* Kept until a definition was put in. */
static struct cw_hosts hosts;
static bool defined;

static void *take_forever(void *user, size_t count, size_t size)
{
	(void)user;
	return calloc(count, size);
}

static const struct cw_memory FOREVER = { take_forever, NULL };
static struct cw_align align;

/* Small tables, so that definitions give way to others. */
static void empty_hosts(void)
{
	struct cw_file_header header = { .host_name = "fuzz" };
	size_t i;

	if (hosts.count && !defined)
		return;
	for (i = 0; i < CW_HOST_TABLES; i++)
		free(hosts.host[0].slot[i]);
	memset(&hosts, 0, sizeof(hosts));
	hosts.memory = FOREVER;
	hosts.sets = 4;
	FUZZ_MUST(cw_hosts_find(&hosts, &header) == 0);
	defined = false;
}

/* A tree without rings, every event in one place, chains within bounds. */
static void check_trace(const struct cw_trace *trace)
{
	uint64_t counted = 0;
	uint32_t i, j;

	FUZZ_MUST(trace->messages <= trace->events && trace->hops <= trace->events);
	for (i = 0; i < trace->messages; i++) {
		const struct cw_message *message = &trace->message[i];
		int32_t up = message->parent;
		uint32_t steps = 0;

		for (; up != CW_NONE; up = trace->message[up].parent)
			FUZZ_MUST(++steps <= trace->messages);
		counted += message->unplaced;
		for (j = 0; j < 2; j++) {
			const struct cw_chain *chain = &message->chain[j];
			uint32_t hop;

			FUZZ_MUST(chain->hop + chain->hops + chain->notes <= trace->hops);
			FUZZ_MUST(chain->retransmits <= chain->notes);
			counted += chain->notes + chain->beside;
			for (hop = chain->hop; hop < chain->hop + chain->hops; hop++)
				counted += trace->hop[hop].count;
		}
	}
	FUZZ_MUST(counted == trace->events);
}

/* No step takes longer than its trace. */
static void check_step(void *user, const struct cw_step *step)
{
	const struct cw_trace *trace = user;

	FUZZ_MUST(step->ns <= trace->last - trace->first);
	FUZZ_MUST(step->cause <= CW_CAUSE_MAX && *cw_cause_key(step->cause));
}

static void name_all(struct cw_trace *trace)
{
	char label[CW_LABEL_LEN];
	struct cw_service service;
	uint64_t own, children;
	uint32_t i;

	for (i = 0; i + 1 < trace->hops; i++) {
		cw_gap_name(&hosts, &trace->hop[i], &trace->hop[i + 1]);
		FUZZ_MUST(cw_hop_device(&hosts, &trace->hop[i]));
	}
	for (i = 0; i < trace->messages; i++) {
		cw_service_get(&service, &hosts, &trace->message[i], i & 1);
		FUZZ_MUST(strlen(cw_service_label(label, &hosts, &service)) < CW_LABEL_LEN);
		cw_trace_own_time(trace, (int32_t)i, &own, &children);
		cw_step_walk(&hosts, trace, (int32_t)i, check_step, trace);
	}
}

static void emit(void *user, struct cw_seen *seen, uint32_t events)
{
	struct run *run = user;

	FUZZ_MUST(events && events <= PER_TRACE);
	run->emitted += events;
	run->trace.seen = seen;
	run->trace.events = events;
	FUZZ_MUST(!cw_trace_build(&run->trace, &hosts));
	check_trace(&run->trace);
	name_all(&run->trace);
	cw_align_learn(&align, &hosts, &run->trace);
	cw_stats_fold(&run->stats, &hosts, &run->trace);
}

static void begin(struct run *run)
{
	static const struct cw_store_limits LIMITS = { 64, 4, PER_TRACE, 1000, 5000 };

	empty_hosts();
	FUZZ_MUST(!cw_store_init(&run->store, &LIMITS, &CHUNK_MEMORY, emit, run));
	FUZZ_MUST(!cw_stats_init(&run->stats, &CHUNK_MEMORY));
	/* Its tables are large; what is left in them of other inputs does no harm. */
	FUZZ_MUST(align.run || !cw_align_init(&align, &FOREVER));
	run->trace.capacity = PER_TRACE;
	run->trace.message = chunk_take(NULL, PER_TRACE, sizeof(*run->trace.message));
	run->trace.hop = chunk_take(NULL, PER_TRACE, sizeof(*run->trace.hop));
	run->trace.span = chunk_take(NULL, PER_TRACE, sizeof(*run->trace.span));
}

static void feed(struct run *run, const union cw_record *record)
{
	struct cw_seen seen = { .event = record->event };

	run->records++;
	if (record->event.stage > CW_STAGE_MAX) {
		cw_host_define(&hosts, 0, record);
		defined = true;
		return;
	}
	run->events++;
	cw_align_event(&align, 0, &record->event);
	cw_store_add(&run->store, &seen);
	cw_store_advance(&run->store, record->event.time);
}

static void read_blocks(struct run *run, const uint8_t *data, size_t size)
{
	struct cw_file_block block;
	union cw_record record;
	enum cw_file_step step;
	size_t at, used, i;
	int got;

	for (at = 0;; at += used) {
		step = cw_file_next(&run->reader, data + at, size - at, true, &block, &used);
		if (step == CW_FILE_MORE)
			break;
		FUZZ_MUST(used && used <= size - at);
		if (step != CW_FILE_BLOCK)
			continue;
		for (i = 0; (got = cw_file_record(&run->reader, &block, i, &record)); i++)
			if (got > 0)
				feed(run, &record);
	}
}

static void finish(struct run *run)
{
	struct cw_file_loss loss;

	cw_store_flush(&run->store);
	FUZZ_MUST(run->events == run->emitted);
	cw_stats_sort(&run->stats);
	cw_align_solve(&align, &hosts);
	cw_file_account(&run->reader, &loss);
	chunks_free();
}

/* Returns the number of records read; what cannot be a file has none. */
static size_t read_file(const uint8_t *data, size_t size)
{
	struct run *run = calloc(1, sizeof(*run));
	uint8_t *exact = malloc(size ? size : 1);
	size_t records;
	int got;

	FUZZ_MUST(run && exact);
	memcpy(exact, data, size);
	got = cw_file_start(&run->reader, exact, size);
	if (got > 0) {
		begin(run);
		read_blocks(run, exact + got, size - (size_t)got);
		finish(run);
	}
	records = run->records;
	free(exact);
	free(run);
	return records;
}

static size_t count_known(const uint8_t *data, size_t size)
{
	size_t at, known = 0;

	for (at = 0; at + 64 <= size; at += 64) {
		union cw_record record;

		memcpy(&record, data + at, sizeof(record));
		known += cw_file_record_swap(&record);
	}
	return known;
}

/* A damaged block is searched for the next one: a block within its payload is found. */
static bool holds_block(const uint8_t *data, size_t size)
{
	size_t at, length = strlen(CW_FILE_BLOCK_MAGIC);

	for (at = 0; at + length <= size; at++)
		if (!memcmp(data + at, CW_FILE_BLOCK_MAGIC, length))
			return true;
	return false;
}

static size_t make_file(const uint8_t *data, size_t size, uint8_t *out)
{
	struct cw_file_header header = { .host_name = "fuzz" };
	struct cw_file_block block = {
		.type = CW_FILE_RECORDS, .length = (uint32_t)size, .batch = 1, .payload = data
	};

	cw_file_put_header(&header, out);
	FUZZ_MUST(!cw_file_put_block(&block, out + CW_FILE_HEADER_LEN));
	if (size)
		memcpy(out + CW_FILE_HEADER_LEN + CW_FILE_BLOCK_LEN, data, size);
	return CW_FILE_HEADER_LEN + CW_FILE_BLOCK_LEN + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t file[FILE_MAX];
	size_t length;

	if (size < 3 || size > FILE_MAX - CW_FILE_HEADER_LEN - CW_FILE_BLOCK_LEN)
		return 0;
	if (data[0] % 4 == 0) {
		read_file(data + 1, size - 1);
		return 0;
	}
	length = make_file(data + 3, size - 3, file);
	if (data[0] % 4 == 3) {
		file[(data[1] << 8 | data[2]) % length] ^= data[0] | 1;
		FUZZ_MUST(read_file(file, length) == 0 || holds_block(data + 3, size - 3));
		return 0;
	}
	FUZZ_MUST(read_file(file, length) == count_known(data + 3, size - 3));
	return 0;
}
