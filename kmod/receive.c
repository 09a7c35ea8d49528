// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving half of the carrier: what an option means for the socket that it
 * came for.  Runs in softirq without the socket's own lock, so TCP's positions are
 * read once and taken as they were a moment ago; takes cw_sock.lock.
 */
#include <net/tcp.h>

#include "avoid.h"
#include "carry.h"
#include "enlist.h"
#include "info.h"
#include "message.h"

/*
 * Of runs that wait to be read.  Some lists are walked, with interrupts off, for each segment
 * that comes: so far, and no further, lets a hostile peer make us.
 */
#define MAX_MARKS 1024
/* How often we say that we speak; each of them may be lost. */
#define MAX_ACKS 4

static bool in_window(const struct tcp_sock *tp, u32 seq, u32 length)
{
	u32 copied = READ_ONCE(tp->copied_seq);
	u32 end = READ_ONCE(tp->rcv_nxt) + max(READ_ONCE(tp->rcv_wnd), 1U);

	/* A pure ACK stands where the next byte will; rcv_nxt may move meanwhile. */
	return !cw_after(seq, end) && !cw_before(seq + length, length ? copied + 1 : copied);
}

/* An answer to a mark of ours, "ack" or the message come back, says that it arrived, too. */
static void peer_speaks(struct cw_sock *s, const struct cw_option *option)
{
	s->flags |= CW_S_CONFIRMED;
	s->silent = 0;
	if (s->flags & CW_S_PASSED)
		return;
	if (option->type != CW_OPTION_ACK &&
	    (option->type != CW_OPTION_LONG || option->message != s->tx_context.message))
		return;
	s->flags |= CW_S_PASSED;
	cw_avoid_succeeded(s);
}

static void ready_event(struct cw_sock *s, struct cw_mark *mark)
{
	u8 flags = CW_EVENT_RUN_START;

	if (mark->flags & CW_MARK_READY)
		return;
	mark->flags |= CW_MARK_READY;
	s->ready = ktime_get_mono_fast_ns();
	if (s->role == CW_ROLE_CLIENT)
		flags |= CW_EVENT_RESPONSE;
	cw_sock_event(s, &mark->context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_READY,
			      .flags = flags,
			      .seq = mark->start,
		      });
}

static struct cw_mark *mark_from(struct cw_sock *s, const struct cw_option *option, u32 seq,
				 u32 length)
{
	u32 copied = READ_ONCE(tcp_sk(s->sk)->copied_seq);
	struct cw_mark *mark = NULL;

	if (s->rx.count < MAX_MARKS)
		mark = cw_mark_alloc();
	else
		cw_count(limit_marks);
	if (!mark)
		return NULL;
	mark->start = seq - option->back;
	mark->sure_end = seq + length;
	mark->run = option->type == CW_OPTION_OBI ? CW_RUN_LOCAL : option->run;
	if (cw_before(mark->start, copied)) {
		mark->start = copied;
		mark->flags |= CW_MARK_LATE;
		cw_count(rx_late);
	}
	if (option->type == CW_OPTION_BOUNDARY)
		mark->flags |= CW_MARK_BOUNDARY;
	if (option->type != CW_OPTION_LONG && option->type != CW_OPTION_OBI)
		return mark;
	memcpy(mark->context.trace_id, option->trace_id, sizeof(option->trace_id));
	mark->context.message = option->message;
	mark->context.class = option->class;
	mark->context.flags = CW_CTX_VALID | (option->sampled ? CW_CTX_SAMPLED : 0);
	return mark;
}

/* The bytes that were not read yet are nobody's: better than the run's before. */
static void forget_received(struct cw_sock *s)
{
	struct cw_mark *last = s->rx.last;

	if (!last)
		return;
	last->next = s->gone;
	s->gone = cw_marks_clear(&s->rx);
}

/* A message of ours comes back: it is answered, so we are the client. */
static void learn_role(struct cw_sock *s, const struct cw_mark *mark)
{
	if (s->role == CW_ROLE_UNKNOWN && s->flags & CW_S_WRITTEN &&
	    !(s->flags & CW_S_ANSWERING) && cw_context_valid(&mark->context) &&
	    mark->context.message == s->tx_context.message)
		s->role = CW_ROLE_CLIENT;
}

