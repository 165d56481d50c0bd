/* SPDX-License-Identifier: BSD-2-Clause */
/* What limits a path: the parts of a packet's time, from its times at several bursts. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "figures.h"

struct limit {
	double burst_ns;	/* cost of a burst without its packets */
	double packet_ns;	/* cost of a packet without its share of a burst */
	double bare, trip;	/* medians of the group; 0: not measured */
};

/* Fit n figures that differ only in their bursts. Returns 0, or -1 if there are too few. */
int limit_find(const struct figure *group, unsigned int n, struct limit *out);

/* Return the name of the largest part of this figure. */
const char *limit_words(const struct limit *l, const struct figure *f);

#endif
