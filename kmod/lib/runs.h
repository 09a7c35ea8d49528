/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs: the contexts of a byte stream, run-length encoded: a list in order of start, keyed by TCP
 * sequence number.  A run reaches from its start to the start of the next run.
 * Pure: the caller allocates and frees the nodes and holds the lock.
 * All positions are absolute sequence numbers, host order, modulo 2^32; the
 * stretch that a list covers is below 2^31 bytes.
 */
#ifndef CW_RUNS_H
#define CW_RUNS_H

#include "context.h"

/**
 * struct cw_run - a run of the stream
 * @next: in order of start
 * @start: sequence number of the first byte
 * @sure_end: received runs: marked segments prove the run up to here
 * @window_wait: sent runs, instead of @sure_end: cw_carry_window_wait() when it was written
 * @number: of the run, modulo 4; 0xff: not on the wire (turn-around, root)
 * @sent: sent runs: how often its first byte left with its mark (long, none)
 * @flags: CW_RUN_*
 * @context: the context of the bytes; not valid: none, or unknown
 */
struct cw_run {
	struct cw_run *next;
	u32 start;
	union {
		u32 sure_end;
		u32 window_wait;
	};
	u8 number;
	u8 sent;
	u8 flags;
	struct cw_context context;
};

#define CW_RUN_RESPONSE	0x01	/* it is the response to the message */
#define CW_RUN_FAREWELL	0x02	/* tx: the last run, "none", before marking stops */
#define CW_RUN_READY		0x02	/* rx: its first byte is in the socket's queue */
#define CW_RUN_LATE		0x04	/* rx: its mark arrived after its first byte was read */
#define CW_RUN_LEFT		0x04	/* tx: its first byte has left */
#define CW_RUN_BOUNDARY	0x08	/* rx: a run begins, whose long form has not come yet */
#define CW_RUN_CUT		0x10	/* rx: made by a turn-around, not by the peer */
#define CW_RUN_OBI		0x20	/* rx: known by OBI's option */
#define CW_RUN_SEEN		0x40	/* rx: its first byte was read */
#define CW_RUN_BARE		0x80	/* tx: its first byte left without its mark */
#define CW_RUN_LOCAL		0xff

/**
 * struct cw_runs - a list of runs
 * @first: lowest start
 * @last: highest start
 * @cursor: last run that was found; a hint
 * @count: how many
 */
struct cw_runs {
	struct cw_run *first;
	struct cw_run *last;
	struct cw_run *cursor;
	u32 count;
};

/**
 * cw_runs_find() - find the run that covers a byte
 * @runs: list
 * @seq: the byte
 *
 * Return: the run with the highest start not after @seq, or NULL.
 * Context: any; the caller's lock.  O(1) if it is the last run of the list, or the one that was
 *	found last, or the one after that; amortized O(1) if @seq only rises from call to call;
 *	else linear.
 */
struct cw_run *cw_runs_find(struct cw_runs *runs, u32 seq);

/* cw_runs_answered() looks at so many runs, at each of two places. */
#define CW_RUNS_TRIES 64

/**
 * cw_runs_answered() - find the sent run that a message answers
 * @runs: sent runs
 * @context: of the answer; valid
 * @acknowledged: first byte that the peer has not acknowledged; the peer cannot have answered a
 *	run that begins there or later
 *
 * Answers mostly come in the order of the requests.  So it looks from the run on that was found
 * last, and then from the first run on.
 *
 * Return: the run; NULL: there is none, or it is not among those that were looked at.
 * Context: any; the caller's lock.  O(1) in order, at most 2 * CW_RUNS_TRIES.
 */
struct cw_run *cw_runs_answered(struct cw_runs *runs, const struct cw_context *context,
				  u32 acknowledged);

/**
 * cw_runs_append() - add a run at the end of the stream (the writer's side)
 * @runs: list
 * @run: node, owned by the list from here on; run->start is not before the last one's
 *
 * If the last run starts at the new one's first byte it covers nothing: it is taken out and
 * returned.
 *
 * Return: the node displaced, for the caller to free (its next is NULL), or NULL.
 * Context: any; the caller's lock.
 */
struct cw_run *cw_runs_append(struct cw_runs *runs, struct cw_run *run);

/**
 * cw_runs_insert() - add a run anywhere (the reader's side)
 * @runs: list
 * @run: node, owned by the list from here on unless it is returned
 *
 * A run with the same start is replaced if the new one says more: a context
 * over a boundary, a peer's run over a cut.  Otherwise the new one is surplus:
 * the first run stays, and only its sure_end grows by a repetition.
 *
 * Segmentation copies an option to each segment.  So a run is one run with its
 * neighbour if both have one message id, or if they agree, have one run
 * number and touch (start not after the other's sure_end).  The earlier start
 * is right: the later of the two is surplus or displaced.
 *
 * Return: the node displaced or surplus, for the caller to free (its next is NULL),
 *	or NULL.
 * Context: any; the caller's lock.
 */
struct cw_run *cw_runs_insert(struct cw_runs *runs, struct cw_run *run);

/**
 * cw_runs_expire() - take out the runs that no byte at or after @seq needs
 * @runs: list
 * @seq: first byte still needed (snd_una; copied_seq)
 * @most: take out at most so many, the oldest first; the caller may have interrupts off
 *
 * The run that covers @seq stays, since what follows may continue it.  Where it
 * began more than 2^30 bytes before @seq its start is moved up to there, so that
 * a run may be longer than sequence numbers can be compared; call this at least
 * once in 2^30 bytes.
 *
 * Return: chain of nodes (by next) for the caller to free, or NULL.
 * Context: any; the caller's lock.
 */
struct cw_run *cw_runs_expire(struct cw_runs *runs, u32 seq, u32 most);

/**
 * cw_runs_clear() - take out all runs
 * @runs: list
 *
 * Return: chain of nodes for the caller to free, or NULL.
 * Context: any; the caller's lock.
 */
struct cw_run *cw_runs_clear(struct cw_runs *runs);

/**
 * struct cw_piece - a stretch of read bytes that belongs to one run
 * @from: first byte
 * @to: one past the last
 * @run: the run, NULL: before any run
 * @known: the bytes belong to the run; if not, they are unknown: no mark of the peer covers them,
 *	or a run between this one and the next was missed (the numbers show a gap)
 */
struct cw_piece {
	u32 from;
	u32 to;
	struct cw_run *run;
	bool known;
};

/**
 * cw_runs_piece() - find the piece at the beginning of a stretch of bytes
 * @runs: list
 * @from: first byte
 * @to: one past the last; after @from
 * @arrived: one past the last byte that has arrived: a later run's number says nothing yet
 * @out: the piece, from @from up to @to or the next run; where the next run's
 *	number shows that a run was missed, up to sure_end, and unknown after it
 *
 * Called again with out->to as @from, until that is @to, it gives pieces that cover each byte once.
 *
 * Context: any; the caller's lock.
 */
void cw_runs_piece(struct cw_runs *runs, u32 from, u32 to, u32 arrived, struct cw_piece *out);

#endif