static void received_event(struct cw_sock *s, const struct cw_mark *mark, u32 length)
{
	u8 flags = CW_EVENT_RUN_START;

	if (s->role == CW_ROLE_CLIENT)
		flags |= CW_EVENT_RESPONSE;
	if (mark->flags & CW_MARK_LATE)
		flags |= CW_EVENT_LATE;
	cw_sock_event(s, &mark->context,
		      &(struct cw_stage_info){
			      .stage = CW_STAGE_TCP_IN,
			      .flags = flags,
			      .seq = mark->start,
			      .length = length,
		      });
}

static void take_mark(struct cw_sock *s, const struct cw_option *option, u32 seq, u32 length)
{
	struct cw_mark *mark = mark_from(s, option, seq, length), *surplus;

	if (!(s->flags & CW_S_SPOKE) && s->acks < MAX_ACKS) {
		s->flags |= CW_S_ACK_DUE;
		s->acks++;
	}
	if (!mark) {
		forget_received(s);
		return;
	}
	learn_role(s, mark);
	surplus = cw_marks_insert(&s->rx, mark);
	if (surplus == mark) {
		cw_count(rx_repeated);
	} else {
		received_event(s, mark, length);
		/* It came behind its first byte. */
		if (cw_before(mark->start, s->ready_seq))
			ready_event(s, mark);
	}
	cw_mark_free(surplus);
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

/* Policy, or the switch, may have changed while runs were under way: this ends them. */
static void ignore(struct cw_sock *s, const struct cw_option *option, u32 seq, u32 length)
{
	if (option->type != CW_OPTION_ACK && in_window(tcp_sk(s->sk), seq, length))
		forget_received(s);
}

static void receive_locked(struct cw_sock *s, const struct cw_option *option, u32 seq, u32 length)
{
	u32 gate = option->type == CW_OPTION_ACK ? CW_S_MAY_SEND : CW_S_MAY_ACCEPT;

	if (!(s->flags & gate)) {
		cw_count(rx_refused);
		ignore(s, option, seq, length);
		return;
	}
	if (cw_carrier_is_off()) {
		cw_count(rx_carrier);
		ignore(s, option, seq, length);
		return;
	}
	if (!in_window(tcp_sk(s->sk), seq, length)) {
		cw_count(rx_window);
		return;
	}
	count_received(option->type);
	if (option->type != CW_OPTION_OBI)
		peer_speaks(s, option);
	if (option->type != CW_OPTION_ACK && length)
		take_mark(s, option, seq, length);
}

void cw_carry_receive(struct sock *sk, const struct cw_option *option, u32 seq, u32 length)
{
	struct cw_sock *s = cw_sock_find(sk);
	struct cw_mark *gone;
	unsigned long irq;

	if (!s)
		s = cw_enlist_late(sk);
	if (!s) {
		cw_count(rx_refused);
		return;
	}
	spin_lock_irqsave(&s->lock, irq);
	if (!s->dead) {
		cw_enlist_refresh(s);
		if (option->type != CW_OPTION_OBI || s->flags & CW_S_ACCEPT_OBI)
			receive_locked(s, option, seq, length);
	}
	gone = s->gone;
	s->gone = NULL;
	spin_unlock_irqrestore(&s->lock, irq);
	cw_mark_free_chain(gone);
}

void cw_carry_ready(struct sock *sk)
{
	struct cw_sock *s = cw_sock_find(sk);
	u32 next = tcp_sk(sk)->rcv_nxt;
	struct cw_mark *mark;
	unsigned long irq;

	if (!s)
		return;
	spin_lock_irqsave(&s->lock, irq);
	mark = cw_marks_find(&s->rx, s->ready_seq);
	if (!mark)
		mark = s->rx.first;
	for (; mark && cw_before(mark->start, next); mark = mark->next)
		ready_event(s, mark);
	s->ready_seq = next;
	spin_unlock_irqrestore(&s->lock, irq);
}
