/* SPDX-License-Identifier: BSD-2-Clause */
/* Going through receive rings. Neither function here makes a system call. */
#ifndef PKTGEN_RXSCAN_H
#define PKTGEN_RXSCAN_H

#include <stdint.h>

#include "../common/port.h"
#include "frame.h"

struct rx_sum {
	uint64_t packets, bytes;
};

/* Adds up to n slots to the sum and releases them; looks at no packet. Returns how many slots. */
unsigned int rxscan_count(struct netmap_ring *ring, unsigned int n, struct rx_sum *sum);

/* A packet in several slots while it is put together; may go on from one call to the next. */
struct rx_packet {
	unsigned int len;
	uint8_t data[VNET_MAX + FRAME_MAX];
};

typedef void rx_packet_fn(void *context, const uint8_t *data, unsigned int len);

/* The same, calling fn for each whole packet. */
unsigned int rxscan_packets(struct netmap_ring *ring, unsigned int n, struct rx_sum *sum,
			    struct rx_packet *partial, rx_packet_fn *fn, void *context);

#endif
