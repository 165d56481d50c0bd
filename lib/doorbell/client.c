/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ringing a doorbell and waiting for the answer. The sequentially consistent accesses pair with
 * those in os/user/netmapd/doorbell.c: each side stores its own word, then loads the other's.
 */
#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <net/netmap.h>

#include "../ring.h"

/* Polls of done before sleeping, if the server runs on another CPU: some tens of us. */
#define POLLS	2000

struct bell {
	struct nm_doorbell *page;
	size_t size;
	int fd;
	bool is_eager;
	uint32_t last;			/* the last request */
	char *mem;			/* a map of our own, to read the rings */
	uint64_t memsize;
	struct netmap_if *nif;
	struct ring *tx;		/* bound tx rings */
	uint32_t tx_count;
};

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static void store(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

static long futex(uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

static int page_ask(int fd, struct nmreq_doorbell *body)
{
	struct nmreq_header hdr = {
		.nr_version = NETMAP_API, .nr_reqtype = NETMAP_REQ_DOORBELL,
		.nr_body = (uintptr_t)body,
	};

	/* Not by ioctl(), which may be the one in preload.c. */
	return syscall(SYS_ioctl, fd, NIOCCTRL, &hdr) < 0 ? -errno : 0;
}

static void *map(int fd, size_t size, uint64_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	return p == MAP_FAILED ? NULL : p;
}

/* The memory is shared with programs that may write anything: each word is read once. */
static bool rings_find(struct bell *b, uint64_t nif_offset)
{
	uint64_t all, i;

	if (nif_offset > b->memsize || b->memsize - nif_offset < sizeof(*b->nif))
		return false;
	b->nif = (void *)(b->mem + nif_offset);
	all = (uint64_t)load(&b->nif->ni_tx_rings) + load(&b->nif->ni_host_tx_rings);
	if (all > (b->memsize - nif_offset - sizeof(*b->nif)) / sizeof(b->nif->ring_ofs[0]))
		return false;
	b->tx = calloc(all ? all : 1, sizeof(b->tx[0]));
	for (i = 0; b->tx && i < all; i++) {
		const ssize_t ofs = __atomic_load_n(&b->nif->ring_ofs[i], __ATOMIC_RELAXED);

		if (ofs && ring_init(&b->tx[b->tx_count], b->mem, b->memsize,
				     nif_offset + (uint64_t)ofs))
			b->tx_count++;
	}
	return b->tx;
}

struct bell *bell_open(int fd, uint64_t nif_offset, uint64_t memsize, bool is_eager)
{
	struct nmreq_doorbell body;
	struct bell *b;

	if (page_ask(fd, &body))
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->fd = fd;
	b->is_eager = is_eager;
	b->size = body.size;
	b->memsize = memsize;
	b->page = map(fd, body.size, body.offset);
	b->mem = map(fd, memsize, 0);
	if (b->page && b->mem) {
		b->last = load(&b->page->done);
		if (rings_find(b, nif_offset))
			return b;
	}
	bell_close(b);
	return NULL;
}

void bell_close(struct bell *b)
{
	if (b->page)
		munmap(b->page, b->size);
	if (b->mem)
		munmap(b->mem, b->memsize);
	free(b->tx);
	free(b);
}

int bell_fd(const struct bell *b)
{
	return b->fd;
}

/* Make a request. It repeats the calls of the last one if the server may not have seen them. */
static void ring(struct bell *b, uint32_t what)
{
	uint32_t number = (b->last >> NM_DOORBELL_SHIFT) + 1;

	if (load(&b->page->done) != b->last)
		what |= b->last & (NM_DOORBELL_TX | NM_DOORBELL_RX);
	b->last = number << NM_DOORBELL_SHIFT | what;
	__atomic_store_n(&b->page->cpu, (uint32_t)sched_getcpu(), __ATOMIC_RELAXED);
	store(&b->page->request, b->last);
	if (!load(&b->page->is_awake))
		futex(&b->page->request, FUTEX_WAKE, 1, NULL);
}

static bool is_done(const struct bell *b)
{
	return __atomic_load_n(&b->page->done, __ATOMIC_ACQUIRE) == b->last;
}

/* Return whether the server is alive: if not, the wait ends, and ioctls report the error. */
static bool server_lives(const struct bell *b)
{
	struct pollfd p = { .fd = b->fd, .events = 0 };

	return syscall(SYS_poll, &p, 1, 0) == 0 || !(p.revents & (POLLERR | POLLNVAL));
}

static int wait_done(struct bell *b)
{
	const struct timespec second = { 1, 0 };
	uint32_t seen;
	int i;

	if (load(&b->page->cpu_server) != b->page->cpu)
		for (i = 0; i < POLLS && !is_done(b); i++)
			__builtin_ia32_pause();
	while (!is_done(b)) {
		store(&b->page->is_waiting, 1);
		seen = load(&b->page->done);
		if (seen != b->last && futex(&b->page->done, FUTEX_WAIT, seen, &second) &&
		    errno == ETIMEDOUT && !server_lives(b)) {
			store(&b->page->is_waiting, 0);
			return -ENOTCONN;
		}
	}
	__atomic_store_n(&b->page->is_waiting, 0, __ATOMIC_RELAXED);
	return __atomic_exchange_n(&b->page->result, 0, __ATOMIC_RELAXED);
}

/* Return whether a tx ring is full: the program can then do nothing before the answer. */
static bool is_full(const struct bell *b)
{
	uint32_t i;

	for (i = 0; i < b->tx_count; i++)
		if (b->tx[i].shared->head ==
		    __atomic_load_n(&b->tx[i].shared->tail, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

int bell_sync(struct bell *b, bool tx)
{
	ring(b, tx ? NM_DOORBELL_TX : NM_DOORBELL_RX);
	if (tx && b->is_eager && !is_full(b) &&
	    !__atomic_load_n(&b->page->result, __ATOMIC_RELAXED))
		return 0;
	return wait_done(b);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Sleep until events is not seen any longer, at most a second: the server may die meanwhile. */
static int sleep_on_events(struct bell *b, uint32_t seen, uint64_t ms)
{
	struct timespec t = { 1, 0 };
	int err = 0;

	if (ms < 1000)
		t = (struct timespec){ 0, (long)ms * 1000000 };
	store(&b->page->is_polling, 1);
	if (load(&b->page->events) == seen && futex(&b->page->events, FUTEX_WAIT, seen, &t))
		err = errno;
	__atomic_store_n(&b->page->is_polling, 0, __ATOMIC_RELAXED);
	return err == EINTR ? -EINTR : err == ETIMEDOUT && !server_lives(b) ? -ENOTCONN : 0;
}

int bell_poll(struct bell *b, short events, int timeout_ms)
{
	const uint64_t end = timeout_ms < 0 ? UINT64_MAX : now_ms() + (uint64_t)timeout_ms;
	uint32_t what = NM_DOORBELL_POLL, seen, ready;
	uint64_t now;
	int err;

	if (events & (POLLOUT | POLLWRNORM))
		what |= NM_DOORBELL_POLLOUT;
	if (events & (POLLIN | POLLRDNORM))
		what |= NM_DOORBELL_POLLIN;
	for (;;) {
		seen = load(&b->page->events);
		ring(b, what);
		err = wait_done(b);
		ready = __atomic_load_n(&b->page->ready, __ATOMIC_RELAXED);
		if (err)
			return POLLERR;
		if (ready & POLLIN)
			ready |= POLLRDNORM;
		if (ready & POLLOUT)
			ready |= POLLWRNORM;
		if (ready)
			return (int)ready & (events | POLLERR);
		now = timeout_ms < 0 ? 0 : now_ms();
		if (now >= end)
			return 0;
		err = sleep_on_events(b, seen, timeout_ms < 0 ? 1000 : end - now);
		if (err)
			return err == -EINTR ? err : POLLERR;
	}
}
