// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl exec: gives itself a context, prints it, and becomes the command, which inherits it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <libcauseway.h>

#include "../args.h"
#include "../fail.h"
#include "../parse.h"
#include "commands.h"

enum {
	ARG_TRACEPARENT,
	ARG_CLASS,
	ARG_UNSAMPLED,
	ARG_PRINT,
};

static const struct cw_option exec_options[] = {
	[ARG_TRACEPARENT] = { "--traceparent", "TRACEPARENT",
			      "go on with this context; default: a new one", false },
	[ARG_CLASS] = { "--class", "N", "class of the context, 0 to 7; default 0", false },
	[ARG_UNSAMPLED] = { "--unsampled", NULL, "carry the context, but record no events", false },
	[ARG_PRINT] = { "--print", "FILE", "write the traceparent to this file, not to stderr",
			false },
	{ NULL, NULL, NULL, false },
};

struct request {
	struct cw_task_context context;
	bool given;
	bool unsampled;
	const char *print;
};

static int option_take(struct request *request, int arg, char *value)
{
	switch (arg) {
	case ARG_TRACEPARENT:
		request->given = true;
		return cw_parse_traceparent(value, &request->context);
	case ARG_CLASS:
		return cw_parse_class(value, &request->context.class_id);
	case ARG_UNSAMPLED:
		request->unsampled = true;
		return CW_EXIT_OK;
	case ARG_PRINT:
		request->print = value;
		return CW_EXIT_OK;
	default:
		return cw_fail(CW_EXIT_USAGE, "write -- before the command",
			       "unexpected argument \"%s\"", value);
	}
}

static int request_read(struct cw_args *args, struct request *request)
{
	int arg, code;

	while ((arg = cw_args_next(args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		code = option_take(request, arg, args->value);
		if (code)
			return code;
	}
	if (args->next == args->argc)
		return cw_fail(CW_EXIT_USAGE, "dtctl exec -- CMD [ARGUMENT...]",
			       "a command is needed");
	return CW_EXIT_OK;
}

static int context_fill(struct request *request)
{
	struct cw_task_context *context = &request->context;

	while (!request->given && !context->span_id) {
		if (getrandom(context->trace_id, sizeof(context->trace_id), 0) < 0 ||
		    getrandom(&context->span_id, sizeof(context->span_id), 0) < 0)
			return cw_fail(CW_EXIT_REFUSED, NULL, "cannot get random numbers: %s",
				       strerror(errno));
		context->flags = CW_CONTEXT_SAMPLED;
	}
	if (request->unsampled)
		context->flags &= (uint8_t)~CW_CONTEXT_SAMPLED;
	return CW_EXIT_OK;
}

static int traceparent_print(const struct request *request)
{
	char text[CW_TRACEPARENT_SIZE];
	FILE *file;

	cw_traceparent_format(&request->context, text);
	if (!request->print) {
		fprintf(stderr, "%s\n", text);
		return CW_EXIT_OK;
	}
	file = fopen(request->print, "we");
	if (file && fprintf(file, "%s\n", text) > 0 && !fclose(file))
		return CW_EXIT_OK;
	return cw_fail(CW_EXIT_USAGE, NULL, "cannot write \"%s\": %s", request->print,
		       strerror(errno));
}

static int context_take(const struct request *request)
{
	struct cw_handle *handle;
	int code = cw_cli_connect(&handle);
	int error;

	if (code)
		return code;
	error = cw_context_set(handle, &request->context);
	if (error)
		code = cw_cli_refused(handle, error, "set the context");
	cw_handle_close(handle);
	return code;
}

static int exec_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct request request = { 0 };
	int code = request_read(&args, &request);

	if (!code)
		code = context_fill(&request);
	if (!code)
		code = context_take(&request);
	if (!code)
		code = traceparent_print(&request);
	if (code)
		return code;
	execvp(argv[args.next], argv + args.next);
	/* A shell has the same codes, so scripts can tell them from the command's own. */
	code = errno == ENOENT ? 127 : 126;
	cw_fail(CW_EXIT_USAGE, "check name and permissions", "cannot run \"%s\": %s",
		argv[args.next], strerror(errno));
	return code;
}

const struct cw_command cw_cmd_exec = {
	.object = "exec",
	.words = "-- CMD [ARGUMENT...]",
	.description = "run a command in a context of its own and print its traceparent",
	.options = exec_options,
	.run = exec_main,
};
