/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the bench of netmapd found, and how it is shown.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include "synccost.h"

/* Nanoseconds are a packet's; 0 of anything: not measured. */
struct figure {
	const char *path, *way;
	unsigned int cores, burst;
	double sent, received;		/* packets a second */
	double part;			/* of the packets sent, how many came */
	double bare;			/* ns of a round of the bare loop just before: */
	const char *loop;		/* copy, swap */
	double trip;			/* ns of a cache line to the other CPU and back, just before */
	double tx_batch, rx_batch;	/* packets a sync */
};

struct figures {
	const char *latency;		/* netmapd's setting, NULL: its default */
	struct sync_cost sync[WAYS];
	unsigned int count;
	struct figure all[128];
};

double figure_ns(const struct figure *f);

void figures_print_title(const struct figures *f);
void figure_print(const struct figure *f);

/* A line a group of figures: what limits it. */
void figures_print_limits(const struct figures *f);
int figures_print_json(const struct figures *f);

#endif
