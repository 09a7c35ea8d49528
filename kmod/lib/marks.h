/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks: a byte stream's run-length encoded contexts, keyed by TCP sequence
 * number, as a list in order of start.  A mark reaches from its start to the next
 * one's.  Pure: the caller allocates and frees the nodes and holds the lock.
 * All positions are absolute sequence numbers, host order, modulo 2^32; the
 * stretch that a list covers is below 2^31 bytes.
 */
#ifndef CW_MARKS_H
#define CW_MARKS_H

#include "context.h"

/**
 * struct cw_mark - a run of the stream
 * @next: in order of start
 * @start: sequence number of the first byte
 * @sure_end: received marks: up to here the run was proven by a marked segment
 * @window_wait: sent marks, in the same place: the carrier's to use
 * @run: number of the run modulo 4; 0xff: not on the wire (turn-around, root)
 * @sent: sent marks: how often its first byte left with the mark (long, none)
 * @flags: CW_MARK_*
 * @context: whose bytes these are; not valid: nobody's, or unknown
 */
struct cw_mark {
	struct cw_mark *next;
	u32 start;
	union {
		u32 sure_end;
		u32 window_wait;
	};
	u8 run;
	u8 sent;
	u8 flags;
	struct cw_context context;
};

#define CW_MARK_RESPONSE	0x01	/* answers the message */
#define CW_MARK_FAREWELL	0x02	/* tx: the last one, "none", of a connection that stops */
#define CW_MARK_READY		0x02	/* rx: its first byte is in the socket's queue */
#define CW_MARK_LATE		0x04	/* rx: arrived after its first byte was read */
#define CW_MARK_LEFT		0x04	/* tx: its first byte has left */
#define CW_MARK_BOUNDARY	0x08	/* rx: a run begins, whose long form has not come yet */
#define CW_MARK_CUT		0x10	/* rx: made by a turn-around, not by the peer */
#define CW_MARK_OBI		0x20	/* rx: known by OBI's option */
#define CW_MARK_SEEN		0x40	/* rx: its first byte was read */
#define CW_MARK_BARE		0x80	/* tx: its first byte left without it */
#define CW_RUN_LOCAL		0xff

/**
 * struct cw_marks - a list of marks
 * @first: lowest start
 * @last: highest start
 * @cursor: last mark that was found; a hint
 * @count: how many
 */
struct cw_marks {
	struct cw_mark *first;
	struct cw_mark *last;
	struct cw_mark *cursor;
	u32 count;
};

/**
 * cw_marks_find() - which mark covers a byte
 * @marks: list
 * @seq: the byte
 *
 * Return: the mark with the highest start not after @seq, or NULL.
 * Context: any; the caller's lock.  O(1) in the last mark, in the one asked for
 *	last and in the next; amortized O(1) for seqs that only rise; linear otherwise.
 */
struct cw_mark *cw_marks_find(struct cw_marks *marks, u32 seq);

/* So many marks are looked at, at each of two places, for the one that a message answers. */
#define CW_MARKS_TRIES 64

/**
 * cw_marks_answered() - which sent run a message answers
 * @marks: sent ones
 * @context: of the answer; valid
 * @acknowledged: first byte that the peer has not acknowledged: what is from there on it
 *	cannot have answered
 *
 * Answers mostly come in the order of what they answer: looked for from the last mark that was
 * found on, then from the first on.
 *
 * Return: the mark, or NULL: there is none, or it is none of these.
 * Context: any; the caller's lock.  O(1) in order, at most 2 * CW_MARKS_TRIES.
 */
struct cw_mark *cw_marks_answered(struct cw_marks *marks, const struct cw_context *context,
				  u32 acknowledged);

/**
 * cw_marks_append() - add a mark at the end of the stream (the writer's side)
 * @marks: list
 * @mark: node, owned by the list from here on; mark->start is not before the last one's
 *
 * Where the last mark starts at the same byte it covers nothing: it is taken
 * out and returned.
 *
 * Return: the node displaced, for the caller to free (its next is NULL), or NULL.
 * Context: any; the caller's lock.
 */
struct cw_mark *cw_marks_append(struct cw_marks *marks, struct cw_mark *mark);

/**
 * cw_marks_insert() - add a mark anywhere (the reader's side)
 * @marks: list
 * @mark: node, owned by the list from here on unless it is returned
 *
 * A mark at the same start is replaced where the new one says more: a context
 * over a boundary, a peer's mark over a cut.  Otherwise the new one is surplus:
 * what was known first stays, and only grows by a repetition's sure_end.
 *
 * Segmentation copies an option to each segment.  So a mark is one run with its
 * neighbour if both have one message id, or if they say the same, have the same
 * number and touch (start not after the other's sure_end).  The earliest start
 * is right: the later of the two is surplus or displaced.
 *
 * Return: the node displaced or surplus, for the caller to free (its next is NULL),
 *	or NULL.
 * Context: any; the caller's lock.
 */
struct cw_mark *cw_marks_insert(struct cw_marks *marks, struct cw_mark *mark);

/**
 * cw_marks_expire() - take out the marks that no byte at or after @seq needs
 * @marks: list
 * @seq: first byte still needed (snd_una; copied_seq)
 * @most: how many at most, the oldest first; the caller may have interrupts off
 *
 * The mark that covers @seq stays, since what follows may continue it.  Where it
 * began more than 2^30 bytes before @seq its start is moved up to there, so that
 * a run may be longer than sequence numbers can be compared; call this at least
 * once in 2^30 bytes.
 *
 * Return: chain of nodes (by next) for the caller to free, or NULL.
 * Context: any; the caller's lock.
 */
struct cw_mark *cw_marks_expire(struct cw_marks *marks, u32 seq, u32 most);

/**
 * cw_marks_clear() - take out all
 * @marks: list
 *
 * Return: chain of nodes for the caller to free, or NULL.
 * Context: any; the caller's lock.
 */
struct cw_mark *cw_marks_clear(struct cw_marks *marks);

/**
 * struct cw_piece - a stretch of read bytes that belongs to one run
 * @from: first byte
 * @to: one past the last
 * @mark: the run, NULL: before any mark
 * @known: the mark speaks for these bytes; if not, they are unknown, since a
 *	run between this one and the next was missed (the numbers show a gap)
 */
struct cw_piece {
	u32 from;
	u32 to;
	struct cw_mark *mark;
	bool known;
};

/**
 * cw_marks_piece() - the run at the beginning of a stretch of bytes
 * @marks: list
 * @from: first byte
 * @to: one past the last; after @from
 * @out: the piece, from @from up to @to or the next mark; where the next mark's
 *	number shows that a run was missed, up to sure_end, and unknown after it
 *
 * Asked again from out->to on until that is @to, pieces cover each byte once.
 *
 * Context: any; the caller's lock.
 */
void cw_marks_piece(struct cw_marks *marks, u32 from, u32 to, u32 arrived, struct cw_piece *out);

#endif
