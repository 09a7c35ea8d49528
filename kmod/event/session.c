// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the sessions: at most eight readers, each with a filter.  A worker delivers events to them
 * every 100 ms and whenever a ring is an eighth full.
 *
 * sessions_mutex protects the slots, the rings' consumer side and the existence of the
 * rings.  Order: genl locks, netlink's notifier chain, pernet_ops_rwsem > sessions_mutex >
 * tables_mutex (definition.c), CPU hotplug and jump label locks.  Taps do not take it: they read
 * cw_sessions_open, a bit per session, and the filters, which are constant while their bit is
 * set.  After a bit is cleared, a grace period passes before the slot or the rings are touched:
 * taps that read them have interrupts off.
 */
#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "base/net.h"
#include "event/batch.h"
#include "event/definition.h"
#include "event/flush.h"
#include "event/key.h"
#include "event/ring.h"
#include "event/session.h"

/* Container namespaces may open half of the sessions, so that they cannot lock the host out. */
#define SESSIONS_FOREIGN_MAX (CW_SESSIONS_MAX / 2)

static DEFINE_MUTEX(sessions_mutex);
static struct cw_session sessions[CW_SESSIONS_MAX];
unsigned long cw_sessions_open;
unsigned long cw_sessions_choosy;
/* Slots that are not free, a bit each; written under sessions_mutex, read when a socket closes. */
static unsigned int sessions_known;
static u32 session_last_id;
/* NULL before cw_sessions_init() and after cw_sessions_exit(): no session can be opened. */
static const struct genl_family *session_family;

static void session_set_state(unsigned int slot, enum cw_session_state state)
{
	sessions[slot].state = state;
	WRITE_ONCE(sessions_known, state == CW_SESSION_FREE ? sessions_known & ~BIT(slot) :
							      sessions_known | BIT(slot));
}

/* Tells readers that their sessions have ended.  True: the queues of some are full yet. */
static bool notify_ended(void)
{
	unsigned int slot;
	bool left = false;

	for (slot = 0; slot < CW_SESSIONS_MAX; slot++) {
		if (sessions[slot].state != CW_SESSION_ENDED)
			continue;
		if (cw_batch_end(session_family, &sessions[slot]))
			left = true;
		else
			session_set_state(slot, CW_SESSION_CLOSED);
	}
	return left;
}

/* True: the worker has to run again. */
static bool sessions_deliver(void)
{
	bool again;

	mutex_lock(&sessions_mutex);
	if (cw_sessions_open) {
		cw_definitions_age();
		cw_batches_flush(session_family, sessions);
	}
	again = notify_ended() || cw_sessions_open;
	mutex_unlock(&sessions_mutex);
	return again;
}

static bool filter_wants_task(const struct cw_filter *filter, const struct task_struct *task)
{
	return task && ((u32)task->pid == filter->tid || (u32)task->tgid == filter->tid);
}

static bool filter_wants_flow(const struct cw_filter *filter, const struct cw_flow_key *flow)
{
	return flow &&
	       (flow->source_port == filter->port || flow->destination_port == filter->port);
}

/* Filters run here, where all of the event is known, and not later by its short ids. */
static bool filter_wants(const struct cw_filter *filter, const struct cw_stage_info *info)
{
	if (filter->netns_cookie && filter->netns_cookie != info->net->cookie)
		return false;
	if (filter->stages && !(filter->stages & BIT(info->stage)))
		return false;
	if (filter->tid && !filter_wants_task(filter, info->task))
		return false;
	if (filter->port && !filter_wants_flow(filter, info->flow))
		return false;
	return !filter->by_trace_id ||
	       !memcmp(filter->trace_id, info->context->trace_id, CW_TRACE_ID_LEN);
}

u8 cw_sessions_filter(const struct cw_stage_info *info, u8 open)
{
	unsigned long rest = open & READ_ONCE(cw_sessions_choosy);
	unsigned int slot;
	u8 wanted = open;

	for (; rest; rest &= rest - 1) {
		slot = __ffs(rest);
		if (!filter_wants(&sessions[slot].filter, info))
			wanted &= ~BIT(slot);
	}
	return wanted;
}

static void session_publish(unsigned int slot)
{
	lockdep_assert_held(&sessions_mutex);
	session_set_state(slot, CW_SESSION_OPEN);
	/* Pairs with cw_sessions_match(). */
	smp_store_release(&cw_sessions_open, cw_sessions_open | BIT(slot));
	static_branch_inc(&cw_event_key.key);
	cw_flush_later();
}

/* After this no record is made for the session. */
static void session_unpublish(unsigned int slot)
{
	lockdep_assert_held(&sessions_mutex);
	WRITE_ONCE(cw_sessions_open, cw_sessions_open & ~BIT(slot));
	static_branch_slow_dec_deferred(&cw_event_key);
	synchronize_rcu();
}

