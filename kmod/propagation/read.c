// SPDX-License-Identifier: GPL-2.0
/*
 * Reading: finds the context of the bytes that were just read, and decides what the thread that
 * read them holds from now on.  Runs in the reader's process context, preemption
 * off, with the socket's own lock held; takes cw_sock.lock.
 */
#include <net/tcp.h>

#include "compat/sched.h"
#include "policy/sock_admit.h"
#include "propagation/message.h"
#include "propagation/read.h"
#include "propagation/root.h"
#include "state/listener.h"
#include "state/run.h"
#include "state/sock_table.h"

/**
 * struct outcome - what a read gives to the thread
 * @context: not valid: none
 * @pieces: how many runs it spanned
 * @mixed: they were not all of one message
 */
struct outcome {
	struct cw_context context;
	u32 pieces;
	bool mixed;
};

static void outcome_add(struct outcome *out, const struct cw_context *context)
{
	struct cw_context given = { 0 };

	if (context)
		given = *context;
	given.flags &= ~CW_CTX_ROOT;	/* what the thread writes is not the first */
	if (out->pieces++ && memcmp(&out->context, &given, sizeof(given)))
		out->mixed = true;
	out->context = given;
}

/* Notes a request.  If several are open at once, the order of the answers cannot be known. */
static void open_request(struct cw_sock *s, const struct cw_context *context)
{
	static const struct cw_context none;

	if (s->role != CW_ROLE_SERVER)
		return;
	if (s->exchange.open)
		s->exchange.pipelined = true;
	if (s->exchange.open < U8_MAX)
		s->exchange.open++;
	s->exchange.request = context ? *context : none;
}

static bool same_message(const struct cw_context *a, const struct cw_context *b)
{
	return cw_context_valid(a) && cw_context_valid(b) && a->message == b->message &&
	       !memcmp(a->trace_id, b->trace_id, sizeof(a->trace_id));
}

/* Returns the run that shall hold a root: the piece's own if it starts here, or a new one. */
static struct cw_run *root_run(struct cw_sock *s, struct cw_piece *piece)
{
	struct cw_run *run = piece->run, *surplus;

	if (run && run->flags & CW_RUN_BOUNDARY)
		return NULL;	/* the peer's own context is still to come */
	if (run && run->start == piece->from)
		return run;
	run = cw_run_new(s);
	if (!run)
		return NULL;
	run->start = piece->from;
	surplus = cw_runs_insert(&s->rx, run);
	cw_sock_drop(s, surplus);
	return surplus == run ? NULL : run;
}

static const struct cw_context *root_begin(struct cw_sock *s, struct cw_piece *piece)
{
	struct cw_context root;
	struct cw_run *run;
	const u8 *remote;
	u8 family = cw_sock_remote(s->sk, &remote);

	if (s->role != CW_ROLE_SERVER || !s->policy.may_root || cw_actor_unknown())
		return NULL;
	if (!cw_root_begin(sock_net(s->sk), CW_SIDE_SERVER, family, remote, s->sk->sk_num, &root))
		return NULL;
	run = root_run(s, piece);
	if (!run)
		return NULL;
	run->context = root;
	run->number = CW_RUN_LOCAL;
	run->sure_end = piece->to;
	run->flags = (run->flags & ~CW_RUN_CUT) | CW_RUN_SEEN;
	cw_count(root_server);
	return &run->context;
}

/* Does the piece begin a request, or is it more of one that was begun? */
static bool piece_starts(const struct cw_sock *s, const struct cw_piece *piece)
{
	if (!piece->run)
		return s->exchange.turn_rx;
	if (piece->run->flags & CW_RUN_SEEN)
		return false;
	/* Bytes behind a run whose end was missed do not begin a request. */
	return piece->known || piece->run->start == piece->from ||
	       piece->run->flags & (CW_RUN_CUT | CW_RUN_BOUNDARY);
}

/* If the thread got its CPU after the data were there, it woke when it got the CPU. */
static void wake_event(struct cw_sock *s, const struct cw_piece *piece,
		       const struct cw_context *context, u8 flags)
{
	u64 now = ktime_get_mono_fast_ns(); /* first: a delay after this must not count as sleep */
	u64 running = cw_task_running();

	/* Without CW_RUN_READY no reader was seen to be woken, and s->ready is of another run. */
	if (!running || !piece->run || !(piece->run->flags & CW_RUN_READY) ||
	    now - running <= s->ready)
		return;
	cw_sock_event(s, context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_WAKE,
			      .flags = flags,
			      .seq = piece->from,
			      .task = current,
			      .ago = running,
		      });
}

