// SPDX-License-Identifier: GPL-2.0
/*
 * The sending half of TCP's carrier: decides which segment takes which form of the option.
 * Runs in process context or softirq, mostly with the socket's own lock held, but
 * behind NFQUEUE or a device's queue (sock.h) without; takes cw_sock.lock.
 */
#include <net/tcp.h>

#include "policy/pause.h"
#include "propagation/message.h"
#include "propagation/send.h"
#include "state/backoff.h"
#include "state/run.h"
#include "state/sock_table.h"

/* How often a run's first byte leaves with its mark while it is not known that options pass. */
#define TRIES_UNPROVEN 2
/* How often it does where options are known to pass, so that loss is the likelier cause. */
#define TRIES_PASSED 5

static void stop_marking(struct cw_sock *s)
{
	if (s->peer.stopped)
		return;
	s->peer.stopped = true;
	cw_count(tx_stopped);
	cw_backoff_failed(s);
}

/*
 * Do packets with our option reach the peer?  If the peer speaks, that proves only the way from it
 * to us.  The way to the peer is proven by an answer to a mark, or by the acknowledgement of a
 * run that left just once and not bare.
 */
static bool options_pass(struct cw_sock *s)
{
	const struct cw_run *oldest = s->tx.first;

	if (!s->peer.passed && oldest && oldest->sent == 1 &&
	    !(oldest->flags & CW_RUN_BARE) &&
	    cw_after(tcp_sk(s->sk)->snd_una, oldest->start))
		s->peer.passed = true;
	return s->peer.passed;
}

/*
 * Shall the first byte of a run leave with its mark when it is sent again?  A device on the way may
 * drop packets with options.  So after a timeout, or the second time, it goes bare.  If options
 * are known to pass it gets more tries, since the peer takes bare bytes for more of the run before
 * them.
 */
static bool tries_left(struct cw_sock *s, const struct cw_run *run)
{
	bool timeout = inet_csk(s->sk)->icsk_ca_state == TCP_CA_Loss;

	if (!run->sent)
		return true;
	if (options_pass(s) && run->sent < TRIES_PASSED)
		return true;
	if (!s->peer.passed && !timeout && run->sent < TRIES_UNPROVEN)
		return true;
	if (timeout || s->peer.passed)
		stop_marking(s);
	return false;
}

static bool mark_due(struct cw_sock *s, const struct cw_segment *segment, struct cw_run *run)
{
	bool first = cw_segment_first(segment);

	if (!run || !s->policy.may_send)
		return false;
	if (s->peer.stopped)
		return first && run->flags & CW_RUN_FAREWELL && !run->sent;
	if (first && tries_left(s, run))
		return true;
	if (first) {
		run->flags |= CW_RUN_BARE;
		cw_count(tx_bare_retransmit);
		return false;
	}
	if (s->policy.mark_every && cw_context_valid(&run->context))
		return true;
	return !run->sent && segment->seq - run->start <= U16_MAX;
}

static void fill_option(const struct cw_sock *s, struct cw_segment *segment,
			const struct cw_run *run)
{
	struct cw_option *option = &segment->option;

	option->type = cw_context_valid(&run->context) ? CW_OPTION_LONG : CW_OPTION_NONE;
	option->run = run->number;
	option->class = run->context.class;
	option->sampled = cw_context_traced(&run->context);
	option->message = run->context.message;
	memcpy(option->trace_id, run->context.trace_id, sizeof(option->trace_id));
	/* With mark_every it stays 0 after the first time: GRO merges only equal options. */
	if (!run->sent || !s->policy.mark_every)
		option->back = segment->seq - run->start;
}

static unsigned int option_length(enum cw_option_type type)
{
	return type == CW_OPTION_LONG ? CW_OPTION_LONG_LEN : CW_OPTION_SHORT_LEN;
}

/* SACK blocks have priority over the long form: a boundary then says that a run begins here. */
static void fit_option(struct cw_segment *segment)
{
	struct cw_option *option = &segment->option;

	if (option->type == CW_OPTION_LONG && segment->room < CW_OPTION_LONG_LEN) {
		option->type = CW_OPTION_BOUNDARY;
		if (!cw_segment_first(segment)) {
			option->type = CW_OPTION_ABSENT;
			return;
		}
	}
	if (option_length(option->type) > segment->room) {
		cw_count(tx_bare_room);
		option->type = CW_OPTION_ABSENT;
	} else if (option_length(option->type) > segment->mtu_room) {
		cw_count(tx_bare_mtu);
		option->type = CW_OPTION_ABSENT;
	}
}

static void choose_option(struct cw_sock *s, struct cw_segment *segment, struct cw_run *run)
{
	/* A signature covers the option, and is made before we see the segment. */
	if (s->dead || !cw_sock_is_capable(s))
		return;
	if (cw_policy_is_paused()) {
		if (cw_segment_first(segment))
			cw_count(tx_bare_carrier);
		return;
	}
	if (mark_due(s, segment, run)) {
		fill_option(s, segment, run);
		fit_option(segment);
	} else if (s->peer.ack_due && s->policy.may_accept &&
		   segment->room >= CW_OPTION_SHORT_LEN &&
		   segment->mtu_room >= CW_OPTION_SHORT_LEN) {
		segment->option.type = CW_OPTION_ACK;
	}
}

