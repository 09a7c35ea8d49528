/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kinds of TCP sockets, for rules_actor.c: those that have options or bytes of their own in
 * what TCP sends.  Both ends have the same keys.
 */
#ifndef RULES_KINDS_H
#define RULES_KINDS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

static int kind_protocol(const char *kind)
{
	return kind && !strcmp(kind, "mptcp") ? IPPROTO_MPTCP : IPPROTO_TCP;
}

/* Signatures (RFC 2385), with any address as peer. */
static int md5_sign(int fd)
{
	struct tcp_md5sig md5 = {
		.tcpm_addr.ss_family = AF_INET,
		.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
		.tcpm_keylen = 4,
		.tcpm_key = "same",
	};

	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &md5, sizeof(md5));
}

/* TLS in the kernel, without the handshake that agrees on keys. */
static int tls_begin(int fd)
{
	const struct tls12_crypto_info_aes_gcm_128 info = {
		.info = { .version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 },
		.key = "sixteen bytes..",
	};

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &info, sizeof(info)))
		return -1;
	return setsockopt(fd, SOL_TLS, TLS_RX, &info, sizeof(info));
}

/* Disconnects a connected socket, which connect() does for AF_UNSPEC. */
static int disconnect(int fd)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	return connect(fd, &nobody, sizeof(nobody));
}

/* Returns a socket accepted from a UNIX listener, whose other end is closed by now; or -1. */
static int unix_accepted(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;

	/* bind() without a name makes the kernel choose one. */
	if (!bind(listener, (struct sockaddr *)&address, sizeof(address.sun_family)) &&
	    !listen(listener, 1) && !getsockname(listener, (struct sockaddr *)&address, &length) &&
	    !connect(client, (struct sockaddr *)&address, length))
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	close(client);
	return fd;
}

/* Sets the options that a kind of socket needs before it is opened. */
static int kind_prepare(int fd, const char *kind, bool listens)
{
	const int on = 1, queue = 16, seconds = 10;

	if (!kind || !strcmp(kind, "mptcp"))
		return 0;
	if (!strcmp(kind, "md5"))
		return md5_sign(fd);
	if (!strcmp(kind, "device"))
		return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", sizeof("eth0"));
	if (!strcmp(kind, "nonblock"))
		return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* The segment with the first request makes the server's socket. */
	if (!strcmp(kind, "defer"))
		return setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	if (!strcmp(kind, "fastopen"))
		return listens ? setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)) :
				 setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on));
	errno = EINVAL;
	return -1;
}

#endif
