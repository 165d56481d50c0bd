/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeping to a rate: when the packets so far were due, and what to do when late. */
#ifndef PKTGEN_PACE_H
#define PKTGEN_PACE_H

#include <stdint.h>

#include "../common/clock.h"

#define PACE_LATE_MAX	(100 * NSEC_PER_MSEC)	/* lateness made up for by sending faster */

struct pace {
	double ns_per_packet;	/* 0: no rate to keep */
	double due;		/* when the next packet is, ns of the monotonic clock */
};

void pace_init(struct pace *p, double packets_per_second, uint64_t now);

/* n packets go now: returns when the ones after them are due. */
uint64_t pace_spend(struct pace *p, unsigned int n, uint64_t now);

#endif
