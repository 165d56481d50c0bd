/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inner loop of lb: each received frame goes to one pipe of every group, chosen by its flow. No
 * system calls here.
 */
#ifndef LB_SPREAD_H
#define LB_SPREAD_H

#include "../common/port.h"
#include "../common/rate.h"
#include "overflow.h"

struct outlet {
	struct ring *ring;
	struct backlog backlog;
	bool is_dirty;		/* has slots that were not pushed */
	struct counts counts;
};

struct outlet_group {
	struct outlet *outlets;
	unsigned int count;
};

/* A receive ring. */
struct inlet {
	struct ring *ring;
	bool is_skipping;	/* dropping the rest of a frame that is longer than the ring */
};

struct spread {
	struct outlet_group *groups;
	unsigned int count;
	struct overflow *overflow;
	unsigned int header;	/* bytes before each frame */
	struct counts counts;	/* drops: frames longer than a ring, or with illegal slots */
};

/* Spread whole frames, up to about max slots. Return the number of slots consumed. */
unsigned int spread_inlet(struct spread *s, struct inlet *in, unsigned int max);

/* Move frames from the outlet's backlog to its ring, as far as there is room. */
void spread_backlog(struct spread *s, struct outlet *out);

#endif
