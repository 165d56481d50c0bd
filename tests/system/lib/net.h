/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP and UDP packets, made and checked byte by byte. Written apart from the engine's
 * offload code and as plainly as possible, so that the two do not share a mistake.
 */
#ifndef SYSTEST_NET_H
#define SYSTEST_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_FIN	0x01u
#define NET_PSH	0x08u
#define NET_ACK	0x10u
#define NET_CWR	0x80u

struct net_pkt {
	bool v6, udp;
	uint8_t tcp_flags;
	uint16_t ip_id;
	uint32_t seq;
	uint32_t ip_options;	/* bytes, multiple of 4, IPv4 only */
	uint32_t tcp_options;	/* bytes, multiple of 4 */
	uint32_t payload;	/* bytes */
	uint32_t first_byte;	/* payload[i] follows from first_byte + i */
	bool no_l4_sum;		/* leave the pseudo header's sum where the checksum goes */
};

/* A frame to station 2 from station 1; its length. */
uint32_t net_make(uint8_t *frame, const struct net_pkt *p);
uint32_t net_header_len(const struct net_pkt *p);	/* Ethernet to TCP or UDP */
uint32_t net_l4_offset(const struct net_pkt *p);
uint8_t net_payload_byte(uint32_t i);
/* Whether frame is exactly what net_make(p) makes with complete checksums. */
bool net_is(const uint8_t *frame, uint32_t len, const struct net_pkt *p);

#endif
