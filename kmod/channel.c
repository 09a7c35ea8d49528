// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of what is remembered of UDP sockets.  Each place has a lock of its own, innermost,
 * since threads share places by chance.  Process context.  A socket is known by its
 * cookie, which no later one at its address has.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sock_diag.h>
#include <linux/spinlock.h>

#include "channel.h"
#include "counter.h"

#define CHANNEL_BITS	9
#define ASKED_BITS	12
#define THREAD_BITS	8

/**
 * struct channel - one thread at one socket
 * @lock: protects all
 * @cookie: of the socket; 0: free
 * @thread: its id
 * @since: jiffies of the last use
 * @lost: jiffies when one that had asked was displaced from here last
 * @lossy: one was
 * @asked: last request written
 * @several: @asked is one of several
 * @request: last datagram read, if it was a request
 * @family: of who sent it
 * @port: his
 * @remote: his address
 */
struct channel {
	spinlock_t lock;
	u64 cookie;
	pid_t thread;
	unsigned long since;
	unsigned long lost;
	bool lossy;
	struct cw_asked asked;
	bool several;
	struct cw_context request;
	u8 family;
	u16 port;
	u8 remote[16];
};

/* A message that waits for its response; found by its id. */
struct question {
	spinlock_t lock;
	unsigned long since;
	struct cw_asked asked;
};

/**
 * struct thread - what a thread is about to do
 * @lock: protects all
 * @writer: who is about to write; NULL: nobody
 * @sk: on which socket
 * @since: when; ns, monotonic
 * @reader: who has begun to read a batch
 * @reads: datagrams read by it
 * @message: of these
 * @mixed: they were of several messages
 */
struct thread {
	spinlock_t lock;
	const struct task_struct *writer;
	const struct sock *sk;
	u64 since;
	const struct task_struct *reader;
	u32 reads;
	u64 message;
	bool mixed;
};

struct memory {
	struct channel channel[1 << CHANNEL_BITS];
	struct question question[1 << ASKED_BITS];
	struct thread thread[1 << THREAD_BITS];
};

static struct memory *memory;

/* The place of the current thread. */
static struct thread *thread_place(void)
{
	struct memory *m = READ_ONCE(memory);

	return m ? &m->thread[hash_ptr(current, THREAD_BITS)] : NULL;
}

void cw_writer_begin(const struct sock *sk)
{
	struct thread *t = thread_place();
	unsigned long irq;

	if (!t)
		return;
	spin_lock_irqsave(&t->lock, irq);
	t->writer = current;
	t->sk = sk;
	t->since = cw_event_wanted() ? ktime_get_mono_fast_ns() : 0;
	spin_unlock_irqrestore(&t->lock, irq);
}

bool cw_writer_end(const struct sock *sk, u64 *since)
{
	struct thread *t = thread_place();
	unsigned long irq;
	bool found;

	if (!t)
		return false;
	spin_lock_irqsave(&t->lock, irq);
	found = t->writer == current && t->sk == sk;
	*since = t->since;
	if (found)
		t->writer = NULL;
	spin_unlock_irqrestore(&t->lock, irq);
	return found;
}

void cw_batch_begin(void)
{
	struct thread *t = thread_place();
	unsigned long irq;

	if (!t)
		return;
	spin_lock_irqsave(&t->lock, irq);
	t->reader = current;
	t->reads = 0;
	t->mixed = false;
	spin_unlock_irqrestore(&t->lock, irq);
}

bool cw_batch_mixed(u64 message)
{
	struct thread *t = thread_place();
	unsigned long irq;
	bool mixed;

	if (!t)
		return true;
	spin_lock_irqsave(&t->lock, irq);
	if (t->reader != current)
		t->mixed = true;	/* its place was taken: what it has read is not known */
	else if (t->reads++ && t->message != message)
		t->mixed = true;
	t->reader = current;
	t->message = message;
	mixed = t->mixed;
	spin_unlock_irqrestore(&t->lock, irq);
	return mixed;
}

static bool is_old(unsigned long since)
{
	return time_after(jiffies, since + CW_CHANNEL_AGE);
}

static u64 cookie_of(const struct sock *sk)
{
	return atomic64_read(&sk->sk_cookie);
}

/* The socket's, made if it has none. */
static u64 cookie_make(struct sock *sk)
{
	u32 halves[2];

	sock_diag_save_cookie(sk, halves);
	return (u64)halves[1] << 32 | halves[0];
}

/* The place of the current thread at a socket; none for one that never had to do with us. */
static struct channel *channel_place(u64 cookie)
{
	struct memory *m = READ_ONCE(memory);

	if (!m || !cookie)
		return NULL;
	return &m->channel[hash_64(cookie ^ (u64)current->pid << 32, CHANNEL_BITS)];
}

static bool channel_is(const struct channel *c, u64 cookie)
{
	return c->cookie == cookie && c->thread == current->pid && !is_old(c->since);
}

/* That he asked is not: who asked must not be led into a trace that he does not know. */
static void channel_displace(struct channel *c)
{
	if (!c->cookie || is_old(c->since))
		return;
	cw_count(limit_channels);
	if (!cw_context_valid(&c->asked.context))
		return;
	c->lossy = true;
	c->lost = c->since;
}

