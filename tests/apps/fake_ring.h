/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring in ordinary memory, with the test in the place of the engine. */
#ifndef FAKE_RING_H
#define FAKE_RING_H

#include <stdint.h>

#include "../../apps/common/port.h"

#define FAKE_BUFFER 2048u
#define FAKE_SPARE 8u		/* buffers that no slot starts with, after those of the slots */

/* The size of the memory that a fake ring is in; its ring is at its start. */
size_t fake_ring_bytes(uint32_t slots);

/* Slot i starts with buffer 2 + i, full of 0xee. All slots but one belong to the application. */
struct ring *fake_ring_new(uint32_t slots);
void fake_ring_free(struct ring *ring);

/* The engine takes all that was sent and gives back all slots. */
void fake_ring_sent(struct ring *ring);

/* The engine receives a packet of one slot filled with a byte, len bytes long. */
void fake_ring_receive(struct ring *ring, uint8_t byte, uint16_t len, uint16_t flags);

static inline uint8_t *fake_buffer(struct ring *ring, uint32_t idx)
{
	return (uint8_t *)ring_buf(ring, idx);
}

#endif
