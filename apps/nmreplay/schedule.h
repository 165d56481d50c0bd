/* SPDX-License-Identifier: BSD-2-Clause */
/* The departure time of each packet, computed before the first one is sent. */
#ifndef NMREPLAY_SCHEDULE_H
#define NMREPLAY_SCHEDULE_H

#include "model.h"
#include "../common/pcap/trace.h"

struct models {
	struct bandwidth bandwidth;
	struct delay delay;
	struct loss loss;
	double reorder;		/* share of packets that skip the delay and so overtake others */
	uint64_t seed;
};

struct departure {
	uint64_t at;		/* ns after the start */
	size_t packet;		/* index in the trace */
};

struct schedule {
	size_t count;
	struct departure *departures;	/* by time */
	size_t lost;
	uint64_t bytes;		/* of the packets to send */
};

/*
 * Compute the schedule. Packets pass the link one after the other, then they are delayed. Delays
 * keep the order, except for reordered packets, which skip them.
 */
int schedule_make(struct schedule *s, const struct trace *t, const struct models *m,
		  struct errmsg *err);
void schedule_free(struct schedule *s);

#endif
