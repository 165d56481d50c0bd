// SPDX-License-Identifier: BSD-2-Clause
/* A TCP stream between namespaces: see stream.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "link.h"
#include "stream.h"
#include "program.h"

#define TCP_PORT	7777
#define CHUNK		65536u

/* Steps of the server, in this order. */
enum { BEGUN, IN_NAMESPACE, HAS_DEVICE, LISTENS, FAILED };

static uint8_t want[CHUNK], data[CHUNK];

static void want_make(void)
{
	uint32_t i;

	for (i = 0; i < CHUNK; i++)
		want[i] = (uint8_t)(i * 31 + (i >> 8) * 7);
}

/* Make the next chunk from the one before: quick, so that the path limits the rate. */
static void want_next(void)
{
	uint32_t i;

	for (i = 0; i < CHUNK; i++)
		want[i]++;
}

static uint64_t bytes_bad(const uint8_t *p, const uint8_t *as, size_t n)
{
	uint64_t bad = 0;

	if (!memcmp(p, as, n))
		return 0;
	while (n--)
		bad += *p++ != *as++;
	return bad;
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
	uint32_t at = 0;
	ssize_t n;

	want_make();
	while ((n = read(conn, data, CHUNK - at)) > 0) {
		s->bad += bytes_bad(data, want + at, n);
		s->got += n;
		at = s->got % CHUNK;
		if (!at)
			want_next();
	}
	return s->bad || n < 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int write_all(const struct stream *s, int fd)
{
	uint64_t sent = 0;
	ssize_t n;

	want_make();
	while (sent < s->bytes) {
		n = write(fd, want + sent % CHUNK, least(s->bytes - sent, CHUNK - sent % CHUNK));
		if (n <= 0)
			return -errno;
		sent += n;
		if (!(sent % CHUNK))
			want_next();
	}
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, data, sizeof(data))) > 0)
		;
	return n < 0 ? -errno : 0;
}

/* Retransmitted segments since the namespace began. */
static uint64_t sent_anew(void)
{
	FILE *f = fopen("/proc/self/net/snmp", "r");
	unsigned long long n = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Tcp: %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu", &n);
	if (f)
		fclose(f);
	return n;
}

static int write_counted(struct stream *s, int fd)
{
	uint64_t before = sent_anew();
	int err = write_all(s, fd);

	s->resent = sent_anew() - before;
	return err;
}

static int serve(struct stream *s, int conn)
{
	int err = s->is_back ? write_counted(s, conn) : read_all(s, conn);

	close(conn);
	return err != 0;
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
	return conn < 0 ? 1 : serve(s, conn);
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

int stream_run(struct stream *s)
{
	struct sockaddr_in sin = address_of(s->address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		err = -errno;
	s->ns = now_ns();
	if (!err && s->is_back)
		err = read_all(s, fd) ? -EIO : 0;
	else if (!err)
		err = write_counted(s, fd);
	s->ns = now_ns() - s->ns;
	close(fd);
	return err;
}
