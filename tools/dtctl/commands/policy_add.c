// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl policy add: makes a rule from the words of the command line.
 */
#include <string.h>
#include <unistd.h>

#include <libcauseway.h>

#include "../args.h"
#include "../fail.h"
#include "../parse.h"
#include "../parse_net.h"
#include "../show/print.h"
#include "commands.h"

enum {
	ARG_SERVER,
	ARG_CLIENT,
	ARG_PORT,
	ARG_PREFIX,
	ARG_COMM,
	ARG_CGROUP,
	ARG_RATIO,
	ARG_RATE,
	ARG_CLASS,
	ARG_DIRECTION,
	ARG_MARK,
	ARG_OBI,
	ARG_NETNS,
	ARG_ALL_NETNS,
};

static const struct cw_option add_options[] = {
	[ARG_SERVER] = { "server", NULL, "root: requests that are read on accepted connections",
			 false },
	[ARG_CLIENT] = { "client", NULL,
			 "root: requests that are written on connections that were opened here",
			 false },
	[ARG_PORT] = { "port", "PORT", "port of the service", false },
	[ARG_PREFIX] = { "prefix", "PREFIX|any", "remote address: 10.1.0.0/16, fd00::/8, 10.1.2.3",
			 false },
	[ARG_COMM] = { "comm", "NAME", "root: name of the thread", false },
	[ARG_CGROUP] = { "cgroup", "PATH", "root: a cgroup and those below it", false },
	[ARG_RATIO] = { "ratio", "RATIO", "root: share of the requests: 1%, 0.01, 1/100", false },
	[ARG_RATE] = { "rate", "RATE", "root: traces a second at most: 100/s", false },
	[ARG_CLASS] = { "class", "N", "root: class of the traces, 0 to 7", false },
	[ARG_DIRECTION] = { "direction", "send|accept|both",
			    "peer, strip: direction of the contexts; default both", false },
	[ARG_MARK] = { "mark", "first|every",
		       "peer: segments of a message that carry its context; default first", false },
	[ARG_OBI] = { "obi", "on|off",
		      "peer, strip: concerns also contexts that OpenTelemetry OBI sent", false },
	[ARG_NETNS] = { "netns", "NETNS",
			"the rule's namespace: name, path or process id; default: the caller's",
			false },
	[ARG_ALL_NETNS] = { "all-netns", NULL, "the rule concerns all namespaces", false },
	{ NULL, NULL, NULL, false },
};

#define BIT(n) ((uint64_t)1 << (n))
#define ROOT_ONLY                                                                               \
	(BIT(ARG_SERVER) | BIT(ARG_CLIENT) | BIT(ARG_COMM) | BIT(ARG_CGROUP) | BIT(ARG_RATIO) | \
	 BIT(ARG_RATE) | BIT(ARG_CLASS))
#define EDGE_ONLY (BIT(ARG_DIRECTION) | BIT(ARG_OBI))
#define PEER_ONLY BIT(ARG_MARK)

static const char *const kinds[] = { "root", "peer", "strip" };

/* The rule so far; in peer and strip rules a prefix may stand without its keyword. */
struct draft {
	struct cw_policy policy;
	bool kind_known;
	bool prefix_known;
};

/* Finds @text among the words between bars; @choice counts from 0. */
static int choice_read(const char *name, const char *choices, const char *text, int *choice)
{
	const char *word = choices;

	for (*choice = 0;; (*choice)++) {
		size_t length = strcspn(word, "|");

		if (strlen(text) == length && !strncmp(word, text, length))
			return CW_EXIT_OK;
		if (!word[length])
			return cw_fail(CW_EXIT_USAGE, NULL, "%s \"%s\" is not one of %s", name,
				       text, choices);
		word += length + 1;
	}
}

static int prefix_take(struct draft *draft, const char *text)
{
	struct cw_prefix prefix;

	if (draft->prefix_known)
		return cw_fail(CW_EXIT_USAGE, "one rule has one prefix: add a rule for each",
			       "a second prefix \"%s\" is given", text);
	if (cw_parse_prefix(text, &prefix))
		return CW_EXIT_USAGE;
	draft->prefix_known = true;
	draft->policy.family = prefix.family;
	draft->policy.prefix_len = prefix.length;
	memcpy(draft->policy.prefix, prefix.bytes, sizeof(prefix.bytes));
	return CW_EXIT_OK;
}

static int word_take(struct draft *draft, const char *word)
{
	int kind;

	if (draft->kind_known && draft->policy.kind != CW_RULE_ROOT)
		return prefix_take(draft, word);
	if (draft->kind_known)
		return cw_fail(CW_EXIT_USAGE, "dtctl policy add -h lists the keywords",
			       "unexpected argument \"%s\"", word);
	if (choice_read("kind of rule", "root|peer|strip", word, &kind))
		return CW_EXIT_USAGE;
	draft->kind_known = true;
	draft->policy.kind = (uint8_t)(CW_RULE_ROOT + kind);
	return CW_EXIT_OK;
}

static int comm_take(struct cw_policy *policy, const char *text)
{
	if (!*text || strlen(text) >= sizeof(policy->comm))
		return cw_fail(CW_EXIT_USAGE, "write 1 to 15 bytes, as in /proc/PID/comm",
			       "comm \"%s\" is not valid", text);
	strcpy(policy->comm, text);
	return CW_EXIT_OK;
}

