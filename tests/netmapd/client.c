/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client for the tests of netmapd, which are scripts: does one thing, and prints on standard
 * output when it is ready and how it ended. "ready" stands alone on its line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "port.h"

static int usage(void)
{
	fputs("usage: client DEVICE COMMAND\n"
	      "  hold NAME            bind NAME exclusively until standard input ends\n"
	      "  wait HOW NAME        sleep in HOW (poll, select, epoll); no packet comes\n"
	      "  fill                 bind ports with large rings until one is refused\n"
	      "  many N               open N files, bind them until one is refused, open another\n"
	      "  holes MIB            touch the map from its end down, up to MIB\n"
	      "  stuck N              N requests whose struct never becomes readable\n"
	      "  rounds N             open, bind, map, send and close N times\n",
	      stderr);
	return 2;
}

static void say(const char *word)
{
	puts(word);
	fflush(stdout);
}

static void until_told(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static int fail(const char *what, int err)
{
	printf("%s: %s\n", what, strerrorname_np(-err));
	return 1;
}

static int hold(const char *name)
{
	struct port p;
	int err = port_open(&p, name, .flags = NR_EXCLUSIVE);

	if (err)
		return fail("bind", err);
	say("ready");
	until_told();
	/* The map works on whether or not the server does. */
	port_tx(&p, 0)->head = port_tx(&p, 0)->head;
	ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[0].buf_idx)[0] = 1;
	say("map works");
	return 0;
}

static void sleep_in(const char *how, const struct port *p)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	int ep;
	fd_set s;

	if (!strcmp(how, "poll")) {
		poll(&pfd, 1, -1);
		printf("%s\n", pfd.revents & POLLERR ? "POLLERR" : "no POLLERR");
	} else if (!strcmp(how, "select")) {
		FD_ZERO(&s);
		FD_SET(p->fd, &s);
		printf("select %d\n", select(p->fd + 1, &s, NULL, NULL, NULL));
	} else {
		ep = epoll_create1(0);
		epoll_ctl(ep, EPOLL_CTL_ADD, p->fd, &e);
		epoll_wait(ep, &e, 1, -1);
		printf("%s\n", e.events & EPOLLERR ? "EPOLLERR" : "no EPOLLERR");
	}
}

static int wait_in(const char *how, const char *name)
{
	struct port p;
	int err = port_open(&p, name);

	if (err)
		return fail("bind", err);
	say("ready");
	sleep_in(how, &p);
	fail("sync", txsync(&p));
	err = open(opt.device, O_RDWR);
	fail("open", err < 0 ? -errno : 0);
	return 0;
}

static int fill(void)
{
	static struct port p[4096];
	char name[32];
	unsigned int i;
	int err;

	for (i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
		snprintf(name, sizeof(name), "vale%u:fill", i);
		p[i].fd = dev_open();
		p[i].reg = (struct nmreq_register){
			.nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = 4096, .nr_rx_slots = 4096,
		};
		err = ctrl(p[i].fd, NETMAP_REQ_REGISTER, name, &p[i].reg);
		if (!err)
			continue;
		printf("%s after %u ports: %s\n", strerrorname_np(-err), i, reason(p[i].fd));
		return 0;
	}
	printf("none of %u ports was refused\n", i);
	return 1;
}

static int many(int n)
{
	int *fd = calloc((size_t)n + 1, sizeof(*fd));
	int i, err;

	for (i = 0; i < n; i++)
		fd[i] = dev_open();
	for (i = 0; i < n; i++) {
		struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC };

		err = ctrl(fd[i], NETMAP_REQ_REGISTER, "many{1", &reg);
		if (err)
			break;
	}
	if (i == n)
		return fail("none was refused of", n);
	printf("register: %s after %d files: %s\n", strerrorname_np(-err), i, reason(fd[i]));
	fd[n] = open(opt.device, O_RDWR | O_CLOEXEC);
	printf("open: %s\n", fd[n] < 0 ? strerrorname_np(errno) : "success");
	return 0;
}

static sigjmp_buf out_of_map;

static void on_bus(int sig)
{
	siglongjmp(out_of_map, sig);
}

static int holes(unsigned long mib)
{
	struct sigaction sa = { .sa_handler = on_bus };
	volatile unsigned long touched = 0;
	struct port p;
	int err = port_open(&p, "vale0:holes");
	char *m;

	if (err)
		return fail("bind", err);
	m = mmap(NULL, p.reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, 0);
	if (m == MAP_FAILED)
		return fail("mmap", -errno);
	sigaction(SIGBUS, &sa, NULL);
	if (sigsetjmp(out_of_map, 1) == 0)
		for (; touched < mib << 8; touched++)
			*(volatile char *)(m + p.reg.nr_memsize - (touched + 1) * 4096) = 1;
	printf("%s after %lu MiB\n", touched == mib << 8 ? "end" : "SIGBUS", touched >> 8);
	fflush(stdout);
	until_told();
	return 0;
}

static void *page;

static void *stuck_one(void *arg)
{
	(void)arg;
	/* The header is readable, the request's struct is not. */
	printf("%d\n", ctrl(dev_open(), NETMAP_REQ_REGISTER, "vale0:stuck", page));
	return NULL;
}

static int stuck(unsigned int n)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = 4096 };
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct pollfd pfd = { .fd = uffd, .events = POLLIN };
	pthread_t t;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r.range.start = (uintptr_t)page;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &r))
		return fail("userfaultfd", -errno);
	while (n--)
		pthread_create(&t, NULL, stuck_one, NULL);
	/* A thread read an absent page. */
	if (poll(&pfd, 1, -1) == 1)
		say("ready");
	until_told();
	return 0;
}

static int rounds(unsigned int n)
{
	char frame[60] = "\xff\xff\xff\xff\xff\xff\x02";
	struct port p;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = port_open(&p, "vale0:rounds");
		if (!err)
			err = port_send(&p, frame, sizeof(frame));
		if (err)
			return fail("round", err);
		port_close(&p);
	}
	puts("done");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";

	if (argc < 2)
		return usage();
	opt.device = argv[1];
	if (access(opt.device, R_OK | W_OK))
		return fail("access", -errno);
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(what, "hold"))
		return hold(argv[3]);
	if (argc == 5 && !strcmp(what, "wait"))
		return wait_in(argv[3], argv[4]);
	if (argc == 4 && !strcmp(what, "many"))
		return many(atoi(argv[3]));
	if (argc == 3 && !strcmp(what, "fill"))
		return fill();
	if (argc == 4 && !strcmp(what, "holes"))
		return holes(strtoul(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(what, "stuck"))
		return stuck((unsigned int)strtoul(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(what, "rounds"))
		return rounds((unsigned int)strtoul(argv[3], NULL, 0));
	return usage();
}
