// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a BPF program at each call of a function of the kernel's, until a signal comes.
 *
 *	probe_hold FUNCTION PINNED	(a program of type kprobe, pinned there: bpftool prog load)
 *
 * Says "ready" when it is attached.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "probe_hold: %s: %s\n", what, strerror(errno));
	return 1;
}

static int program_open(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };

	return (int)syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
}

static int probe_open(const char *function)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.kprobe_func = (uintptr_t)function,
	};
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	int found = file ? fscanf(file, "%u", &attr.type) : 0;

	if (file)
		fclose(file);
	if (found != 1)
		return -1;
	return (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

int main(int argc, char **argv)
{
	int program, probe;

	if (argc != 3) {
		fputs("usage: probe_hold FUNCTION PINNED\n", stderr);
		return 1;
	}
	program = program_open(argv[2]);
	if (program < 0)
		return fail(argv[2]);
	probe = probe_open(argv[1]);
	if (probe < 0)
		return fail(argv[1]);
	if (ioctl(probe, PERF_EVENT_IOC_SET_BPF, program) || ioctl(probe, PERF_EVENT_IOC_ENABLE, 0))
		return fail("cannot attach");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
