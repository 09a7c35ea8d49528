// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl load and unload: load and unload the module by libkmod, and say why where that
 * fails.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libkmod.h>

#include "../args.h"
#include "../fail.h"
#include "commands.h"

#define MODULE "causeway"

static bool lockdown_is_on(void)
{
	char text[80] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return text[0] && !strstr(text, "[none]");
}

static int permission_fail(void)
{
	if (geteuid())
		return cw_fail(CW_EXIT_REFUSED, "run it as root: sudo dtctl ...",
			       "modules can be loaded and unloaded by root only");
	if (lockdown_is_on())
		return cw_fail(CW_EXIT_REFUSED,
			       "sign the module with a key that the kernel trusts (mokutil "
			       "--import), or switch Secure Boot off",
			       "the kernel is locked down and takes signed modules only");
	return cw_fail(CW_EXIT_REFUSED,
		       "run it on the host, not in a container; if kernel.modules_disabled is set, "
		       "boot again",
		       "the kernel does not permit it, although you are root");
}

static int load_fail(int error, const char *what)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return permission_fail();
	case ENOENT:
		return cw_fail(
			CW_EXIT_REFUSED,
			"install it for this kernel (make dkms), or name it: dtctl load --file "
			"causeway.ko",
			"there is no module \"%s\" for the running kernel", what);
	case ENOEXEC:
		return cw_fail(
			CW_EXIT_REFUSED,
			"build it against the headers of the running kernel (uname -r); dmesg "
			"says more",
			"\"%s\" is not a module for the running kernel", what);
	case ENOKEY:
	case EKEYREJECTED:
	case EBADMSG:
		return cw_fail(CW_EXIT_REFUSED,
			       "sign it with a key that the kernel trusts, see mokutil(1)",
			       "the kernel does not accept the signature of \"%s\"", what);
	default:
		return cw_fail(CW_EXIT_REFUSED, "the kernel log says more: dmesg",
			       "cannot load \"%s\": %s", what, strerror(-error));
	}
}

/* A module from a file needs its dependencies first; a section of the file names them. */
static int depends_load(struct kmod_ctx *ctx, struct kmod_module *module)
{
	struct kmod_list *info = NULL, *entry;
	char *names, *name, *rest = NULL;
	int error = 0;

	if (kmod_module_get_info(module, &info) < 0)
		return 0;
	kmod_list_foreach(entry, info) {
		if (strcmp(kmod_module_info_get_key(entry), "depends"))
			continue;
		names = strdup(kmod_module_info_get_value(entry));
		for (name = names ? strtok_r(names, ",", &rest) : NULL; name && !error;
		     name = strtok_r(NULL, ",", &rest)) {
			struct kmod_module *needed = NULL;

			error = kmod_module_new_from_name(ctx, name, &needed);
			if (!error)
				error = kmod_module_probe_insert_module(needed, 0, NULL, NULL, NULL,
									NULL);
			kmod_module_unref(needed);
		}
		free(names);
	}
	kmod_module_info_free_list(info);
	return error;
}

static int file_load(struct kmod_ctx *ctx, const char *path)
{
	struct kmod_module *module = NULL;
	int error;

	if (access(path, R_OK))
		return cw_fail(CW_EXIT_USAGE, "build it first: make modules",
			       "cannot read \"%s\": %s", path, strerror(errno));
	error = kmod_module_new_from_path(ctx, path, &module);
	if (!error)
		error = depends_load(ctx, module);
	if (!error)
		error = kmod_module_insert_module(module, 0, NULL);
	kmod_module_unref(module);
	return error == -EEXIST ? 0 : error ? load_fail(error, path) : 0;
}

static int installed_load(struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL;
	struct kmod_module *module;
	int error = kmod_module_new_from_lookup(ctx, MODULE, &list);

	if (error >= 0 && !list)
		error = -ENOENT;
	if (error >= 0) {
		module = kmod_module_get_module(list);
		error = kmod_module_probe_insert_module(module, 0, NULL, NULL, NULL, NULL);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return error < 0 ? load_fail(error, MODULE) : 0;
}

static bool is_loaded(void)
{
	return !access("/sys/module/" MODULE, F_OK);
}

/* Drops the library's own messages: cw_fail() reports each error. */
static void library_log(void *data, int priority, const char *file, int line, const char *function,
			const char *format, va_list list)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)function;
	(void)format;
	(void)list;
}

static struct kmod_ctx *kmod_open(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);

	if (ctx)
		kmod_set_log_fn(ctx, library_log, NULL);
	else
		cw_fail(CW_EXIT_REFUSED, NULL, "cannot set up libkmod");
	return ctx;
}

static const struct cw_option load_options[] = {
	{ "--file", "FILE", "load this causeway.ko; default: the installed one", false },
	{ NULL, NULL, NULL, false },
};

static int load_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	const char *file = NULL;
	struct kmod_ctx *ctx;
	int arg, code;

	while ((arg = cw_args_next(&args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		file = args.value;
	}
	if (is_loaded()) {
		fputs("dtctl: the module is loaded already\n", stderr);
		return CW_EXIT_OK;
	}
	ctx = kmod_open();
	if (!ctx)
		return CW_EXIT_REFUSED;
	code = file ? file_load(ctx, file) : installed_load(ctx);
	kmod_unref(ctx);
	return code;
}

static int unload_fail(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return permission_fail();
	case EBUSY:
	case EAGAIN:
		return cw_fail(CW_EXIT_REFUSED,
			       "end what uses it (dtctl session list; lsmod), then try again",
			       "the module is in use");
	case ENOENT:
		return cw_fail(CW_EXIT_ABSENT, NULL, "the module is not loaded");
	default:
		return cw_fail(CW_EXIT_REFUSED, "the kernel log says more: dmesg",
			       "cannot unload the module: %s", strerror(-error));
	}
}

static int unload_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct kmod_module *module = NULL;
	struct kmod_ctx *ctx;
	int error;

	if (cw_args_next(&args) != CW_ARG_END)
		return CW_EXIT_USAGE;
	if (!is_loaded())
		return unload_fail(-ENOENT);
	ctx = kmod_open();
	if (!ctx)
		return CW_EXIT_REFUSED;
	error = kmod_module_new_from_name(ctx, MODULE, &module);
	if (!error)
		error = kmod_module_remove_module(module, 0);
	kmod_module_unref(module);
	kmod_unref(ctx);
	return error ? unload_fail(error) : CW_EXIT_OK;
}

const struct cw_command cw_cmd_load = {
	.object = "load",
	.description = "load the kernel module",
	.options = load_options,
	.run = load_main,
};

const struct cw_command cw_cmd_unload = {
	.object = "unload",
	.description = "unload the kernel module; connections live on",
	.run = unload_main,
};
