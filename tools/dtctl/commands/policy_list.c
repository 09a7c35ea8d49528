// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl policy list and del.  list shows a rule in the words that would add it.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "../args.h"
#include "../fail.h"
#include "../parse.h"
#include "../parse_net.h"
#include "../show/netns_name.h"
#include "../show/print.h"
#include "commands.h"
#include "list.h"

static void root_print(struct cw_print *print, const struct cw_policy *policy)
{
	static const char *const sides[] = { "", "client", "server", "any" };
	unsigned int side = policy->side <= CW_SIDE_ANY ? policy->side : 0;

	cw_print_string(print, "side", sides[side], "%s%s", side == CW_SIDE_ANY || !side ? "" : " ",
			side == CW_SIDE_ANY ? "" : sides[side]);
	if (policy->comm[0])
		cw_print_string(print, "comm", policy->comm, " comm %s", policy->comm);
	if (policy->cgroup)
		cw_print_number(print, "cgroup_id", (int64_t)policy->cgroup, " cgroup-id %" PRIu64,
				policy->cgroup);
	cw_print_number(print, "ratio_ppm", policy->ratio, CW_JSON_ONLY);
	if (policy->ratio != CW_RATIO_ONE)
		cw_print_text(print, " ratio %g%%", policy->ratio * 100.0 / CW_RATIO_ONE);
	if (policy->rate)
		cw_print_number(print, "rate", policy->rate, " rate %u/s", policy->rate);
	cw_print_number(print, "class", policy->class_id, CW_JSON_ONLY);
	if (policy->class_id)
		cw_print_text(print, " class %u", policy->class_id);
}

/* Prints the keywords of peer and strip rules. */
static void edge_print(struct cw_print *print, const struct cw_policy *policy)
{
	static const char *const directions[] = { "none", "send", "accept", "both" };
	const char *direction = directions[policy->direction & CW_DIRECTION_BOTH];
	bool every = policy->flags & CW_PEER_MARK_EVERY;
	bool obi = policy->flags & CW_PEER_ACCEPT_OBI;

	cw_print_string(print, "direction", direction, " direction %s", direction);
	if (policy->kind == CW_RULE_PEER)
		cw_print_string(print, "mark", every ? "every" : "first", "%s",
				every ? " mark every" : "");
	cw_print_bool(print, "obi", obi, "%s", obi ? " obi on" : "");
}

static void prefix_print(struct cw_print *print, const struct cw_policy *policy)
{
	struct cw_prefix prefix = { .family = policy->family, .length = policy->prefix_len };
	bool root = policy->kind == CW_RULE_ROOT;
	char text[CW_PREFIX_SIZE];

	memcpy(prefix.bytes, policy->prefix, sizeof(prefix.bytes));
	cw_prefix_format(&prefix, text);
	if (prefix.family || !root)
		cw_print_string(print, "prefix", text, "%s %s", root ? " prefix" : "", text);
}

static void policy_print(struct cw_print *print, const struct cw_policy *policy,
			 const struct cw_netns_names *names)
{
	static const char *const kinds[] = { "", "root", "peer", "strip" };
	const char *kind = policy->kind <= CW_RULE_STRIP ? kinds[policy->kind] : "unknown";
	const char *maker = policy->host ? "host" : "container";
	bool root = policy->kind == CW_RULE_ROOT;

	cw_print_object(print, NULL);
	cw_print_number(print, "id", policy->id, "%u:", policy->id);
	cw_print_string(print, "kind", kind, " %s", kind);
	if (root)
		root_print(print, policy);
	else
		prefix_print(print, policy);
	if (policy->port)
		cw_print_number(print, "port", policy->port, " port %u", policy->port);
	if (root)
		prefix_print(print, policy);
	else
		edge_print(print, policy);
	cw_print_bool(print, "all_netns", policy->all_netns, "%s",
		      policy->all_netns ? " all-netns" : "");
	if (!policy->all_netns)
		cw_netns_print(print, names, policy->netns_inum);
	cw_print_number(print, "matched", (int64_t)policy->matched, " matched %" PRIu64,
			policy->matched);
	cw_print_string(print, "made_by", maker, " made by %s\n", maker);
	cw_print_end(print);
}

static int on_policy(const struct cw_policy *policy, void *data)
{
	struct cw_listing *listing = data;

	policy_print(listing->print, policy, listing->names);
	return 0;
}

static int policies_dump(struct cw_handle *handle, struct cw_listing *listing)
{
	return cw_policy_dump(handle, on_policy, listing);
}

static int policy_list_main(int argc, char **argv, struct cw_cli *cli)
{
	return cw_list_main(argc, argv, cli, "rules", policies_dump);
}

/* Reads the one argument. Return: an exit code; @id 0 stands for all. */
static int id_read(int argc, char **argv, struct cw_cli *cli, uint32_t *id)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	uint64_t value = 0;
	int arg = cw_args_next(&args);

	if (arg == CW_ARG_ERROR)
		return CW_EXIT_USAGE;
	if (arg == CW_ARG_END)
		return cw_fail(CW_EXIT_USAGE,
			       "dtctl policy list shows the numbers; \"all\" deletes all rules",
			       "which rule is to be deleted?");
	if (strcmp(args.value, "all") && cw_parse_number("rule", args.value, 1, UINT32_MAX, &value))
		return CW_EXIT_USAGE;
	*id = (uint32_t)value;
	if (cw_args_next(&args) != CW_ARG_END)
		return cw_fail(CW_EXIT_USAGE, "delete one rule at a time, or all",
			       "unexpected argument \"%s\"", argv[args.next - 1]);
	return CW_EXIT_OK;
}

static int policy_del_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_handle *handle;
	uint32_t id = 0;
	int code = id_read(argc, argv, cli, &id);
	int error;

	if (!code)
		code = cw_cli_connect(&handle);
	if (code)
		return code;
	error = cw_policy_delete(handle, id);
	if (error)
		code = cw_cli_refused(handle, error, "delete the rule");
	cw_handle_close(handle);
	return code;
}

const struct cw_command cw_cmd_policy_list = {
	.object = "policy",
	.verb = "list",
	.description = "show the rules in force",
	.run = policy_list_main,
};

const struct cw_command cw_cmd_policy_del = {
	.object = "policy",
	.verb = "del",
	.words = "ID|all",
	.description = "delete a rule, or all of them",
	.run = policy_del_main,
};
