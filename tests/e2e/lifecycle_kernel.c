// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel itself says of a number in its memory, past all interfaces that could
 * be made to agree with us: 32 bits at SYMBOL, or so many bytes behind it.
 *
 *	lifecycle_kernel SYMBOL[+OFFSET]...	one number a line
 *
 * A tracepoint's count of probes is __tracepoint_NAME+8 (its static key); netfilter's
 * hooks of all namespaces are counted in nf_hooks_needed[family][hook], 16 bytes each.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS 64

static uint64_t symbol_address(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], found[256], kind;
	uint64_t address, result = 0;

	while (file && !result && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx %c %255s", &address, &kind, found) == 3 &&
		    !strcmp(found, name))
			result = address;
	if (file)
		fclose(file);
	return result;
}

/* /proc/kcore is an ELF core: a segment says where in it an address stands. */
static bool memory_read(int core, uint64_t address, uint32_t *out)
{
	Elf64_Phdr segments[SEGMENTS];
	Elf64_Ehdr header;
	ssize_t size;

	if (pread(core, &header, sizeof(header), 0) != sizeof(header) ||
	    header.e_phnum > SEGMENTS)
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
	uint64_t address, offset;
	uint32_t value;
	char *plus;

	for (int i = 1; i < argc; i++) {
		plus = strchr(argv[i], '+');
		offset = plus ? strtoull(plus, NULL, 0) : 0;
		if (plus)
			*plus = '\0';
		address = symbol_address(argv[i]);
		if (!address || !memory_read(core, address + offset, &value)) {
			fprintf(stderr, "lifecycle_kernel: %s: not found or not readable\n",
				argv[i]);
			return 1;
		}
		printf("%u\n", value);
	}
	return argc < 2;
}
