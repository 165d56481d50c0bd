/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying frames from one receive ring to several transmit rings. No system calls here. */
#ifndef NM_TEE_COPY_H
#define NM_TEE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/port.h"
#include "../common/rate.h"

struct copy_to {
	struct ring *ring;
	struct counts counts;	/* drops: no room, or longer than the ring or its buffers */
	bool is_blocked;	/* set by copy_frames(): a frame waits for room here */
};

struct copier {
	struct ring *from;
	bool drop;		/* drop frames without room; false: wait */
	bool is_skipping;	/* dropping the rest of a frame that is longer than the ring */
	struct counts counts;	/* drops: longer than the ring */
};

/* Copy at most max frames. Return the number taken. */
uint64_t copy_frames(struct copier *c, struct copy_to *to, unsigned int count, uint64_t max);

#endif
