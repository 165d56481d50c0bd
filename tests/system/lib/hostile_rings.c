/* SPDX-License-Identifier: BSD-2-Clause */
#include "hostile.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"

struct wreck {
	struct port port;
	struct rng rnd;
	uint32_t id;
	char *scratch;		/* pages that come and go, for NS_INDIRECT */
	volatile bool stop;
};

#define SCRATCH	(16u * 4096u)

void random_bytes(struct rng *r, char *p, size_t n)
{
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t v = rng_next(r);

		memcpy(p, &v, 8);
	}
}

static struct netmap_ring *any_ring(struct wreck *w)
{
	uint32_t tx = w->port.reg.nr_tx_rings, n = tx + w->port.reg.nr_rx_rings;
	uint32_t i = rng_below(&w->rnd, n);
	int64_t ofs = w->port.nif->ring_ofs[i];

	/* An own write may have changed the offsets. */
	if (ofs <= 0 || (uint64_t)ofs >= w->port.reg.nr_memsize - w->port.reg.nr_offset - 65536)
		return NULL;
	return (struct netmap_ring *)((char *)w->port.nif + ofs);
}

static uint32_t odd_number(struct rng *r)
{
	static const uint32_t odd[] = { 0,    1,    2,	  0xffffffff, 0x80000000, 1023,
					1024, 1025, 4095, 65535,      65536 };

	return rng_below(r, 3) ? rng_below(r, 1100) : rng_below(r, 4) ?
		odd[rng_below(r, sizeof(odd) / sizeof(odd[0]))] : (uint32_t)rng_next(r);
}

static void damage_slot(struct wreck *w, struct netmap_ring *ring)
{
	struct netmap_slot *s = &ring->slot[rng_below(&w->rnd, 1024)];

	switch (rng_below(&w->rnd, 7)) {
	case 6:
		s->flags = NS_INDIRECT;
		s->ptr = (uintptr_t)w->scratch + rng_below(&w->rnd, SCRATCH);
		break;
	case 0:
		s->buf_idx = odd_number(&w->rnd);
		break;
	case 1:
		s->len = rng_next(&w->rnd);
		break;
	case 2:
		s->flags = rng_next(&w->rnd);
		break;
	case 3:
		s->ptr = rng_next(&w->rnd);
		break;
	case 4:
		s->flags = NS_INDIRECT;
		s->ptr = (uintptr_t)w->port.mem + rng_below(&w->rnd, 1 << 20);
		break;
	default:
		s->flags = NS_BUF_CHANGED | NS_MOREFRAG;
		s->buf_idx = rng_below(&w->rnd, 5000);
		break;
	}
}

/* Unmap, protect or map again a page that NS_INDIRECT slots point to. */
static void damage_scratch(struct wreck *w)
{
	char *page = w->scratch + rng_below(&w->rnd, SCRATCH / 4096) * 4096;

	switch (rng_below(&w->rnd, 4)) {
	case 0:
		madvise(page, 4096, MADV_DONTNEED);
		break;
	case 1: mprotect(page, 4096, PROT_NONE); break;
	case 2: mprotect(page, 4096, PROT_READ | PROT_WRITE); break;
	default: mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0); break;
	}
}

static void damage(struct wreck *w)
{
	struct netmap_ring *ring = any_ring(w);

	if (!rng_below(&w->rnd, 200))
		damage_scratch(w);
	if (!ring)
		return;
	switch (rng_below(&w->rnd, 12)) {
	case 0: ring->head = odd_number(&w->rnd); break;
	case 1: ring->cur = odd_number(&w->rnd); break;
	case 2: ring->tail = odd_number(&w->rnd); break;
	case 3: ring->flags = rng_next(&w->rnd); break;
	case 4: random_bytes(&w->rnd, (char *)(uintptr_t)ring, 64); break;
	case 5: ring->head = ring->cur = rng_below(&w->rnd, 1024); break;
	default: damage_slot(w, ring); break;
	}
}

static void *damage_thread(void *arg)
{
	struct wreck *w = arg;

	while (!w->stop)
		damage(w);
	return NULL;
}

/* One thread writes at random while this one syncs and polls. */
int hostile_rings(void *arg)
{
	struct wreck w = { .id = (uintptr_t)arg };
	char name[32];
	pthread_t t;
	uint64_t i;

	w.rnd.state = opt.seed ^ (uint64_t)getpid() << 20;
	if (w.id % 3 == 2)
		snprintf(name, sizeof(name), "hostile%c1", getpid() % 2 ? '{' : '}');
	else
		snprintf(name, sizeof(name), "vale91:h%u", w.id);
	if (port_open(&w.port, name, .tx_rings = 2, .rx_rings = 2, .extra = 4))
		return 1;
	w.scratch = mmap(NULL, SCRATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pthread_create(&t, NULL, damage_thread, &w))
		return 1;
	for (i = 0; ; i++) {
		int what = i % 8;

		if (what < 3)
			txsync(&w.port);
		else if (what < 6)
			rxsync(&w.port);
		else
			port_poll(&w.port, what == 6 ? POLLIN : POLLIN | POLLOUT, 0);
	}
	return 0;
}

static sigjmp_buf out_of_memory;

/* A page of the region that has no memory behind it yet. */
static void bus_error(int sig)
{
	siglongjmp(out_of_memory, sig);
}

/* Any word of the region: netmap_ifs, rings, free buffers, the list of extra ones. */
int hostile_region(void *arg)
{
	uint32_t id = (uintptr_t)arg;
	static struct rng rnd;	/* static, to outlive the jump */
	static struct port p;
	uint64_t base, size;
	char name[32];
	unsigned int i;

	snprintf(name, sizeof(name), "vale91:r%u", id);
	rnd.state = opt.seed ^ (uint64_t)getpid() << 21;
	signal(SIGBUS, bus_error);
	if (sigsetjmp(out_of_memory, 1))
		port_close(&p);
	for (;;) {
		if (port_open(&p, name, .extra = 16))
			return 1;
		/*
		 * Clients that map a region trust each other: regions of the well-behaved are left
		 * alone.
		 */
		base = port_region(&p);
		size = p.reg.nr_memsize - base;
		for (i = 0; i < 3000; i++) {
			size_t at = rng_next(&rnd) % (size - 4096) & ~7ul;

			if (i % 50)
				at = rng_below(&rnd, 1 << 18) & ~7u;
			if (at > size - 64)
				at = 0;
			random_bytes(&rnd, p.mem + base + at, 64);
			if (i % 10 == 0)
				p.nif->ni_bufs_head = odd_number(&rnd);
			if (i % 7 == 0)
				txsync(&p);
			if (i % 7 == 3)
				rxsync(&p);
		}
		port_close(&p);
	}
	return 0;
}
