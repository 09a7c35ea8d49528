// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's translator: how often each block of guest instructions ran between
 * two marks (pingpong.c): the one numbered 1 sets all
 * to zero, 2 writes "ADDRESS INSTRUCTIONS" for each block that ran to the file that the
 * argument out= names, once more for each pair of marks.  For one guest CPU: it has no lock.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define BUCKETS (1 << 16)

/* Blocks at one address have several lengths, and are translated more than once. */
struct block {
	uint64_t address;
	uint64_t length;
	uint64_t ran;
	struct block *next;
};

static struct block *blocks[BUCKETS];
static const char *path;

static struct block *block_get(uint64_t address, uint64_t length)
{
	struct block **bucket = &blocks[(address ^ address >> 13) % BUCKETS], *block;

	for (block = *bucket; block; block = block->next)
		if (block->address == address && block->length == length)
			return block;
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->address = address;
	block->length = length;
	block->next = *bucket;
	*bucket = block;
	return block;
}

static void blocks_reset(void)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct block *block = blocks[i]; block; block = block->next)
			block->ran = 0;
}

static void blocks_write(void)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		return;
	}
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct block *block = blocks[i]; block; block = block->next)
			if (block->ran)
				fprintf(file, "%016" PRIx64 " %" PRIu64 "\n", block->address,
					block->ran);
	fclose(file);
}

static void on_mark(unsigned int cpu, void *data)
{
	(void)cpu;
	if ((uintptr_t)data == 1)
		blocks_reset();
	else
		blocks_write();
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);
	struct block *block = block_get(qemu_plugin_tb_vaddr(tb), length);

	(void)plugin;
	for (size_t i = 0; i < length; i++)
		mark_look(qemu_plugin_tb_get_insn(tb, i), on_mark);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &block->ran, length);
}

int qemu_plugin_install(uint64_t plugin, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fputs("insn: wants out=FILE\n", stderr);
		return 1;
	}
	path = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
	return path ? 0 : 1;
}
