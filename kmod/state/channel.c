// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of what is remembered of UDP sockets: for each hash a set of a few places, where a new
 * entry displaces the one used longest ago.  Each set has a lock of its own, innermost, since
 * threads share sets by chance.  Process context.  A socket is known by its cookie, which no
 * later socket at its address has.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sock_diag.h>
#include <linux/spinlock.h>

#include "base/counter.h"
#include "state/channel.h"

#define WAYS		4
#define CHANNEL_BITS	7
#define ASKED_BITS	10
#define THREAD_BITS	8

/**
 * struct channel - one thread at one socket
 * @cookie: of the socket; 0: free
 * @thread: the thread's id
 * @use: the set's count at the last use
 * @since: jiffies at the last use
 * @asked: last request written
 * @several: requests of different traces were written; @asked is the last one
 * @request: last datagram read, if it was a request
 * @family: of the sender of @request
 * @port: the sender's port
 * @remote: the sender's address
 */
struct channel {
	u64 cookie;
	pid_t thread;
	u32 use;
	unsigned long since;
	struct cw_asked asked;
	bool several;
	struct cw_context request;
	u8 family;
	u16 port;
	u8 remote[16];
};

/**
 * struct channels - a set of channels
 * @lock: protects all members
 * @uses: counts the uses of all its channels
 * @lossy: a channel with a request written was displaced from this set
 * @lost: jiffies when the last such channel was used
 * @way: places
 */
struct channels {
	spinlock_t lock;
	u32 uses;
	bool lossy;
	unsigned long lost;
	struct channel way[WAYS];
};

/* A request that waits for its response; found by its message id. */
struct question {
	unsigned long since;
	struct cw_asked asked;
};

/**
 * struct questions - a set of questions
 * @lock: protects all members
 * @next: where the next one goes: the place of the oldest
 * @way: places
 */
struct questions {
	spinlock_t lock;
	unsigned int next;
	struct question way[WAYS];
};

/**
 * struct thread - what a thread is about to do
 * @lock: protects all members
 * @writer: the thread that is about to write; NULL: none
 * @sk: the socket that it writes on
 * @since: when it began; ns, monotonic
 * @reader: the thread that has begun to read a batch
 * @reads: how many datagrams it has read in this batch
 * @message: of the last datagram that it read
 * @mixed: the datagrams were of several messages
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
	struct channels channels[1 << CHANNEL_BITS];
	struct questions questions[1 << ASKED_BITS];
	struct thread thread[1 << THREAD_BITS];
};

static struct memory *memory;

/* The place for the current thread, which other threads may share. */
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
		t->mixed = true;	/* another thread took the place: the batch is not known */
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

/* Returns the socket's cookie, which is made if it has none. */
static u64 cookie_make(struct sock *sk)
{
	u32 halves[2];

	sock_diag_save_cookie(sk, halves);
	return (u64)halves[1] << 32 | halves[0];
}

/* The set for the current thread and a socket; NULL: the socket has no cookie, so no channel. */
static struct channels *channel_set(u64 cookie)
{
	struct memory *m = READ_ONCE(memory);

	if (!m || !cookie)
		return NULL;
	return &m->channels[hash_64(cookie ^ (u64)current->pid << 32, CHANNEL_BITS)];
}

/* Finds the channel of the current thread and a socket; NULL: there is none. */
static struct channel *channel_find(struct channels *set, u64 cookie)
{
	struct channel *c;

	for (c = set->way; c < set->way + WAYS; c++)
		if (c->cookie == cookie && c->thread == current->pid && !is_old(c->since))
			return c;
	return NULL;
}

/*
 * A channel makes room.  If a request was written on it the set remembers that: a thread that asked
 * must not be led into a trace that a peer began.
 */
static void channel_displace(struct channels *set, const struct channel *c)
{
	if (!c->cookie || is_old(c->since))
		return;
	cw_count(limit_channels);
	if (!cw_context_valid(&c->asked.context))
		return;
	set->lossy = true;
	set->lost = c->since;
}

static struct channel *channel_oldest(struct channels *set)
{
	struct channel *c, *oldest = set->way;

	for (c = set->way + 1; c < set->way + WAYS; c++)
		if (set->uses - c->use > set->uses - oldest->use)
			oldest = c;
	return oldest;
}

/* Returns the channel, or a new one in the place of the one used longest ago. */
static struct channel *channel_take(struct channels *set, u64 cookie)
{
	struct channel *c = channel_find(set, cookie);

	if (!c) {
		c = channel_oldest(set);
		channel_displace(set, c);
		*c = (struct channel){ .cookie = cookie, .thread = current->pid };
	}
	c->use = ++set->uses;
	c->since = jiffies;
	return c;
}

