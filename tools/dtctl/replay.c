// SPDX-License-Identifier: GPL-2.0
/*
 * Reads record files for tools/correlate and hands out traces.  Each file is read block by
 * block through a buffer of its own; the file that is furthest behind in event time is read
 * on, so that a trace's parts on several hosts meet.  One thread, no locks.
 */
#include "replay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dtctl.h"
#include "fail.h"
#include "show/host_print.h"

#define BUFFER (4u << 20)

struct source {
	const char *path;
	int fd;
	u32 host;
	struct cw_file_reader reader;
	u8 *buffer;
	size_t from;
	size_t to;
	bool at_end;
	bool finished;
	u64 position; /* latest event time read, on the common clock */
	u64 records;
};

struct chunk {
	struct chunk *next;
	_Alignas(max_align_t) char memory[];
};

/* Memory that is freed in one go. */
struct arena {
	struct chunk *chunks;
};

struct cw_replay {
	struct cw_hosts hosts;
	struct cw_memory memory;
	struct arena arena;
	struct source *source;
	size_t sources;
	bool aligned;
	u64 events;
	bool failed;
};

/* One pass over the files; with several hosts, the first is for @align and has no store. */
struct pass {
	struct arena arena;
	struct cw_align *align;
	const struct cw_replay_view *view;
	const struct cw_hosts *hosts;
	struct cw_store store;
	struct cw_trace trace;
};

static void *take_memory(void *user, size_t count, size_t size)
{
	struct arena *arena = user;
	struct chunk *chunk;

	if (size && count > (SIZE_MAX - sizeof(*chunk)) / size)
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + count * size);
	if (!chunk)
		return NULL;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk->memory;
}

