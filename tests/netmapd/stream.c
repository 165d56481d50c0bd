/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of bytes by TCP over IPv4, each checked by its place in the stream: netmap on the path
 * must not change any. "ready" stands alone on its line when connections are accepted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int usage(void)
{
	fputs("usage: stream send ADDRESS PORT MIB | stream receive PORT MIB\n", stderr);
	return 2;
}

static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16) * 3 + (i >> 24));
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int send_to(const char *address, uint16_t port, uint64_t bytes)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static uint8_t data[1 << 16];
	uint64_t sent = 0;
	ssize_t n;
	size_t i;

	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		return usage();
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return fail("connect");
	while (sent < bytes) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = byte_at(sent + i);
		n = write(fd, data, bytes - sent < sizeof(data) ? bytes - sent : sizeof(data));
		if (n <= 0)
			return fail("write");
		sent += (uint64_t)n;
	}
	/* The other end closes when it has all. */
	shutdown(fd, SHUT_WR);
	return read(fd, data, 1) == 0 ? 0 : fail("read");
}

static int receive(uint16_t port, uint64_t bytes)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, conn;
	uint64_t got = 0, bad = 0;
	static uint8_t data[1 << 16];
	ssize_t n, i;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 1))
		return fail("listen");
	puts("ready");
	fflush(stdout);
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		return fail("accept");
	while ((n = read(conn, data, sizeof(data))) > 0) {
		for (i = 0; i < n; i++)
			bad += data[i] != byte_at(got + (uint64_t)i);
		got += (uint64_t)n;
	}
	printf("%llu bytes, %llu of them wrong\n", (unsigned long long)got,
	       (unsigned long long)bad);
	return n || bad || got != bytes;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_to(argv[2], (uint16_t)atoi(argv[3]), strtoull(argv[4], NULL, 10) << 20);
	if (argc == 4 && !strcmp(argv[1], "receive"))
		return receive((uint16_t)atoi(argv[2]), strtoull(argv[3], NULL, 10) << 20);
	return usage();
}
