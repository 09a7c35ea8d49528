// SPDX-License-Identifier: GPL-2.0
/*
 * Clock offsets.  With d and e the least delays of the two directions and c the
 * clocks' difference, what is seen is d + c and e - c: half of their difference
 * estimates c, half of their sum bounds the error.  Hosts join the tree of known
 * ones in the order of their uncertainty.  Pure, no locks.
 */
#include "align.h"

static void learn_chain(struct cw_align *align, const struct cw_trace *trace,
			const struct cw_chain *chain)
{
	const struct cw_hop *hop = trace->hop + chain->hop;
	u32 i;

	for (i = 0; i + 1 < chain->hops; i++) {
		u16 from = hop[i].host, to = hop[i + 1].host;
		s64 delay = (s64)(hop[i + 1].first - hop[i].first);

		if (from == to || from >= CW_HOST_MAX || to >= CW_HOST_MAX)
			continue;
		if (!align->known[from][to] || delay < align->least[from][to])
			align->least[from][to] = delay;
		align->known[from][to] = true;
	}
}

void cw_align_learn(struct cw_align *align, const struct cw_trace *trace)
{
	u32 i;

	for (i = 0; i < trace->messages; i++) {
		learn_chain(align, trace, &trace->message[i].chain[CW_REQUEST]);
		learn_chain(align, trace, &trace->message[i].chain[CW_RESPONSE]);
	}
}

/* The pair of an aligned host and one that is not yet, with the least uncertainty. */
static bool find_pair(const struct cw_align *align, const struct cw_hosts *hosts, u32 *known,
		      u32 *fresh)
{
	u64 best = ~0ULL;
	u32 a, b;

	for (a = 0; a < hosts->count; a++)
		for (b = 0; b < hosts->count; b++) {
			u64 both;

			if (!hosts->host[a].aligned || hosts->host[b].aligned ||
			    !align->known[a][b] || !align->known[b][a])
				continue;
			both = hosts->host[a].uncertainty * 2 +
			       (u64)(align->least[a][b] + align->least[b][a]);
			if (best != ~0ULL && both >= best)
				continue;
			best = both;
			*known = a;
			*fresh = b;
		}
	return best != ~0ULL;
}

void cw_align_solve(const struct cw_align *align, struct cw_hosts *hosts)
{
	u32 i, a, b;

	for (i = 0; i < hosts->count; i++) {
		hosts->host[i].aligned = !i;
		hosts->host[i].offset = 0;
		hosts->host[i].uncertainty = 0;
	}
	while (find_pair(align, hosts, &a, &b)) {
		struct cw_host *host = &hosts->host[b];
		s64 sum = align->least[a][b] + align->least[b][a];

		host->aligned = true;
		host->offset =
			hosts->host[a].offset + (align->least[a][b] - align->least[b][a]) / 2;
		/* A negative sum says that a clock drifted by that much. */
		host->uncertainty = hosts->host[a].uncertainty + (u64)(sum < 0 ? -sum : sum) / 2;
	}
}
