// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl context get, set, clear, list: the contexts that tasks hold.  Without a thread id, a
 * command means the process that runs dtctl, as a rule a shell.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../args.h"
#include "../fail.h"
#include "../parse.h"
#include "../show/print.h"
#include "commands.h"
#include "list.h"

static void context_print(struct cw_print *print, const struct cw_task_context *context)
{
	static const char *const kinds[] = {
		[0] = "unknown",
		[CW_CONTEXT_READ] = "read",
		[CW_CONTEXT_EXPLICIT] = "explicit",
		[CW_CONTEXT_INHERITED] = "inherited",
	};
	const char *kind = kinds[context->kind <= CW_CONTEXT_INHERITED ? context->kind : 0];
	char traceparent[CW_TRACEPARENT_SIZE];

	cw_traceparent_format(context, traceparent);
	cw_print_object(print, NULL);
	cw_print_number(print, "tid", context->tid, "%u:", context->tid);
	cw_print_string(print, "traceparent", traceparent, " %s", traceparent);
	cw_print_bool(print, "sampled", context->flags & CW_CONTEXT_SAMPLED, CW_JSON_ONLY);
	cw_print_number(print, "class", context->class_id, " class %u", context->class_id);
	cw_print_string(print, "kind", kind, " %s\n", kind);
	cw_print_end(print);
}

/* The words of a command: none, one or two, each once. */
struct words {
	char *word[2];
	int count;
};

static int words_read(int argc, char **argv, struct cw_cli *cli, int most, struct words *out)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	int arg;

	memset(out, 0, sizeof(*out));
	while ((arg = cw_args_next(&args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		if (out->count == most)
			return cw_fail(CW_EXIT_USAGE, "see the command's -h",
				       "unexpected argument \"%s\"", args.value);
		out->word[out->count++] = args.value;
	}
	return CW_EXIT_OK;
}

static int context_show(struct cw_handle *handle, uint32_t tid, struct cw_cli *cli)
{
	struct cw_task_context context = { 0 };
	int error = cw_context_get(handle, tid, &context);

	if (error == -ENODATA) {
		cw_print_text(cli->print, "no context\n");
		/* In JSON, an empty object stands for it. */
		cw_print_object(cli->print, NULL);
		cw_print_end(cli->print);
		return CW_EXIT_OK;
	}
	if (error)
		return cw_cli_refused(handle, error, "get the context");
	context_print(cli->print, &context);
	return CW_EXIT_OK;
}

/* A context of dtctl itself would end with dtctl. */
static uint32_t caller_tid(void)
{
	return (uint32_t)getppid();
}

static int context_get_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_handle *handle;
	struct words words;
	uint32_t tid = caller_tid();
	int code = words_read(argc, argv, cli, 1, &words);

	if (!code && words.count)
		code = cw_parse_tid(words.word[0], &tid);
	if (!code)
		code = cw_cli_connect(&handle);
	if (code)
		return code;
	code = context_show(handle, tid, cli);
	cw_handle_close(handle);
	return code;
}

static int context_set_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_task_context context = { .tid = caller_tid() };
	struct cw_handle *handle;
	struct words words;
	int code = words_read(argc, argv, cli, 2, &words);
	int error;

	if (code)
		return code;
	if (!words.count)
		return cw_fail(CW_EXIT_USAGE, "dtctl context set [TID] TRACEPARENT",
			       "a traceparent is needed");
	if (words.count == 2 && cw_parse_tid(words.word[0], &context.tid))
		return CW_EXIT_USAGE;
	if (cw_parse_traceparent(words.word[words.count - 1], &context))
		return CW_EXIT_USAGE;
	code = cw_cli_connect(&handle);
	if (code)
		return code;
	error = cw_context_set(handle, &context);
	if (error)
		code = cw_cli_refused(handle, error, "set the context");
	cw_handle_close(handle);
	return code;
}

static int context_clear_main(int argc, char **argv, struct cw_cli *cli)
{
	uint32_t tid = caller_tid();
	struct cw_handle *handle;
	struct words words;
	int code = words_read(argc, argv, cli, 1, &words);
	int error;

	if (!code && words.count)
		code = cw_parse_tid(words.word[0], &tid);
	if (!code)
		code = cw_cli_connect(&handle);
	if (code)
		return code;
	error = cw_context_clear(handle, tid);
	if (error)
		code = cw_cli_refused(handle, error, "clear the context");
	cw_handle_close(handle);
	return code;
}

static int on_context(const struct cw_task_context *context, void *data)
{
	context_print(((struct cw_listing *)data)->print, context);
	return 0;
}

static int context_dump(struct cw_handle *handle, struct cw_listing *listing)
{
	return cw_context_dump(handle, on_context, listing);
}

static int context_list_main(int argc, char **argv, struct cw_cli *cli)
{
	return cw_list_main(argc, argv, cli, "contexts", context_dump);
}

const struct cw_command cw_cmd_context_get = {
	.object = "context",
	.verb = "get",
	.words = "[TID]",
	.description = "show the context of a thread; default: the shell that runs dtctl",
	.run = context_get_main,
};

const struct cw_command cw_cmd_context_set = {
	.object = "context",
	.verb = "set",
	.words = "[TID] TRACEPARENT",
	.description = "give a thread a context; default: the shell that runs dtctl",
	.run = context_set_main,
};

const struct cw_command cw_cmd_context_clear = {
	.object = "context",
	.verb = "clear",
	.words = "[TID]",
	.description = "take a thread's context away; default: that of the shell that runs dtctl",
	.run = context_clear_main,
};

const struct cw_command cw_cmd_context_list = {
	.object = "context",
	.verb = "list",
	.description = "show all threads that hold a context",
	.run = context_list_main,
};
