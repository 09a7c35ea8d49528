// SPDX-License-Identifier: GPL-2.0
/*
 * Makes network namespaces, one after another, and keeps them all until its end.
 *
 *	locks_netns N	prints the time of all of them, the median and the longest, us
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define MOST 1000

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	const struct rlimit files = { MOST + 64, MOST + 64 };
	int n = argc > 1 ? atoi(argv[1]) : 0;
	long took[MOST], sum = 0;

	if (n < 1 || n > MOST || setrlimit(RLIMIT_NOFILE, &files))
		return 2;
	for (int i = 0; i < n; i++) {
		long begin = now();

		if (unshare(CLONE_NEWNET)) {
			perror("unshare");
			return 1;
		}
		took[i] = now() - begin;
		sum += took[i];
		if (open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) < 0) {
			perror("/proc/self/ns/net");
			return 1;
		}
	}
	qsort(took, (size_t)n, sizeof(took[0]), compare);
	printf("%ld %ld %ld\n", sum, took[n / 2], took[n - 1]);
	return 0;
}