/* Whoever had the place is forgotten. */
static void channel_take(struct channel *c, u64 cookie)
{
	if (!channel_is(c, cookie)) {
		channel_displace(c);
		c->cookie = cookie;
		c->thread = current->pid;
		c->several = false;
		memset(&c->asked, 0, sizeof(c->asked));
		memset(&c->request, 0, sizeof(c->request));
	}
	c->since = jiffies;
}

static bool same_trace(const struct cw_asked *a, const struct cw_asked *b)
{
	return a->exchange == b->exchange && a->context.span == b->context.span &&
	       !memcmp(a->context.trace_id, b->context.trace_id, sizeof(a->context.trace_id));
}

static void question_keep(const struct cw_asked *asked)
{
	struct memory *m = READ_ONCE(memory);
	struct question *q;
	unsigned long irq;

	if (!m)
		return;
	q = &m->question[hash_64(asked->context.message, ASKED_BITS)];
	spin_lock_irqsave(&q->lock, irq);
	q->asked = *asked;
	q->since = jiffies;
	spin_unlock_irqrestore(&q->lock, irq);
}

void cw_channel_wrote(struct sock *sk, const struct cw_asked *asked)
{
	u64 cookie = cookie_make(sk);
	struct channel *c = channel_place(cookie);
	unsigned long irq;

	if (!c)
		return;
	spin_lock_irqsave(&c->lock, irq);
	channel_take(c, cookie);
	if (cw_context_valid(&c->asked.context) && !same_trace(&c->asked, asked))
		c->several = true;
	c->asked = *asked;
	spin_unlock_irqrestore(&c->lock, irq);
	question_keep(asked);
}

bool cw_channel_asked(const struct sock *sk, struct cw_asked *asked)
{
	u64 cookie = cookie_of(sk);
	struct channel *c = channel_place(cookie);
	unsigned long irq;
	bool found;

	memset(asked, 0, sizeof(*asked));
	if (!c)
		return false;
	spin_lock_irqsave(&c->lock, irq);
	found = channel_is(c, cookie) && cw_context_valid(&c->asked.context);
	if (found && !c->several)
		*asked = c->asked;
	found |= c->lossy && !is_old(c->lost);
	spin_unlock_irqrestore(&c->lock, irq);
	return found;
}

void cw_channel_read(struct sock *sk, const struct cw_flow_key *flow,
		     const struct cw_context *request)
{
	bool valid = cw_context_valid(request);
	u64 cookie = valid ? cookie_make(sk) : cookie_of(sk);
	struct channel *c = channel_place(cookie);
	unsigned long irq;

	if (!c)
		return;
	spin_lock_irqsave(&c->lock, irq);
	if (valid || channel_is(c, cookie)) {
		channel_take(c, cookie);
		c->request = *request;
		c->family = flow->family;
		c->port = flow->destination_port;
		memcpy(c->remote, flow->destination, sizeof(c->remote));
	}
	spin_unlock_irqrestore(&c->lock, irq);
}

bool cw_channel_request(const struct sock *sk, const struct cw_flow_key *flow,
			struct cw_context *request)
{
	u64 cookie = cookie_of(sk);
	struct channel *c = channel_place(cookie);
	unsigned long irq;
	bool found;

	if (!c)
		return false;
	spin_lock_irqsave(&c->lock, irq);
	found = channel_is(c, cookie) && cw_context_valid(&c->request) &&
		c->family == flow->family && c->port == flow->destination_port &&
		!memcmp(c->remote, flow->destination, sizeof(c->remote));
	if (found)
		*request = c->request;
	spin_unlock_irqrestore(&c->lock, irq);
	return found;
}

bool cw_asked_find(const struct cw_context *context, struct cw_asked *asked)
{
	struct memory *m = READ_ONCE(memory);
	const struct cw_context *c;
	struct question *q;
	unsigned long irq;
	bool found;

	if (!m)
		return false;
	q = &m->question[hash_64(context->message, ASKED_BITS)];
	spin_lock_irqsave(&q->lock, irq);
	c = &q->asked.context;
	found = cw_context_valid(c) && !is_old(q->since) && c->message == context->message &&
		!memcmp(c->trace_id, context->trace_id, sizeof(c->trace_id));
	if (found)
		*asked = q->asked;
	spin_unlock_irqrestore(&q->lock, irq);
	return found;
}

void cw_channel_open(void)
{
	struct memory *m = kvzalloc(sizeof(*m), GFP_KERNEL);
	unsigned int i;

	if (!m)
		return;
	for (i = 0; i < ARRAY_SIZE(m->channel); i++)
		spin_lock_init(&m->channel[i].lock);
	for (i = 0; i < ARRAY_SIZE(m->question); i++)
		spin_lock_init(&m->question[i].lock);
	for (i = 0; i < ARRAY_SIZE(m->thread); i++)
		spin_lock_init(&m->thread[i].lock);
	WRITE_ONCE(memory, m);
}

void cw_channel_close(void)
{
	struct memory *m = memory;

	WRITE_ONCE(memory, NULL);
	kvfree(m);
}
