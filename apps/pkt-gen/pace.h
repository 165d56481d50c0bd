/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeping a rate: when the packets sent so far were due, and how much delay is made up. */
#ifndef PKTGEN_PACE_H
#define PKTGEN_PACE_H

#include <stdint.h>

#include "../common/clock.h"

#define PACE_LATE_MAX	(100 * NSEC_PER_MSEC)	/* delay made up by sending faster */

struct pace {
	double ns_per_packet;	/* 0: no rate to keep */
	double due;		/* time of the next packet, ns of the monotonic clock */
};

static inline void pace_init(struct pace *p, double packets_per_second, uint64_t now)
{
	p->ns_per_packet = packets_per_second > 0 ? (double)NSEC_PER_SEC / packets_per_second : 0;
	p->due = (double)now;
}

/* Account for n packets that are sent now. Return when the next one is due. */
static inline uint64_t pace_spend(struct pace *p, unsigned int n, uint64_t now)
{
	if (p->due + (double)PACE_LATE_MAX < (double)now)
		p->due = (double)(now - PACE_LATE_MAX);
	p->due += n * p->ns_per_packet;
	return (uint64_t)p->due;
}

#endif
