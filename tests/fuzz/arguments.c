// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the command line of dtctl.  The first byte of the input chooses: a value (a
 * number, ratio, duration, prefix, ...), whose text is the rest; or a command of the
 * table, whose arguments the rest is, a line each.  There is no module here: a command
 * whose arguments are right gets as far as looking for it.  Those that run programs, load
 * modules or write files before that are left to tests/cli.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/dtctl/parse.h"
#include "../../tools/dtctl/parse_net.h"
#include "command.h"

#define WORDS 24

/* --- values ----------------------------------------------------------------------------- */

static void value_number(const char *text)
{
	uint64_t least = strlen(text), number;

	if (!cw_parse_number("number", text, least, least + 1000, &number))
		FUZZ_MUST(number >= least && number <= least + 1000);
}

static void value_port(const char *text)
{
	uint16_t port;

	if (!cw_parse_port(text, &port))
		FUZZ_MUST(port == strtoul(text, NULL, 10) && port);
}

static void value_tid(const char *text)
{
	uint32_t tid;

	if (!cw_parse_tid(text, &tid))
		FUZZ_MUST(tid == strtoul(text, NULL, 10) && tid && tid <= 1 << 22);
}

static void value_class(const char *text)
{
	uint8_t class;

	if (!cw_parse_class(text, &class))
		FUZZ_MUST(class < 8);
}

static void value_ratio(const char *text)
{
	uint32_t ratio;

	if (!cw_parse_ratio(text, &ratio))
		FUZZ_MUST(ratio <= CW_RATIO_ONE);
}

static void value_rate(const char *text)
{
	uint32_t rate;

	if (!cw_parse_rate(text, &rate))
		FUZZ_MUST(rate && rate == strtoull(text, NULL, 10));
}

static void value_duration(const char *text)
{
	uint64_t milliseconds;

	if (!cw_parse_duration(text, &milliseconds))
		FUZZ_MUST(milliseconds && milliseconds <= 3200000000000ULL);
}

static void value_stages(const char *text)
{
	uint32_t stages;

	if (!cw_parse_stages(text, &stages))
		FUZZ_MUST(stages && !(stages >> (CW_STAGE_MAX + 1)) && !(stages & 1));
}

/* A prefix that was parsed is written as text that is parsed as the same prefix. */
static void value_prefix(const char *text)
{
	struct cw_prefix prefix, again;
	char written[CW_PREFIX_SIZE];

	if (cw_parse_prefix(text, &prefix))
		return;
	FUZZ_MUST(!prefix.family || prefix.family == AF_INET || prefix.family == AF_INET6);
	FUZZ_MUST(prefix.length <= (prefix.family == AF_INET ? 32 : 128));
	cw_prefix_format(&prefix, written);
	FUZZ_MUST(!cw_parse_prefix(written, &again));
	FUZZ_MUST(!memcmp(&prefix, &again, sizeof(prefix)));
}

static void value_trace_id(const char *text)
{
	char written[CW_TRACE_ID_SIZE];
	uint8_t id[CW_TRACE_ID_LEN];

	if (cw_parse_trace_id(text, id))
		return;
	cw_trace_id_format(id, written);
	FUZZ_MUST(!strcmp(written, text));
}

static void value_traceparent(const char *text)
{
	struct cw_task_context context = { 0 }, again = { 0 };
	char written[CW_TRACEPARENT_SIZE];

	if (cw_parse_traceparent(text, &context))
		return;
	cw_traceparent_format(&context, written);
	FUZZ_MUST(!memcmp(written + 3, text + 3, CW_TRACE_ID_SIZE + 16));
	FUZZ_MUST(!cw_parse_traceparent(written, &again));
	FUZZ_MUST(again.span_id == context.span_id && again.flags == context.flags &&
		  !memcmp(again.trace_id, context.trace_id, sizeof(again.trace_id)));
}

/* Only names and numbers are tried: a path would be opened, whatever file that is. */
static void value_netns(const char *text)
{
	int fd;

	if (!strchr(text, '/') && !cw_parse_netns(text, &fd))
		FUZZ_MUST(!close(fd));
}

static void value_cgroup(const char *text)
{
	uint64_t id;

	if (!cw_parse_cgroup(text, &id))
		FUZZ_MUST(id);
}

typedef void (*value_check)(const char *text);

static const value_check VALUES[] = {
	value_number, value_port,   value_tid,	       value_class,  value_ratio,
	value_rate,   value_stages, value_duration,    value_prefix, value_trace_id,
	value_netns,  value_cgroup, value_traceparent,
};
#define VALUE_COUNT (sizeof(VALUES) / sizeof(*VALUES))

/* --- commands --------------------------------------------------------------------------- */

static bool is_harmless(const struct cw_command *command)
{
	static const char *const OTHERS[] = { "load", "unload", "exec", "record" };

	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(*OTHERS); i++)
		if (!strcmp(command->object, OTHERS[i]))
			return false;
	return true;
}

/*
 * A command with right arguments ends since there is no module; one with wrong arguments complains.
 * The output of both goes nowhere.
 */
static void find_and_run(int argc, char **argv, bool json)
{
	FILE *out = stdout, *err = stderr;
	const struct cw_command *command;
	int used = 0, code;

	stdout = stderr = nowhere();
	command = cw_command_find(argc, argv, &used);
	if (command && is_harmless(command)) {
		code = command_run(command, argc - used, argv + used, json);
		FUZZ_MUST(code == CW_EXIT_OK || code == CW_EXIT_USAGE || code == CW_EXIT_ABSENT);
	}
	stdout = out;
	stderr = err;
}

/* Leaves out words that name a file, so that no command reads one. */
static void check_command(char *text, bool json)
{
	char *word[WORDS + 1], *rest = NULL;
	int words = 0;

	for (char *next = strtok_r(text, "\n", &rest); next && words < WORDS;
	     next = strtok_r(NULL, "\n", &rest))
		if (access(next, F_OK))
			word[words++] = next;
	word[words] = NULL;
	if (words)
		find_and_run(words, word, json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size || size > 8192)
		return 0;
	text = malloc(size);
	FUZZ_MUST(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 32 < VALUE_COUNT)
		VALUES[data[0] % 32](text);
	else
		check_command(text, data[0] / 32 & 1);
	free(text);
	return 0;
}
