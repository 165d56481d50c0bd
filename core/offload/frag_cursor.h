/* SPDX-License-Identifier: BSD-2-Clause */
/* A cursor over the bytes of a source frame, which lie in fragments. */
#ifndef NM_FRAG_CURSOR_H
#define NM_FRAG_CURSOR_H

#include "offload/inet.h"
#include "frame.h"

/*
 * Return how many of max bytes are contiguous; skips empty fragments. The plan has added up the
 * lengths and never asks for more, so a fragment with bytes exists.
 */
static inline uint32_t nm_frag_cursor_span(struct nm_frag_cursor *c, uint32_t max)
{
	while (c->off == c->frag->len) {
		c->frag++;
		c->off = 0;
	}
	return min32(max, c->frag->len - c->off);
}

#endif
