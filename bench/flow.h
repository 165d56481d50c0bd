/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sending and a receiving pkt-gen for some time, and the rates that they had meanwhile.
 */
#ifndef BENCH_FLOW_H
#define BENCH_FLOW_H

#include "child.h"

struct flow {
	const char *pkt_gen, *preload;
	const char *tx, *rx;		/* ports; NULL: nobody sends, or receives */
	const char *station;		/* destination address, NULL for pkt-gen's default */
	enum way way;
	unsigned int burst;
	int tx_cpu, rx_cpu;
	unsigned int ms;		/* how long to measure, after the warm-up */
};

struct flow_result {
	double sent, received;		/* packets a second */
	double part;			/* of the packets sent, how many came */
	double tx_batch, rx_batch;	/* packets a sync */
};

/* 0, or -1 after saying why. */
int flow_run(const struct flow *f, struct flow_result *out);

/* The same in steps, for who measures by itself: what is measured begins when the first step is done. */
struct flow_ends {
	struct child tx, rx;
};
int flow_begin(const struct flow *f, struct flow_ends *e);
int flow_end(const struct flow *f, struct flow_ends *e, struct flow_result *out);

#endif
