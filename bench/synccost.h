/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost of a sync without packets: the fixed part of a burst. */
#ifndef BENCH_SYNCCOST_H
#define BENCH_SYNCCOST_H

#include "child.h"

/* Nanoseconds; 0: not measured. The client is on CPU 0. */
struct sync_cost {
	double alone;	/* netmapd on the CPU that it chooses */
	double same;	/* netmapd on the client's CPU */
	double across;	/* netmapd on the other CPU */
	double both;	/* a client on each CPU, netmapd free to choose: the larger of the two */
};

/* Measure; self is this program, also the client. Moves netmapd's threads. Returns 0 or -1. */
int sync_cost_measure(const char *self, enum way way, const char *preload, struct sync_cost *out);

/* The client: measure on this CPU and print nanoseconds. Returns an exit status. */
int sync_cost_client(int cpu);

#endif
