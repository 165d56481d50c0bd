/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071). Sums are kept unfolded in 64 bits and in the byte
 * order of memory, which the arithmetic allows; folding gives the field to store as it is.
 */
#ifndef PKTGEN_CHECKSUM_H
#define PKTGEN_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t word;

	for (; len >= 4; len -= 4, p += 4) {
		memcpy(&word, p, 4);
		sum += word;
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		sum += word;
	}
	return sum;
}

static inline uint16_t checksum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

#endif
