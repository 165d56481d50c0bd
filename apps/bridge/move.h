/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving frames from a receive ring to a transmit ring. No system calls here. */
#ifndef BRIDGE_MOVE_H
#define BRIDGE_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/port.h"
#include "../common/rate.h"

/* A pair of rings of two open ports. */
struct mover {
	struct ring *from, *to;
	bool copy;		/* false: exchange buffers, as both ports are in one region */
	bool is_blocked;	/* set by move_frames(): a frame waits for room */
	bool is_skipping;	/* dropping the rest of a frame that is longer than the ring */
	struct counts counts;	/* drops: frames longer than a ring or a buffer */
};

/*
 * Move whole frames, up to about max slots. Return the number of slots consumed. A frame whose end
 * has not arrived stays in the ring; cur is then set so that poll() waits for more slots.
 */
unsigned int move_frames(struct mover *m, unsigned int max);

#endif
