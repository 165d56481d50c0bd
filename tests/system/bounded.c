/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one client does to the requests of another: closes and requests that wait for the client's
 * own memory, and requests whose work the client chooses, leave the others' opens as they were.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <net/netmap_doorbell.h>

#include "child.h"
#include "frame.h"
#include "port.h"

#define BELLS		100
#define REQUESTS	150
#define OPENS		20
#define QUICK_NS	500000000u	/* on a busy machine; a wait for one hung close took 1 s */

enum { STARTING, READY, FAILED };
static volatile int *state;	/* of the child */
static int sock[2];		/* from the child to its parent */

/*
 * A page of which no read ends until the parent closes the descriptor, which it gets: a process
 * that held it itself could not be killed, because its requests do not end before it does.
 */
static void *hole_make(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = 4096 };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r.range.start = (uintptr_t)page;
	if (fd < 0 || page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &r) || fd_send(sock[1], fd))
		give_up("no page that is absent");
	close(fd);
	return page;
}

static bool has_holes(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int child_ready(int how)
{
	*state = how;
	while (how == READY)
		pause();
	return 1;
}

/* Close files whose doorbells wait for this process's memory. */
static int bells_hang(void *hole)
{
	static struct port p[BELLS];
	struct nm_doorbell *bell[BELLS];
	struct nmreq_doorbell body;
	struct netmap_ring *r;
	int i;

	for (i = 0; i < BELLS; i++) {
		port_must(&p[i], "vale60:hung");
		if (ctrl(p[i].fd, NETMAP_REQ_DOORBELL, "", &body))
			return child_ready(FAILED);
		bell[i] = mmap(NULL, body.size, PROT_READ | PROT_WRITE, MAP_SHARED, p[i].fd,
			       (off_t)body.offset);
		if (bell[i] == MAP_FAILED)
			return child_ready(FAILED);
	}
	r = port_tx(&p[0], 0);
	r->slot[r->head].ptr = (uintptr_t)hole_make();
	r->slot[r->head].len = 60;
	r->slot[r->head].flags = NS_INDIRECT;
	r->head = r->cur = ring_next(r, r->head);
	for (i = 0; i < BELLS; i++) {
		__atomic_store_n(&bell[i]->request, 1u << NM_DOORBELL_SHIFT | NM_DOORBELL_TX,
				 __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &bell[i]->request, FUTEX_WAKE, 100, NULL, NULL, 0);
	}
	usleep(100000);
	for (i = 0; i < BELLS; i++) {
		munmap(bell[i], 4096);
		port_close(&p[i]);
	}
	(void)hole;
	return child_ready(READY);
}

static void *request_hangs(void *hole)
{
	ctrl(dev_open(), NETMAP_REQ_REGISTER, "vale60:hung", hole);
	return NULL;
}

static int requests_hang(void *arg)
{
	void *hole = hole_make();
	pthread_t thread;
	int i;

	(void)arg;
	for (i = 0; i < REQUESTS; i++)
		if (pthread_create(&thread, NULL, request_hangs, hole))
			return child_ready(FAILED);
	usleep(100000);
	return child_ready(READY);
}

static int time_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Open and bind another port, some times. Returns the median of the times. */
static uint64_t opens_time(void)
{
	uint64_t ns[OPENS];
	struct port p;
	int i, err;

	for (i = 0; i < OPENS; i++) {
		ns[i] = now_ns();
		err = port_open(&p, "vale61:good");
		ns[i] = now_ns() - ns[i];
		if (err)
			diag("open %d: %d %s", i, err, reason(p.fd));
		port_close(&p);
		if (err)
			return UINT64_MAX;
	}
	qsort(ns, OPENS, sizeof(ns[0]), time_compare);
	diag("opens take %u to %u us", (unsigned int)(ns[0] / 1000),
	     (unsigned int)(ns[OPENS - 1] / 1000));
	return ns[OPENS / 2];
}

static void test_hung(int (*fn)(void *arg), const char *what)
{
	uint64_t ns;
	pid_t child;
	int hole;

	if (!has_holes())
		return skip("no userfaultfd in this kernel", "opens beside %s", what);
	*state = STARTING;
	child = child_start(fn, NULL);
	hole = fd_recv(sock[0]);
	while (*state == STARTING)
		usleep(1000);
	if (ok(*state == READY, "a client has %s", what)) {
		ns = opens_time();
		ok(ns < QUICK_NS, "another client's open takes %u us beside that",
		   (unsigned int)(ns / 1000));
	}
	close(hole);
	child_kill(child);
}

/* Return the number of buffers that take an eighth of the machine's memory. */
static uint32_t buffers_many(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return (uint32_t)((uint64_t)info.totalram * info.mem_unit / 8 / 2048);
}

/* What a child asks for again and again, and how long the longest request has taken. */
struct hog {
	struct port_spec spec;
	volatile uint64_t longest;
};

static int hog_run(void *arg)
{
	struct hog *h = arg;
	struct port p;
	uint64_t from, ns;

	for (;;) {
		from = now_ns();
		if (port_try(&p, &h->spec) ||
		    (h->spec.extra && p.reg.nr_extra_bufs < h->spec.extra / 2))
			return child_ready(FAILED);
		port_close(&p);
		ns = now_ns() - from;
		if (ns > h->longest)
			h->longest = ns;
		*state = READY;
	}
}

/* An open was as slow as such a request when that held the engine's lock. */
static void test_hog(const struct port_spec *spec, const char *what)
{
	struct hog *h = shared_alloc(sizeof(*h));
	uint64_t ns;
	pid_t child;

	h->spec = *spec;
	*state = STARTING;
	child = child_start(hog_run, h);
	while (*state == STARTING)
		usleep(1000);
	if (ok(*state == READY, "a client has %s", what)) {
		ns = opens_time();
		if (h->longest < 100000000)
			skip("that takes no time here", "opens beside %s", what);
		else
			ok(ns < h->longest / 2, "another client's open takes %u us, not %u us",
			   (unsigned int)(ns / 1000), (unsigned int)(h->longest / 1000));
	}
	child_kill(child);
}

static void test_extra_bufs(void)
{
	const struct port_spec spec = { .name = "vale60:hog", .extra = buffers_many() };

	test_hog(&spec, "an eighth of the memory as extra buffers");
}

static void test_rings(void)
{
	const uint32_t n = buffers_many() / 2048;
	const uint16_t rings = (uint16_t)(n < 1 ? 1 : n > 200 ? 200 : n);
	const struct port_spec spec = {
		.name = "vale60:hog", .tx_rings = rings, .rx_rings = rings,
	};

	test_hog(&spec, "many rings");
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	state = shared_alloc(sizeof(*state));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		give_up("no socket");
	if (dev_is_process())
		test_hung(bells_hang, "closes that wait for its memory");
	test_hung(requests_hang, "requests that wait for its memory");
	test_extra_bufs();
	test_rings();
	return tap_finish();
}
