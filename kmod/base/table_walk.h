/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A walk over a hash table that pauses, for a dump of several messages.  It goes on where it
 * stopped, so that the whole dump costs one walk.  While it pauses no lock and no entry is held:
 * entries come and go, and the table may be resized.
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
 * @walk: the walk
 * @visit: called under the RCU read lock; returns non-zero to stop: the next call begins with
 *	this entry
 * @data: for @visit
 *
 * If the table is resized between two calls the walk begins anew.  So an entry that stays in the
 * table during all of the walk is visited at least once, perhaps twice.
 *
 * Return: what the last @visit returned; 0 at the end of the table.
 * Context: process.
 */
int cw_table_walk_on(struct rhashtable_iter *walk, int (*visit)(void *entry, void *data), void *data);

/**
 * cw_table_walk_end() - end a walk, wherever it is
 * @walk: the walk, or NULL
 *
 * Context: process.
 */
void cw_table_walk_end(struct rhashtable_iter *walk);

#endif
