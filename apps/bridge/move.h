/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving frames from a receive ring to a transmit ring. Pure ring work: nothing is called. */
#ifndef BRIDGE_MOVE_H
#define BRIDGE_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/port.h"

struct move_counts {
	uint64_t packets, bytes;
	uint64_t drops;		/* frames that can never pass: longer than a ring or a buffer */
};

/* A pair of rings, for as long as both ports are open. */
struct mover {
	struct netmap_ring *from, *to;
	uint32_t from_limit, to_limit;	/* port_buffer_limit() of each */
	bool copy;		/* else buffers are exchanged: both are of one region */
	bool is_blocked;	/* out: a frame waits for room */
	bool is_skipping;	/* in the middle of a frame longer than the ring: it is dropped */
	struct move_counts counts;
};

/*
 * Moves whole frames, up to about max slots, and returns how many slots went. A frame whose end
 * has not come yet stays, and cur is set so that poll() waits for more.
 */
unsigned int move_frames(struct mover *m, unsigned int max);

#endif