static int peer_take(struct cw_policy *policy, int arg, const char *value)
{
	const struct cw_option *option = &add_options[arg];
	int choice;

	if (choice_read(option->name, option->value, value, &choice))
		return CW_EXIT_USAGE;
	if (arg == ARG_DIRECTION)
		policy->direction = (uint8_t)(CW_DIRECTION_SEND + choice);
	else if (arg == ARG_MARK && choice)
		policy->flags |= CW_PEER_MARK_EVERY;
	else if (arg == ARG_OBI && !choice)
		policy->flags |= CW_PEER_ACCEPT_OBI;
	return CW_EXIT_OK;
}

static int option_take(struct draft *draft, int arg, const char *value)
{
	struct cw_policy *policy = &draft->policy;

	switch (arg) {
	case ARG_SERVER:
		policy->side = CW_SIDE_SERVER;
		return CW_EXIT_OK;
	case ARG_CLIENT:
		policy->side = CW_SIDE_CLIENT;
		return CW_EXIT_OK;
	case ARG_PORT:
		return cw_parse_port(value, &policy->port);
	case ARG_PREFIX:
		return prefix_take(draft, value);
	case ARG_COMM:
		return comm_take(policy, value);
	case ARG_CGROUP:
		return cw_parse_cgroup(value, &policy->cgroup);
	case ARG_RATIO:
		return cw_parse_ratio(value, &policy->ratio);
	case ARG_RATE:
		return cw_parse_rate(value, &policy->rate);
	case ARG_CLASS:
		return cw_parse_class(value, &policy->class_id);
	case ARG_NETNS:
		return cw_parse_netns(value, &policy->netns_fd);
	case ARG_ALL_NETNS:
		policy->all_netns = true;
		return CW_EXIT_OK;
	default:
		return peer_take(policy, arg, value);
	}
}

static uint64_t excluded_keywords(uint8_t kind)
{
	if (kind == CW_RULE_ROOT)
		return EDGE_ONLY | PEER_ONLY;
	return kind == CW_RULE_PEER ? ROOT_ONLY : ROOT_ONLY | PEER_ONLY;
}

static int prefix_check(const struct draft *draft, const char *kind)
{
	const char *remedy = "name the addresses that may see contexts: a prefix, or any";

	if (draft->policy.kind == CW_RULE_ROOT || draft->prefix_known)
		return CW_EXIT_OK;
	if (draft->policy.kind == CW_RULE_STRIP)
		remedy = "name the addresses that no context passes from or to: a prefix, or any";
	return cw_fail(CW_EXIT_USAGE, remedy, "a %s rule needs a prefix", kind);
}

/* Checks for keywords that do not go together; each one alone is valid. */
static int draft_check(const struct draft *draft, uint64_t seen)
{
	const char *kind = kinds[draft->policy.kind - CW_RULE_ROOT];
	uint64_t wrong = seen & excluded_keywords(draft->policy.kind);

	if (!draft->kind_known)
		return cw_fail(CW_EXIT_USAGE,
			       "dtctl policy add root ..., or peer ..., or strip ...",
			       "the kind of rule is missing");
	for (int i = 0; add_options[i].name; i++)
		if (wrong & BIT(i))
			return cw_fail(CW_EXIT_USAGE, "leave it out",
				       "\"%s\" has no meaning in a %s rule", add_options[i].name,
				       kind);
	if (prefix_check(draft, kind))
		return CW_EXIT_USAGE;
	if (seen & BIT(ARG_NETNS) && seen & BIT(ARG_ALL_NETNS))
		return cw_fail(CW_EXIT_USAGE, "leave one of them out",
			       "netns and all-netns exclude each other");
	if (seen & BIT(ARG_SERVER) && seen & BIT(ARG_CLIENT))
		return cw_fail(CW_EXIT_USAGE, "leave both out for both sides",
			       "server and client exclude each other");
	return CW_EXIT_OK;
}

static int draft_read(int argc, char **argv, const struct cw_cli *cli, struct draft *draft)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	int arg, code;

	while ((arg = cw_args_next(&args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		code = arg == CW_ARG_WORD ? word_take(draft, args.value) :
					    option_take(draft, arg, args.value);
		if (code)
			return code;
	}
	if (args.next < args.argc)
		return cw_fail(CW_EXIT_USAGE, NULL, "unexpected argument \"%s\"",
			       args.argv[args.next]);
	return draft_check(draft, args.seen);
}

static int policy_send(const struct cw_policy *policy, struct cw_cli *cli)
{
	struct cw_handle *handle;
	int code = cw_cli_connect(&handle);
	uint32_t id;
	int error;

	if (code)
		return code;
	error = cw_policy_add(handle, policy, &id);
	if (error) {
		code = cw_cli_refused(handle, error, "add the rule");
	} else {
		cw_print_object(cli->print, NULL);
		cw_print_number(cli->print, "id", id, "%u\n", id);
		cw_print_end(cli->print);
	}
	cw_handle_close(handle);
	return code;
}

static int policy_add_main(int argc, char **argv, struct cw_cli *cli)
{
	struct draft draft = { 0 };
	int code;

	cw_policy_init(&draft.policy, CW_RULE_ROOT);
	code = draft_read(argc, argv, cli, &draft);
	if (!code)
		code = policy_send(&draft.policy, cli);
	if (draft.policy.netns_fd >= 0)
		close(draft.policy.netns_fd);
	return code;
}

const struct cw_command cw_cmd_policy_add = {
	.object = "policy",
	.verb = "add",
	.words = "root|peer|strip [PREFIX|any] [KEYWORD...]",
	.description =
		"add a rule: traffic that begins traces (root), addresses that may see contexts "
		"(peer), addresses that no context passes from or to (strip)",
	.options = add_options,
	.run = policy_add_main,
};
