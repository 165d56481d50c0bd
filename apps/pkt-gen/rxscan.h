/* SPDX-License-Identifier: BSD-2-Clause */
/* The inner loops of receiving. No system calls here. */
#ifndef PKTGEN_RXSCAN_H
#define PKTGEN_RXSCAN_H

#include <stdint.h>

#include "../common/port.h"
#include "frame.h"

struct rx_sum {
	uint64_t packets, bytes;
};

/* Add up to n slots to the sum and release them, without reading packets. Return the slots. */
unsigned int rxscan_count(struct ring *ring, unsigned int n, struct rx_sum *sum);

/* A packet of several slots, being assembled; kept from one call to the next. */
struct rx_packet {
	unsigned int len;
	uint8_t data[VNET_MAX + FRAME_MAX];
};

typedef void rx_packet_fn(void *context, const uint8_t *data, unsigned int len);

/* The same, calling fn for each whole packet. */
unsigned int rxscan_packets(struct ring *ring, unsigned int n, struct rx_sum *sum,
			    struct rx_packet *partial, rx_packet_fn *fn, void *context);

#endif
