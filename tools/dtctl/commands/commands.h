/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands that the files of this directory and help.c define, for the table.
 */
#ifndef CW_COMMANDS_H
#define CW_COMMANDS_H

#include "../dtctl.h"

extern const struct cw_command cw_cmd_load;
extern const struct cw_command cw_cmd_unload;
extern const struct cw_command cw_cmd_status;
extern const struct cw_command cw_cmd_policy_add;
extern const struct cw_command cw_cmd_policy_del;
extern const struct cw_command cw_cmd_policy_list;
extern const struct cw_command cw_cmd_policy_pause;
extern const struct cw_command cw_cmd_policy_resume;
extern const struct cw_command cw_cmd_carrier_on;
extern const struct cw_command cw_cmd_carrier_off;
extern const struct cw_command cw_cmd_exec;
extern const struct cw_command cw_cmd_context_get;
extern const struct cw_command cw_cmd_context_set;
extern const struct cw_command cw_cmd_context_clear;
extern const struct cw_command cw_cmd_context_list;
extern const struct cw_command cw_cmd_socket_list;
extern const struct cw_command cw_cmd_session_list;
extern const struct cw_command cw_cmd_netns_list;
extern const struct cw_command cw_cmd_monitor;
extern const struct cw_command cw_cmd_record;
extern const struct cw_command cw_cmd_report;
extern const struct cw_command cw_cmd_trace;
extern const struct cw_command cw_cmd_top;
extern const struct cw_command cw_cmd_help;

#endif
