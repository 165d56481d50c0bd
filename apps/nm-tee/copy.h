/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying frames from one receive ring into several transmit rings. Pure ring work: nothing is called. */
#ifndef NM_TEE_COPY_H
#define NM_TEE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/port.h"

struct copy_counts {
	uint64_t packets, bytes;
	uint64_t drops;		/* no room, or longer than a ring or its buffers */
};

struct copy_to {
	struct netmap_ring *ring;
	uint32_t limit;		/* port_buffer_limit() */
	struct copy_counts counts;
	bool is_blocked;	/* out: a frame waits for room here */
};

struct copier {
	struct netmap_ring *from;
	uint32_t limit;
	bool drop;		/* what has no room; else all wait */
	bool is_skipping;	/* in the middle of a frame that is longer than the ring */
	struct copy_counts counts;
};

/* At most max frames; how many were taken. */
uint64_t copy_frames(struct copier *c, struct copy_to *to, unsigned int count, uint64_t max);

#endif
