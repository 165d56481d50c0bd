// SPDX-License-Identifier: BSD-2-Clause
/*
 * Datagrams from one process to another, with sendmmsg() and recvmmsg(). Each side counts in a
 * shared page that the parent reads at the beginning and at the end of the measurement.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "datagram.h"
#include "moment.h"

#define BYTES		60
#define BURST_MAX	1024
#define WARM_MS		200
#define MAX_SENT	2000000000u
#define QUEUE_BYTES	(4 << 20)	/* the receiver's socket buffer */

struct counts {
	_Alignas(128) _Atomic uint64_t sent;
	_Alignas(128) _Atomic uint64_t received;
};

struct messages {
	struct mmsghdr head[BURST_MAX];
	struct iovec vec[BURST_MAX];
	char data[BURST_MAX][64];
};

static struct messages *messages_new(void)
{
	struct messages *m = calloc(1, sizeof(*m));

	for (unsigned int i = 0; m && i < BURST_MAX; i++) {
		m->vec[i] = (struct iovec){ m->data[i], BYTES };
		m->head[i].msg_hdr.msg_iov = &m->vec[i];
		m->head[i].msg_hdr.msg_iovlen = 1;
	}
	return m;
}

static void send_all(int fd, unsigned int burst, struct counts *c)
{
	struct messages *m = messages_new();
	uint64_t total = 0;
	int n;

	while (m && total < MAX_SENT) {
		n = sendmmsg(fd, m->head, burst, 0);
		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			return;
		total += n > 0 ? (uint64_t)n : 0;
		atomic_store_explicit(&c->sent, total, memory_order_relaxed);
	}
}

static void receive_all(int fd, unsigned int burst, struct counts *c)
{
	struct messages *m = messages_new();
	uint64_t total = 0;
	int n;

	while (m) {
		n = recvmmsg(fd, m->head, burst, MSG_WAITFORONE, NULL);
		if (n < 0 && errno != EINTR)
			return;
		total += n > 0 ? (uint64_t)n : 0;
		atomic_store_explicit(&c->received, total, memory_order_relaxed);
	}
}

/* fds[0] sends, fds[1] receives. */
static int udp_pair(int fds[2])
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	int bytes = QUEUE_BYTES;

	fds[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fds[1] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fds[0] >= 0 && fds[1] >= 0 && !bind(fds[1], (struct sockaddr *)&to, len) &&
	    !getsockname(fds[1], (struct sockaddr *)&to, &len) &&
	    !connect(fds[0], (struct sockaddr *)&to, len))
		return setsockopt(fds[1], SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	return -1;
}

static pid_t side_start(const struct datagram *d, int sends, const int fds[2], struct counts *c)
{
	const pid_t self = getpid();
	pid_t pid = fork();

	if (pid)
		return pid;
	child_follow(self, SIGKILL);
	close(fds[sends]);
	run_on_cpu(0, sends ? d->tx_cpu : d->rx_cpu);
	if (sends)
		send_all(fds[0], d->burst, c);
	else
		receive_all(fds[1], d->burst, c);
	_exit(0);
}

static void side_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void measure(unsigned int ms, const struct counts *c, double *sent, double *received)
{
	uint64_t sent_before, received_before, begin;
	double seconds;

	sleep_ms(WARM_MS);
	begin = moment_ns();
	sent_before = atomic_load(&c->sent);
	received_before = atomic_load(&c->received);
	sleep_ms(ms);
	seconds = (double)(moment_ns() - begin) / 1e9;
	*sent = (double)(atomic_load(&c->sent) - sent_before) / seconds;
	*received = (double)(atomic_load(&c->received) - received_before) / seconds;
}

static int run(const struct datagram *d, struct counts *c, double *sent, double *received)
{
	int fds[2] = { -1, -1 }, err;
	pid_t rx = -1, tx = -1;

	fflush(NULL);
	err = d->is_udp ? udp_pair(fds) : socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds);
	if (!err) {
		rx = side_start(d, 0, fds, c);
		tx = side_start(d, 1, fds, c);
	}
	if (rx > 0 && tx > 0)
		measure(d->ms, c, sent, received);
	else
		fprintf(stderr, "bench: cannot send datagrams: %s\n", strerror(errno));
	side_end(tx);
	side_end(rx);
	close(fds[0]);
	close(fds[1]);
	return rx > 0 && tx > 0 ? 0 : -1;
}

int datagram_run(const struct datagram *d, double *sent, double *received)
{
	struct counts *c =
		mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (c == MAP_FAILED) {
		perror("bench: mmap");
		return -1;
	}
	err = run(d, c, sent, received);
	munmap(c, sizeof(*c));
	return err;
}
