// SPDX-License-Identifier: GPL-2.0
/*
 * Builds the messages CW_CMD_EVENTS from the rings' records, and accounts for each record as sent
 * or failed.  Builds CW_CMD_SESSION_NTF, the last message of a session that ended.  Runs in the
 * flush worker and where a session is closed, always under the sessions' mutex, which makes it the
 * rings' only consumer.  Never waits for a reader: a unicast to a full socket fails at once.
 *
 * A reader may rely on the following.  Each message of a CPU has the session's PRODUCED, SENT and
 * DROPPED on this CPU.  SENT includes the message itself, so it equals the number received.
 * Records that were PRODUCED and are neither SENT nor DROPPED wait in the ring.  A batch that
 * could not be sent uses up its number, which is then missing, and its records are in the DROPPED
 * of the next message; that one has no records if none wait.  Losses that no message has reported
 * are in the numbers that CW_CMD_SESSION_CLOSE returns.
 */
#include <linux/sched.h>
#include <net/genetlink.h>

#include "base/counter.h"
#include "event/batch.h"
#include "event/definition.h"
#include "event/ring.h"
#include "event/session_type.h"

/* 15,360 bytes of records: with headers and skb_shared_info just below 16 KB. */
#define BATCH_RECORDS 240

/**
 * struct batch - a message that is being built
 * @family: the netlink family
 * @session: the session that it is sent to
 * @slot: of the session
 * @cpu: the CPU that made the records
 * @ring: of that CPU
 * @range: where in the ring the records are
 * @records: how many; 0: the message only reports losses
 */
struct batch {
	const struct genl_family *family;
	struct cw_session *session;
	unsigned int slot;
	unsigned int cpu;
	struct cw_ring *ring;
	struct cw_ring_range range;
	u32 records;
};

static u64 total_dropped(const struct cw_ring_total *total)
{
	return total->lost + total->failed;
}

static size_t batch_size(u32 records)
{
	return 2 * nla_total_size(sizeof(u32)) + 4 * nla_total_size_64bit(sizeof(u64)) +
	       nla_total_size_64bit(records * sizeof(union cw_record));
}

static bool batch_put_numbers(struct sk_buff *skb, const struct batch *batch)
{
	const struct cw_ring_total *total = cw_ring_total(batch->ring, batch->slot);

	return !nla_put_u32(skb, CW_A_SESSION_ID, batch->session->id) &&
	       !nla_put_u64_64bit(skb, CW_A_BATCH_SEQ, batch->session->batch, CW_A_PAD) &&
	       !nla_put_u32(skb, CW_A_BATCH_CPU, batch->cpu) &&
	       !nla_put_u64_64bit(skb, CW_A_SESSION_PRODUCED, total->produced, CW_A_PAD) &&
	       !nla_put_u64_64bit(skb, CW_A_SESSION_SENT, total->sent + batch->records,
				  CW_A_PAD) &&
	       !nla_put_u64_64bit(skb, CW_A_SESSION_DROPPED, total_dropped(total), CW_A_PAD);
}

static bool batch_put_records(struct sk_buff *skb, const struct batch *batch)
{
	struct nlattr *nla = nla_reserve_64bit(skb, CW_A_RECORDS,
					       batch->records * sizeof(union cw_record), CW_A_PAD);

	if (nla)
		cw_ring_copy(batch->ring, &batch->range, nla_data(nla));
	return nla;
}

