// SPDX-License-Identifier: GPL-2.0
/*
 * Writing: decides which context the bytes belong to that are about to be written, and where a run
 * begins.  Runs in the writer's process context, preemption off, with the socket's
 * own lock held; takes cw_sock.lock.
 */
#include <linux/fs.h>
#include <net/tcp.h>

#include "compat/inet.h"
#include "policy/pause.h"
#include "policy/sock_admit.h"
#include "propagation/message.h"
#include "propagation/root.h"
#include "propagation/send.h"
#include "propagation/write.h"
#include "state/backoff.h"
#include "state/reserve.h"
#include "state/run.h"
#include "state/sock_table.h"

/* At most so many runs of a connection; enough for 4 MB of 1 KB messages in flight. */
#define MAX_RUNS 4096

/* After so many runs that were acknowledged without an answer, none is expected any more. */
#define MAX_SILENT 3
static_assert(MAX_SILENT < 1 << 2); /* cw_sock_peer.silent has two bits */

/**
 * struct decision - what the next bytes belong to
 * @context: the context; not valid: none
 * @response: the bytes answer context.message
 * @exchange: the context is a root of the exchange, not the thread's
 * @own: the context is the thread's
 */
struct decision {
	struct cw_context context;
	bool response;
	bool exchange;
	bool own;
};

static struct cw_context own_context(u8 *kind)
{
	struct cw_context context;

	*kind = cw_task_get_context(current, &context);
	return context;
}

/*
 * The first write leaves with the SYN, which is never marked.  MSG_FASTOPEN connects from within
 * the first write, which the tap of writes then does not see; after TCP_FASTOPEN_CONNECT it does.
 */
static void fastopen_begin(struct cw_sock *s)
{
	if (cw_context_valid(&s->exchange.tx_context))
		cw_count(tx_bare_syn);
	s->exchange.fastopen = true;
}

static bool is_nonblocking(const struct sock *sk)
{
	const struct socket *socket = sk->sk_socket;

	return socket && socket->file && socket->file->f_flags & O_NONBLOCK;
}

void cw_propagate_connect(struct sock *sk)
{
	struct cw_sock *s;
	unsigned long irq;
	u8 kind;

	/* After disconnect() and connect() nothing of the old connection counts. */
	cw_sock_destroy(sk);
	/* A restored connection may have been an accepted one. */
	s = cw_sock_admit(sk, tcp_sk(sk)->repair ? CW_ROLE_UNKNOWN : CW_ROLE_CLIENT);
	if (!s)
		return;
	irq = cw_sock_lock(s);
	s->exchange.tx_context = own_context(&kind);
	/*
	 * If an event loop connects without a context its first write has none either, whatever
	 * the loop has read in between.
	 */
	if (tcp_sk(sk)->fastopen_req)
		fastopen_begin(s);
	else if (kind || is_nonblocking(sk))
		s->exchange.connect = true;
	cw_sock_unlock(s, irq);
}

static bool root_begin(struct cw_sock *s, struct decision *decision)
{
	const u8 *remote;
	u8 family = cw_sock_remote(s->sk, &remote);

	if (!s->policy.may_root ||
	    !cw_root_begin(sock_net(s->sk), CW_SIDE_CLIENT, family, remote,
			   ntohs(s->sk->sk_dport), &decision->context))
		return false;
	decision->exchange = true;
	cw_count(root_client);
	return true;
}

/*
 * On the server's side: if exactly one request is open, the bytes answer it, whichever thread
 * writes.  If another request came in, and a thread still writes in the context that was being
 * answered, then answers interleave.
 */
static bool server_run(struct cw_sock *s, const struct cw_context *own, struct decision *decision)
{
	struct cw_sock_exchange *exchange = &s->exchange;
	bool turn = exchange->turn_tx;

	if (s->role != CW_ROLE_SERVER)
		return false;
	if (turn && exchange->open == 1 && exchange->answering && cw_context_valid(own) &&
	    own->message == exchange->tx_context.message &&
	    own->message != exchange->request.message)
		exchange->pipelined = true;
	if (exchange->pipelined) {
		if (!cw_context_valid(own))
			cw_count(write_ambiguous);
		return false;
	}
	if (exchange->open != 1 && (turn || !exchange->answering))
		return false;
	exchange->open = 0;
	decision->context = exchange->request;
	decision->response = true;
	return true;
}

