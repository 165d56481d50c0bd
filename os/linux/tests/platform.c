// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What depends on the Linux platform alone: maps of regions and their lifetime, poll and epoll,
 * 32-bit callers, parameters. TAP on stdout. Runs as root in a guest with netmap.ko loaded.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sched.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect.h"
#include "port.h"

#define PAGE	4096ul

static sigjmp_buf on_bus;

static struct port bound(const char *name)
{
	struct port p;

	port_must(&p, name);
	return p;
}

static void send_one(struct port *p, char mark)
{
	char frame[60];
	int err;

	memset(frame, 0xff, 12);
	memset(frame + 12, mark, 48);
	err = port_send(p, frame, sizeof(frame));
	if (err)
		diag("port_send: %s", tap_err_name(err));
}

static void bus(int sig)
{
	siglongjmp(on_bus, sig);
}

/* Return whether a read at p succeeds. */
static bool is_there(const char *p)
{
	struct sigaction sa = { .sa_handler = bus }, old;
	volatile bool there = false;

	sigaction(SIGBUS, &sa, &old);
	if (!sigsetjmp(on_bus, 1)) {
		(void)*(const volatile char *)p;
		there = true;
	}
	sigaction(SIGBUS, &old, NULL);
	return there;
}

static void test_unbound(void)
{
	int fd = open("/dev/netmap", O_RDWR);

	ok(fd >= 0, "open");
	ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == ENXIO,
	   "no map of an unbound descriptor");
	is_err(do_ioctl(fd, NIOCTXSYNC, NULL), -ENXIO, "no sync of it");
	is_err(do_ioctl(fd, _IO('i', 99), NULL), -ENOTTY, "an unknown request");
	is_err(do_ioctl(fd, NIOCCTRL, (void *)8), -EFAULT, "NIOCCTRL with a bad address");
	ok(lseek(fd, 0, SEEK_SET) == -1 && errno == ESPIPE, "no seeking");
	close(fd);
}

static void test_map_bounds(void)
{
	struct port p = bound("vale7:a");
	char *m, *end;
	uint64_t off;

	ok(mmap(NULL, p.reg.nr_memsize + PAGE, PROT_READ, MAP_SHARED, p.fd, 0) == MAP_FAILED &&
	   errno == EINVAL, "longer than the region");
	ok(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, p.fd, (off_t)(p.reg.nr_memsize - PAGE)) ==
		   MAP_FAILED,
	   "beyond its end");
	ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, p.fd, (off_t)0x7ffffffffffff000) == MAP_FAILED,
	   "an offset near the largest");
	ok(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, p.fd, 0) == MAP_FAILED &&
	   errno == EINVAL, "no private map to write");
	m = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, p.fd, 0);
	ok(m != MAP_FAILED && !memcmp(m, p.mem, PAGE), "a private map to read");
	ok(mprotect(m, PAGE, PROT_READ | PROT_WRITE) == -1, "that cannot become writable");
	munmap(m, PAGE);
	off = (uint64_t)((char *)port_rx(&p, 0) - p.mem) & ~(PAGE - 1);
	m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, (off_t)off);
	ok(m != MAP_FAILED && !memcmp(m, p.mem + off, PAGE), "a part, from an offset on");
	munmap(m, PAGE);
	for (end = p.mem + p.reg.nr_memsize - PAGE; end > p.mem && !is_there(end); end -= 64 * PAGE)
		;
	diag("memory behind %ld of %ld KiB", (long)(end - p.mem) / 1024,
	     (long)p.reg.nr_memsize / 1024);
	ok(end > p.mem, "part of the map has memory");
	ok(is_there(p.mem), "so has its start");
	port_close(&p);
}