static void session_sum(unsigned int slot, struct cw_session_stats *stats)
{
	unsigned int cpu;

	lockdep_assert_held(&sessions_mutex);
	memset(stats, 0, sizeof(*stats));
	stats->id = sessions[slot].id;
	stats->portid = sessions[slot].portid;
	for_each_possible_cpu(cpu) {
		const struct cw_ring_total *total = cw_ring_total(cw_ring_of(cpu), slot);

		stats->produced += total->produced;
		stats->sent += total->sent;
		stats->dropped += total->lost + total->failed;
	}
}

static bool session_is_live(const struct cw_session *session)
{
	return session->state == CW_SESSION_OPEN || session->state == CW_SESSION_PREPARED;
}

static void buffers_put(void)
{
	unsigned int slot;

	for (slot = 0; slot < CW_SESSIONS_MAX; slot++)
		if (session_is_live(&sessions[slot]))
			return;
	cw_rings_free();
}

static int buffers_get(void)
{
	int err = cw_definitions_alloc();

	return err ?: cw_rings_alloc();
}

/* Ends a session after all of its records were delivered. */
static void session_finish(unsigned int slot)
{
	struct cw_session_stats *final = &sessions[slot].final;

	if (sessions[slot].state == CW_SESSION_OPEN) {
		session_unpublish(slot);
		cw_batches_flush(session_family, sessions);
	}
	session_sum(slot, final);
	WARN_ON_ONCE(final->produced != final->sent + final->dropped);
	session_set_state(slot, CW_SESSION_CLOSED);
	buffers_put();
}

/* Ends a session without delivery: its socket is closed. */
static void session_abandon(unsigned int slot)
{
	if (sessions[slot].state == CW_SESSION_OPEN) {
		session_unpublish(slot);
		cw_rings_forget(slot);
	}
	session_set_state(slot, CW_SESSION_FREE);
	buffers_put();
}

/* Does the reader still get records, or the message that the session has ended? */
static bool session_is_owed(const struct cw_session *session)
{
	return session_is_live(session) || session->state == CW_SESSION_ENDED;
}

/* Finds the first free slot, or else one of a session that is over. */
static int slot_find(struct net *net, struct netlink_ext_ack *extack)
{
	unsigned int slot, foreign = 0;
	int found = -EUSERS;

	for (slot = 0; slot < CW_SESSIONS_MAX; slot++) {
		if (session_is_owed(&sessions[slot]))
			foreign += !net_eq(sessions[slot].net, &init_net);
		else if (found < 0 || sessions[slot].state < sessions[found].state)
			found = slot;
	}
	if (found < 0) {
		NL_SET_ERR_MSG(extack, "eight sessions are open already: close one");
	} else if (!net_eq(net, &init_net) && foreign >= SESSIONS_FOREIGN_MAX) {
		NL_SET_ERR_MSG(extack, "four sessions of container namespaces are open: close one");
		return -EUSERS;
	}
	return found;
}

static u32 session_new_id(void)
{
	if (!++session_last_id)
		session_last_id = 1;
	return session_last_id;
}

static u32 session_init(unsigned int slot, struct net *net, u32 portid,
			const struct cw_filter *filter)
{
	struct cw_session *session = &sessions[slot];

	memset(session, 0, sizeof(*session));
	session->id = session_new_id();
	session->net = net;
	session->portid = portid;
	session->filter = *filter;
	if (memchr_inv(filter, 0, sizeof(*filter)))
		WRITE_ONCE(cw_sessions_choosy, cw_sessions_choosy | BIT(slot));
	else
		WRITE_ONCE(cw_sessions_choosy, cw_sessions_choosy & ~BIT(slot));
	session_set_state(slot, CW_SESSION_PREPARED);
	cw_rings_reset(slot);
	cw_definitions_forget(BIT(slot));
	return session->id;
}

static int session_prepare(struct net *net, u32 portid, const struct cw_filter *filter, u32 *id,
			   struct netlink_ext_ack *extack)
{
	int slot, err;

	lockdep_assert_held(&sessions_mutex);
	if (!session_family) {
		NL_SET_ERR_MSG(extack, "the module is being unloaded");
		return -ESHUTDOWN;
	}
	slot = slot_find(net, extack);
	if (slot < 0)
		return slot;
	err = buffers_get();
	if (err) {
		NL_SET_ERR_MSG(extack, "no memory for event rings: load with a lower ring_records");
		buffers_put();
		return err;
	}
	*id = session_init(slot, net, portid, filter);
	return 0;
}

