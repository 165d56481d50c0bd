/* SPDX-License-Identifier: BSD-2-Clause */
#include "csb.h"
#include "hostile.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE	(4u << 20)
#define SLOTS	128u

/* A cut file faults here as well: then this child is done. */
static void leave(int sig)
{
	_exit(sig);
}

static void scribble(struct rng *r, char *at, size_t size)
{
	uint64_t v = rng_next(r), place = rng_next(r) % size & ~7ull;

	if (v % 4 == 0)
		v %= 1100;
	/* Rings and interface objects are at the beginning. */
	if (v % 8 < 6)
		place %= 1 << 18;
	memcpy(at + place, &v, sizeof(v));
}

static void take_away(struct rng *r, int fd, char *at)
{
	switch (rng_below(r, 4)) {
	case 0:
		if (ftruncate(fd, rng_below(r, SIZE)))
			_exit(1);
		break;
	case 1:
		madvise(at + rng_below(r, SIZE / 4096) * 4096ul, 4096, MADV_REMOVE);
		break;
	case 2:
		munmap(at + rng_below(r, SIZE / 4096) * 4096ul, 4096);
		break;
	default:
		break;
	}
}

int hostile_extmem(void *arg)
{
	struct rng r = { opt.seed ^ (uint64_t)getpid() << 22 };
	struct nmreq_opt_extmem o;
	struct nmreq_register reg;
	unsigned int i;
	char name[32];
	char *at;
	int fd, dev;

	signal(SIGBUS, leave);
	signal(SIGSEGV, leave);
	snprintf(name, sizeof(name), "vale91:e%u", (unsigned int)(uintptr_t)arg);
	for (;;) {
		fd = memfd_create("hostile", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, SIZE))
			return 1;
		at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		dev = dev_open();
		reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = SLOTS,
					       .nr_rx_slots = SLOTS };
		o = (struct nmreq_opt_extmem){ .nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM,
					       .nro_usrptr = (uintptr_t)at,
					       .nro_info.nr_memsize = SIZE };
		if (ctrl_opts(dev, NETMAP_REQ_REGISTER, name, &reg, &o))
			return 1;
		for (i = 0; i < 2000; i++) {
			scribble(&r, at, SIZE);
			do_ioctl(dev, i % 2 ? NIOCTXSYNC : NIOCRXSYNC, NULL);
		}
		take_away(&r, fd, at);
		for (i = 0; i < 100; i++)
			do_ioctl(dev, i % 2 ? NIOCTXSYNC : NIOCRXSYNC, NULL);
		close(dev);
		munmap(at, SIZE);
		close(fd);
	}
}

/* A value for a word of the blocks, mostly a plausible one. */
static uint32_t word(struct rng *r)
{
	return rng_below(r, 50) ? rng_below(r, SLOTS) : (uint32_t)rng_next(r);
}

static void confuse(struct rng *r, struct csb *c)
{
	const uint32_t ring = rng_below(r, 2);
	struct netmap_ring *n = ring ? port_rx(&c->port, 0) : port_tx(&c->port, 0);
	uint64_t count = rng_below(r, 10) ? 1 : UINT64_MAX - 1;

	switch (rng_below(r, 6)) {
	case 0:
		c->atok[ring].appl_need_kick = word(r);
		c->ktoa[ring].kern_need_kick = word(r);
		break;
	case 1:
		c->ktoa[ring].hwtail = word(r);
		n->slot[rng_below(r, SLOTS)].len = (uint16_t)rng_below(r, 2049);
		break;
	case 2:
		n->slot[rng_below(r, SLOTS)].buf_idx = rng_below(r, 20) ? 5 : word(r);
		break;
	case 3:
		if (c->mode->has_events && write(c->kick[ring], &count, sizeof(count)) < 0)
			break;
		if (c->mode->has_events && write(c->call[ring], &count, sizeof(count)) < 0)
			break;
		break;
	default:
		c->atok[ring].head = c->atok[ring].cur = word(r);
		break;
	}
}

int hostile_csb(void *arg)
{
	struct rng r = { opt.seed ^ (uint64_t)getpid() << 23 };
	struct csb c;
	unsigned int i, rounds;
	char name[32];

	snprintf(name, sizeof(name), "vale91:c%u", (unsigned int)(uintptr_t)arg);
	for (;;) {
		csb_open(&c, name, &csb_modes[rng_below(&r, csb_mode_count)], SLOTS);
		for (rounds = 0; rounds < 5; rounds++) {
			for (i = 0; i < 2; i++)
				c.atok[i].head = c.atok[i].cur = c.ktoa[i].hwcur % SLOTS;
			csb_start(&c);
			for (i = 0; i < 300 && !__atomic_load_n(&c.has_ended, __ATOMIC_ACQUIRE);
			     i++)
				confuse(&r, &c);
			csb_stop(&c);
		}
		munmap((void *)((uintptr_t)c.atok & ~4095ul), 8192);
		csb_close(&c);
	}
}
