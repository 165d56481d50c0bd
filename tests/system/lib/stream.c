// SPDX-License-Identifier: BSD-2-Clause
/* A TCP stream between namespaces: see stream.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "link.h"
#include "stream.h"
#include "tap.h"

#define TCP_PORT	7777
#define CHUNK		65536u

/* Steps of the server, in this order. */
enum { BEGUN, IN_NAMESPACE, HAS_DEVICE, LISTENS, FAILED };

static uint8_t data[CHUNK];

static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

static void step_to(struct stream *s, uint32_t step)
{
	__atomic_store_n(&s->step, step, __ATOMIC_RELEASE);
}

static uint32_t step_wait(struct stream *s, uint32_t step)
{
	uint32_t now;

	while ((now = __atomic_load_n(&s->step, __ATOMIC_ACQUIRE)) < step)
		usleep(1000);
	return now;
}

static struct sockaddr_in address_of(const char *text)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(TCP_PORT) };

	if (text)
		inet_pton(AF_INET, text, &sin.sin_addr);
	return sin;
}

static int listen_any(void)
{
	struct sockaddr_in sin = address_of(NULL);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, (struct sockaddr *)&sin, sizeof(sin)) && !listen(fd, 1))
		return fd;
	close(fd);
	return -1;
}

static int read_all(struct stream *s, int conn)
{
	ssize_t n, i;

	while ((n = read(conn, data, sizeof(data))) > 0) {
		for (i = 0; i < n; i++)
			s->bad += data[i] != byte_at(s->got + i);
		s->got += n;
	}
	close(conn);
	return s->bad || n < 0;
}

static int server(void *arg)
{
	struct stream *s = arg;
	int fd = -1, conn;

	if (!unshare(CLONE_NEWNET)) {
		step_to(s, IN_NAMESPACE);
		step_wait(s, HAS_DEVICE);
		if (!link_set_up(s->dev, 1) && link_wait(s->dev) &&
		    !link_address(s->dev, s->address, 24))
			fd = listen_any();
	}
	step_to(s, fd < 0 ? FAILED : LISTENS);
	conn = fd < 0 ? -1 : accept(fd, NULL, NULL);
	return conn < 0 ? 1 : read_all(s, conn);
}

pid_t stream_serve(struct stream *s)
{
	pid_t pid;
	int err;

	s->got = s->bad = 0;
	s->step = BEGUN;
	pid = child_start(server, s);
	err = step_wait(s, IN_NAMESPACE) == IN_NAMESPACE ? link_move(s->dev, pid) : -EPERM;
	if (!err)
		step_to(s, HAS_DEVICE);
	if (err || step_wait(s, LISTENS) != LISTENS) {
		child_kill(pid);
		return err ? err : -EIO;
	}
	return pid;
}

static int write_all(const struct stream *s, int fd)
{
	uint64_t sent = 0, i;
	ssize_t n;

	while (sent < s->bytes) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = byte_at(sent + i);
		n = write(fd, data, s->bytes - sent < sizeof(data) ? s->bytes - sent : sizeof(data));
		if (n <= 0)
			return -errno;
		sent += n;
	}
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, data, sizeof(data))) > 0)
		;
	return n < 0 ? -errno : 0;
}

int stream_send(const struct stream *s)
{
	struct sockaddr_in sin = address_of(s->address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		err = -errno;
	if (!err)
		err = write_all(s, fd);
	close(fd);
	return err;
}