static void give_back(struct arena *arena)
{
	while (arena->chunks) {
		struct chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
}

const struct cw_memory *cw_replay_memory(struct cw_replay *replay)
{
	return &replay->memory;
}

const struct cw_hosts *cw_replay_hosts(const struct cw_replay *replay)
{
	return &replay->hosts;
}

static int say_no_memory(void)
{
	return cw_fail(CW_EXIT_USAGE, "read fewer or smaller files at a time", "out of memory");
}

/* Fills the buffer as far as it goes. */
static int fill_buffer(struct source *source)
{
	memmove(source->buffer, source->buffer + source->from, source->to - source->from);
	source->to -= source->from;
	source->from = 0;
	while (!source->at_end && source->to < BUFFER) {
		ssize_t got = read(source->fd, source->buffer + source->to, BUFFER - source->to);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cw_fail(CW_EXIT_USAGE, NULL, "cannot read %s: %s", source->path,
				       strerror(errno));
		source->at_end = !got;
		source->to += (size_t)got;
	}
	return CW_EXIT_OK;
}

static int say_bad_header(const struct source *source, int error)
{
	if (!source->to)
		return cw_fail(CW_EXIT_USAGE, "record again", "%s is empty", source->path);
	switch (error) {
	case -ENODATA:
		return cw_fail(CW_EXIT_USAGE, "record again",
			       "%s ends after %zu bytes, within its header", source->path,
			       source->to);
	case -EBADMSG:
		return cw_fail(CW_EXIT_USAGE, "take an undamaged copy", "%s has a damaged header",
			       source->path);
	case -EPROTONOSUPPORT:
		return cw_fail(CW_EXIT_USAGE, "use the dtctl that wrote it",
			       "%s is a record file of a version that this dtctl cannot read",
			       source->path);
	default:
		return cw_fail(CW_EXIT_USAGE, "make one by: dtctl record -w FILE",
			       "%s is not a record file", source->path);
	}
}

static int start_source(struct cw_replay *replay, struct source *source)
{
	int code = fill_buffer(source), got;

	if (code)
		return code;
	got = cw_file_start(&source->reader, source->buffer, source->to);
	if (got < 0)
		return say_bad_header(source, got);
	source->from = (size_t)got;
	got = cw_hosts_find(&replay->hosts, &source->reader.header);
	if (got == -ENOSPC)
		return cw_fail(CW_EXIT_USAGE, "read fewer files at a time",
			       "%s is of one host too many: at most %d can be read", source->path,
			       CW_HOST_MAX);
	if (got < 0)
		return say_no_memory();
	source->host = (u32)got;
	return CW_EXIT_OK;
}

static int open_source(struct cw_replay *replay, struct source *source, const char *path)
{
	source->path = path;
	source->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (source->fd < 0)
		return cw_fail(CW_EXIT_USAGE, NULL, "cannot open %s: %s", path, strerror(errno));
	source->buffer = take_memory(&replay->arena, BUFFER, 1);
	return source->buffer ? start_source(replay, source) : say_no_memory();
}

int cw_replay_open(struct cw_replay **result, char **paths, size_t count)
{
	struct cw_replay *replay = calloc(1, sizeof(*replay));
	int code = CW_EXIT_OK;
	size_t i;

	*result = replay;
	if (!replay)
		return say_no_memory();
	replay->memory = (struct cw_memory){ take_memory, &replay->arena };
	replay->hosts.memory = replay->memory;
	replay->source = take_memory(&replay->arena, count, sizeof(*replay->source));
	if (!replay->source)
		return say_no_memory();
	for (i = 0; i < count && !code; i++) {
		replay->sources++;
		code = open_source(replay, &replay->source[i], paths[i]);
	}
	return code;
}

void cw_replay_close(struct cw_replay *replay)
{
	size_t i;

	if (!replay)
		return;
	for (i = 0; i < replay->sources; i++)
		if (replay->source[i].fd >= 0)
			close(replay->source[i].fd);
	give_back(&replay->arena);
	free(replay);
}

static int rewind_source(struct cw_replay *replay, struct source *source)
{
	if (lseek(source->fd, 0, SEEK_SET) < 0)
		return cw_fail(CW_EXIT_USAGE, "save it to a file first",
			       "cannot read %s twice, as several hosts need: %s", source->path,
			       strerror(errno));
	source->from = source->to = 0;
	source->at_end = source->finished = false;
	source->position = source->records = 0;
	return start_source(replay, source);
}

static void feed_event(struct cw_replay *replay, struct source *source, struct pass *pass,
		       const struct cw_event *event)
{
	struct cw_seen seen = { .event = *event, .host = source->host };

	seen.event.time = cw_host_time(&replay->hosts, source->host, event->time);
	if (seen.event.time > source->position)
		source->position = seen.event.time;
	replay->events++;
	if (pass->align)
		cw_align_event(pass->align, source->host, event);
	else if (!pass->view->want || pass->view->want(pass->view->user, event))
		cw_store_add(&pass->store, &seen);
}

static void feed_block(struct cw_replay *replay, struct source *source, struct pass *pass,
		       const struct cw_file_block *block)
{
	union cw_record record;
	size_t i;
	int got;

	if (block->type != CW_FILE_RECORDS && block->type != CW_FILE_DEFINITIONS)
		return;
	for (i = 0; (got = cw_file_record(&source->reader, block, i, &record)); i++) {
		if (got < 0)
			continue;
		source->records++;
		if (record.event.stage <= CW_STAGE_MAX)
			feed_event(replay, source, pass, &record.event);
		else
			cw_host_define(&replay->hosts, source->host, &record);
	}
}

/* Takes one step in one file: a block, a damaged stretch, or its end. */
static int read_step(struct cw_replay *replay, struct source *source, struct pass *pass)
{
	struct cw_file_block block;
	enum cw_file_step found;
	size_t used;
	int code;

	if (source->to - source->from < CW_FILE_BLOCK_LEN + CW_FILE_PAYLOAD_MAX &&
	    !source->at_end) {
		code = fill_buffer(source);
		if (code)
			return code;
	}
	found = cw_file_next(&source->reader, source->buffer + source->from,
			     source->to - source->from, source->at_end, &block, &used);
	source->from += used;
	source->finished = found == CW_FILE_MORE;
	if (found == CW_FILE_BLOCK)
		feed_block(replay, source, pass, &block);
	return CW_EXIT_OK;
}

static struct source *find_hindmost(struct cw_replay *replay)
{
	struct source *best = NULL;
	size_t i;

	for (i = 0; i < replay->sources; i++) {
		struct source *source = &replay->source[i];

		if (!source->finished && (!best || source->position < best->position))
			best = source;
	}
	return best;
}

static void take_trace(void *user, struct cw_seen *seen, u32 events)
{
	struct pass *pass = user;

	pass->trace.seen = seen;
	pass->trace.events = events;
	if (!cw_trace_build(&pass->trace, pass->hosts))
		pass->view->trace(pass->view->user, &pass->trace);
}

static bool pass_init(struct cw_replay *replay, struct pass *pass,
		      const struct cw_replay_view *view)
{
	const struct cw_memory memory = { take_memory, &pass->arena };
	u32 capacity = view->limits.per_trace;

	pass->view = view;
	pass->hosts = &replay->hosts;
	pass->trace.capacity = capacity;
	pass->trace.message = cw_memory_get(&memory, capacity, sizeof(*pass->trace.message));
	pass->trace.hop = cw_memory_get(&memory, capacity, sizeof(*pass->trace.hop));
	pass->trace.span = cw_memory_get(&memory, capacity, sizeof(*pass->trace.span));
	return pass->trace.message && pass->trace.hop && pass->trace.span &&
	       !cw_store_init(&pass->store, &view->limits, &memory, take_trace, pass);
}

static int read_all(struct cw_replay *replay, struct pass *pass)
{
	struct source *source;
	int code = CW_EXIT_OK;

	while (!code && (source = find_hindmost(replay))) {
		/* Time has come as far as the file that is furthest behind. */
		if (!pass->align)
			cw_store_advance(&pass->store, source->position);
		code = read_step(replay, source, pass);
	}
	if (!pass->align)
		cw_store_flush(&pass->store);
	return code;
}

static int run_pass(struct cw_replay *replay, const struct cw_replay_view *view,
		    struct cw_replay_summary *summary)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	int code;

	replay->events = 0;
	if (!pass || !pass_init(replay, pass, view)) {
		code = say_no_memory();
	} else {
		code = read_all(replay, pass);
		*summary = (struct cw_replay_summary){ replay->events, pass->store.early,
						       pass->store.split };
	}
	if (pass)
		give_back(&pass->arena);
	free(pass);
	return code;
}

