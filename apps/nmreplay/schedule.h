/* SPDX-License-Identifier: BSD-2-Clause */
/* When each packet leaves: all computed before the first one does. */
#ifndef NMREPLAY_SCHEDULE_H
#define NMREPLAY_SCHEDULE_H

#include "model.h"
#include "trace.h"

struct models {
	struct bandwidth bandwidth;
	struct delay delay;
	struct loss loss;
	double reorder;		/* share of packets that have no delay and so go ahead of others */
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
	uint64_t bytes;		/* of those that are sent */
};

/*
 * Packets enter the link one after the other, each when its time has come and the one ahead has
 * passed; then they are delayed. Delays do not change their order, except for those reordered.
 */
int schedule_make(struct schedule *s, const struct trace *t, const struct models *m,
		  struct errmsg *err);
void schedule_free(struct schedule *s);

#endif
