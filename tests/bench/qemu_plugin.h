/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plugins of QEMU's translator share this: the part of QEMU's plugin interface that they use,
 * for which Debian's QEMU has no header, and marks.  A mark is an instruction that does nothing,
 * with a number in it: nopl 0x4d4357NN(%rax,%rax,1).
 */
#ifndef CW_TESTS_BENCH_QEMU_PLUGIN_H
#define CW_TESTS_BENCH_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PUBLIC __attribute__((visibility("default")))
#define INLINE_ADD 0
#define NO_REGISTERS 0

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

typedef void (*on_translation)(uint64_t plugin, struct qemu_plugin_tb *block);
typedef void (*on_execution)(unsigned int cpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, on_translation call);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, on_execution call,
					  int flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, int operation,
					      void *counter, uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, on_execution call,
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

PUBLIC int qemu_plugin_version = 1;
PUBLIC int qemu_plugin_install(uint64_t plugin, const struct qemu_info *info, int argc,
			       char **argv);

/* mark_look(): if this instruction is a mark, call is called with its number each time it runs */
static inline void mark_look(struct qemu_plugin_insn *insn, on_execution call)
{
	static const uint8_t head[] = { 0x0f, 0x1f, 0x84, 0x00 }, tail[] = { 0x57, 0x43, 0x4d };
	const uint8_t *bytes = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) == 8 && !memcmp(bytes, head, sizeof(head)) &&
	    !memcmp(bytes + 5, tail, sizeof(tail)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, call, NO_REGISTERS,
						       (void *)(uintptr_t)bytes[4]);
}

#endif