static int rewind_all(struct cw_replay *replay)
{
	int code = CW_EXIT_OK;
	size_t i;

	for (i = 0; i < replay->sources && !code; i++)
		if (replay->source[i].position || replay->source[i].finished)
			code = rewind_source(replay, &replay->source[i]);
	return code;
}

struct learning {
	struct cw_align *align;
	const struct cw_hosts *hosts;
};

static void learn_trace(void *user, const struct cw_trace *trace)
{
	const struct learning *learning = user;

	cw_align_learn(learning->align, learning->hosts, trace);
}

static int read_for(struct cw_replay *replay, struct cw_align *align)
{
	struct pass pass = { .align = align };
	int code = read_all(replay, &pass);

	return code ? code : rewind_all(replay);
}

/* A host whose clock is minutes ahead has other traces in flight: hence two passes. */
static int align_with(struct cw_replay *replay, struct cw_align *align)
{
	struct learning learning = { align, &replay->hosts };
	struct cw_replay_view view = { .limits = CW_STORE_LIMITS,
				       .trace = learn_trace,
				       .user = &learning };
	struct cw_replay_summary summary;
	int code = read_for(replay, align);

	if (code)
		return code;
	cw_align_roughly(align, &replay->hosts);
	code = run_pass(replay, &view, &summary);
	if (!code)
		cw_align_solve(align, &replay->hosts);
	replay->aligned = true;
	return code;
}

static int align_hosts(struct cw_replay *replay)
{
	struct arena arena = { NULL };
	const struct cw_memory memory = { take_memory, &arena };
	struct cw_align *align = take_memory(&arena, 1, sizeof(*align));
	int code;

	if (!align || cw_align_init(align, &memory))
		code = say_no_memory();
	else
		code = align_with(replay, align);
	give_back(&arena);
	return code;
}

int cw_replay_run(struct cw_replay *replay, const struct cw_replay_view *view,
		  struct cw_replay_summary *summary)
{
	int code = rewind_all(replay);

	if (!code && replay->hosts.count > 1 && !replay->aligned) {
		code = align_hosts(replay);
		if (!code)
			code = rewind_all(replay);
	}
	return code ? code : run_pass(replay, view, summary);
}

static void print_count(struct cw_print *print, const char *key, u64 count, const char *words)
{
	cw_print_number(print, key, (s64)count, CW_JSON_ONLY);
	if (count)
		cw_print_text(print, ", %llu %s", (unsigned long long)count, words);
}

static bool print_source(const struct source *source, struct cw_print *print)
{
	struct cw_file_loss loss;
	bool lossy;

	cw_file_account(&source->reader, &loss);
	lossy = loss.dropped || loss.missing || loss.corrupt || loss.cut || loss.strange ||
		!loss.finished;
	cw_print_object(print, NULL);
	cw_print_string(print, "file", source->path, "%s: ", source->path);
	cw_print_string(print, "host", source->reader.header.host_name, "host %s, ",
			source->reader.header.host_name);
	cw_print_string(print, "kernel", source->reader.header.kernel, CW_JSON_ONLY);
	cw_print_number(print, "records", (s64)source->records, "%llu records",
			(unsigned long long)source->records);
	cw_print_number(print, "produced", (s64)loss.produced, CW_JSON_ONLY);
	cw_print_number(print, "sent", (s64)loss.sent, CW_JSON_ONLY);
	print_count(print, "dropped", loss.dropped, "records lost in the kernel");
	print_count(print, "missing", loss.missing, "batches missing");
	print_count(print, "corrupt", loss.corrupt, "damaged stretches");
	print_count(print, "skipped", loss.skipped, "bytes skipped");
	print_count(print, "cut", loss.cut, "bytes of a cut-off block");
	print_count(print, "strange", loss.strange, "records of unknown kind");
	cw_print_bool(print, "finished", loss.finished, "%s\n",
		      loss.finished ? (lossy ? "" : ", none lost") :
				      ", cut off before its end: what was lost last is not known");
	cw_print_end(print);
	return lossy;
}

bool cw_replay_print(const struct cw_replay *replay, struct cw_print *print)
{
	bool lossy = false;
	size_t i;

	cw_print_list(print, "files");
	for (i = 0; i < replay->sources; i++)
		lossy |= print_source(&replay->source[i], print);
	cw_print_end(print);
	cw_hosts_print(&replay->hosts, print);
	return lossy;
}
