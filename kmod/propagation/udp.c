// SPDX-License-Identifier: GPL-2.0
/*
 * UDP and other datagram sockets as channels; see udp.h for the context.  Such a socket neither
 * connects nor accepts, so its role is guessed: if its program chose the port it is taken for a
 * server's socket, otherwise for a client's.
 */
#include <net/sock.h>

#include "base/net.h"
#include "compat/sched.h"
#include "policy/pause.h"
#include "policy/policy.h"
#include "propagation/message.h"
#include "propagation/root.h"
#include "propagation/udp.h"
#include "state/channel.h"

/*
 * The traced datagram that each CPU delivered last to a socket of its host.  The datagram goes on
 * into the socket's queue on this CPU, with bottom halves off all the time.  So a copy of what is
 * known of it is kept here, and nothing has to be looked up again.
 */
static DEFINE_PER_CPU(struct cw_arrival, arrivals);
DEFINE_PER_CPU(const void *, cw_udp_arriving);

static bool is_server(const struct sock *sk)
{
	return sk->sk_userlocks & SOCK_BINDPORT_LOCK;
}

/* Asks policy; the service's port is our own if we answer (@serves), the other end's if we ask. */
static struct cw_peer_verdict peer_verdict(struct net *net, const struct cw_flow_key *flow,
					   bool serves)
{
	return cw_policy_peer(net, flow->family, flow->destination,
			      serves ? flow->source_port : flow->destination_port);
}

static void stage_event(struct net *net, const struct cw_flow_key *flow, u32 length,
			const struct cw_datagram *d, struct cw_stage_info *info)
{
	if (!cw_event_wanted() || !cw_context_traced(&d->context))
		return;
	info->context = &d->context;
	info->net = cw_net(net);
	info->flow = flow;
	info->length = length;
	info->flags |= CW_EVENT_RUN_START;
	info->flags |= flow->role == CW_ROLE_SERVER ? CW_EVENT_SERVER : CW_EVENT_CLIENT;
	if (d->response)
		info->flags |= CW_EVENT_RESPONSE;
	if (d->context.flags & CW_CTX_ROOT)
		info->flags |= CW_EVENT_ROOT;
	cw_event_emit(info);
}

/* Does the thread hold no context, and has the socket never carried one?  Else it has a cookie. */
static bool is_untraced(const struct sock *sk)
{
	struct cw_context own;

	return !atomic64_read(&sk->sk_cookie) && !cw_task_get_context(current, &own);
}

void cw_udp_write(const struct sock *sk)
{
	if (!cw_net_active(sock_net(sk)) || (is_server(sk) && is_untraced(sk)))
		return;
	if (cw_actor_unknown())
		cw_count(actor_unknown);
	else
		cw_writer_begin(sk);
}

void cw_udp_queued(const struct sock *sk)
{
	/* A server's socket that has carried a context has a cookie; see cw_udp_write(). */
	if (!is_server(sk) || atomic64_read(&sk->sk_cookie))
		cw_count(datagram_queued);
}

/* A thread without a context sends a request: policy may begin a trace with it. */
static bool root_begin(const struct sock *sk, const struct cw_flow_key *flow,
		       struct cw_context *context)
{
	if (is_server(sk) ||
	    !cw_root_begin(sock_net(sk), CW_SIDE_CLIENT, flow->family, flow->destination,
			   flow->destination_port, context))
		return false;
	cw_count(root_client);
	return true;
}

/* Chooses the context that a datagram carries.  False: none. */
static bool choose_context(struct sock *sk, const struct cw_flow_key *flow, struct cw_datagram *out)
{
	struct cw_asked asked = { .exchange = false };

	memset(out, 0, sizeof(*out));
	if (cw_channel_request(sk, flow, &out->context)) {
		out->response = true;
		return true;
	}
	if (!cw_task_get_context(current, &out->context)) {
		if (!root_begin(sk, flow, &out->context))
			return false;
		asked.exchange = true;
	}
	out->context.message = cw_message_new();
	asked.context = out->context;
	cw_channel_wrote(sk, &asked);
	cw_task_used(current);
	return true;
}

