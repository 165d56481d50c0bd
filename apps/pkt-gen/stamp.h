/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stamp at the start of a packet's payload: flow, sequence number, and a checksum. The rest of
 * the payload is generated from the sequence number, so that bytes of an earlier packet are
 * detected.
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
	STAMP_ABSENT,	/* the packet has no stamp */
	STAMP_CORRUPT,	/* the packet was altered on its way */
	STAMP_GOOD,
};

/* Write the payload, from offset to the end of the frame. With SEQ_FRAME, headers must be final. */
void stamp_write(uint8_t *ether, unsigned int len, unsigned int offset, const struct stamp *s,
		 enum seq_scope scope);

enum stamp_result stamp_read(const uint8_t *ether, unsigned int len, enum seq_scope scope,
			     struct stamp *s);

#endif