/* The first write after connect() has the context of the thread that connected. */
static bool connect_run(struct cw_sock *s, u8 kind, struct decision *decision)
{
	if (!s->exchange.connect)
		return false;
	s->exchange.connect = false;
	decision->context = s->exchange.tx_context;
	return cw_context_valid(&decision->context) || kind != CW_CONTEXT_EXPLICIT;
}

static void choose_run(struct cw_sock *s, struct decision *decision)
{
	struct cw_context own;
	u8 kind = 0;

	memset(decision, 0, sizeof(*decision));
	memset(&own, 0, sizeof(own));
	/* Another process, perhaps on another host, wrote these bytes before (TCP_REPAIR). */
	if (tcp_sk(s->sk)->repair)
		return;
	if (cw_actor_unknown())
		cw_count(actor_unknown);
	else
		own = own_context(&kind);
	if (server_run(s, &own, decision))
		return;
	if (!connect_run(s, kind, decision)) {
		decision->context = own;
		decision->own = kind;
		if (!kind && s->exchange.own_root && !s->exchange.turn_tx) {
			decision->context = s->exchange.tx_context;
			decision->exchange = true;
		}
	}
	if (!cw_context_valid(&decision->context) && s->role == CW_ROLE_CLIENT &&
	    s->exchange.turn_tx && !cw_actor_unknown())
		root_begin(s, decision);
}

/* Do these bytes continue the run before them? */
static bool continues_run(const struct cw_sock *s, const struct decision *decision)
{
	const struct cw_context *now = &decision->context;
	const struct cw_context *before = &s->exchange.tx_context;

	if (!s->exchange.written || s->exchange.turn_tx)
		return false;
	if (cw_context_valid(now) != cw_context_valid(before))
		return false;
	if (!cw_context_valid(now))
		return true;
	if (decision->response != s->exchange.answering)
		return false;
	return !memcmp(now->trace_id, before->trace_id, sizeof(now->trace_id)) &&
	       now->span == before->span &&
	       (!decision->response || now->message == before->message);
}

/* Keeps a request that was sent until newer ones displace it, since its answer may name it. */
static void remember_asked(struct cw_sock *s, struct cw_run *run)
{
	unsigned int kept = 1, most = cw_runs_plenty(s) ? CW_ASKED_MAX : 1;
	struct cw_run *m;

	run->next = s->exchange.asked;
	s->exchange.asked = run;
	for (m = run; m->next && kept < most; m = m->next)
		kept++;
	cw_sock_drop_chain(s, m->next);
	m->next = NULL;
}

/* The peer has acknowledged a run: notes whether it has shown by then that it speaks. */
static void run_acknowledged(struct cw_sock *s, struct cw_run *run)
{
	if (run->sent == 1 && !(run->flags & CW_RUN_BARE))
		s->peer.passed = true;
	if (run->sent && !s->peer.confirmed && s->peer.silent < MAX_SILENT)
		s->peer.silent++;
	if (s->role != CW_ROLE_SERVER && cw_context_valid(&run->context))
		remember_asked(s, run);
	else
		cw_sock_drop(s, run);
}

/* Each write adds at most one run, so taking out a few with each keeps the list short. */
#define ACKNOWLEDGED_AT_ONCE 64

static void expire_acknowledged(struct cw_sock *s)
{
	struct cw_run *chain = cw_runs_expire(&s->tx, READ_ONCE(tcp_sk(s->sk)->snd_una),
						ACKNOWLEDGED_AT_ONCE);
	struct cw_run *next;

	if (likely(!chain))
		return;
	for (; chain; chain = next) {
		next = chain->next;
		run_acknowledged(s, chain);
	}
	cw_carry_run_changed(s);
	if (s->peer.silent >= MAX_SILENT && !s->peer.confirmed && !s->peer.stopped) {
		s->peer.stopped = true;
		s->peer.farewell = true;
		cw_count(tx_stopped);
		cw_backoff_failed(s);
	}
}