static struct sk_buff *batch_build(const struct batch *batch)
{
	struct sk_buff *skb = genlmsg_new(batch_size(batch->records), GFP_KERNEL | __GFP_NOWARN);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put(skb, 0, 0, batch->family, 0, CW_CMD_EVENTS);
	if (WARN_ON_ONCE(!header || !batch_put_numbers(skb, batch) ||
			 !batch_put_records(skb, batch))) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

/* The batch is in the socket's queue. */
static void batch_sent(const struct batch *batch, u64 dropped)
{
	struct cw_ring_total *total = &batch->ring->total[batch->slot];

	total->sent += batch->records;
	total->reported = dropped;
	if (!batch->session->lossy)
		return;
	/* The reader reads again, and may have missed definitions in the batches that were lost. */
	batch->session->lossy = false;
	cw_definitions_forget(BIT(batch->slot));
}

static void batch_failed(const struct batch *batch, int err)
{
	batch->ring->total[batch->slot].failed += batch->records;
	batch->session->lossy = true;
	if (err == -ENOMEM)
		cw_count_add(event_no_memory, batch->records);
	else
		cw_count_add(event_queue_full, batch->records);
}

static void batch_send(const struct batch *batch)
{
	struct cw_session *session = batch->session;
	const struct cw_ring_total *total;
	struct sk_buff *skb;
	int err = -ENOMEM;
	u64 dropped;

	session->batch++;
	skb = batch_build(batch);
	total = &batch->ring->total[batch->slot];
	dropped = total_dropped(total);
	if (skb)
		err = genlmsg_unicast(session->net, skb, session->portid);
	if (!err)
		batch_sent(batch, dropped);
	else
		batch_failed(batch, err);
	/* A message without records that failed is built again later, with this number. */
	if (err && !batch->records)
		session->batch--;
}

/* Sends the records of one CPU to one session, in as many messages as it takes. */
static void batches_send(const struct batch *template)
{
	struct batch batch = *template;
	struct cw_ring_range rest = template->range;

	while (rest.from != rest.to) {
		batch.range = rest;
		batch.records = cw_ring_find(batch.ring, &rest, BATCH_RECORDS);
		batch.range.to = rest.from;
		if (batch.records)
			batch_send(&batch);
		cond_resched();
	}
}

/* Reports losses that no message has reported: the ring was full, or the last batches failed. */
static void batch_report(const struct batch *template)
{
	const struct cw_ring_total *total = cw_ring_total(template->ring, template->slot);
	struct batch batch = *template;

	if (total_dropped(total) == total->reported)
		return;
	batch.range.from = batch.range.to;
	batch.records = 0;
	batch_send(&batch);
}

static void cpu_flush(const struct genl_family *family, struct cw_session *sessions,
		      unsigned int cpu, enum cw_ring_class class)
{
	struct cw_ring *ring = cw_ring_of(cpu);
	struct batch batch = { .family = family, .cpu = cpu, .ring = ring };

	for (batch.slot = 0; batch.slot < CW_SESSIONS_MAX; batch.slot++) {
		batch.session = &sessions[batch.slot];
		if (batch.session->state != CW_SESSION_OPEN)
			continue;
		batch.range.from = ring->done[class];
		batch.range.to = ring->limit[class];
		batch.range.want = CW_RING_META(BIT(batch.slot), class);
		batches_send(&batch);
		if (class == CW_RING_EVENT)
			batch_report(&batch);
	}
	ring->done[class] = ring->limit[class];
	if (class == CW_RING_EVENT)
		cw_ring_consume(ring);
}

/*
 * A definition must be sent before the events that use it.  It was in some ring before such an
 * event was in one.  So limits are read in this order: those for events first, of all CPUs; then
 * those for definitions, and those for definitions of namespaces, which other definitions use.
 * Classes are sent in the opposite order.
 */
void cw_batches_flush(const struct genl_family *family, struct cw_session *sessions)
{
	unsigned int cpu;
	int class;

	for (class = CW_RING_CLASSES - 1; class >= 0; class--)
		for_each_possible_cpu(cpu)
			cw_ring_of(cpu)->limit[class] = cw_ring_head(cw_ring_of(cpu));
	for (class = 0; class < CW_RING_CLASSES; class++)
		for_each_possible_cpu(cpu)
			cpu_flush(family, sessions, cpu, class);
}

static bool end_put(struct sk_buff *skb, const struct cw_session *session)
{
	const struct cw_session_stats *final = &session->final;

	return !nla_put_u32(skb, CW_A_SESSION_ID, session->id) &&
	       !nla_put_u8(skb, CW_A_SESSION_END, CW_SESSION_END_NETNS) &&
	       !nla_put_u64_64bit(skb, CW_A_SESSION_PRODUCED, final->produced, CW_A_PAD) &&
	       !nla_put_u64_64bit(skb, CW_A_SESSION_SENT, final->sent, CW_A_PAD) &&
	       !nla_put_u64_64bit(skb, CW_A_SESSION_DROPPED, final->dropped, CW_A_PAD);
}

int cw_batch_end(const struct genl_family *family, const struct cw_session *session)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL | __GFP_NOWARN);
	void *header;
	int err;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, family, 0, CW_CMD_SESSION_NTF);
	if (WARN_ON_ONCE(!header || !end_put(skb, session))) {
		nlmsg_free(skb);
		return 0;
	}
	genlmsg_end(skb, header);
	err = genlmsg_unicast(session->net, skb, session->portid);
	return err == -EAGAIN || err == -ENOMEM ? err : 0;
}
