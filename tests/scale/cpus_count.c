// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's translator: how many guest instructions each CPU ran between two marks (those
 * of tests/bench/insn.c, passed on CPU 0), and how many of them were a "pause", which loops that wait for
 * another CPU run.  A halted CPU runs none.  Each pair of marks appends a line to the file that out=
 * names: "USER KERNEL PAUSES" of each CPU.  A CPU's numbers are changed by its own thread only, and
 * read by the one that passes a mark: what another just runs may be missed, a block.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/qemu_plugin.h"

#define CPUS 8
#define CACHE_LINE 64

enum { USER, KERNEL, PAUSES, COUNTS };

struct counts {
	_Alignas(CACHE_LINE) uint64_t of[COUNTS];
};

static struct counts now[CPUS], begun[CPUS];
static const char *path;

static void on_user(unsigned int cpu, void *data)
{
	now[cpu % CPUS].of[USER] += (uintptr_t)data;
}

static void on_kernel(unsigned int cpu, void *data)
{
	now[cpu % CPUS].of[KERNEL] += (uintptr_t)data;
}

static void on_pause(unsigned int cpu, void *data)
{
	(void)data;
	now[cpu % CPUS].of[PAUSES]++;
}

static void counts_write(void)
{
	FILE *file = fopen(path, "a");

	if (!file)
		return;
	for (size_t cpu = 0; cpu < CPUS; cpu++)
		for (size_t i = 0; i < COUNTS; i++)
			fprintf(file, "%" PRIu64 "%c", now[cpu].of[i] - begun[cpu].of[i],
				cpu == CPUS - 1 && i == COUNTS - 1 ? '\n' : ' ');
	fclose(file);
}

static void on_mark(unsigned int cpu, void *data)
{
	if (cpu)
		return;
	if ((uintptr_t)data == 1)
		memcpy(begun, now, sizeof(now));
	else
		counts_write();
}

static void pause_look(struct qemu_plugin_insn *insn)
{
	static const uint8_t pause[] = { 0xf3, 0x90 };

	if (qemu_plugin_insn_size(insn) == sizeof(pause) &&
	    !memcmp(qemu_plugin_insn_data(insn), pause, sizeof(pause)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_pause, NO_REGISTERS, NULL);
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);
	bool kernel = qemu_plugin_tb_vaddr(tb) >> 63;

	(void)plugin;
	for (size_t i = 0; i < length; i++) {
		mark_look(qemu_plugin_tb_get_insn(tb, i), on_mark);
		pause_look(qemu_plugin_tb_get_insn(tb, i));
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, kernel ? on_kernel : on_user, NO_REGISTERS,
					     (void *)(uintptr_t)length);
}

int qemu_plugin_install(uint64_t plugin, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fputs("cpus_count: wants out=FILE\n", stderr);
		return 1;
	}
	path = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
	return path ? 0 : 1;
}