static void test_map_life(void)
{
	struct port p = bound("vale7:a");
	struct netmap_ring *r = port_tx(&p, 0);
	char *moved;
	int status;

	close(p.fd);
	ok(is_there(p.mem), "the map outlives the descriptor");
	ok(is_there(ring_buf(r, r->slot[7].buf_idx)), "and shows pages not touched before");
	if (fork() == 0) {
		strcpy(p.mem + 64, "child");
		munmap(p.mem + PAGE, PAGE);
		_exit(0);
	}
	wait(&status);
	ok(status == 0 && !strcmp(p.mem + 64, "child"), "a child shares it");
	munmap(p.mem + 4 * PAGE, 4 * PAGE);
	ok(is_there(p.mem), "a hole in the map");
	moved = mmap(NULL, p.reg.nr_memsize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ok(mremap(p.mem, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moved) == moved &&
	   !strcmp(moved + 64, "child"), "a part of it moves");
	ok(mremap(moved, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED, "it does not grow");
	munmap(moved, p.reg.nr_memsize);
	munmap(p.mem, p.reg.nr_memsize);
}

/* A page that the kernel has a reference to outlives the region. */
static void test_user_page(void)
{
	struct port p = bound("vale7:a");
	struct iovec v = { .iov_base = ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[3].buf_idx),
			   .iov_len = 2000 };
	char back[2000] = "";
	int fds[2];

	memset(v.iov_base, 'x', 2000);
	ok(pipe(fds) == 0 && vmsplice(fds[1], &v, 1, 0) == 2000, "vmsplice of a buffer");
	port_close(&p);
	p = bound("vale7:b");
	port_close(&p);
	ok(read(fds[0], back, 2000) == 2000 && back[0] == 'x' && back[1999] == 'x',
	   "its bytes arrive after the region's end");
	close(fds[0]);
	close(fds[1]);
}

struct later {
	struct port *p;
	int ms;
};

static void *send_later(void *arg)
{
	const struct later *l = arg;

	usleep((useconds_t)l->ms * 1000);
	send_one(l->p, 'l');
	return NULL;
}

static void test_poll(void)
{
	struct port a = bound("vale7:a"), b = bound("vale7:b");
	struct pollfd pfd = { .fd = b.fd, .events = POLLIN };
	struct later l = { &a, 100 };
	pthread_t t;

	ok(poll(&pfd, 1, 50) == 0, "poll waits until its timeout");
	pthread_create(&t, NULL, send_later, &l);
	ok(poll(&pfd, 1, 5000) == 1 && pfd.revents == POLLIN, "poll is woken by a packet");
	pthread_join(t, NULL);
	ok(poll(&pfd, 1, 0) == 1, "and does not wait when it is there");
	ok(port_drain(&b) == 1, "which is read");
	pfd.events = POLLOUT;
	ok(poll(&pfd, 1, 1000) == 1 && pfd.revents == POLLOUT, "room to send");
	port_close(&a);
	port_close(&b);
}

static int wait_events(int ep, int ms)
{
	struct epoll_event e = { 0 };
	int n = epoll_wait(ep, &e, 1, ms);

	return n == 1 ? (int)e.events : n;
}

static void test_epoll(void)
{
	struct port a = bound("vale7:a"), b = bound("vale7:b");
	struct epoll_event e = { .events = EPOLLIN };
	struct later l = { &a, 100 };
	int ep = epoll_create1(0), i, right = 0;
	pthread_t t;

	/* Ready when added: it must be registered nevertheless. */
	send_one(&a, '1');
	epoll_ctl(ep, EPOLL_CTL_ADD, b.fd, &e);
	ok(wait_events(ep, 1000) == EPOLLIN, "epoll: ready when added");
	port_drain(&b);
	ok(wait_events(ep, 50) == 0, "quiet when drained");
	for (i = 0; i < 5; i++) {
		pthread_create(&t, NULL, send_later, &l);
		right += wait_events(ep, 5000) == EPOLLIN;
		pthread_join(t, NULL);
		right += port_drain(&b) == 1;
	}
	ok(right == 10, "woken again and again (%d of 10)", right);

	/* Added for one event, then changed to another. */
	e.events = EPOLLOUT;
	epoll_ctl(ep, EPOLL_CTL_MOD, b.fd, &e);
	ok(wait_events(ep, 1000) == EPOLLOUT, "changed to EPOLLOUT");
	epoll_ctl(ep, EPOLL_CTL_DEL, b.fd, NULL);
	epoll_ctl(ep, EPOLL_CTL_ADD, b.fd, &e);
	e.events = EPOLLIN;
	epoll_ctl(ep, EPOLL_CTL_MOD, b.fd, &e);
	pthread_create(&t, NULL, send_later, &l);
	ok(wait_events(ep, 5000) == EPOLLIN, "added for EPOLLOUT, changed to EPOLLIN, woken");
	pthread_join(t, NULL);
	port_drain(&b);

	/* Edges. */
	e.events = EPOLLIN | EPOLLET;
	epoll_ctl(ep, EPOLL_CTL_MOD, b.fd, &e);
	send_one(&a, '2');
	ok(wait_events(ep, 1000) == EPOLLIN, "edge: reported");
	ok(wait_events(ep, 50) == 0, "edge: once");
	send_one(&a, '3');
	ok(wait_events(ep, 1000) == EPOLLIN, "edge: reported again with the next packet");
	ok(port_drain(&b) == 2, "both packets are received");

	/* Closed while in the set; the set closed while armed. */
	port_close(&b);
	ok(wait_events(ep, 10) == 0, "a closed descriptor leaves the set");
	e.events = EPOLLIN;
	epoll_ctl(ep, EPOLL_CTL_ADD, a.fd, &e);
	close(ep);
	port_close(&a);
}

/* Aio can wait on one queue only. */
static void test_aio(void)
{
	struct port a = bound("vale7:a"), b = bound("vale7:b");
	struct iocb cb = { .aio_fildes = (uint32_t)b.fd, .aio_lio_opcode = IOCB_CMD_POLL,
			   .aio_buf = POLLIN };
	struct iocb *list = &cb;
	struct timespec short_time = { .tv_nsec = 50000000 }, long_time = { .tv_sec = 5 };
	struct later l = { &a, 100 };
	struct io_event e = { 0 };
	aio_context_t ctx = 0;
	pthread_t t;

	if (syscall(SYS_io_setup, 1, &ctx)) {
		skip("not in this kernel", "aio");
	} else {
		ok(syscall(SYS_io_submit, ctx, 1, &list) == 1, "aio takes a poll");
		ok(syscall(SYS_io_getevents, ctx, 1, 1, &e, &short_time) == 0, "and waits");
		pthread_create(&t, NULL, send_later, &l);
		ok(syscall(SYS_io_getevents, ctx, 1, 1, &e, &long_time) == 1 && e.res & POLLIN,
		   "until a packet arrives");
		pthread_join(t, NULL);
		syscall(SYS_io_destroy, ctx);
	}
	port_close(&a);
	port_close(&b);
}

static void test_parameters(void)
{
	char text[32] = "";
	int fd = open("/sys/module/netmap/parameters/bridge_batch", O_RDWR);

	ok(fd >= 0 && pread(fd, text, 31, 0) > 0 && atoi(text) == 1024, "bridge_batch is 1024");
	ok(pwrite(fd, "512", 3, 0) == 3, "it can be set");
	ok(pread(fd, text, 31, 0) > 0 && atoi(text) == 512, "and reads so");
	ok(pwrite(fd, "1000000", 7, 0) == -1 && errno == ERANGE, "not out of bounds");
	ok(pwrite(fd, "1024", 4, 0) == 4, "and set back");
	close(fd);
}

/* A client that asks for too much gets an error; the kernel does not kill another process. */
static void test_memory_bound(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };
	int set = open("/sys/module/netmap/parameters/memory", O_RDWR);
	int fd = open("/dev/netmap", O_RDWR);

	ok(set >= 0 && pwrite(set, "1", 1, 0) == 1, "regions may take 1 MiB in all");
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale7:greedy", &reg), -ENOMEM,
	       "more than that: ENOMEM");
	ok(pwrite(set, "0", 1, 0) == 1, "set back to half of the machine's");
	reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "vale7:greedy", &reg), 0,
	       "memory that was refused is not counted");
	close(fd);
	close(set);
}

