// SPDX-License-Identifier: GPL-2.0
/*
 * Walks over hash tables that pause.  Process context; each walk belongs to one dump, which
 * netlink runs under the lock of its socket.
 */
#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "base/table_walk.h"

struct rhashtable_iter *cw_table_walk_begin(struct rhashtable *table)
{
	struct rhashtable_iter *walk = kmalloc(sizeof(*walk), GFP_KERNEL_ACCOUNT);

	if (walk)
		rhashtable_walk_enter(table, walk);
	return walk;
}

int cw_table_walk_on(struct rhashtable_iter *walk, int (*visit)(void *entry, void *data), void *data)
{
	void *entry;
	int err = 0;

	rhashtable_walk_start(walk);
	/* Begins with the entry that stopped the walk, or with the next one if that is gone. */
	for (entry = rhashtable_walk_peek(walk); entry && !err;) {
		if (!IS_ERR(entry))
			err = visit(entry, data);
		if (!err)
			entry = rhashtable_walk_next(walk);
	}
	rhashtable_walk_stop(walk);
	return err;
}

void cw_table_walk_end(struct rhashtable_iter *walk)
{
	if (!walk)
		return;
	rhashtable_walk_exit(walk);
	kfree(walk);
}