void cw_carry_choose(struct cw_sock *s, struct cw_segment *segment)
{
	unsigned long irq = cw_sock_lock(s);
	struct cw_run *run = segment->length ? cw_runs_find(&s->tx, segment->seq) : NULL;

	memset(&segment->option, 0, sizeof(segment->option));
	segment->known = run;
	if (run) {
		segment->start = run->start;
		segment->message = run->context.message;
		segment->run = run->number;
	}
	choose_option(s, segment, run);
	cw_sock_unlock(s, irq);
}

void cw_carry_run_changed(struct cw_sock *s)
{
	const struct cw_run *last = s->tx.last;

	lockdep_assert_held(&s->lock);
	if (!last) {
		WRITE_ONCE(s->tx_last, CW_LAST_NONE);
		return;
	}
	WRITE_ONCE(s->tx_last_start, last->start);
	WRITE_ONCE(s->tx_last, last->sent ? CW_LAST_MARKED : CW_LAST_BARE);
}

static void count_sent(struct cw_sock *s, const struct cw_segment *segment, struct cw_run *run)
{
	switch (segment->option.type) {
	case CW_OPTION_LONG:
		cw_count(tx_long);
		break;
	case CW_OPTION_NONE:
		cw_count(tx_none);
		break;
	case CW_OPTION_BOUNDARY:
		cw_count(tx_boundary);
		return;
	case CW_OPTION_ACK:
		cw_count(tx_ack);
		WRITE_ONCE(s->peer.ack_due, false);
		return;
	default:
		return;
	}
	s->peer.spoke = true;
	WRITE_ONCE(s->peer.ack_due, false);
	if (!run)
		return;
	if (run->sent < U8_MAX)
		run->sent++;
	cw_carry_run_changed(s);
}

u32 cw_carry_window_wait(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 wait = READ_ONCE(tp->chrono_stat[TCP_CHRONO_RWND_LIMITED - 1]);

	if (tp->chrono_type == TCP_CHRONO_RWND_LIMITED)
		wait += tcp_jiffies32 - READ_ONCE(tp->chrono_start);
	return wait;
}

/* How long the receiver's window was shut since the run was written, ns. */
static u64 window_waited(const struct cw_sock *s, const struct cw_run *run)
{
	return jiffies_to_nsecs(cw_carry_window_wait(s->sk) - run->window_wait);
}

/* A tail loss probe is sent before TCP enters recovery (RFC 8985, 7.3). */
static u64 retransmit_cause(const struct sock *sk)
{
	switch (inet_csk(sk)->icsk_ca_state) {
	case TCP_CA_Loss:
		return CW_RETRANSMIT_TIMEOUT;
	case TCP_CA_Recovery:
		return CW_RETRANSMIT_FAST;
	default:
		return CW_RETRANSMIT_PROBE;
	}
}

/* The run that a segment belonged to when its option was chosen; NULL: none, or it is gone. */
static struct cw_run *run_of(struct cw_sock *s, const struct cw_segment *segment)
{
	struct cw_run *run;

	if (!segment->known || s->dead)
		return NULL;
	run = cw_runs_find(&s->tx, segment->seq);
	return run && run->start == segment->start && run->number == segment->run &&
	       run->context.message == segment->message ? run : NULL;
}

/* The first byte of a run leaves for the first time. */
static void left_event(struct cw_sock *s, const struct cw_segment *segment, struct cw_run *run)
{
	u8 flags = CW_EVENT_RUN_START;

	run->flags |= CW_RUN_LEFT;
	if (segment->option.type == CW_OPTION_ABSENT) {
		run->flags |= CW_RUN_BARE;
		flags |= CW_EVENT_BARE;
	}
	if (run->flags & CW_RUN_RESPONSE)
		flags |= CW_EVENT_RESPONSE;
	cw_sock_event(s, &run->context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_TCP_OUT,
			      .flags = flags,
			      .seq = segment->seq,
			      .length = segment->length,
			      .span = window_waited(s, run),
		      });
}

void cw_carry_sent(struct cw_sock *s, struct cw_segment *segment)
{
	unsigned long irq = cw_sock_lock(s);
	struct cw_run *run = run_of(s, segment);

	count_sent(s, segment, run);
	if (run && cw_segment_first(segment) && !(run->flags & CW_RUN_LEFT))
		left_event(s, segment, run);
	cw_sock_unlock(s, irq);
}

/* How long ago TCP began this piece of work, ns: it reads the clock once at the beginning. */
static u64 since_decision(const struct sock *sk)
{
	u64 now = ktime_get_ns(), then = tcp_sk(sk)->tcp_clock_cache;

	return now > then ? now - then : 0;
}

void cw_carry_retransmitted(const struct sock *sk, u32 seq, u32 length)
{
	struct cw_sock *s = cw_sock_find(sk);
	struct cw_stage_info info = {
		.stage = CW_STAGE_RETRANSMIT,
		.seq = seq,
		.length = length,
		.span = retransmit_cause(sk),
		.ago = since_decision(sk),
	};
	struct cw_run *run;
	unsigned long irq;

	if (!s)
		return;
	irq = cw_sock_lock(s);
	run = s->dead ? NULL : cw_runs_find(&s->tx, seq);
	if (run) {
		if (run->flags & CW_RUN_RESPONSE)
			info.flags |= CW_EVENT_RESPONSE;
		if (run->start == seq)
			info.flags |= CW_EVENT_RUN_START;
		cw_sock_event(s, &run->context, &info);
	}
	cw_sock_unlock(s, irq);
}
