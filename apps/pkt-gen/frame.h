/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame in memory: virtio-net header of zeroes (if any), Ethernet, IPv4 or IPv6, UDP, payload.
 * Setters change a part; frame_finish() then updates lengths and checksums.
 */
#ifndef PKTGEN_FRAME_H
#define PKTGEN_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"

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
	bool omits_udp_checksum; /* store 0, which means "none" in IPv4 */
	uint8_t data[VNET_MAX + FRAME_MAX];
};

/* Return the length of the shortest frame, with the stamp of sequence checking or without. */
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
 * Find the UDP payload of a received frame: its offset from the Ethernet header, and its length by
 * the UDP header. Return false if the frame is not a whole UDP packet.
 */
bool frame_find_payload(const uint8_t *ether, unsigned int len, unsigned int *offset,
			unsigned int *payload_len);

/*
 * Turn a received frame around: swap MAC addresses, IP addresses and UDP ports. A group address
 * cannot become the source; own is used instead.
 */
void frame_reverse(uint8_t *ether, unsigned int len, const uint8_t own[MAC_LEN]);

/* Print a packet in hexadecimal and as text. Locks the stream: threads do not mix their lines. */
void frame_dump(FILE *out, const uint8_t *data, unsigned int len);

#endif
