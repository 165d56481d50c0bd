/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling transmit rings. Neither function here makes a system call.
 *
 * The plain one is for packets that are all the same and fit in one buffer. It writes a
 * buffer once and remembers its number: a ring gets back buffers it has sent, or others from
 * the far end of a pipe, and most of them carry the packet already.
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
	uint8_t *is_filled;	/* by buffer number: it carries the packet */
};

int plain_init(struct plain_packet *p, const uint8_t *data, unsigned int len, uint32_t buffers);
void plain_free(struct plain_packet *p);
/* Writes all buffers again as they come, in case somebody altered them. */
void plain_forget(struct plain_packet *p);

/* Queues up to n packets, by moving head and cur. Returns how many. */
unsigned int txfill_plain(struct netmap_ring *ring, struct plain_packet *p, unsigned int n);

/* How a packet is spread over slots. */
struct layout {
	unsigned int fragments;	/* slots wanted */
	unsigned int largest;	/* bytes in one slot at most */
};

/* Slots that a packet takes. */
unsigned int layout_slots(const struct layout *l, unsigned int len);

/* Queues one packet, copied into the ring's buffers; false if there is no room for all of it. */
bool txfill_packet(struct netmap_ring *ring, const struct layout *l, const uint8_t *data,
		   unsigned int len);

/* Queues one packet by its address alone; the data must stay until it is sent. */
bool txfill_indirect(struct netmap_ring *ring, const uint8_t *data, unsigned int len);

#endif
