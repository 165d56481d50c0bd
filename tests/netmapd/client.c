/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client for the tests of netmapd, which are scripts: does one thing, and prints on standard
 * output when it is ready and how it ended. "ready" stands alone on its line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
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
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
	      "  secret NAME          bind, fill buffers with a word, say where; for each byte\n"
	      "                       of standard input, say whether it is still there\n"
	      "  spy OFFSET           look for that word in what can be mapped there\n"
	      "  games N              remove and take memory N times, and sync\n"
	      "  crowd USERS ROUNDS   open, write, check, close as USERS users in turn\n"
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

#define SECRET	"the secret of a user"
#define LOOK	(UINT64_C(1) << 20)

static int secret(const char *name)
{
	struct netmap_ring *r;
	struct port p;
	unsigned int i;
	char c;
	int err = port_open(&p, name);

	if (err)
		return fail("bind", err);
	r = port_tx(&p, 0);
	for (i = 0; i < r->num_slots; i++)
		strcpy(ring_buf(r, r->slot[i].buf_idx), SECRET);
	printf("at %lld\n", (long long)(ring_buf(r, r->slot[0].buf_idx) - p.mem));
	say("ready");
	while (read(STDIN_FILENO, &c, 1) > 0) {
		for (i = 0; i < r->num_slots; i++)
			if (strcmp(ring_buf(r, r->slot[i].buf_idx), SECRET))
				return fail("a slot has changed", -EIO);
		say("unchanged");
	}
	return 0;
}

/* Of what is found, the first byte is changed. */
static int spy(off_t at)
{
	struct sigaction sa = { .sa_handler = on_bus };
	volatile unsigned int found = 0;
	int fd = open(opt.device, O_RDWR);
	char *m, *p;

	if (fd < 0)
		return fail("open", -errno);
	sigaction(SIGBUS, &sa, NULL);
	m = mmap(NULL, LOOK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at & -4096);
	if (m == MAP_FAILED)
		return fail("mmap", -errno);
	for (p = m; sigsetjmp(out_of_map, 1) == 0 &&
		    (p = memmem(p, LOOK - (size_t)(p - m), SECRET, sizeof(SECRET))); found++)
		*p = 'T';
	printf("found %u\n", found);
	return 0;
}

/* Whether requests succeed is not the matter, but that they are answered. */
static int games(unsigned int n)
{
	struct sigaction sa = { .sa_handler = on_bus };
	struct port p;
	volatile unsigned int i;
	int err = port_open(&p, "vale0:games");
	volatile size_t at;
	uint64_t size;
	char *m;

	if (err)
		return fail("bind", err);
	size = p.reg.nr_memsize;
	m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, 0);
	if (m == MAP_FAILED)
		return fail("mmap", -errno);
	sigaction(SIGBUS, &sa, NULL);
	for (i = 0; i < n; i++) {
		/* Nothing, where the kernel's cache has the memory. */
		madvise(m, size, MADV_REMOVE);
		if (sigsetjmp(out_of_map, 1) == 0)
			for (at = 0; at < size / 4; at += 4096)
				m[size - at - 4096] = 1;
		/* Full. What the engine touches now is not there. */
		madvise(m + p.reg.nr_offset, 1 << 20, MADV_REMOVE);
		if (sigsetjmp(out_of_map, 1) == 0)
			for (at = size / 4; at < size / 2; at += 4096)
				m[size - at - 4096] = 1;
		txsync(&p);
		rxsync(&p);
	}
	if (!fallocate(p.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20))
		puts("a hole was punched");
	if (ftruncate(p.fd, 0) == 0 && lseek(p.fd, 0, SEEK_END) == 0)
		puts("truncated");
	puts("played");
	return 0;
}

static int visit(unsigned int uid, unsigned int n)
{
	uint32_t *word;
	struct port p;
	unsigned int i, bad = 0;
	char name[32];

	snprintf(name, sizeof(name), "vale0:u%u", uid);

	if (setgid(uid) || setuid(uid))
		return 1;
	for (i = 0; i < n; i++) {
		int err = port_open(&p, name);

		if (!err) {
			word = (void *)ring_buf(port_tx(&p, 0), port_tx(&p, 0)->slot[1].buf_idx);
			bad += *word && *word != uid;
			*word = uid;
			sched_yield();
			bad += *word != uid;
			port_close(&p);
		}
		if (err)
			fprintf(stderr, "user %u: %s\n", uid, strerrorname_np(-err));
		bad += !!err;
	}
	return bad != 0;
}

/* Up to four users at a time. */
static int crowd(unsigned int users, unsigned int n)
{
	unsigned int i, bad = 0;
	int status;

	for (i = 0; i < users + 4; i++) {
		if (i >= 4 && wait(&status) > 0)
			bad += !!status;
		if (i < users && fork() == 0)
			_exit(visit(20000 + i, n));
	}
	printf("%u users, %u bad\n", users, bad);
	return bad != 0;
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
	if (argc == 4 && !strcmp(what, "secret"))
		return secret(argv[3]);
	if (argc == 4 && !strcmp(what, "spy"))
		return spy((off_t)strtoll(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(what, "games"))
		return games((unsigned int)strtoul(argv[3], NULL, 0));
	if (argc == 5 && !strcmp(what, "crowd"))
		return crowd((unsigned int)strtoul(argv[3], NULL, 0),
			     (unsigned int)strtoul(argv[4], NULL, 0));
	if (argc == 4 && !strcmp(what, "rounds"))
		return rounds((unsigned int)strtoul(argv[3], NULL, 0));
	return usage();
}
