// SPDX-License-Identifier: GPL-2.0
/*
 * Takes contexts off a segment that is forwarded: overwrites each option that carries one with
 * NOPs, so that the header keeps its length and all other options their place.  Pure; any context,
 * no lock.
 */
#include "strip.h"

#include "option.h"

#define KIND_EOL	0
#define KIND_NOP	1
#define KIND_OBI	25

#define LENGTH_OBI		26
#define LENGTH_OBI_FLAGS	27

static bool carries_context(const u8 *p, unsigned int length, bool obi)
{
	if (p[0] == KIND_OBI)
		return obi && (length == LENGTH_OBI || length == LENGTH_OBI_FLAGS);
	return p[0] == CW_OPTION_KIND &&
	       (length == CW_OPTION_LONG_LEN || length == CW_OPTION_SHORT_LEN) &&
	       cw_get_be16(p + 2) == CW_OPTION_EXID;
}

unsigned int cw_option_strip(u8 *options, unsigned int length, bool obi)
{
	unsigned int at = 0, stripped = 0, size;

	while (at < length && options[at] != KIND_EOL) {
		if (options[at] == KIND_NOP) {
			at++;
			continue;
		}
		if (length - at < 2 || options[at + 1] < 2 || options[at + 1] > length - at)
			break;
		size = options[at + 1];
		if (carries_context(options + at, size, obi)) {
			memset(options + at, KIND_NOP, size);
			stripped++;
		}
		at += size;
	}
	return stripped;
}
