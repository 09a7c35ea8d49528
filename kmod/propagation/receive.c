// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving half of TCP's carrier: applies an option to the socket that it came for.  Runs in
 * softirq without the socket's own lock, so TCP's positions are read once and may be a moment old;
 * takes cw_sock.lock.
 */
#include <net/tcp.h>

#include "base/delay.h"
#include "policy/pause.h"
#include "policy/sock_admit.h"
#include "propagation/message.h"
#include "propagation/receive.h"
#include "state/backoff.h"
#include "state/run.h"
#include "state/sock_table.h"

/*
 * At most so many runs wait to be read.  Each segment that comes may walk the list with interrupts
 * off, and a hostile peer must not make that walk longer.
 */
#define MAX_RUNS 1024
/* How often we say that we speak; each time may be lost. */
#define MAX_ACKS 4
static_assert(MAX_ACKS < 1 << 3); /* cw_sock_peer.acks has three bits */

static bool paws_compares(const struct tcp_sock *tp)
{
	const struct tcp_options_received *rx = &tp->rx_opt;

	return rx->tstamp_ok && READ_ONCE(rx->ts_recent) &&
	       time_before32(ktime_get_seconds(),
			     READ_ONCE(rx->ts_recent_stamp) + TCP_PAWS_24DAYS);
}

/*
 * TCP judges the segment later, under the socket's lock, so these numbers may be a moment old.
 * Windows and acknowledgements only grow, and they already cover what the peer may have seen.
 * Uses write_seq and not snd_nxt, which TCP moves only when the segment has left.
 */
static struct cw_receiver receiver_of(const struct tcp_sock *tp)
{
	u32 wup = READ_ONCE(tp->rcv_wup), next = READ_ONCE(tp->rcv_nxt);
	u32 end = wup + READ_ONCE(tp->rcv_wnd);

	return (struct cw_receiver){
		.wup = wup,
		.end = cw_before(end, next) ? next : end,
		.una = READ_ONCE(tp->snd_una),
		.written = READ_ONCE(tp->write_seq),
		.old = min_t(u64, READ_ONCE(tp->max_window), READ_ONCE(tp->bytes_acked)),
		.tsval = READ_ONCE(tp->rx_opt.ts_recent),
		.paws = paws_compares(tp),
	};
}

static enum cw_acceptance judge_segment(const struct tcp_sock *tp, const struct cw_arrived *segment)
{
	const struct cw_receiver receiver = receiver_of(tp);
	u32 end = segment->seq + segment->length;

	/* All of the segment was read before. */
	if (segment->length && !cw_after(end, READ_ONCE(tp->copied_seq)))
		return CW_OUTSIDE_WINDOW;
	return cw_receiver_accepts(&receiver, segment);
}

static void count_judged(enum cw_acceptance verdict)
{
	if (verdict == CW_OUTSIDE_WINDOW)
		cw_count(rx_window);
	else
		cw_count(rx_unacceptable);
}

/* An "ack", or our message that comes back, also says that a mark of ours arrived. */
static void peer_speaks(struct cw_sock *s, const struct cw_option *option)
{
	s->peer.confirmed = true;
	s->peer.silent = 0;
	if (s->peer.passed)
		return;
	if (option->type != CW_OPTION_ACK &&
	    (option->type != CW_OPTION_LONG || option->message != s->exchange.tx_context.message))
		return;
	s->peer.passed = true;
	cw_backoff_succeeded(s);
}

static void ready_event(struct cw_sock *s, struct cw_run *run)
{
	u8 flags = CW_EVENT_RUN_START;

	if (run->flags & CW_RUN_READY)
		return;
	run->flags |= CW_RUN_READY;
	s->ready = ktime_get_mono_fast_ns();
	if (s->role == CW_ROLE_CLIENT)
		flags |= CW_EVENT_RESPONSE;
	cw_sock_event(s, &run->context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_READY,
			      .flags = flags,
			      .seq = run->start,
		      });
}

static struct cw_run *run_from_option(struct cw_sock *s, const struct cw_option *option, u32 seq,
				 u32 length)
{
	u32 copied = READ_ONCE(tcp_sk(s->sk)->copied_seq);
	struct cw_run *run = NULL;

	if (s->rx.count < MAX_RUNS)
		run = cw_run_new(s);
	else
		cw_count(limit_runs);
	if (!run)
		return NULL;
	run->start = seq - option->back;
	run->sure_end = seq + length;
	run->number = option->type == CW_OPTION_OBI ? CW_RUN_LOCAL : option->run;
	if (cw_before(run->start, copied)) {
		run->start = copied;
		run->flags |= CW_RUN_LATE;
		cw_count(rx_late);
	}
	if (option->type == CW_OPTION_BOUNDARY)
		run->flags |= CW_RUN_BOUNDARY;
	if (option->type != CW_OPTION_LONG && option->type != CW_OPTION_OBI)
		return run;
	memcpy(run->context.trace_id, option->trace_id, sizeof(option->trace_id));
	run->context.message = option->message;
	run->context.class = option->class;
	run->context.flags = CW_CTX_VALID | (option->sampled ? CW_CTX_SAMPLED : 0);
	return run;
}

