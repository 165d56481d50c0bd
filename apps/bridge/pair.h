/* SPDX-License-Identifier: BSD-2-Clause */
/* Two open ports and the pairs of rings between them, in both directions. */
#ifndef BRIDGE_PAIR_H
#define BRIDGE_PAIR_H

#include "move.h"
#include "options.h"

struct way {
	unsigned int count;
	struct mover *movers;	/* one per receive ring: a flow keeps its order */
};

struct pair {
	const struct options *opt;
	struct port port[2];
	struct way way[2];	/* [0] from the first port to the second */
	bool copy;
	struct drops dropped[2];	/* by the engine, from each port; once the run has ended */
	unsigned int unsent[2];		/* slots still queued at each port, likewise */
	struct errmsg mode;	/* zero copy or not, and the reason */
};

int pair_open(struct pair *p, const struct options *opt, struct errmsg *err);
void pair_close(struct pair *p);

/* Return the sum over the rings of one direction. */
struct counts pair_counts(const struct pair *p, unsigned int way);

#endif
