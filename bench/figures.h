/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of measuring netmapd. */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include "synccost.h"

/* One case. Nanoseconds are per packet; 0 of any value: not measured. */
struct figure {
	const char *path, *way;
	unsigned int cores, burst;
	double sent, received;		/* packets per second */
	double part;			/* received packets / sent packets */
	double bare;			/* ns of a round of the bare loop, run just before */
	const char *loop;		/* that loop: copy, swap */
	double trip;			/* ns of a cache line's round trip to the other CPU */
	double tx_batch, rx_batch;	/* packets per sync */
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

/* Print a line for each group of figures: what limits it. */
void figures_print_limits(const struct figures *f);
int figures_print_json(const struct figures *f);

#endif
