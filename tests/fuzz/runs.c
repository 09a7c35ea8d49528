// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes runs: the input is a sequence of operations, carried out on the list and
 * on the naive model of tests/unit/lib.
 */
#include "fuzz.h"

#include "../unit/lib/runs_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong = runs_model_run(data, size);

	if (wrong)
		fprintf(stderr, "runs: %s\n", wrong);
	FUZZ_MUST(!wrong);
	return 0;
}