bool cw_udp_leaves(struct sock *sk, struct cw_flow_key *flow, u32 length, u64 since,
		   struct cw_datagram *out)
{
	struct cw_stage_info send = { .stage = CW_STAGE_SEND, .task = current };
	struct cw_stage_info leave = { .stage = CW_STAGE_TCP_OUT };
	struct net *net = sock_net(sk);
	bool may_send;

	if (!choose_context(sk, flow, out))
		return false;
	flow->role = out->response ? CW_ROLE_SERVER : CW_ROLE_CLIENT;
	may_send = peer_verdict(net, flow, out->response).may_send && !cw_policy_is_paused();
	send.span = out->context.span;
	if (since)
		send.ago = ktime_get_mono_fast_ns() - since;
	stage_event(net, flow, length, out, &send);
	if (!may_send)
		leave.flags = CW_EVENT_BARE;
	stage_event(net, flow, length, out, &leave);
	return may_send;
}

bool cw_udp_answers(struct net *net, struct cw_flow_key *flow, u32 length,
		    struct cw_datagram *datagram)
{
	struct cw_peer_verdict verdict = peer_verdict(net, flow, true);
	bool may_send = verdict.may_send && !cw_policy_is_paused();
	struct cw_stage_info leave = { .stage = CW_STAGE_TCP_OUT };

	if (!verdict.may_accept) {
		cw_count(rx_refused);
		return false;
	}
	flow->role = CW_ROLE_SERVER;
	datagram->response = true;
	datagram->sent = 0;
	datagram->context.flags &= ~CW_CTX_ROOT;
	if (!may_send)
		leave.flags = CW_EVENT_BARE;
	stage_event(net, flow, length, datagram, &leave);
	return may_send;
}

void cw_udp_arrives(struct net *net, struct cw_arrival *arrival)
{
	const struct cw_datagram *d = &arrival->datagram;
	struct cw_stage_info info = { .stage = CW_STAGE_TCP_IN, .span = d->sent };

	arrival->flow.role = d->response ? CW_ROLE_CLIENT : CW_ROLE_SERVER;
	stage_event(net, &arrival->flow, arrival->length, d, &info);
	if (!cw_event_wanted() || !cw_context_traced(&d->context))
		return;
	*this_cpu_ptr(&arrivals) = *arrival;
	this_cpu_write(cw_udp_arriving, arrival->skb);
}

/*
 * While the datagram is at the end of the queue no thread has read it, and no other skb is at its
 * address.  The clock is read before that is tested, so a thread that takes the datagram does so
 * later than this time.  If its entry is gone right after the test, a thread that did not sleep
 * has read it.
 */
void cw_udp_ready_known(const struct sock *sk)
{
	const struct cw_arrival *arrival = this_cpu_ptr(&arrivals);
	const struct cw_datagram *d = &arrival->datagram;
	struct cw_stage_info info = { .stage = CW_STAGE_READY };
	u64 now = ktime_get_mono_fast_ns();

	if (READ_ONCE(sk->sk_receive_queue.prev) != arrival->skb)
		return;
	this_cpu_write(cw_udp_arriving, NULL);
	if (!cw_datagram_ready(arrival->skb, arrival->print, d->context.message, now))
		return;
	info.ago = ktime_get_mono_fast_ns() - now;
	stage_event(sock_net(sk), &arrival->flow, arrival->length, d, &info);
}

/* If the thread got its CPU after the datagram was there, it woke when it got the CPU. */
static void wake_event(const struct sock *sk, const struct cw_flow_key *flow, u32 length,
		       const struct cw_datagram *d)
{
	struct cw_stage_info info = { .stage = CW_STAGE_WAKE, .task = current };
	u64 now = ktime_get_mono_fast_ns(); /* first: a delay after this must not count as sleep */

	info.ago = cw_task_running();
	if (info.ago && d->ready && now - info.ago > d->ready)
		stage_event(sock_net(sk), flow, length, d, &info);
}

