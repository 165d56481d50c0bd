/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile clients: ports into whose rings the input writes any word, and what else they do. */
#ifndef PREY_H
#define PREY_H

#include "input.h"

#define PREY_SLOTS	32u	/* of each ring */
#define PREY_RINGS	6u	/* in each direction, of which it uses the first ones */

struct prey {
	struct client *p;		/* NULL: not bound */
	struct netmap_ring *ring[2][PREY_RINGS];	/* by direction: transmit, receive */
	uint32_t rings[2];
	int64_t buf_ofs;		/* of the first ring, as it was */
};

/*
 * Bind a port, of which reg says how; slots and, if it has none, rings are set here. opts: the
 * first option, or NULL. Returns whether the engine agreed.
 */
bool prey_begin(struct prey *y, const char *name, const struct nmreq_register *reg,
		struct nmreq_option *opts);
void prey_end(struct prey *y);

/* Do number what of PREY_ACTS things. It is bound. */
#define PREY_ACTS	9u
void prey_act(struct prey *y, uint8_t what, struct input *in);

/* A frame as a station would send it, or one that begins with any bytes; at least 60 bytes. */
void prey_frame(uint8_t *frame, size_t len, struct input *in);

#endif
