/* SPDX-License-Identifier: BSD-2-Clause */
#include "hostile.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"

static uint64_t odd_pointer(struct rng *r, const char *mine)
{
	switch (rng_below(r, 6)) {
	case 0: return 0;
	case 1: return rng_next(r);
	case 2: return 0xffff800000000000ull + rng_below(r, 1 << 30);
	case 3: return (uintptr_t)mine + 4096 - rng_below(r, 64);
	case 4: return 0x7fffffffe000ull + rng_below(r, 8192);
	default: return (uintptr_t)mine + rng_below(r, 2048);
	}
}

static void odd_name(struct rng *r, char name[NETMAP_REQ_IFNAMSIZ])
{
	static const char *const some[] = { "vale92:a", "vale92:b", "vale92:a{1", "vale92:a}1",
					    "odd{1",	"odd}1",    "hp92",	  "vale92:hp92",
					    "lo",	"",	    "vale",	  "vale92:",
					    "x{",	"odd{1}2",  "nosuch" };
	uint32_t i;

	if (rng_below(r, 5)) {
		strcpy(name, some[rng_below(r, sizeof(some) / sizeof(some[0]))]);
		return;
	}
	for (i = 0; i < NETMAP_REQ_IFNAMSIZ; i++)
		name[i] = rng_next(r);
}

static void random_options(struct rng *r, char *at)
{
	struct nmreq_option *o = (struct nmreq_option *)at;

	random_bytes(r, at, 512);
	o->nro_reqtype = rng_below(r, 8);
	o->nro_next = rng_below(r, 2) ? (uintptr_t)at + rng_below(r, 256) : odd_pointer(r, at);
	o->nro_size = rng_below(r, 2) ? rng_below(r, 200) : rng_next(r);
}

static void random_ctrl(struct rng *r, int fd, char *mine)
{
	struct nmreq_header h = { .nr_version = rng_below(r, 20) ? NETMAP_API : rng_next(r) };
	static const uint16_t extra[] = { NETMAP_REQ_INSPECT, NETMAP_REQ_REASON_GET };

	h.nr_reqtype = rng_below(r, 10) ? rng_below(r, 17) : extra[rng_below(r, 2)];
	h.nr_reserved = rng_below(r, 20) ? 0 : rng_next(r);
	odd_name(r, h.nr_name);
	random_bytes(r, mine, 1024);
	if (rng_below(r, 4)) {
		h.nr_body = (uintptr_t)mine;
		if (rng_below(r, 3))
			memset(mine, 0, 512);
		((struct nmreq_register *)mine)->nr_mode = rng_below(r, 10);
		if (h.nr_reqtype == NETMAP_REQ_INSPECT) {
			((struct nmreq_inspect *)mine)->what = rng_below(r, 9);
			((struct nmreq_inspect *)mine)->data = odd_pointer(r, mine);
			((struct nmreq_inspect *)mine)->pad = 0;
		}
	} else {
		h.nr_body = odd_pointer(r, mine);
	}
	if (!rng_below(r, 4)) {
		h.nr_options = (uintptr_t)mine + 2048;
		random_options(r, mine + 2048);
	}
	ctrl_raw(fd, &h);
}

static void random_legacy(struct rng *r, int fd, char *mine)
{
	struct nmreq *q = (struct nmreq *)mine;
	char name[NETMAP_REQ_IFNAMSIZ];

	random_bytes(r, mine, sizeof(*q));
	odd_name(r, name);
	if (rng_below(r, 4))
		memset(mine, 0, sizeof(*q));
	memcpy(q->nr_name, name, sizeof(q->nr_name));
	q->nr_version = 10 + rng_below(r, 10);
	q->nr_cmd = rng_below(r, 3) ? 0 : rng_below(r, 14);
	q->nr_flags = rng_below(r, 3) ? rng_below(r, 10) : rng_next(r);
	do_ioctl(fd, rng_below(r, 2) ? NIOCREGIF : NIOCGINFO, mine);
}

/* Any request with any argument, on a few fds; mmaps of any size; no order. */
int hostile_requests(void *arg)
{
	struct rng rnd = { opt.seed ^ (uint64_t)getpid() << 22 };
	char *mine = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd[6];
	unsigned int i;

	(void)arg;
	munmap(mine + 4096, 4096);
	for (i = 0; i < 6; i++)
		fd[i] = dev_open();
	for (;;) {
		struct port p;

		i = rng_below(&rnd, 6);
		p.fd = fd[i];
		switch (rng_below(&rnd, 12)) {
		case 0:
			close(fd[i]);
			fd[i] = dev_open();
			break;
		case 1:
			do_ioctl(fd[i], rng_next(&rnd), (void *)odd_pointer(&rnd, mine));
			break;
		case 2:
			do_ioctl(fd[i], rng_below(&rnd, 2) ? NIOCTXSYNC : NIOCRXSYNC, NULL);
			port_poll(&p, rng_next(&rnd) & 0x7fff, 0);
			break;
		case 3: {
			size_t len = rng_below(&rnd, 3) ? rng_below(&rnd, 1 << 24) :
							  rng_next(&rnd) >> 20;
			char *m = mmap(NULL, len, PROT_READ | PROT_WRITE,
				       rng_below(&rnd, 4) ? MAP_SHARED : MAP_PRIVATE, fd[i],
				       rng_below(&rnd, 2) ? 0 : rng_next(&rnd) >> 30 & ~0xfffull);

			if (m != MAP_FAILED)
				munmap(m, len);
			break;
		}
		case 4: case 5:
			random_legacy(&rnd, fd[i], mine);
			break;
		default:
			random_ctrl(&rnd, fd[i], mine);
			break;
		}
	}
	return 0;
}
