/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that send to a device or receive from it by the kernel's own interfaces: each a process
 * on a given CPU, which counts in a shared page that the parent reads meanwhile.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define LOAD_BYTES	60
#define LOAD_BURST	64	/* frames passed to the kernel in a call */

struct load {
	const char *device;
	/* Runs until it is killed, adding to count; returns only after printing an error. */
	void (*run)(const struct load *l);
	int cpu;
	_Atomic uint64_t *count;	/* set by load_start() */
	pid_t pid;			/* 0: not running */
};

/* Returns 0, or -1 after printing the reason. */
int load_start(struct load *l);
/* Kill it. Returns whether it was still running. */
int load_end(struct load *l);

static inline void load_add(const struct load *l, uint64_t n)
{
	atomic_store_explicit(l->count, atomic_load_explicit(l->count, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/* For run(): write a frame that any receiving stack drops early; print an error. */
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