int cw_session_prepare(struct net *net, u32 portid, const struct cw_filter *filter, u32 *id,
		       struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&sessions_mutex);
	err = session_prepare(net, portid, filter, id, extack);
	mutex_unlock(&sessions_mutex);
	return err;
}

void cw_session_start(u32 id)
{
	unsigned int slot;

	mutex_lock(&sessions_mutex);
	for (slot = 0; slot < CW_SESSIONS_MAX; slot++)
		if (sessions[slot].state == CW_SESSION_PREPARED && sessions[slot].id == id)
			session_publish(slot);
	mutex_unlock(&sessions_mutex);
}

static bool session_is_of(const struct cw_session *session, const struct net *net, u32 portid)
{
	return session->state != CW_SESSION_FREE && session->portid == portid &&
	       net_eq(session->net, net);
}

int cw_session_end(struct net *net, u32 portid, u32 id, struct cw_session_stats *stats)
{
	unsigned int slot;
	int err = -ENOENT;

	mutex_lock(&sessions_mutex);
	for (slot = 0; slot < CW_SESSIONS_MAX; slot++) {
		if (!session_is_of(&sessions[slot], net, portid) || sessions[slot].id != id)
			continue;
		if (session_is_live(&sessions[slot]))
			session_finish(slot);
		session_set_state(slot, CW_SESSION_CLOSED);
		*stats = sessions[slot].final;
		err = 0;
	}
	mutex_unlock(&sessions_mutex);
	return err;
}

/*
 * Ends sessions that were opened to watch this namespace from another one; a reader inside has a
 * socket, which keeps the namespace.  Such sessions are open, not prepared, because genl_session.c
 * holds the namespace until then; so sessions_known can be read without a lock.
 */
void cw_sessions_net_exit(const struct cw_net *net)
{
	unsigned int slot;

	if (!READ_ONCE(sessions_known))
		return;
	mutex_lock(&sessions_mutex);
	for (slot = 0; slot < CW_SESSIONS_MAX; slot++) {
		if (sessions[slot].state != CW_SESSION_OPEN ||
		    sessions[slot].filter.netns_cookie != net->cookie)
			continue;
		session_finish(slot);
		session_set_state(slot, CW_SESSION_ENDED);
	}
	if (notify_ended())
		cw_flush_later();
	mutex_unlock(&sessions_mutex);
}

/*
 * This is why session->net is valid without a reference: the reader's socket holds one until an
 * RCU callback, which netlink_release() queues only after it has called our notifier.  So the
 * socket's sessions end here before the namespace can go, and the worker, which uses session->net
 * under sessions_mutex, is not using it.  A process that opened a session on the socket did so
 * before the socket's last reference went, so sessions_known can be read without a lock.
 */
static void session_released(struct net *net, u32 portid)
{
	unsigned int slot;

	if (!READ_ONCE(sessions_known))
		return;
	mutex_lock(&sessions_mutex);
	for (slot = 0; slot < CW_SESSIONS_MAX; slot++)
		if (session_is_of(&sessions[slot], net, portid))
			session_abandon(slot);
	mutex_unlock(&sessions_mutex);
}

/* The notifier chain is a blocking one: process context, may sleep. */
static int release_notify(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		session_released(notify->net, notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block release_notifier = { .notifier_call = release_notify };

unsigned int cw_session_list(struct cw_session_stats *out, unsigned int max)
{
	unsigned int slot, n = 0;

	mutex_lock(&sessions_mutex);
	for (slot = 0; slot < CW_SESSIONS_MAX; slot++) {
		if (sessions[slot].state != CW_SESSION_OPEN)
			continue;
		if (n < max)
			session_sum(slot, &out[n]);
		n++;
	}
	mutex_unlock(&sessions_mutex);
	return n;
}

int cw_sessions_init(struct genl_family *family)
{
	int err;

	cw_flush_init(sessions_deliver);
	err = netlink_register_notifier(&release_notifier);
	if (err)
		return err;
	mutex_lock(&sessions_mutex);
	session_family = family;
	mutex_unlock(&sessions_mutex);
	return 0;
}

/*
 * The notifier goes after the sessions, since it keeps their namespaces valid.  The worker goes
 * last: taps and the interrupt that they raise could queue it.
 */
void cw_sessions_exit(void)
{
	unsigned int slot;

	mutex_lock(&sessions_mutex);
	for (slot = 0; slot < CW_SESSIONS_MAX; slot++) {
		if (session_is_live(&sessions[slot]))
			session_finish(slot);
		session_set_state(slot, CW_SESSION_FREE);
	}
	session_family = NULL;
	mutex_unlock(&sessions_mutex);
	netlink_unregister_notifier(&release_notifier);
	cw_flush_exit();
}