/*
 * Ends the skb before the run: TCP may append nothing to it, nor collapse the next one into it.
 * The skb may be in the retransmit queue already.
 */
static void end_segment(struct sock *sk)
{
	struct sk_buff *tail = tcp_write_queue_tail(sk);

	if (!tail)
		tail = tcp_rtx_queue_tail(sk);
	if (tail)
		TCP_SKB_CB(tail)->eor = 1;
}

static struct cw_run *take_run(struct cw_sock *s, struct decision *decision)
{
	struct cw_run *run = NULL;

	/* With a spare one, the end of this run can be marked even if memory is short then. */
	if (!s->spare)
		s->spare = cw_run_new(s);
	if (s->tx.count >= MAX_RUNS)
		cw_count(limit_runs);
	else if (s->spare)
		run = cw_run_new(s);
	if (run)
		return run;
	/* Without memory these bytes get no context; they must not belong to the run before. */
	memset(&decision->context, 0, sizeof(decision->context));
	decision->response = false;
	if (!s->tx.last || !cw_context_valid(&s->tx.last->context))
		return NULL;
	run = s->spare;
	s->spare = NULL;
	return run;
}

static void begin_run(struct cw_sock *s, struct decision *decision)
{
	u32 start = tcp_sk(s->sk)->write_seq;
	struct cw_run *last = s->tx.last;
	struct cw_run *run;

	if (!cw_context_valid(&decision->context) && (!last || !cw_context_valid(&last->context)))
		return;
	run = take_run(s, decision);
	if (!run)
		return;
	/* If nothing was written of the last run, its number is used again. */
	if (!last || last->start != start)
		s->peer.tx_run++;
	run->start = start;
	run->number = s->peer.tx_run & 3;
	run->context = decision->context;
	run->window_wait = cw_carry_window_wait(s->sk);
	if (decision->response)
		run->flags |= CW_RUN_RESPONSE;
	if (s->peer.farewell) {
		/* The peer may take our marks though none of its own reaches us. */
		s->peer.farewell = false;
		memset(&run->context, 0, sizeof(run->context));
		run->flags = CW_RUN_FAREWELL;
	}
	cw_sock_drop(s, cw_runs_append(&s->tx, run));
	cw_carry_run_changed(s);
	end_segment(s->sk);
}

/* Takes room for the option off the MSS while contexts are sent, and gives it back after that. */
static void adjust_reservation(struct cw_sock *s, const struct cw_context *context, bool is_open)
{
	bool may = s->policy.may_send && !s->peer.stopped && !s->peer.incapable &&
		   !cw_policy_is_paused();

	if (!may) {
		if (!s->tx.last || s->tx.last->sent || !(s->tx.last->flags & CW_RUN_FAREWELL))
			cw_sock_unreserve(s);
		return;
	}
	if (s->peer.reserved || !cw_context_valid(context) || !is_open)
		return;
	if (!s->peer.passed && cw_backoff_is(s)) {
		s->peer.stopped = true;
		cw_count(tx_backoff);
		return;
	}
	cw_sock_reserve(s);
}

void cw_propagate_established(struct sock *sk, bool accepted)
{
	struct cw_sock *s = accepted ? cw_sock_admit(sk, CW_ROLE_SERVER) : cw_sock_find(sk);
	unsigned long irq;

	if (!s)
		return;
	irq = cw_sock_lock(s);
	s->read_seq = READ_ONCE(tcp_sk(sk)->copied_seq);
	s->ready_seq = s->read_seq;
	if (!accepted && cw_sock_incapable(sk))
		s->peer.incapable = true;
	if (s->exchange.fastopen) {
		s->exchange.fastopen = false;
		s->exchange.written = true;
		s->exchange.write_end = tcp_sk(sk)->write_seq;
	}
	/* Bytes were written before the connection was open; connect() undid a reservation. */
	if (s->exchange.written && !s->peer.reserved)
		adjust_reservation(s, &s->exchange.tx_context, true);
	cw_sock_unlock(s, irq);
}

