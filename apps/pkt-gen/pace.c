// SPDX-License-Identifier: BSD-2-Clause
/* Rate keeping. */
#include "pace.h"

void pace_init(struct pace *p, double packets_per_second, uint64_t now)
{
	p->ns_per_packet = packets_per_second > 0 ? (double)NSEC_PER_SEC / packets_per_second : 0;
	p->due = (double)now;
}

uint64_t pace_spend(struct pace *p, unsigned int n, uint64_t now)
{
	if (p->due + (double)PACE_LATE_MAX < (double)now)
		p->due = (double)(now - PACE_LATE_MAX);
	p->due += n * p->ns_per_packet;
	return (uint64_t)p->due;
}
