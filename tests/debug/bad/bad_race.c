// SPDX-License-Identifier: GPL-2.0
/*
 * When it is loaded, it makes one data race after another, for a second or two each, with a thread
 * on each of two CPUs, or with a thread and a timer on one CPU; beside them it makes accesses that
 * are no race.  Only instruments_kcsan.sh loads it, in a machine of its own.  Each kind has a
 * function of its own, since reports name the function.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timer.h>

#define LENGTH (2 * HZ)

static unsigned int plain;
static unsigned int marked;
static unsigned int same;
static unsigned int interrupted;
static unsigned int letter;
static unsigned int letter_there;
static unsigned int sealed;
static unsigned int sealed_there;

static noinline void race_plain(int side)
{
	plain++;
}

static noinline void race_none_marked(int side)
{
	WRITE_ONCE(marked, READ_ONCE(marked) + 1);
}

/* One side writes the value that is there already. */
static noinline void race_same(int side)
{
	if (side)
		WRITE_ONCE(same, 1);
	else
		same = 1;
}

/* At each of these reads KCSAN checks whether an earlier write may become visible only now. */
static void linger(void)
{
	int i;

	for (i = 0; i < 200; i++)
		READ_ONCE(marked);
}

/* The other CPU may see letter_there before it sees the letter: there is no barrier. */
static noinline void race_barrier(int side)
{
	if (READ_ONCE(letter_there) == side) {
		letter++;
		WRITE_ONCE(letter_there, !side);
		linger();
	}
}

static noinline void race_none_barrier(int side)
{
	/* Acquire: pairs with the release of the other side. */
	if (smp_load_acquire(&sealed_there) == side) {
		sealed++;
		/* Release: the other CPU sees "sealed" before it sees sealed_there. */
		smp_store_release(&sealed_there, !side);
		linger();
	}
}

static void (*const races[])(int side) = {
	race_plain, race_none_marked, race_same, race_barrier, race_none_barrier,
};

static int thread(void *data)
{
	unsigned long end;
	int i, side = (long)data;

	for (i = 0; i < ARRAY_SIZE(races); i++)
		for (end = jiffies + LENGTH; time_before(jiffies, end); cond_resched())
			races[i](side);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static noinline void race_interrupt(struct timer_list *timer)
{
	interrupted++;
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(timer, race_interrupt);

/* The timer runs on the CPU of the thread that starts it, and that thread stays there. */
static void be_interrupted(void)
{
	unsigned long end = jiffies + LENGTH;

	migrate_disable();
	mod_timer(&timer, jiffies + 1);
	while (time_before(jiffies, end)) {
		interrupted++;
		cond_resched();
	}
	migrate_enable();
	del_timer_sync(&timer);
}

static int __init bad_race_init(void)
{
	struct task_struct *task[2];
	int i;

	if (num_online_cpus() < 2)
		return -ENODEV;
	be_interrupted();
	for (i = 0; i < 2; i++) {
		task[i] = kthread_create_on_cpu(thread, (void *)(long)i, i, "bad_race/%u");
		if (IS_ERR(task[i]))
			return PTR_ERR(task[i]);
		wake_up_process(task[i]);
	}
	schedule_timeout_uninterruptible((ARRAY_SIZE(races) + 1) * LENGTH);
	for (i = 0; i < 2; i++)
		kthread_stop(task[i]);
	return 0;
}

/* Reads "same": the compiler leaves out a variable that is only ever written. */
static void __exit bad_race_exit(void)
{
	pr_info("bad_race: %u\n", same);
}

module_init(bad_race_init);
module_exit(bad_race_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Has data races on purpose, of each kind that KCSAN is to notice");
