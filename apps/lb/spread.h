/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heart of lb: each received frame goes to one pipe of every group, chosen by its flow. Ring
 * and memory work only; nothing is called.
 */
#ifndef LB_SPREAD_H
#define LB_SPREAD_H

#include "../common/port.h"
#include "overflow.h"

struct outlet {
	struct netmap_ring *ring;
	struct backlog backlog;
	bool is_dirty;		/* has slots that were not pushed */
	uint64_t packets, bytes, drops;
};

struct outlet_group {
	struct outlet *outlets;
	unsigned int count;
};

/* A ring that frames come from. */
struct inlet {
	struct netmap_ring *ring;
	bool is_skipping;	/* in the middle of a frame longer than the ring: it is dropped */
};

struct spread {
	struct outlet_group *groups;
	unsigned int count;
	struct overflow *overflow;
	uint32_t limit;		/* port_buffer_limit(); all rings are of one region */
	unsigned int header;	/* bytes before each frame */
	uint64_t packets, bytes;
	uint64_t bad;		/* frames that no ring can hold, or with senseless slots */
};

/* Takes whole frames off the ring, up to about max slots; how many slots. */
unsigned int spread_inlet(struct spread *s, struct inlet *in, unsigned int max);

/* Moves what waits in the outlet's backlog to its ring, as far as there is room. */
void spread_backlog(struct spread *s, struct outlet *out);

#endif
