/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in headers and the Internet checksum, as the checkers of frames see them. Written
 * apart from the engine's code and as plainly as possible, so that the two share no mistake.
 */
#ifndef INET_PLAIN_H
#define INET_PLAIN_H

#include <stdint.h>

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline void put16_le(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* Add n bytes to a checksum: 16-bit words, most significant byte first; n may be odd. */
static inline uint32_t sum16(uint32_t sum, const uint8_t *p, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

#endif