static void received_event(struct cw_sock *s, const struct cw_piece *piece,
			   const struct cw_context *context, u8 flags)
{
	if (!cw_event_wanted())
		return;
	if (piece->run && piece->run->flags & CW_RUN_LATE)
		flags |= CW_EVENT_LATE;
	if (flags & CW_EVENT_RUN_START)
		wake_event(s, piece, context, flags);
	cw_sock_event(s, context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_RECV,
			      .flags = flags,
			      .seq = piece->from,
			      .length = piece->to - piece->from,
			      .task = current,
		      });
}

static void count_unknown(const struct cw_piece *piece)
{
	const struct cw_run *run = piece->run;

	cw_count_add(rx_unknown_bytes, piece->to - piece->from);
	/* The bytes begin where the run's proof by marks ends: the next run's mark was missed. */
	if (run && !(run->flags & (CW_RUN_CUT | CW_RUN_BOUNDARY)) &&
	    piece->from == run->sure_end)
		cw_count(rx_gap);
}

/* Reads a piece on a connection that we accepted, or whose role is unknown. */
static void read_request(struct cw_sock *s, struct cw_piece *piece, struct outcome *out)
{
	const struct cw_context *context = NULL;
	bool starts = piece_starts(s, piece);
	struct cw_run *run = piece->run;

	if (piece->known && cw_context_valid(&run->context))
		context = &run->context;
	if (run && starts)
		run->flags |= CW_RUN_SEEN;
	if (context && same_message(context, &s->exchange.request)) {
		run->context.span = s->exchange.request.span;
		starts = false;
		if (!s->exchange.open && s->role == CW_ROLE_SERVER)
			s->exchange.open = 1;	/* answered before it was read whole */
	} else if (starts) {
		if (context)
			run->context.span = cw_span_new();
		else
			context = root_begin(s, piece);
		if (s->exchange.undrained && !s->exchange.turn_rx)
			out->mixed = true;	/* one call may have read the last one, too */
		open_request(s, context);
	}
	if (!piece->known && s->peer.confirmed)
		count_unknown(piece);
	if (context)
		received_event(s, piece, context, starts ? CW_EVENT_RUN_START : 0);
	outcome_add(out, context);
}

/* Finds the message of ours that the peer answers; not valid: we did not send that one. */
static struct cw_context find_answered(struct cw_sock *s, const struct cw_context *context)
{
	struct cw_context none = { 0 };
	struct cw_run *m;

	if (!cw_context_valid(context))
		return none;
	if (same_message(context, &s->exchange.tx_context))
		return s->exchange.tx_context;
	m = cw_runs_answered(&s->tx, context, tcp_sk(s->sk)->snd_una);
	if (m)
		return m->context;
	for (m = s->exchange.asked; m; m = m->next)
		if (same_message(context, &m->context))
			return m->context;
	return none;
}

/*
 * Reads a piece on a connection that we opened: the thread gets back the context that the request
 * was written in, never a trace that the peer began.
 */
static void read_response(struct cw_sock *s, struct cw_piece *piece, struct outcome *out)
{
	struct cw_run *run = piece->run;
	struct cw_context context, given = { 0 };
	u8 flags = CW_EVENT_RESPONSE;
	bool starts;

	if (piece->known) {
		context = run->context;
		starts = !(run->flags & CW_RUN_SEEN);
		run->flags |= CW_RUN_SEEN;
		given = find_answered(s, &context);
		if (starts && cw_context_valid(&context) && !cw_context_valid(&given))
			cw_count(rx_foreign);
	} else {
		starts = s->exchange.turn_rx;
		if (!s->exchange.pipelined && s->exchange.written)
			given = s->exchange.tx_context;
		context = given;
	}
	if (starts)
		flags |= CW_EVENT_RUN_START;
	if (cw_context_valid(&given))
		context.span = given.span;
	if (cw_context_valid(&context))
		received_event(s, piece, &context, flags);
	/* A root that the exchange began ends with the exchange. */
	if (s->exchange.own_root && same_message(&given, &s->exchange.tx_context))
		outcome_add(out, NULL);
	else
		outcome_add(out, cw_context_valid(&given) ? &given : NULL);
}

/*
 * If the role is unknown, bytes that follow bytes that we wrote may be their answer; the thread
 * must not take them for a request.
 */
static bool is_response(const struct cw_sock *s)
{
	return s->role == CW_ROLE_CLIENT ||
	       (s->role == CW_ROLE_UNKNOWN && s->exchange.written);
}

/* splice() also takes the FIN, which uses a sequence number and is no byte. */
static u32 read_end(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool fin = sock_flag(sk, SOCK_DONE) && tp->copied_seq == READ_ONCE(tp->rcv_nxt);

	return tp->copied_seq - fin;
}

/* At most so many pieces are taken with interrupts off: the peer decides how many there are. */
#define PIECES 64

