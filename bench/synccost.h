/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a sync costs that has nothing to do: the part of a burst that is no packet's.
 */
#ifndef BENCH_SYNCCOST_H
#define BENCH_SYNCCOST_H

#include "child.h"

/* Nanoseconds; 0: not measured. The client is on CPU 0. */
struct sync_cost {
	double alone;	/* netmapd where it places itself */
	double same;	/* netmapd on the client's CPU */
	double across;	/* netmapd on the other CPU */
	double both;	/* a client on each CPU, netmapd where it likes: the dearer of the two */
};

/* self: this program, which is the client too. Moves netmapd's threads. 0 or -1. */
int sync_cost_measure(const char *self, enum way way, const char *preload, struct sync_cost *out);

/* The client: measures on this CPU and prints nanoseconds. An exit status. */
int sync_cost_client(int cpu);

#endif
