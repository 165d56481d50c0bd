/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that send to a device or receive from it in the ways that the kernel offers to anybody:
 * each a process on a CPU of its own choice, which counts in a page that we read meanwhile.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define LOAD_BYTES	60
#define LOAD_BURST	64	/* frames that are handed to the kernel at a time */

struct load {
	const char *device;
	/* Works until it is killed, adding to count; returns after saying why it cannot. */
	void (*run)(const struct load *l);
	int cpu;
	_Atomic uint64_t *count;	/* set by load_start() */
	pid_t pid;			/* 0: not running */
};

/* 0, or -1 after saying why. */
int load_start(struct load *l);
/* Whether it ran until now. */
int load_end(struct load *l);

static inline void load_add(const struct load *l, uint64_t n)
{
	atomic_store_explicit(l->count, atomic_load_explicit(l->count, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/* For run(): a frame that a station without our address drops first thing; a complaint. */
void load_frame(uint8_t *frame);
void load_complain(const struct load *l, const char *what);

/* packet.c: AF_PACKET by sendmmsg() and recvmmsg(), and by rings shared with the kernel. */
void packet_send(const struct load *l);
void packet_send_ring(const struct load *l);
void packet_receive(const struct load *l);
void packet_receive_ring(const struct load *l);

/* xdp.c: AF_XDP. */
void xdp_send(const struct load *l);
void xdp_receive(const struct load *l);

#endif
