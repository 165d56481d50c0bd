/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inner loops of sending. No system calls here.
 *
 * txfill_plain() is for packets that are all the same and fit in one buffer. It writes a buffer
 * once and remembers its number: a ring gets back the buffers that it sent, or others from the far
 * end of a pipe, and most of them contain the packet already.
 */
#ifndef PKTGEN_TXFILL_H
#define PKTGEN_TXFILL_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/port.h"

struct plain_packet {
	const uint8_t *data;	/* NULL: send buffers as they are */
	unsigned int len;
	uint32_t buffers;	/* entries of is_filled */
	uint8_t *is_filled;	/* by buffer number: it contains the packet */
};

int plain_init(struct plain_packet *p, const uint8_t *data, unsigned int len, uint32_t buffers);
void plain_free(struct plain_packet *p);
/* Write all buffers again when they are used next, in case a receiver altered them. */
void plain_forget(struct plain_packet *p);

/* Queue up to n packets: move head and cur. Return how many. */
unsigned int txfill_plain(struct ring *ring, struct plain_packet *p, unsigned int n);

/* How to split a packet into slots. */
struct layout {
	unsigned int fragments;	/* slots wanted */
	unsigned int largest;	/* bytes in one slot at most */
};

/* Return the number of slots of a packet. */
unsigned int layout_slots(const struct layout *l, unsigned int len);

/* Copy one packet to the ring's buffers. Return false if there is no room for all of it. */
bool txfill_packet(struct ring *ring, const struct layout *l, const uint8_t *data,
		   unsigned int len);

/* Queue one packet by its address. The data must stay unchanged until it is sent. */
bool txfill_indirect(struct ring *ring, const uint8_t *data, unsigned int len);

#endif