/* If a message of ours comes back it is answered, so we are the client. */
static void detect_client(struct cw_sock *s, const struct cw_run *run)
{
	if (s->role == CW_ROLE_UNKNOWN && s->exchange.written &&
	    !s->exchange.answering && cw_context_valid(&run->context) &&
	    run->context.message == s->exchange.tx_context.message)
		s->role = CW_ROLE_CLIENT;
}

static void received_event(struct cw_sock *s, const struct cw_run *run, u32 length)
{
	u8 flags = CW_EVENT_RUN_START;

	if (s->role == CW_ROLE_CLIENT)
		flags |= CW_EVENT_RESPONSE;
	if (run->flags & CW_RUN_LATE)
		flags |= CW_EVENT_LATE;
	cw_sock_event(s, &run->context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_TCP_IN,
			      .flags = flags,
			      .seq = run->start,
			      .length = length,
		      });
}

static void take_option(struct cw_sock *s, const struct cw_option *option, u32 seq, u32 length)
{
	struct cw_run *run = run_from_option(s, option, seq, length), *surplus;

	if (!s->peer.spoke && s->peer.acks < MAX_ACKS) {
		WRITE_ONCE(s->peer.ack_due, true);
		s->peer.acks++;
	}
	if (!run) {
		/* Unread bytes lose their runs: otherwise they would belong to the run before. */
		cw_sock_drop_all(s, &s->rx);
		return;
	}
	detect_client(s, run);
	surplus = cw_runs_insert(&s->rx, run);
	if (surplus == run) {
		cw_count(rx_repeated);
	} else {
		received_event(s, run, length);
		/* The mark came behind the run's first byte, which is in the queue. */
		if (cw_before(run->start, s->ready_seq))
			ready_event(s, run);
	}
	cw_sock_drop(s, surplus);
}

static void count_received(enum cw_option_type type)
{
	switch (type) {
	case CW_OPTION_LONG:
		cw_count(rx_long);
		break;
	case CW_OPTION_NONE:
		cw_count(rx_none);
		break;
	case CW_OPTION_BOUNDARY:
		cw_count(rx_boundary);
		break;
	case CW_OPTION_OBI:
		cw_count(rx_obi);
		break;
	default:
		cw_count(rx_ack);
	}
}

/* May the option be taken?  Counts why not. */
static bool is_allowed(struct cw_sock *s, const struct cw_option *option)
{
	bool acknowledges = option->type == CW_OPTION_ACK;

	if (!(acknowledges ? s->policy.may_send : s->policy.may_accept)) {
		cw_count(rx_refused);
		return false;
	}
	if (cw_policy_is_paused()) {
		cw_count(rx_carrier);
		return false;
	}
	/* A signature is verified only later; headers of MPTCP and SMC are left alone. */
	if (!cw_sock_is_capable(s)) {
		cw_count(rx_incapable);
		return false;
	}
	return true;
}

static void receive_locked(struct cw_sock *s, const struct cw_option *option,
			   const struct cw_arrived *segment)
{
	enum cw_acceptance verdict = judge_segment(tcp_sk(s->sk), segment);

	if (!is_allowed(s, option)) {
		/* Policy may have changed, or be paused, while runs were under way: they end. */
		if (option->type != CW_OPTION_ACK && verdict == CW_ACCEPTED)
			cw_sock_drop_all(s, &s->rx);
		return;
	}
	if (verdict != CW_ACCEPTED) {
		count_judged(verdict);
		return;
	}
	count_received(option->type);
	if (option->type != CW_OPTION_OBI)
		peer_speaks(s, option);
	if (option->type != CW_OPTION_ACK && segment->length)
		take_option(s, option, segment->seq, segment->length);
}

void cw_carry_receive(struct sock *sk, const struct cw_option *option,
		      const struct cw_arrived *segment)
{
	struct cw_sock *s = cw_sock_find(sk);
	unsigned long irq;

	if (!s)
		s = cw_sock_admit_late(sk);
	if (!s) {
		cw_count(rx_refused);
		return;
	}
	cw_delay(CW_DELAY_FOUND);
	irq = cw_sock_lock(s);
	if (!s->dead) {
		cw_sock_refresh_policy(s);
		if (option->type != CW_OPTION_OBI || s->policy.accept_obi)
			receive_locked(s, option, segment);
	}
	cw_sock_unlock(s, irq);
}

void cw_carry_ready(struct sock *sk)
{
	struct cw_sock *s = cw_sock_find(sk);
	struct cw_run *run;
	unsigned long irq;
	u32 next;

	if (!s)
		return;
	next = READ_ONCE(tcp_sk(sk)->rcv_nxt);
	irq = cw_sock_lock(s);
	run = cw_runs_find(&s->rx, s->ready_seq);
	if (!run)
		run = s->rx.first;
	for (; run && cw_before(run->start, next); run = run->next)
		ready_event(s, run);
	s->ready_seq = next;
	cw_sock_unlock(s, irq);
}
