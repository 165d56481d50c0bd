// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Every allocation and every copy from or to this program fails once: the N-th of a
 * sequence of calls, for N from 1 until none fails. Needs a kernel with fault
 * injection (/proc/thread-self/fail-nth, failslab, fail_page_alloc, fail_usercopy). Nothing
 * may crash here, and the module's unloading must find no leak.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"

#define N_MAX	20000

static int nth_fd;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0) {
		if (write(fd, text, strlen(text)) < 0)
			perror(path);
		close(fd);
	}
}

/* Let allocations that may sleep and those of high memory fail too, without log lines. */
static bool prepare(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[96];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", kinds[i]);
		write_file(path, "N");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-highmem", kinds[i]);
		write_file(path, "N");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/min-order", kinds[i]);
		write_file(path, "0");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", kinds[i]);
		write_file(path, "0");
	}
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	return nth_fd >= 0;
}

static void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	/* A pending failure may hit this write; it cannot hit the second one. */
	if (pwrite(nth_fd, text, (size_t)len, 0) != len &&
	    pwrite(nth_fd, text, (size_t)len, 0) != len)
		perror("fail-nth");
}

/* Disarm. Returns whether the N-th call failed; a failure of this read is that one. */
static bool has_fired(void)
{
	char text[16] = "";

	bool unread = pread(nth_fd, text, sizeof(text) - 1, 0) < 0;

	arm(0);
	return unread || atoi(text) == 0;
}

static int bind_port(int fd, const char *name, struct nmreq_register *reg, uint32_t mode)
{
	memset(reg, 0, sizeof(*reg));
	reg->nr_mode = mode;
	reg->nr_extra_bufs = 3;
	reg->nr_tx_slots = reg->nr_rx_slots = 64;
	return ctrl(fd, NETMAP_REQ_REGISTER, name, reg);
}

/* Map and touch what a port's rings need; a fault without memory would kill, so ask the kernel. */
static void use_map(int fd, const struct nmreq_register *reg)
{
	char *m = mmap(NULL, reg->nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (m == MAP_FAILED)
		return;
	madvise(m, 64 * 4096, MADV_POPULATE_READ);
	munmap(m, reg->nr_memsize);
}

static void use_polls(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	ioctl(fd, NIOCTXSYNC, NULL);
	ioctl(fd, NIOCRXSYNC, NULL);
	poll(&p, 1, 1);
	if (ep >= 0) {
		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
		epoll_wait(ep, &e, 1, 1);
		close(ep);
	}
}

static void port_life(const char *name, uint32_t mode)
{
	struct nmreq_register reg;
	int fd = open("/dev/netmap", O_RDWR);

	if (fd < 0)
		return;
	if (!bind_port(fd, name, &reg, mode)) {
		use_map(fd, &reg);
		use_polls(fd);
	}
	close(fd);
}

static void vale_life(void)
{
	port_life("vale5:p", NR_REG_ALL_NIC);
}

static void pipe_life(void)
{
	port_life("alone{7", NR_REG_ALL_NIC);
}

static void null_life(void)
{
	port_life("null1", NR_REG_NULL);
}

static void persistent_life(void)
{
	struct nmreq_vale_newif newif = { .nr_tx_slots = 64, .nr_rx_slots = 64 };
	struct nmreq_vale_attach attach = { .reg.nr_mode = NR_REG_ALL_NIC };
	struct nmreq_vale_detach detach = { 0 };
	int fd = open("/dev/netmap", O_RDWR);

	if (fd < 0)
		return;
	ctrl(fd, NETMAP_REQ_VALE_NEWIF, "lasting", &newif);
	ctrl(fd, NETMAP_REQ_VALE_ATTACH, "vale5:lasting", &attach);
	ctrl(fd, NETMAP_REQ_VALE_DETACH, "vale5:lasting", &detach);
	ctrl(fd, NETMAP_REQ_VALE_DELIF, "lasting", NULL);
	close(fd);
}

static void end_persistent(void)
{
	struct nmreq_vale_detach detach = { 0 };
	int fd = open("/dev/netmap", O_RDWR);

	ctrl(fd, NETMAP_REQ_VALE_DETACH, "vale5:lasting", &detach);
	ctrl(fd, NETMAP_REQ_VALE_DELIF, "lasting", NULL);
	close(fd);
}

static void run(const char *what, void (*life)(void), void (*clean)(void))
{
	int n, fired = 0;

	for (n = 1; n <= N_MAX; n++) {
		arm(n);
		life();
		if (!has_fired())
			break;
		fired++;
		if (clean)
			clean();
	}
	ok(n <= N_MAX, "%s: %d failures, then none", what, fired);
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	if (!prepare()) {
		printf("1..0 # SKIP this kernel cannot let calls fail on demand\n");
		return 0;
	}
	run("a VALE port", vale_life, NULL);
	run("a pipe", pipe_life, NULL);
	run("a null port", null_life, NULL);
	run("a persistent port", persistent_life, end_persistent);
	return test_done();
}
