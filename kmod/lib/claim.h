/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What peer rules and strip rules claim of an address, and which of them decide.  Pure; any
 * context.
 */
#ifndef CW_CLAIM_H
#define CW_CLAIM_H

#include "port.h"
#include "../../uapi/causeway.h"

/**
 * struct cw_claim - how closely rules of one kind name an address
 * @host: those of the host's administrator, by direction; 0: none does
 * @all: these and all others
 *
 * The greater the closer; an index is the number of the bit in CW_DIRECTION_*.
 */
struct cw_claim {
	u16 host[2];
	u16 all[2];
};

/**
 * cw_claim_add() - one more rule names the address
 * @claim: of the rules of its kind; zeroed before the first
 * @direction: CW_DIRECTION_*
 * @prefix_len: bits of the address that the rule names
 * @port: it names the port, too: that weighs less than one bit more
 * @host: the host's administrator made it
 */
static inline void cw_claim_add(struct cw_claim *claim, u8 direction, u8 prefix_len, bool port,
				bool host)
{
	u16 closeness = (u16)(1 + prefix_len * 2 + port);
	unsigned int d;

	for (d = 0; d < 2; d++) {
		if (!(direction & 1 << d))
			continue;
		if (closeness > claim->all[d])
			claim->all[d] = closeness;
		if (host && closeness > claim->host[d])
			claim->host[d] = closeness;
	}
}

/**
 * cw_claim_outweighs() - do strip rules decide, and not peer rules
 * @strip: claim of the strip rules
 * @peer: claim of the peer rules
 * @direction: CW_DIRECTION_SEND or CW_DIRECTION_ACCEPT
 *
 * Of equals the strip rule decides.  One of the host's administrator yields to peer rules of the
 * host's administrator only.
 *
 * Return: true if strip rules name the address and decide.
 */
static inline bool cw_claim_outweighs(const struct cw_claim *strip, const struct cw_claim *peer,
				      u8 direction)
{
	unsigned int d = direction == CW_DIRECTION_ACCEPT;

	return (strip->host[d] && strip->host[d] >= peer->host[d]) ||
	       (strip->all[d] && strip->all[d] >= peer->all[d]);
}

#endif
