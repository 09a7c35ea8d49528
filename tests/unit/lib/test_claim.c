// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of which rule decides where peer and strip rules name an address both: a table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "claim.h"

#define BOTH CW_DIRECTION_BOTH
#define SEND CW_DIRECTION_SEND
#define ACCEPT CW_DIRECTION_ACCEPT

/* As rules say it; direction 0: there is none. */
struct rule {
	u8 direction;
	u8 bits;
	bool port;
	bool host;
};

static const struct {
	const char *what;
	struct rule strip[2], peer[2];
	u8 stripped; /* CW_DIRECTION_* */
} CASES[] = {
	{ "no rule", { { 0 } }, { { 0 } }, 0 },
	{ "a peer", { { 0 } }, { { BOTH, 8, false, true } }, 0 },
	{ "strip any", { { BOTH, 0, false, true } }, { { 0 } }, BOTH },
	{ "strip any, a container's", { { BOTH, 0, false, false } }, { { 0 } }, BOTH },
	{ "a closer peer", { { BOTH, 0, false, true } }, { { BOTH, 8, false, true } }, 0 },
	{ "closer by a bit", { { BOTH, 8, true, true } }, { { BOTH, 9, false, true } }, 0 },
	{ "less close by a bit", { { BOTH, 9, false, true } }, { { BOTH, 8, true, true } }, BOTH },
	{ "closer by a port", { { BOTH, 8, false, true } }, { { BOTH, 8, true, true } }, 0 },
	{ "equals", { { BOTH, 8, false, true } }, { { BOTH, 8, false, true } }, BOTH },
	{ "equals with ports", { { BOTH, 8, true, true } }, { { BOTH, 8, true, true } }, BOTH },
	{ "equals that name nothing",
	  { { BOTH, 0, false, true } },
	  { { BOTH, 0, false, true } },
	  BOTH },
	{ "a container's equals",
	  { { BOTH, 8, false, false } },
	  { { BOTH, 8, false, false } },
	  BOTH },
	{ "a container's equals with ports",
	  { { BOTH, 8, true, false } },
	  { { BOTH, 8, true, false } },
	  BOTH },
	{ "a container's closer peer",
	  { { BOTH, 8, false, false } },
	  { { BOTH, 9, false, false } },
	  0 },
	{ "the host's peer, a container's equal strip",
	  { { BOTH, 8, false, false } },
	  { { BOTH, 8, false, true } },
	  BOTH },
	{ "the host's closer peer, a container's strip",
	  { { BOTH, 8, false, false } },
	  { { BOTH, 9, false, true } },
	  0 },
	{ "the host's strip, a container's closer peer",
	  { { BOTH, 0, false, true } },
	  { { BOTH, 32, true, false } },
	  BOTH },
	{ "the host's strip, its closer peer, a container's still closer strip",
	  { { BOTH, 0, false, true }, { BOTH, 16, false, false } },
	  { { BOTH, 8, false, true } },
	  BOTH },
	{ "the host's strip, its equal peer, a container's closer peer",
	  { { BOTH, 8, false, true } },
	  { { BOTH, 8, false, true }, { BOTH, 16, false, false } },
	  BOTH },
	{ "the host's strip, its closer peer, a container's closer peer",
	  { { BOTH, 8, false, true } },
	  { { BOTH, 9, false, true }, { BOTH, 16, false, false } },
	  0 },
	{ "strip what goes there", { { SEND, 0, false, true } }, { { 0 } }, SEND },
	{ "strip what comes from there", { { ACCEPT, 0, false, true } }, { { 0 } }, ACCEPT },
	{ "a peer to send to", { { BOTH, 0, false, true } }, { { SEND, 8, false, true } }, ACCEPT },
	{ "a peer to take from",
	  { { BOTH, 0, false, true } },
	  { { ACCEPT, 8, false, true } },
	  SEND },
	{ "the closest of two strip rules",
	  { { BOTH, 0, false, true }, { SEND, 16, false, true } },
	  { { BOTH, 8, false, true } },
	  SEND },
	{ "the closest of two peers",
	  { { BOTH, 8, false, true } },
	  { { BOTH, 0, false, true }, { ACCEPT, 16, false, true } },
	  SEND },
};

static void add(struct cw_claim *claim, const struct rule *rules)
{
	for (unsigned int i = 0; i < 2; i++)
		cw_claim_add(claim, rules[i].direction, rules[i].bits, rules[i].port,
			     rules[i].host);
}

/* The order in which rules were made does not count. */
static void add_reversed(struct cw_claim *claim, const struct rule *rules)
{
	const struct rule reversed[2] = { rules[1], rules[0] };

	add(claim, reversed);
}

static u8 stripped(const struct cw_claim *strip, const struct cw_claim *peer)
{
	return (u8)((cw_claim_outweighs(strip, peer, SEND) ? SEND : 0) |
		    (cw_claim_outweighs(strip, peer, ACCEPT) ? ACCEPT : 0));
}

static void test_who_decides(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct cw_claim strip = { { 0 }, { 0 } }, peer = { { 0 }, { 0 } };

		add(&strip, CASES[i].strip);
		add(&peer, CASES[i].peer);
		if (stripped(&strip, &peer) != CASES[i].stripped)
			fail_msg("%s: stripped %u, wanted %u", CASES[i].what,
				 stripped(&strip, &peer), CASES[i].stripped);
		memset(&strip, 0, sizeof(strip));
		memset(&peer, 0, sizeof(peer));
		add_reversed(&strip, CASES[i].strip);
		add_reversed(&peer, CASES[i].peer);
		assert_int_equal(stripped(&strip, &peer), CASES[i].stripped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
