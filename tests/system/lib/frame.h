/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that can be checked: an Ethernet header, then flow and sequence number, then
 * bytes that follow from both, so that the receiver knows every byte that must be there.
 */
#ifndef SYSTEST_FRAME_H
#define SYSTEST_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MIN	32u	/* header, type, flow, sequence */
#define FRAME_BROADCAST	0xffffffffu

struct mac { uint8_t b[6]; };

/* Locally administered unicast address number n; FRAME_BROADCAST gives all ones. */
struct mac mac_make(uint32_t n);

/* len >= FRAME_MIN. dst and src are station numbers as in mac_make. */
void frame_make(void *buf, uint32_t len, uint32_t dst, uint32_t src, uint32_t flow, uint64_t seq);
/* Whether every byte after the addresses is right for its flow and sequence number. */
bool frame_check(const void *buf, uint32_t len, uint32_t *flow, uint64_t *seq);
/* As frame_check, and also its addresses, flow and sequence are these. */
bool frame_is(const void *buf, uint32_t len, uint32_t dst, uint32_t src, uint32_t flow,
	      uint64_t seq);

#endif
