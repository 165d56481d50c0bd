/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One measured run: a receiving and a sending pkt-gen, each a process of its own.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <stdint.h>

struct pair {
	const char *pkt_gen;	/* the program */
	const char *tx, *rx;	/* ports; rx NULL: no receiver */
	uint64_t packets;
	uint32_t burst, slots;	/* slots 0: the default */
	const char *station;	/* destination address, NULL for pkt-gen's default */
	int tx_cpu, rx_cpu;	/* -1: anywhere */
};

struct pair_result {
	uint64_t elapsed_ns;	/* from before the first process starts until both have ended */
	uint64_t cpu_ns;	/* CPU time of both, as the scheduler counts it */
	uint64_t sent, received;
};

/* Returns 0, or -1 after printing the error. */
int pair_run(const struct pair *p, struct pair_result *out);

#endif
