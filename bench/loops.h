/* SPDX-License-Identifier: BSD-2-Clause */
/* Bare loops to compare a packet path with; each returns nanoseconds per round. */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

double loop_copy(unsigned int slots, unsigned int bytes);	/* between buffers of two rings */
double loop_swap(unsigned int slots);		/* exchange of buffer index and length */
double loop_round_trip(void);	/* a cache line to another CPU and back; 0 on one CPU */

#endif
