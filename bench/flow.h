/* SPDX-License-Identifier: BSD-2-Clause */
/* A sending and a receiving pkt-gen for some time, and their rates. */
#ifndef BENCH_FLOW_H
#define BENCH_FLOW_H

#include "child.h"

struct flow {
	const char *pkt_gen, *preload;
	const char *tx, *rx;		/* ports; NULL: no sender, no receiver */
	const char *station;		/* destination address, NULL for pkt-gen's default */
	enum way way;
	unsigned int burst;
	int tx_cpu, rx_cpu;
	unsigned int ms;		/* time to measure, after the warm-up */
};

struct flow_result {
	double sent, received;		/* packets per second */
	double part;			/* received packets / sent packets */
	double tx_batch, rx_batch;	/* packets per sync */
};

/* Returns 0, or -1 after printing the reason. */
int flow_run(const struct flow *f, struct flow_result *out);

/* The same in two steps, for a caller that measures itself between them, after the warm-up. */
struct flow_ends {
	struct child tx, rx;
};
int flow_begin(const struct flow *f, struct flow_ends *e);
int flow_end(const struct flow *f, struct flow_ends *e, struct flow_result *out);

#endif
