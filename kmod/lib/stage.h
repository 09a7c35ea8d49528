/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of all stages of enum cw_stage with their names.  The module's TRACE_EVENTs are made of
 * it, and so are the names that the tools print and take.  Pure; any context.
 */
#ifndef CW_STAGE_H
#define CW_STAGE_H

#include "../../uapi/causeway.h"

/* Expands to a statement X(NAME, name) for each stage: CW_STAGE_NAME, and its name in texts. */
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