static void count_request(struct cw_sock *s, const struct decision *decision)
{
	if (decision->response)
		return;
	if (s->role == CW_ROLE_CLIENT) {
		if (s->exchange.turn_tx)
			s->exchange.open = 0;
		if (s->exchange.open < U8_MAX)
			s->exchange.open++;
		if (s->exchange.open > 1)
			s->exchange.pipelined = true;
	}
	if (decision->own)
		cw_task_used(current);
}

/* A turn-around: the run of the bytes received so far ends here, whether they were read or not. */
static void end_received(struct cw_sock *s)
{
	u32 next = READ_ONCE(tcp_sk(s->sk)->rcv_nxt);
	struct cw_run *m = cw_runs_find(&s->rx, next);
	struct cw_run *cut;

	if (!m || m->start == next || !cw_context_valid(&m->context))
		return;
	if (!m->next && tcp_sk(s->sk)->copied_seq == next) {
		cw_sock_drop_all(s, &s->rx);
		return;
	}
	cut = cw_run_new(s);
	if (!cut) {
		cw_sock_drop_all(s, &s->rx);
		return;
	}
	cut->start = next;
	cut->sure_end = next;
	cut->number = CW_RUN_LOCAL;
	cut->flags = CW_RUN_CUT;
	cw_sock_drop(s, cw_runs_insert(&s->rx, cut));
}

static void write_locked(struct cw_sock *s, u32 size)
{
	u32 write_seq = tcp_sk(s->sk)->write_seq;
	u8 flags = 0;
	struct decision decision;

	expire_acknowledged(s);
	end_received(s);
	if (s->exchange.written && cw_before(write_seq, s->exchange.write_end)) {
		/* The last write was short: these bytes go on in the context in which it began. */
		decision.context = s->exchange.tx_context;
		decision.response = s->exchange.answering;
	} else {
		choose_run(s, &decision);
		if (!continues_run(s, &decision)) {
			flags |= CW_EVENT_RUN_START;
			if (!decision.response && cw_context_valid(&decision.context))
				decision.context.message = cw_message_new();
			begin_run(s, &decision);
			count_request(s, &decision);
		} else {
			decision.context.message = s->exchange.tx_context.message;
		}
		s->exchange.turn_tx = false;
		s->exchange.fastopen = false;
		s->exchange.own_root = decision.exchange;
		s->exchange.answering = decision.response;
	}
	adjust_reservation(s, &decision.context, s->sk->sk_state != TCP_SYN_SENT);
	s->exchange.tx_context = decision.context;
	s->exchange.written = true;
	s->exchange.turn_rx = true;
	s->exchange.write_end = write_seq + size;
	if (decision.response)
		flags |= CW_EVENT_RESPONSE;
	cw_sock_event(s, &decision.context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_SEND,
			      .flags = flags,
			      .seq = write_seq,
			      .length = size,
			      .task = current,
		      });
}

/* A process puts bytes of an earlier connection into the receive queue (TCP_REPAIR). */
static void queue_restored(struct cw_sock *s)
{
	unsigned long irq = cw_sock_lock(s);

	cw_sock_drop_all(s, &s->rx);
	cw_sock_unlock(s, irq);
}

void cw_propagate_write(struct sock *sk, size_t size)
{
	struct cw_sock *s = cw_sock_find(sk);
	struct cw_context own;
	unsigned long irq;

	/* In state CLOSE the data go with the SYN (MSG_FASTOPEN), or the write will fail. */
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN || !size)
		return;
	if (!s && cw_task_get_context(current, &own))
		s = cw_sock_admit_late(sk);
	if (!s)
		return;
	if (unlikely(tcp_sk(sk)->repair) && tcp_sk(sk)->repair_queue != TCP_SEND_QUEUE) {
		queue_restored(s);
		return;
	}
	irq = cw_sock_lock(s);
	if (!s->dead) {
		cw_sock_refresh_policy(s);
		write_locked(s, size);
		if (cw_inet_deferred(sk) && cw_context_valid(&s->exchange.tx_context))
			cw_count(tx_bare_syn);
	}
	cw_sock_unlock(s, irq);
}