static bool same_trace(const struct cw_asked *a, const struct cw_asked *b)
{
	return a->exchange == b->exchange && a->context.span == b->context.span &&
	       !memcmp(a->context.trace_id, b->context.trace_id, sizeof(a->context.trace_id));
}

static struct questions *question_set(u64 message)
{
	struct memory *m = READ_ONCE(memory);

	return m ? &m->questions[hash_64(message, ASKED_BITS)] : NULL;
}

static void question_add(const struct cw_asked *asked)
{
	struct questions *set = question_set(asked->context.message);
	unsigned long irq;

	if (!set)
		return;
	spin_lock_irqsave(&set->lock, irq);
	set->way[set->next++ % WAYS] = (struct question){ jiffies, *asked };
	spin_unlock_irqrestore(&set->lock, irq);
}

void cw_channel_wrote(struct sock *sk, const struct cw_asked *asked)
{
	u64 cookie = cookie_make(sk);
	struct channels *set = channel_set(cookie);
	struct channel *c;
	unsigned long irq;

	if (!set)
		return;
	spin_lock_irqsave(&set->lock, irq);
	c = channel_take(set, cookie);
	if (cw_context_valid(&c->asked.context) && !same_trace(&c->asked, asked))
		c->several = true;
	c->asked = *asked;
	spin_unlock_irqrestore(&set->lock, irq);
	question_add(asked);
}

bool cw_channel_asked(const struct sock *sk, struct cw_asked *asked)
{
	u64 cookie = cookie_of(sk);
	struct channels *set = channel_set(cookie);
	const struct channel *c;
	unsigned long irq;
	bool found;

	memset(asked, 0, sizeof(*asked));
	if (!set)
		return false;
	spin_lock_irqsave(&set->lock, irq);
	c = channel_find(set, cookie);
	found = c && cw_context_valid(&c->asked.context);
	if (found && !c->several)
		*asked = c->asked;
	found |= set->lossy && !is_old(set->lost);
	spin_unlock_irqrestore(&set->lock, irq);
	return found;
}

void cw_channel_read(struct sock *sk, const struct cw_flow_key *flow,
		     const struct cw_context *request)
{
	bool valid = cw_context_valid(request);
	u64 cookie = valid ? cookie_make(sk) : cookie_of(sk);
	struct channels *set = channel_set(cookie);
	struct channel *c;
	unsigned long irq;

	if (!set)
		return;
	spin_lock_irqsave(&set->lock, irq);
	if (valid || channel_find(set, cookie)) {
		c = channel_take(set, cookie);
		c->request = *request;
		c->family = flow->family;
		c->port = flow->destination_port;
		memcpy(c->remote, flow->destination, sizeof(c->remote));
	}
	spin_unlock_irqrestore(&set->lock, irq);
}

bool cw_channel_request(const struct sock *sk, const struct cw_flow_key *flow,
			struct cw_context *request)
{
	u64 cookie = cookie_of(sk);
	struct channels *set = channel_set(cookie);
	const struct channel *c;
	unsigned long irq;
	bool found;

	if (!set)
		return false;
	spin_lock_irqsave(&set->lock, irq);
	c = channel_find(set, cookie);
	found = c && cw_context_valid(&c->request) &&
		c->family == flow->family && c->port == flow->destination_port &&
		!memcmp(c->remote, flow->destination, sizeof(c->remote));
	if (found)
		*request = c->request;
	spin_unlock_irqrestore(&set->lock, irq);
	return found;
}

static bool question_is(const struct question *q, const struct cw_context *context)
{
	const struct cw_context *c = &q->asked.context;

	return cw_context_valid(c) && !is_old(q->since) && c->message == context->message &&
	       !memcmp(c->trace_id, context->trace_id, sizeof(c->trace_id));
}

bool cw_asked_find(const struct cw_context *context, struct cw_asked *asked)
{
	struct questions *set = question_set(context->message);
	const struct question *q;
	unsigned long irq;
	bool found = false;

	if (!set)
		return false;
	spin_lock_irqsave(&set->lock, irq);
	for (q = set->way; q < set->way + WAYS && !found; q++) {
		found = question_is(q, context);
		if (found)
			*asked = q->asked;
	}
	spin_unlock_irqrestore(&set->lock, irq);
	return found;
}

void cw_channel_open(void)
{
	struct memory *m = kvzalloc(sizeof(*m), GFP_KERNEL);
	unsigned int i;

	if (!m)
		return;
	for (i = 0; i < ARRAY_SIZE(m->channels); i++)
		spin_lock_init(&m->channels[i].lock);
	for (i = 0; i < ARRAY_SIZE(m->questions); i++)
		spin_lock_init(&m->questions[i].lock);
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
