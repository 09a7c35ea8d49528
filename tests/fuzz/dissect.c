// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the walk into tunnels. The first byte of the input chooses the family and the
 * offset, the rest is the packet. The properties are those of tests/unit/lib.
 */
#include "fuzz.h"

#include "../unit/lib/dissect_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dissect_input input = { .bytes = data + 1 };
	struct cw_dissection out;
	const char *wrong;

	if (size < 2 || size > 1 << 17)
		return 0;
	input.length = (uint32_t)size - 1;
	input.network = data[0] >> 1 & 31;
	input.ethertype = data[0] & 1 ? 0x86dd : 0x0800;
	wrong = dissect_check(&input, &out);
	if (wrong)
		fprintf(stderr, "dissect: %s\n", wrong);
	FUZZ_MUST(!wrong);
	return 0;
}
