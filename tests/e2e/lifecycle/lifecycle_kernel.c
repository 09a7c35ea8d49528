// SPDX-License-Identifier: GPL-2.0
/*
 * Reads numbers in the kernel's memory, and not by an interface that could be made to agree with
 * us: 32 bits at each address (hexadecimal, as in /proc/kallsyms).
 *
 *	lifecycle_kernel ADDRESS...	one number a line
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEGMENTS 64

/* /proc/kcore is an ELF core: its segments say where in the file an address is found. */
static bool memory_read(int core, uint64_t address, uint32_t *out)
{
	Elf64_Phdr segments[SEGMENTS];
	Elf64_Ehdr header;
	ssize_t size;

	if (pread(core, &header, sizeof(header), 0) != sizeof(header) || header.e_phnum > SEGMENTS)
		return false;
	size = header.e_phnum * (ssize_t)sizeof(segments[0]);
	if (pread(core, segments, (size_t)size, (off_t)header.e_phoff) != size)
		return false;
	for (int i = 0; i < header.e_phnum; i++) {
		const Elf64_Phdr *s = &segments[i];

		if (s->p_type != PT_LOAD || address < s->p_vaddr ||
		    address + 4 > s->p_vaddr + s->p_memsz)
			continue;
		return pread(core, out, 4, (off_t)(s->p_offset + address - s->p_vaddr)) == 4;
	}
	return false;
}

int main(int argc, char **argv)
{
	int core = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint32_t value;

	for (int i = 1; i < argc; i++) {
		if (!memory_read(core, strtoull(argv[i], NULL, 16), &value)) {
			fprintf(stderr, "lifecycle_kernel: %s: not readable\n", argv[i]);
			return 1;
		}
		printf("%u\n", value);
	}
	return argc < 2;
}
