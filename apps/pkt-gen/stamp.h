/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stamp at the start of a packet's payload: flow, sequence number, and a checksum. The
 * rest of the payload is made from the sequence number, so that no two packets are alike and
 * bytes left over from an earlier one are noticed.
 */
#ifndef PKTGEN_STAMP_H
#define PKTGEN_STAMP_H

#include <stdint.h>

#include "options.h"

/* In network order on the wire: magic 16 bits, flow 32, sequence number 64, checksum 32. */
#define STAMP_SIZE 18

struct stamp {
	uint32_t flow;
	uint64_t seq;
};

enum stamp_result {
	STAMP_ABSENT,	/* not a packet with a stamp */
	STAMP_CORRUPT,	/* there is one, and the packet was altered on its way */
	STAMP_GOOD,
};

/* Fills in the payload that starts at offset of the frame, whose headers must be final. */
void stamp_write(uint8_t *ether, unsigned int len, unsigned int offset, const struct stamp *s,
		 enum seq_scope scope);

enum stamp_result stamp_read(const uint8_t *ether, unsigned int len, enum seq_scope scope,
			     struct stamp *s);

#endif
