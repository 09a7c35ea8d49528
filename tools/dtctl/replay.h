/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads record files, several of them as one stream in the order of event time, and hands
 * out whole traces.  Memory is bounded by the limits given, however long the files are.
 * One thread.
 */
#ifndef CW_REPLAY_H
#define CW_REPLAY_H

#include "../correlate/align.h"
#include "../correlate/store.h"
#include "show/print.h"

struct cw_replay;

/**
 * struct cw_replay_view - the wishes of a reader of traces
 * @limits: of the traces in flight
 * @want: is this event of interest? NULL: all are
 * @trace: called for each trace that is over; it is gone afterwards
 * @user: handed to both
 */
struct cw_replay_view {
	struct cw_store_limits limits;
	bool (*want)(void *user, const struct cw_event *event);
	void (*trace)(void *user, const struct cw_trace *trace);
	void *user;
};

/* Counters of a whole run. */
struct cw_replay_summary {
	u64 events;
	u64 early; /* traces that came out before they were complete, for want of room */
	u64 split; /* traces that came out in pieces */
};

/**
 * cw_replay_open() - open record files and read their headers
 * @replay: result; cw_replay_close() it in any case
 * @paths: file names
 * @count: how many
 *
 * Return: CW_EXIT_OK, or the exit code of an error that was reported on stderr.
 */
int cw_replay_open(struct cw_replay **replay, char **paths, size_t count);

void cw_replay_close(struct cw_replay *replay);

/* Memory that lasts until the replay is closed. */
const struct cw_memory *cw_replay_memory(struct cw_replay *replay);

const struct cw_hosts *cw_replay_hosts(const struct cw_replay *replay);

/**
 * cw_replay_run() - read all files once
 *
 * Files of several hosts are read before, too, to align the hosts' clocks.  May be called
 * again.
 *
 * Return: CW_EXIT_OK, or the exit code of an error that was reported on stderr.
 */
int cw_replay_run(struct cw_replay *replay, const struct cw_replay_view *view,
		  struct cw_replay_summary *summary);

/**
 * cw_replay_print() - say which files and hosts were read, and what is missing
 *
 * Return: whether anything is missing.
 */
bool cw_replay_print(const struct cw_replay *replay, struct cw_print *print);

#endif
