/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How closely peer rules and strip rules name an address, and which of the two kinds decides.
 * Pure; any context.
 */
#ifndef CW_CLAIM_H
#define CW_CLAIM_H

#include "port.h"
#include "../../uapi/causeway.h"

/**
 * struct cw_claim - how closely rules of one kind name an address
 * @host: the closest rule of the host's administrator, by direction; 0: there is none
 * @all: the closest rule of any administrator, by direction; 0: there is none
 *
 * A greater number is closer; an index is the number of the bit in CW_DIRECTION_*.
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
 * @port: the rule names the port, too, which weighs less than one more bit of the address
 * @host: the host's administrator made the rule
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
 * cw_claim_outweighs() - do strip rules decide rather than peer rules
 * @strip: claim of the strip rules
 * @peer: claim of the peer rules
 * @direction: CW_DIRECTION_SEND or CW_DIRECTION_ACCEPT
 *
 * If both are equally close the strip rule decides.  A strip rule of the host's administrator
 * yields only to peer rules of the host's administrator.
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