/* Takes PIECES pieces of what was read up to @to.  Return: true if there are more. */
static bool read_locked(struct cw_sock *s, u32 to, struct outcome *out)
{
	struct tcp_sock *tp = tcp_sk(s->sk);
	unsigned int left = PIECES;
	struct cw_piece piece;
	u32 from = s->read_seq;

	for (; from != to && left; left--) {
		cw_runs_piece(&s->rx, from, to, READ_ONCE(tp->rcv_nxt), &piece);
		if (is_response(s))
			read_response(s, &piece, out);
		else
			read_request(s, &piece, out);
		s->exchange.turn_rx = false;
		from = piece.to;
	}
	s->read_seq = from;
	cw_sock_drop_chain(s, cw_runs_expire(&s->rx, from, 2 * PIECES));
	if (from != to)
		return true;
	s->exchange.turn_tx = true;
	s->exchange.undrained = false;
	if (to != READ_ONCE(tp->rcv_nxt))
		s->exchange.undrained = true;
	return false;
}

static void give_context(const struct cw_sock *s, const struct outcome *out)
{
	struct cw_context own;

	/* A context that was set by hand stays until the next read on a server's side. */
	if (s->role != CW_ROLE_SERVER &&
	    cw_task_get_context(current, &own) == CW_CONTEXT_EXPLICIT)
		return;
	if (out->mixed) {
		cw_count(read_mixed);
		cw_task_clear_context(current);
		return;
	}
	cw_task_set_context(current, &out->context, CW_CONTEXT_READ);
}

/* A read on an accepted connection without state ends the context that the thread held. */
static bool request_unknown(struct sock *sk)
{
	struct cw_context own;

	if (!cw_task_get_context(current, &own) || !cw_listener_exists(sk))
		return false;
	cw_task_clear_context(current);
	return true;
}

static void read_untraced(struct sock *sk, u32 end)
{
	struct cw_sock *s;
	unsigned long irq;

	cw_sock_admit_late(sk);	/* traced from the next read on, where policy wants it */
	request_unknown(sk);
	s = cw_sock_find(sk);
	if (!s)
		return;
	/* A read counts to @end, though the bytes may still be in the queue. */
	irq = cw_sock_lock(s);
	if (cw_before(s->read_seq, end))
		s->read_seq = end;
	cw_sock_unlock(s, irq);
}

void cw_propagate_read_unseen(struct sock *sk)
{
	if (cw_net_active(sock_net(sk)) && !cw_actor_unknown() && request_unknown(sk))
		cw_count(read_unseen);
}

static void read_until(struct sock *sk, u32 end)
{
	struct cw_sock *s = cw_sock_find(sk);
	struct outcome out = { .pieces = 0 };
	unsigned long irq;
	bool more;

	if (!s) {
		if (cw_net_active(sock_net(sk)) && !cw_actor_unknown())
			read_untraced(sk, end);
		return;
	}
	do {
		more = false;
		irq = cw_sock_lock(s);
		if (!s->dead && cw_before(s->read_seq, end)) {
			cw_sock_refresh_policy(s);
			more = read_locked(s, end, &out);
		}
		cw_sock_unlock(s, irq);
	} while (more);
	if (out.pieces && !cw_actor_unknown())
		give_context(s, &out);
}

void cw_propagate_read(struct sock *sk)
{
	read_until(sk, read_end(sk));
}

void cw_propagate_read_record(struct sock *sk, u32 left)
{
	read_until(sk, left ? tcp_sk(sk)->copied_seq + left : read_end(sk));
}

/* Does the thread hold the context that this connection's last bytes gave? */
static bool holds_last(struct cw_sock *s, const struct cw_context *own)
{
	unsigned long irq = cw_sock_lock(s);
	bool same;

	same = same_message(own, is_response(s) ? &s->exchange.tx_context : &s->exchange.request);
	cw_sock_unlock(s, irq);
	return same;
}

void cw_propagate_read_rest(struct sock *sk)
{
	struct cw_sock *s = cw_sock_find(sk);
	struct cw_context own;
	u8 kind;

	if (!s) {
		cw_propagate_read_unseen(sk);
		return;
	}
	kind = cw_actor_unknown() ? 0 : cw_task_get_context(current, &own);
	if (!kind || (kind == CW_CONTEXT_EXPLICIT && is_response(s)) || holds_last(s, &own))
		return;
	cw_task_clear_context(current);
	cw_count(read_unseen);
}

void cw_propagate_taken(struct sock *sk)
{
	struct cw_sock *s = cw_sock_find(sk);

	if (s && cw_before(READ_ONCE(s->read_seq), read_end(sk)))
		cw_count(read_by_kernel);
}
