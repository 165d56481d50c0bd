/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round trip times: minimum, mean, maximum and percentiles. A histogram in fixed memory, whose
 * classes are narrower than 2 % of the time, from nanoseconds to hours.
 */
#ifndef PKTGEN_RTT_H
#define PKTGEN_RTT_H

#include <stdint.h>

#define RTT_SUB_BITS	6	/* classes per power of two: 2^6 */
#define RTT_CLASSES	((64 - RTT_SUB_BITS + 1) << RTT_SUB_BITS)

struct rtt {
	uint64_t count, sum, min, max;	/* ns */
	uint64_t classes[RTT_CLASSES];
};

void rtt_add(struct rtt *r, uint64_t ns);
double rtt_mean(const struct rtt *r);
/* Return the time that this share (0 to 1) of the packets does not exceed; 0 without packets. */
uint64_t rtt_percentile(const struct rtt *r, double part);

#endif