#ifdef __x86_64__
#define COMPAT_GETPID	20
#define COMPAT_IOCTL	54

static long compat_call(long number32, int b, unsigned int c, unsigned int d)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(number32), "b"(b), "c"(c), "d"(d) :
			 "memory", "r8", "r9", "r10", "r11");
	return ret;
}

/* Kernels without the 32-bit entry fault, or take the numbers for 64-bit calls. */
static void test_compat(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int fd = open("/dev/netmap", O_RDWR);

		if (compat_call(COMPAT_GETPID, 0, 0, 0) != getpid())
			_exit(2);
		_exit(compat_call(COMPAT_IOCTL, fd, NIOCTXSYNC, 0) == -EOPNOTSUPP ? 0 : 1);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) || WEXITSTATUS(status) == 2)
		skip("no 32-bit entry here", "32-bit request");
	else
		ok(WEXITSTATUS(status) == 0, "a 32-bit request is refused");
}
#endif

/* A close frees the descriptor's rings for others, though its map stays. */
static void test_close_unbinds(void)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_EXCLUSIVE };
	struct port p = bound("valehome:mapped");
	int fd;

	strcpy(ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx), "still here");
	close(p.fd);
	fd = open("/dev/netmap", O_RDWR);
	is_err(ctrl(fd, NETMAP_REQ_REGISTER, "valehome:mapped", &reg), 0,
	       "a close unbinds while the map stays");
	ok(!strcmp(ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx), "still here"),
	   "and the map still shows its memory");
	close(fd);
	munmap(p.mem, p.reg.nr_memsize);
}