static void received_event(const struct sock *sk, struct cw_flow_key *flow, u32 length,
			   const struct cw_datagram *d)
{
	struct cw_stage_info info = { .stage = CW_STAGE_RECV, .task = current,
				      .span = d->context.span };

	flow->role = d->response ? CW_ROLE_CLIENT : CW_ROLE_SERVER;
	wake_event(sk, flow, length, d);
	stage_event(sock_net(sk), flow, length, d, &info);
}

/**
 * struct outcome - what a read gives to the thread
 * @context: not valid: none
 * @request: the datagram is a traced request, which the thread may answer
 */
struct outcome {
	struct cw_context context;
	bool request;
};

/* Only a response to a request of ours gives a context: the one that the request was written in. */
static void read_response(struct cw_datagram *d, struct outcome *out)
{
	struct cw_asked asked;

	d->context.span = 0;
	if (!cw_asked_find(&d->context, &asked)) {
		cw_count(rx_foreign);
		return;
	}
	d->context.span = asked.context.span;
	d->context.class = asked.context.class;
	if (!asked.exchange)
		out->context = asked.context;
}

static void read_request(struct sock *sk, struct cw_datagram *d, struct outcome *out)
{
	struct cw_asked asked;

	/* A thread that asked on this socket must not be led into a trace that a peer began. */
	if (!is_server(sk) && cw_channel_asked(sk, &asked)) {
		cw_count(rx_foreign);
		return;
	}
	d->context.span = cw_span_new();
	out->context = d->context;
	out->request = true;
}

/* Reads a datagram that carried no context. */
static void read_unmarked(struct sock *sk, struct cw_flow_key *flow, u32 length,
			  struct outcome *out)
{
	struct cw_datagram d = { .sent = 0 };
	struct cw_asked asked;

	if (!is_server(sk)) {
		if (cw_channel_asked(sk, &asked) && !asked.exchange)
			out->context = asked.context;
		return;
	}
	if (!cw_root_begin(sock_net(sk), CW_SIDE_SERVER, flow->family, flow->destination,
			   flow->source_port, &d.context))
		return;
	cw_count(root_server);
	received_event(sk, flow, length, &d);
	out->context = d.context;
	out->request = true;
}

static void give_context(const struct sock *sk, struct outcome *out)
{
	struct cw_context own;
	u8 kind = cw_task_get_context(current, &own);

	/* A context that was set by hand stays until the next read of a request. */
	if (!out->request && !is_server(sk) && kind && kind != CW_CONTEXT_READ)
		return;
	out->context.flags &= ~CW_CTX_ROOT;
	if (kind || cw_context_valid(&out->context))
		cw_task_set_context(current, &out->context, CW_CONTEXT_READ);
}

bool cw_udp_indifferent(const struct sock *sk)
{
	return !is_server(sk) && is_untraced(sk);
}

void cw_udp_read(struct sock *sk, struct cw_flow_key *flow, u32 length,
		 const struct cw_datagram *datagram, bool batch)
{
	struct outcome out = { .request = false };
	static const struct cw_context none;
	struct cw_datagram d;

	if (datagram && !peer_verdict(sock_net(sk), flow, !datagram->response).may_accept) {
		cw_count(rx_refused);
		datagram = NULL;
	}
	if (datagram) {
		d = *datagram;
		d.context.flags &= ~CW_CTX_ROOT;
		if (d.response)
			read_response(&d, &out);
		else
			read_request(sk, &d, &out);
		received_event(sk, flow, length, &d);
	} else {
		read_unmarked(sk, flow, length, &out);
	}
	if (batch && cw_batch_mixed(out.context.message)) {
		cw_count(read_mixed);
		memset(&out, 0, sizeof(out));
	}
	cw_channel_read(sk, flow, out.request ? &out.context : &none);
	give_context(sk, &out);
}
