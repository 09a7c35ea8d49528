/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A walk over a hash table that pauses, for a dump of several messages: it goes on where it
 * stopped, so that its cost is that of what it shows.  Nothing is locked, and no entry held,
 * while it pauses; entries come and go, and the table may be resized.
 */
#ifndef CW_TABLE_WALK_H
#define CW_TABLE_WALK_H

struct rhashtable;
struct rhashtable_iter;

/**
 * cw_table_walk_begin() - begin a walk
 * @table: it stays until cw_table_walk_end()
 *
 * Return: the walk, before the first entry; NULL without memory.
 * Context: process.
 */
struct rhashtable_iter *cw_table_walk_begin(struct rhashtable *table);

/**
 * cw_table_walk_on() - visit entries from where the walk stopped
 * @walk: it
 * @visit: called under the RCU read lock; returns non-zero to stop: this entry comes first next
 *	time
 * @data: for @visit
 *
 * Where the table is resized meanwhile the walk begins anew.
 *
 * Return: what the last @visit returned, so 0 at the end of the table.
 * Context: process.  Each entry that stays all the while is visited, perhaps twice.
 */
int cw_table_walk_on(struct rhashtable_iter *walk, int (*visit)(void *entry, void *data), void *data);

/**
 * cw_table_walk_end() - end a walk, wherever it is
 * @walk: it, or NULL
 *
 * Context: process.
 */
void cw_table_walk_end(struct rhashtable_iter *walk);

#endif
