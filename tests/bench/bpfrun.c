// SPDX-License-Identifier: GPL-2.0
/*
 * Loads BPF programs, attaches them, and waits; what comes in a ring buffer called "records"
 * goes to a file.
 *
 *	bpfrun OBJECT [PROGRAM]		prints "ready"; without PROGRAM, all of them
 *
 * SIGTERM: prints the two numbers of the programs' variable "counted", and how many
 * records were read.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define CGROUP "/sys/fs/cgroup"
#define FILE_NAME "/dev/shm/bpfrun.records"

static uint64_t received;

static int on_record(void *data, void *record, size_t length)
{
	received++;
	return fwrite(record, length, 1, data) == 1 ? 0 : -EIO;
}

static void attach(struct bpf_program *program)
{
	struct bpf_link *link;
	int cgroup;

	if (bpf_program__type(program) == BPF_PROG_TYPE_SOCK_OPS) {
		cgroup = open(CGROUP, O_RDONLY | O_DIRECTORY);
		if (cgroup < 0)
			err(1, "%s: no cgroup v2 to attach to", CGROUP);
		link = bpf_program__attach_cgroup(program, cgroup);
	} else {
		link = bpf_program__attach(program);
	}
	if (!link)
		err(1, "cannot attach %s", bpf_program__name(program));
}

static struct bpf_object *load(const char *path, const char *only)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	unsigned int wanted = 0;

	if (!object)
		err(1, "cannot open %s", path);
	bpf_object__for_each_program(program, object)
	{
		bool want = !only || !strcmp(only, bpf_program__name(program));

		bpf_program__set_autoload(program, want);
		wanted += want;
	}
	if (!wanted)
		errx(1, "%s: no program %s", path, only);
	if (bpf_object__load(object))
		err(1, "the kernel does not take %s", path);
	bpf_object__for_each_program(program, object) if (bpf_program__autoload(program))
		attach(program);
	return object;
}

static void print_counted(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	uint64_t counted[2] = { 0 };
	uint32_t zero = 0;

	if (!map || bpf_map__value_size(map) != sizeof(counted) ||
	    bpf_map__lookup_elem(map, &zero, sizeof(zero), counted, sizeof(counted), 0))
		errx(1, "cannot read what was counted");
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", counted[0], counted[1], received);
}

/* The signal is blocked: it is not lost between two looks. */
static void run(struct bpf_object *object, const sigset_t *set)
{
	static const struct timespec at_once;
	struct bpf_map *map = bpf_object__find_map_by_name(object, "records");
	struct ring_buffer *ring = NULL;
	FILE *file = NULL;

	if (map) {
		file = fopen(FILE_NAME, "w");
		ring = file ? ring_buffer__new(bpf_map__fd(map), on_record, file, NULL) : NULL;
		if (!ring)
			err(1, "cannot read the ring buffer");
	}
	puts("ready");
	fflush(stdout);
	while (sigtimedwait(set, NULL, ring ? &at_once : NULL) != SIGTERM)
		if (ring && ring_buffer__poll(ring, 500) < 0)
			err(1, "reading the ring buffer");
	if (ring)
		ring_buffer__consume(ring);
}

int main(int argc, char **argv)
{
	sigset_t set;
	struct bpf_object *object;

	if (argc < 2 || argc > 3)
		errx(1, "usage: bpfrun OBJECT [PROGRAM]");
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	object = load(argv[1], argc > 2 ? argv[2] : NULL);
	run(object, &set);
	print_counted(object);
	return 0;
}
