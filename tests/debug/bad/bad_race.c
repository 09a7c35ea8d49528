// SPDX-License-Identifier: GPL-2.0
/*
 * Makes, when it is loaded, one data race after another, a second or two of each, with a thread on
 * each of two CPUs or a timer on the thread's own; and as much of what is none.  Only ever loaded by
 * instruments_kcsan.sh, in a machine of its own.  Each is a function of its own: reports name it.
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

/* One writes what is there already. */
static noinline void race_same(int side)
{
	if (side)
		WRITE_ONCE(same, 1);
	else
		same = 1;
}

/* KCSAN looks at each of these whether what was written before may come only now. */
static void linger(void)
{
	int i;

	for (i = 0; i < 200; i++)
		READ_ONCE(marked);
}

/* For others the letter may come after the word that it is there. */
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
		/* Release: what is sealed is there before it for others. */
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

/* The timer is on the CPU of who starts it, who stays there. */
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

/* What is only ever written the compiler leaves out. */
static void __exit bad_race_exit(void)
{
	pr_info("bad_race: %u\n", same);
}

module_init(bad_race_init);
module_exit(bad_race_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Has data races on purpose, of each kind that KCSAN is to notice");
