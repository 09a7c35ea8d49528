// SPDX-License-Identifier: GPL-2.0
/*
 * A sender that holds its socket's lock for as long as it lives: it writes from memory whose page
 * never comes (userfaultfd), after a first exchange.
 *
 *	locks_hold ADDRESS PORT		prints "holding" when it is about to
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE 4096

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int connected(const char *address, const char *port)
{
	struct sockaddr_in peer = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &peer.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		die("connect");
	return fd;
}

/* No process serves its faults: its first access waits for ever. */
static void *memory_without_pages(void)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	void *memory;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		die("userfaultfd");
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	range.range.start = (uintptr_t)memory;
	range.range.len = SIZE;
	if (ioctl(fd, UFFDIO_REGISTER, &range))
		die("UFFDIO_REGISTER");
	return memory;
}

int main(int argc, char **argv)
{
	char answer[16];
	void *memory;
	int fd;

	if (argc != 3)
		return 2;
	setlinebuf(stdout);
	fd = connected(argv[1], argv[2]);
	if (write(fd, "hello", 5) != 5 || read(fd, answer, sizeof(answer)) <= 0)
		die("the first exchange");
	memory = memory_without_pages();
	puts("holding");
	if (write(fd, memory, SIZE) < 0)
		die("write");
	return 1;
}