/* Ports alive in all of netmap, or -1. */
static long ports_alive(void)
{
	struct nm_info_object rec[16];
	int i, n = inspect(NM_INSPECT_OBJECTS, "", rec, sizeof(rec[0]), 16);

	for (i = 0; i < n; i++)
		if (!strcmp(rec[i].name, "port"))
			return (long)(rec[i].created - rec[i].destroyed);
	return -1;
}

/* Make a persistent port on a switch, in a new network namespace, and no client. */
static int leave_port_behind(void)
{
	struct nmreq_vale_newif newif = { .nr_tx_rings = 1 };
	struct nmreq_vale_attach attach = { .reg = { .nr_mode = NR_REG_ALL_NIC } };
	int fd;

	if (unshare(CLONE_NEWNET))
		return 1;
	fd = open("/dev/netmap", O_RDWR);
	return fd < 0 || ctrl(fd, NETMAP_REQ_VALE_NEWIF, "left0", &newif) ||
	       ctrl(fd, NETMAP_REQ_VALE_ATTACH, "valeN:left0", &attach);
}

/* A namespace with a persistent port ends, and the port with it. */
static void test_namespace_ends(void)
{
	long before = ports_alive(), now = -1;
	int status, tries;
	pid_t child = fork();

	if (child == 0)
		_exit(leave_port_behind());
	waitpid(child, &status, 0);
	ok(status == 0, "a persistent port in a new namespace");
	for (tries = 0; tries < 300 && now != before; tries++) {
		usleep(100000);	/* the kernel ends namespaces in the background */
		now = ports_alive();
	}
	ok(before >= 0 && now == before, "the port ends with its namespace");
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_unbound();
	test_namespace_ends();
	test_close_unbinds();
	test_parameters();
	test_memory_bound();
	test_map_bounds();
	test_map_life();
	test_user_page();
	test_poll();
	test_epoll();
	test_aio();
#ifdef __x86_64__
	test_compat();
#endif
	return test_done();
}
