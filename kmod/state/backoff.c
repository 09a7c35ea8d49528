// SPDX-License-Identifier: GPL-2.0
/*
 * The table of destinations that do not answer.  Each slot is a destination, by
 * hash; lock protects the table, is innermost, taken with interrupts off.
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include "state/backoff.h"

#define SLOT_BITS 10
#define ENOUGH_FAILURES 3

static unsigned int backoff_seconds = 600;
module_param(backoff_seconds, uint, 0644);
MODULE_PARM_DESC(backoff_seconds, "how long a destination that does not answer is avoided (default 600)");

struct slot {
	struct cw_net *net;
	u8 address[16];
	u16 port;
	u8 role;
	u8 failures;
	unsigned long since;
};

static struct slot slots[1 << SLOT_BITS];
static DEFINE_SPINLOCK(lock);

static struct slot slot_key(const struct cw_sock *s)
{
	struct slot key = { .net = s->net, .role = s->role };
	const u8 *remote;
	u8 family = cw_sock_remote(s->sk, &remote);

	key.port = s->role == CW_ROLE_SERVER ? s->sk->sk_num : ntohs(s->sk->sk_dport);

	memcpy(key.address, remote, family == AF_INET6 ? 16 : 4);
	return key;
}

static struct slot *slot_of(const struct slot *key)
{
	u32 hash = jhash(key->address, sizeof(key->address), key->port ^ hash_ptr(key->net, 32));

	return &slots[hash & ((1 << SLOT_BITS) - 1)];
}

static bool slot_is(const struct slot *slot, const struct slot *key)
{
	return slot->net == key->net && slot->port == key->port && slot->role == key->role &&
	       !memcmp(slot->address, key->address, sizeof(key->address));
}

static bool slot_expired(const struct slot *slot)
{
	return time_after(jiffies, slot->since + (unsigned long)backoff_seconds * HZ);
}

void cw_backoff_failed(const struct cw_sock *s)
{
	struct slot key = slot_key(s);
	struct slot *slot = slot_of(&key);
	unsigned long irq;

	spin_lock_irqsave(&lock, irq);
	if (!slot_is(slot, &key) || slot_expired(slot))
		*slot = key;
	if (slot->failures < ENOUGH_FAILURES)
		WRITE_ONCE(slot->failures, slot->failures + 1);
	slot->since = jiffies;
	spin_unlock_irqrestore(&lock, irq);
}

void cw_backoff_succeeded(const struct cw_sock *s)
{
	struct slot key = slot_key(s);
	struct slot *slot = slot_of(&key);
	unsigned long irq;

	if (!READ_ONCE(slot->failures))
		return;
	spin_lock_irqsave(&lock, irq);
	if (slot_is(slot, &key))
		memset(slot, 0, sizeof(*slot));
	spin_unlock_irqrestore(&lock, irq);
}

bool cw_backoff_is(const struct cw_sock *s)
{
	struct slot key = slot_key(s);
	struct slot *slot = slot_of(&key);
	unsigned long irq;
	bool is;

	if (READ_ONCE(slot->failures) < ENOUGH_FAILURES)
		return false;
	spin_lock_irqsave(&lock, irq);
	is = slot_is(slot, &key) && slot->failures >= ENOUGH_FAILURES && !slot_expired(slot);
	spin_unlock_irqrestore(&lock, irq);
	return is;
}

void cw_backoff_clear(void)
{
	unsigned long irq;

	spin_lock_irqsave(&lock, irq);
	memset(slots, 0, sizeof(slots));
	spin_unlock_irqrestore(&lock, irq);
}
