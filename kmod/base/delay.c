// SPDX-License-Identifier: GPL-2.0
/*
 * Delays at critical windows, for tests.  Any context; compiled only by "make modules-delay".
 */
#ifdef CW_DELAY
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "base/delay.h"

static unsigned int delay_ms[CW_DELAY_POINTS];
module_param_array(delay_ms, uint, NULL, 0644);
MODULE_PARM_DESC(delay_ms, "ms to wait at each point of enum cw_delay_point (0)");

static char delay_comm[TASK_COMM_LEN];
module_param_string(delay_comm, delay_comm, sizeof(delay_comm), 0644);
MODULE_PARM_DESC(delay_comm, "only while a thread of this name runs (any)");

void cw_delay(enum cw_delay_point point)
{
	unsigned int ms = READ_ONCE(delay_ms[point]);

	if (ms && (!*delay_comm || !strcmp(delay_comm, current->comm)))
		mdelay(ms);
}
#endif
