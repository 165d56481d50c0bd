/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What limits a path: the time of a packet at several bursts, taken apart.
 */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "figures.h"

struct limit {
	double burst_ns;	/* what a burst costs beside its packets */
	double packet_ns;	/* what a packet costs beside its share of a burst */
	double bare, trip;	/* medians of the group; 0: not measured */
};

/* n figures that differ in their bursts alone. 0, or -1 if they are too few. */
int limit_find(const struct figure *group, unsigned int n, struct limit *out);

/* What weighs most in this figure. */
const char *limit_words(const struct limit *l, const struct figure *f);

#endif
