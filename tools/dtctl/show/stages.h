/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One message of a trace, stage by stage.  One thread.
 */
#ifndef CW_STAGES_H
#define CW_STAGES_H

#include "waterfall.h"

/**
 * cw_stages_draw() - list a message's stages and name each gap between them
 */
void cw_stages_draw(const struct cw_waterfall *waterfall, const struct cw_trace *trace,
		    const struct cw_message *message);

/**
 * cw_stages_width() - columns of the widest label of a pair of stages
 */
unsigned int cw_stages_width(const struct cw_hosts *hosts, const struct cw_trace *trace);

#endif
