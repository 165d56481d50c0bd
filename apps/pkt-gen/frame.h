/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame in memory: virtio-net header of zeroes (if any), Ethernet, IPv4 or IPv6, UDP,
 * payload. Setters change a part; frame_finish() then makes lengths and checksums right.
 */
#ifndef PKTGEN_FRAME_H
#define PKTGEN_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/addr.h"

#define VNET_MAX	12
#define FRAME_MAX	65535

struct frame {
	unsigned int vnet;	/* bytes before the Ethernet header */
	unsigned int len;	/* bytes from the Ethernet header on */
	int family;
	unsigned int l4;	/* offset of UDP from the Ethernet header */
	unsigned int payload;	/* offset of its payload */
	uint64_t payload_sum;	/* of len bytes; valid while is_summed */
	bool is_summed;
	bool omits_udp_checksum; /* leaves 0, which in IPv4 says that there is none */
	uint8_t data[VNET_MAX + FRAME_MAX];
};

/* Shortest frame of this family, with the stamp of sequence checking or without. */
unsigned int frame_length_min(int family, bool stamped);

void frame_init(struct frame *f, int family, unsigned int vnet);
void frame_set_macs(struct frame *f, const uint8_t src[MAC_LEN], const uint8_t dst[MAC_LEN]);
void frame_set_length(struct frame *f, unsigned int len);
void frame_set_source(struct frame *f, const uint8_t *addr, uint16_t port);
void frame_set_destination(struct frame *f, const uint8_t *addr, uint16_t port);
void frame_finish(struct frame *f);

static inline uint8_t *frame_ether(struct frame *f)
{
	return f->data + f->vnet;
}

/*
 * Looks into a received frame: offset of its UDP payload from the Ethernet header and the
 * payload's length as UDP tells it. False if it is no whole UDP packet.
 */
bool frame_find_payload(const uint8_t *ether, unsigned int len, unsigned int *offset,
			unsigned int *payload_len);

/*
 * Turns a received frame around: swaps MAC and IP addresses and UDP ports. A group's address
 * cannot become the source, own does.
 */
void frame_reverse(uint8_t *ether, unsigned int len, const uint8_t own[MAC_LEN]);

#endif
