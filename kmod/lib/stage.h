/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of stages: each one of enum cw_stage by its name.  The module's TRACE_EVENTs and the
 * tools' names are made from it.
 */
#ifndef CW_STAGE_H
#define CW_STAGE_H

#include "../../uapi/causeway.h"

/* X(NAME, name), a statement for each: CW_STAGE_NAME, and how people and TRACE_EVENTs call it. */
#define CW_STAGES(X)                                                                     \
	X(SEND, send);                                                                  \
	X(TCP_OUT, tcp_out);                                                            \
	X(DEV_QUEUE, dev_queue);                                                        \
	X(DEV_XMIT, dev_xmit);                                                          \
	X(DEV_RX, dev_rx);                                                              \
	X(TCP_IN, tcp_in);                                                              \
	X(RECV, recv);                                                                  \
	X(RETRANSMIT, retransmit);                                                      \
	X(DEV_DEQUEUE, dev_dequeue);                                                    \
	X(DEV_ARRIVE, dev_arrive);                                                      \
	X(READY, ready);                                                                \
	X(WAKE, wake);                                                                  \
	X(DROP, drop)

#endif
