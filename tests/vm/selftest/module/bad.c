// SPDX-License-Identifier: GPL-2.0
/*
 * A module that misbehaves on purpose when it is loaded, so that the harness can prove
 * that it notices.  Only ever loaded in a test guest.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *what = "nothing";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "nothing, warn, null or list");

static void write_nowhere(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	*nowhere = 1;
}

static void corrupt_list(void)
{
	struct list_head head, entry;

	INIT_LIST_HEAD(&head);
	list_add(&entry, &head);
	entry.prev = &entry;
	list_del(&entry);
}

static int __init bad_init(void)
{
	if (!strcmp(what, "warn"))
		WARN(1, "bad on purpose\n");
	else if (!strcmp(what, "null"))
		write_nowhere();
	else if (!strcmp(what, "list"))
		corrupt_list();
	else if (strcmp(what, "nothing"))
		return -EINVAL;
	return 0;
}

static void __exit bad_exit(void)
{
}

module_init(bad_init);
module_exit(bad_exit);
MODULE_DESCRIPTION("Misbehaves on purpose");
MODULE_LICENSE("GPL");
