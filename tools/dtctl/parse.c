// SPDX-License-Identifier: GPL-2.0
/*
 * Plain values from the command line: numbers, ratios, durations, stages, ids, cgroups.
 */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "../correlate/gap.h"
#include "dtctl.h"
#include "fail.h"

/* Digits only: strtoull() alone would take signs, blanks and hexadecimal. */
static bool digits_read(const char *text, uint64_t *out, const char **end)
{
	char *stop;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*out = strtoull(text, &stop, 10);
	*end = stop;
	return !errno;
}

int cw_parse_number(const char *name, const char *text, uint64_t least, uint64_t most,
		    uint64_t *out)
{
	char remedy[80];
	const char *end;

	if (digits_read(text, out, &end) && !*end && *out >= least && *out <= most)
		return CW_EXIT_OK;
	snprintf(remedy, sizeof(remedy), "write a number from %" PRIu64 " to %" PRIu64, least,
		 most);
	return cw_fail(CW_EXIT_USAGE, remedy, "%s \"%s\" is not valid", name, text);
}

int cw_parse_port(const char *text, uint16_t *out)
{
	uint64_t value = 0;
	int code = cw_parse_number("port", text, 1, UINT16_MAX, &value);

	*out = (uint16_t)value;
	return code;
}

int cw_parse_tid(const char *text, uint32_t *out)
{
	uint64_t value = 0;
	/* PID_MAX_LIMIT */
	int code = cw_parse_number("thread id", text, 1, 1 << 22, &value);

	*out = (uint32_t)value;
	return code;
}

int cw_parse_class(const char *text, uint8_t *out)
{
	uint64_t value = 0;
	int code = cw_parse_number("class", text, 0, 7, &value);

	*out = (uint8_t)value;
	return code;
}

/* Reads a decimal number without sign, exponent or hexadecimal; @end is behind it. */
static bool decimal_read(const char *text, double *out, const char **end)
{
	size_t length = strspn(text, "0123456789.");
	char copy[32];
	char *stop;

	if (!length || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*out = strtod(copy, &stop);
	*end = text + length;
	return !*stop;
}

static bool ratio_read(const char *text, double *out)
{
	const char *end;
	double below;

	if (!decimal_read(text, out, &end))
		return false;
	if (!*end)
		return true;
	if (!strcmp(end, "%")) {
		*out /= 100;
		return true;
	}
	if (*end != '/' || !decimal_read(end + 1, &below, &end) || *end || below <= 0)
		return false;
	*out /= below;
	return true;
}

int cw_parse_ratio(const char *text, uint32_t *out)
{
	double ratio;

	if (!ratio_read(text, &ratio) || ratio > 1)
		return cw_fail(CW_EXIT_USAGE, "write 1%, 0.01 or 1/100; at most 100%",
			       "ratio \"%s\" is not valid", text);
	*out = (uint32_t)(ratio * CW_RATIO_ONE + 0.5);
	/* Zero itself is valid: such a rule keeps requests from the rules behind it. */
	if (!*out && ratio > 0)
		return cw_fail(CW_EXIT_USAGE, "the smallest ratio above 0 is 1/1000000",
			       "ratio \"%s\" is too small", text);
	return CW_EXIT_OK;
}

int cw_parse_rate(const char *text, uint32_t *out)
{
	const char *end;
	uint64_t value;

	if (!digits_read(text, &value, &end) || (*end && strcmp(end, "/s")) || !value ||
	    value > UINT32_MAX)
		return cw_fail(CW_EXIT_USAGE, "write a whole number above 0, such as 100/s",
			       "rate \"%s\" is not valid", text);
	*out = (uint32_t)value;
	return CW_EXIT_OK;
}

static double unit_milliseconds(const char *unit)
{
	static const struct {
		const char *name;
		double milliseconds;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].name))
			return units[i].milliseconds;
	return 0;
}

int cw_parse_duration(const char *text, uint64_t *out)
{
	const char *end = text;
	double value;

	*out = 0;
	/* A hundred years are enough, and fit. */
	if (decimal_read(text, &value, &end) && value * unit_milliseconds(end) < 3.2e12)
		*out = (uint64_t)(value * unit_milliseconds(end) + 0.5);
	if (*out)
		return CW_EXIT_OK;
	return cw_fail(CW_EXIT_USAGE, "write 10, 10s, 500ms, 2m or 1h",
		       "duration \"%s\" is not valid", text);
}

static unsigned int stage_find(const char *name, size_t length)
{
	for (unsigned int i = CW_STAGE_SEND; i <= CW_STAGE_MAX; i++) {
		const char *word = cw_stage_name((uint8_t)i);

		if (strlen(word) == length && !strncmp(word, name, length))
			return i;
	}
	return 0;
}

int cw_parse_stages(const char *text, uint32_t *out)
{
	const char *word = text;

	for (*out = 0;;) {
		size_t length = strcspn(word, ",");
		unsigned int stage = stage_find(word, length);

		if (!stage)
			return cw_fail(
				CW_EXIT_USAGE,
				"stages are send, tcp_out, dev_queue, dev_dequeue, dev_xmit, dev_arrive, dev_rx, "
				"tcp_in, ready, wake, recv, retransmit, drop",
				"stage \"%.*s\" is not known", (int)length, word);
		*out |= 1u << stage;
		if (!word[length])
			return CW_EXIT_OK;
		word += length + 1;
	}
}

int cw_parse_trace_id(const char *text, uint8_t out[CW_TRACE_ID_LEN])
{
	const char *wrong = cw_trace_id_parse(text, out);

	if (wrong)
		return cw_fail(CW_EXIT_USAGE, wrong, "trace id \"%s\" is not valid", text);
	return CW_EXIT_OK;
}

int cw_parse_traceparent(const char *text, struct cw_task_context *out)
{
	const char *wrong = cw_traceparent_parse(text, out);

	if (wrong)
		return cw_fail(CW_EXIT_USAGE,
			       "write it as W3C trace context says, such as "
			       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			       "traceparent \"%s\" is not valid: %s", text, wrong);
	return CW_EXIT_OK;
}

/* Opens a cgroup's directory, which may be named without the mount point. */
static bool cgroup_open(const char *text, int *fd)
{
	static const char *const roots[] = { "", "/sys/fs/cgroup/", "/sys/fs/cgroup/unified/" };
	char path[PATH_MAX];
	struct statfs fs;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", roots[i], text);
		*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*fd < 0)
			continue;
		if (!fstatfs(*fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return true;
		close(*fd);
	}
	return false;
}

int cw_parse_cgroup(const char *text, uint64_t *out)
{
	struct stat status;
	int fd = -1;
	bool good;

	if (!*text || !cgroup_open(text, &fd))
		return cw_fail(
			CW_EXIT_USAGE,
			"give a directory below /sys/fs/cgroup, such as system.slice/nginx.service",
			"\"%s\" is not a cgroup of the v2 hierarchy", text);
	/* The id of a cgroup is its directory's inode number. */
	good = !fstat(fd, &status);
	*out = status.st_ino;
	close(fd);
	return good ? CW_EXIT_OK :
		      cw_fail(CW_EXIT_USAGE, NULL, "cannot look at cgroup \"%s\"", text);
}
