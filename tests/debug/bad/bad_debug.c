// SPDX-License-Identifier: GPL-2.0
/*
 * When it is loaded, it does one thing of each kind that the debug kernel is there to notice.  Only
 * instruments.sh loads it, in a machine of its own.  The fault that makes lockdep give up comes
 * late.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static int __rcu *pointer;
static int shift = 40;
static struct timer_list *timer;

static void leak(void)
{
	void *lost;
	int i;

	for (i = 0; i < 10; i++) {
		lost = kmalloc(200, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void sleep_while_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void read_without_rcu(void)
{
	if (rcu_dereference(pointer))
		pr_info("bad_debug: cannot be\n");
}

static void lock_both_ways(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void shift_too_far(void)
{
	OPTIMIZER_HIDE_VAR(shift);
	pr_info("bad_debug: %d\n", 1 << shift);
}

static void timer_expired(struct timer_list *unused)
{
}

static void free_active_timer(void)
{
	timer = kmalloc(sizeof(*timer), GFP_KERNEL);
	if (!timer)
		return;
	timer_setup(timer, timer_expired, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void use_after_free(void)
{
	char *freed = kmalloc(64, GFP_KERNEL);

	kfree(freed);
	OPTIMIZER_HIDE_VAR(freed);
	pr_info("bad_debug: %d\n", READ_ONCE(freed[8]));
}

static int __init bad_init(void)
{
	leak();
	read_without_rcu();
	sleep_while_atomic();
	lock_both_ways();
	shift_too_far();
	free_active_timer();
	use_after_free();
	return 0;
}

static void __exit bad_exit(void)
{
}

module_init(bad_init);
module_exit(bad_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Is wrong on purpose, in each way that a debug kernel notices");
