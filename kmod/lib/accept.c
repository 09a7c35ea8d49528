// SPDX-License-Identifier: GPL-2.0
/*
 * Decides whether TCP would take a segment.  Pure; any context, no lock.
 */
#include "accept.h"

#define KIND_EOL		0
#define KIND_NOP		1
#define KIND_TIMESTAMP		8
#define LENGTH_TIMESTAMP	10

/* Linux lets a timestamp be one tick older (TCP_PAWS_WINDOW). */
#define PAWS_WINDOW		1

static bool in_window(const struct cw_receiver *receiver, const struct cw_arrived *arrived)
{
	return !cw_before(arrived->seq + arrived->length, receiver->wup) &&
	       !cw_after(arrived->seq, receiver->end);
}

static bool timestamp_right(const struct cw_receiver *receiver, const struct cw_arrived *arrived)
{
	return !receiver->paws || !arrived->has_tsval ||
	       (s32)(receiver->tsval - arrived->tsval) <= PAWS_WINDOW;
}

static bool acknowledgement_right(const struct cw_receiver *receiver,
				  const struct cw_arrived *arrived)
{
	return arrived->has_ack && !cw_before(arrived->ack, receiver->una - receiver->old) &&
	       !cw_after(arrived->ack, receiver->written);
}

enum cw_acceptance cw_receiver_accepts(const struct cw_receiver *receiver,
				       const struct cw_arrived *arrived)
{
	if (!in_window(receiver, arrived))
		return CW_OUTSIDE_WINDOW;
	if (!timestamp_right(receiver, arrived) || !acknowledgement_right(receiver, arrived))
		return CW_UNACCEPTABLE;
	return CW_ACCEPTED;
}

bool cw_timestamp_find(const u8 *options, unsigned int length, u32 *tsval)
{
	unsigned int i = 0;

	while (i < length && options[i] != KIND_EOL) {
		if (options[i] == KIND_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= length || options[i + 1] < 2 || options[i + 1] > length - i)
			return false;
		if (options[i] == KIND_TIMESTAMP && options[i + 1] == LENGTH_TIMESTAMP) {
			*tsval = cw_get_be32(options + i + 2);
			return true;
		}
		i += options[i + 1];
	}
	return false;
}
