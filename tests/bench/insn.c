// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's translator: how often each block of guest instructions ran between
 * two marks.  A mark is an instruction that does nothing (pingpong.c): the one numbered 1 sets all
 * to zero, 2 writes "ADDRESS INSTRUCTIONS" for each block that ran to the file that the
 * argument out= names, once more for each pair of marks.  For one guest CPU: it has no lock.
 *
 * Debian's QEMU has the interface but no header of it: the prototypes are here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUBLIC __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

typedef void (*on_translation)(uint64_t plugin, struct qemu_plugin_tb *block);
typedef void (*on_instruction)(unsigned int cpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, on_translation call);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation,
					      void *counter, uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, on_instruction call,
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

PUBLIC int qemu_plugin_version = 1;
PUBLIC int qemu_plugin_install(uint64_t plugin, const struct qemu_info *info, int argc,
			       char **argv);

#define INLINE_ADD 0
#define NO_REGISTERS 0
#define BUCKETS (1 << 16)
/* nopl 0x4d4357NN(%rax,%rax,1) */
#define MARK_SIZE 8

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

static void mark_find(struct qemu_plugin_insn *insn)
{
	static const uint8_t head[] = { 0x0f, 0x1f, 0x84, 0x00 }, tail[] = { 0x57, 0x43, 0x4d };
	const uint8_t *bytes = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) == MARK_SIZE && !memcmp(bytes, head, sizeof(head)) &&
	    !memcmp(bytes + 5, tail, sizeof(tail)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, NO_REGISTERS,
						       (void *)(uintptr_t)bytes[4]);
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);
	struct block *block = block_get(qemu_plugin_tb_vaddr(tb), length);

	(void)plugin;
	for (size_t i = 0; i < length; i++)
		mark_find(qemu_plugin_tb_get_insn(tb, i));
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
